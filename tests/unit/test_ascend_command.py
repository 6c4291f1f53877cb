"""`deepvis ascend` as a user calls it, on a small net."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from ascent_nets import SMOOTH, TINY

import deepvis
from deepvis.ascent import channel, klass, parse_objective, preset, unit
from deepvis.ascent.binding import Bound
from deepvis.ascent.classes import Classes
from deepvis.ascent.job import Job
from deepvis.ascent.results import read_results
from deepvis.ascent.suitable import suitable_presets
from deepvis.ascent.targets import find_target, on_disk
from deepvis.cli import main as cli
from deepvis.errors import Error
from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.live.shelf.unit_pictures import SheetTiles, UnitColumn
from deepvis.models import load


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DEEPVIS_DEBUG", raising=False)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """Its card: `left` is a map, `scores` the means of `classes`."""
    (tmp_path / "smooth.prototxt").write_text(SMOOTH.replace('"left"', '"in/left"'))
    (tmp_path / "names.txt").write_text("tench\ncrane\nflamingo\nowl\ndog\ncat\nbus\n")
    card = tmp_path / "smooth.yaml"
    card.write_text("prototxt: smooth.prototxt\nmean: [104, 117, 123]\norder: BGR\nlabels: names.txt\n")
    return card


def run(*arguments: object) -> int:
    return cli.main([str(each) for each in arguments])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_four_presets_make_a_montage_that_the_viewer_shows(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = "ascend", net, "in/left:2", "--preset", *"ABCD", "--iterations", 4, "--out", out
    assert run(*command) == 0
    said = capsys.readouterr().out
    assert (
        "1 unit, presets A, B, C, D, 9 runs each: 36 in all" in said and "in__left_0002_montage.jpg (best: A " in said
    )
    folder = out / "regularized_opt" / "in__left"
    stem = "in__left_0002"
    assert names(folder) == sorted([f"{stem}.jpg", f"{stem}_montage.jpg", *(f"{stem}_{each}.jpg" for each in "ABCD")])
    montage, sheet = (cv2.imread(str(folder / f"{stem}{end}.jpg")).astype(int) for end in ("_montage", ""))
    half = montage.shape[0] // 2
    assert montage.shape[0] == montage.shape[1] == 2 * half
    assert np.abs(montage[half + 3 : -3, 3 : half - 3] - sheet).mean() < 4, "the lower left is preset C's sheet"
    assert (folder / f"{stem}.jpg").read_bytes() == (folder / f"{stem}_C.jpg").read_bytes()
    assert len(list((out / "ascent" / "in__left_0002").glob("*.npz"))) == 36
    column = PictureLoader(UnitFiles(out)).load(UnitColumn("in/left", 2, 900, 300))
    assert isinstance(column, np.ndarray)
    # the same command does nothing more
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != "lock"}
    assert run(*command) == 0
    assert "all done" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_every_unit_of_a_layer(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    layers = "--all-units", "in/left", "classes"
    assert run("ascend", net, *layers, "--runs", 2, "--iterations", 3, "--crop-to-rf", "--out", out) == 0
    for layer, count in (("in/left", 4), ("classes", 7)):
        found = UnitFiles(out).kinds(layer)
        assert found == {"sheet", "optimised"}
        tiles = PictureLoader(UnitFiles(out)).load(SheetTiles(layer, count, 100, 100))
        assert isinstance(tiles, np.ndarray) and len(tiles) == count
        assert all(tile.std() > 3 for tile in tiles)
    sheet = cv2.imread(str(out / "regularized_opt" / "in__left" / "whole_layer.jpg"))
    assert sheet.shape[0] == sheet.shape[1] and sheet.shape[0] % 2 == 0
    results = read_results(next((out / "ascent").glob("in__left_0001@*/*.npz")))
    assert str(results.found[0].run.objective) == 'unit("in/left:1@7,9")', "the middle of its map"
    assert results.found[0].run.preset.name == "centre"
    assert results.found[0].best.shape[2] < 32


def test_what_the_picture_of_one_position_shows(net: Path, tmp_path: Path) -> None:
    for crop in (False, True):
        out = tmp_path / str(crop)
        more = ["--crop-to-rf"] if crop else []
        assert run("ascend", net, "in/left:1@2,3", "--runs", 1, "--iterations", 3, "--out", out, *more) == 0
        picture = cv2.imread(str(out / "regularized_opt" / "in__left" / "in__left_0001.jpg"))
        if crop:
            assert picture.shape == (108, 108, 3), "9 pixels, enlarged"
        else:
            times = 3
            assert picture.shape == (40 * times, 40 * times, 3)
            seen = np.abs(picture.astype(int) - 128).max(axis=2) > 30
            rows, columns = np.nonzero(seen)
            top = 4 * times  # the picture is oblong, and lies in the middle of its square
            assert rows.min() >= top + 2 * times - 4 and rows.max() < top + 11 * times + 4
            assert columns.min() >= 4 * times - 4 and columns.max() < 13 * times + 4


def test_formulas_and_classes(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    formula = 'klass(flamingo) - 0.5 * unit("in/left:2")'
    command = "ascend", net, formula, "klass(owl)", "--runs", 2, "--iterations", 3, "--out", out
    assert run(*command) == 0
    (picture,) = (out / "formulas").iterdir()
    assert picture.name.startswith("formula_") and picture.suffix == ".jpg"
    assert (out / "regularized_opt" / "classes" / "classes_0003.jpg").exists(), "where the net scores an owl"
    stored = [read_results(path).found[0].run.objective for path in (out / "ascent").glob("formula_*/*.npz")]
    assert stored == [parse_objective(formula)] * 2
    assert f"{parse_objective(formula)}: " in capsys.readouterr().out


def test_the_classic_optimizers_files(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        "ascend",
        net,
        "right:1",
        "--preset",
        "C",
        "--runs",
        2,
        "--iterations",
        3,
        "--out",
        out,
        "--classic-files",
    ]
    assert run(*command) == 0
    wanted = [f"right_0001_{seed}_{what}" for seed in (0, 1) for what in ("best_X.jpg", "best_Xpm.jpg", "info.txt")]
    folder = out / "classic_files" / "C"
    assert names(folder) == sorted(wanted)
    assert "push_layer: right\n" in (folder / "right_0001_1_info.txt").read_text()
    (folder / "right_0001_0_info.txt").unlink()
    assert run(*command) == 0
    assert names(folder) == sorted(wanted), "what is missing is made again"


def test_another_command_is_refused_until_it_may_overwrite(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    base = "ascend", net, "right:1", "--preset", "centre", "--runs", 2, "--out", out
    assert run(*base, "--iterations", 3) == 0
    path = out / "regularized_opt" / "right" / "right_0001.jpg"
    before = path.read_bytes()
    assert run(*base, "--iterations", 4) == 2
    assert "centre: iterations is 3 there, 4 here" in capsys.readouterr().err
    assert run(*base, "--iterations", 3, "--seed", 5) == 2
    assert "seed is 0 there, 5 here" in capsys.readouterr().err
    assert run("search", net, "right:1", "--combinations", 1, "--out", out) == 2
    assert "command is 'ascend' there, 'search' here" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run(*base, "--iterations", 4, "--overwrite") == 0
    assert path.read_bytes() != before
    assert yaml.safe_load((out / "ascent" / "job.yaml").read_text())["presets"]["centre"]["iterations"] == 4
    (net.parent / "smooth.prototxt").write_text((net.parent / "smooth.prototxt").read_text() + "\n# other\n")
    assert run(*base, "--iterations", 4) == 2
    assert "model: prototxt_sha256 is " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected MODEL and at least one UNIT"),
        (["NET"], "expected MODEL and at least one UNIT"),
        (["NET", "nowhere:1"], "nowhere"),
        (["NET", "right:5"], "no channel 5 in 'right', which has 5"),
        (["NET", "right:0@99,0"], "no position (99, 0)"),
        (["NET", "right"], "names no channel"),
        (["NET", "klass(emu)"], "no class is labelled 'emu'"),
        (["NET", "unit(right:1) - "], "expected a number, '(' or one of"),
        (["NET", "right:1", "--preset", "Z"], "no preset 'Z'"),
        (["NET", "right:1", "--runs", "0"], "expected a whole number from 1"),
        (["NET", "right:1", "--seed", "-1"], "argument"),
        (["NET", "right:1", "--seed", "4294967295"], "expected at most 4294967295"),
        (["NET", "right:1", "--iterations", "many"], "'many': expected a whole number"),
        (["NET", "right:1", "--batch", "0"], "expected a whole number from 1 to 4096"),
        (["NET", "right:1", "--start", "nothing.png"], "expected noise, mean, uniform or a picture file"),
        (["NET", "right:1", "--start", "NET"], "smooth.yaml"),
        (["NET", "right:1", "--start", "mean", "--runs", "9", "--preset", "C"], "all 9 runs would be the same"),
        (["NET", "right:1", "right:1@3,3"], "have the same files, right_0001"),
        (["NET", "--all-units", "right:1"], "expected a layer, such as right, found a unit"),
        (["NET", "--all-units", "nowhere"], "nowhere"),
        (["NET", "-unit(right:1)", "--classic-files"], "-unit"),
        (["NET", "unit(right:1) * 2", "--classic-files"], "single units, not 2.0 * unit"),
        (["NET", "right:1", "--out", "NET"], "expected a folder, found a file"),
        (["no-such-net", "right:1"], "no-such-net"),
    ],
)
def test_bad_arguments_fail_before_any_work(
    net: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr(Job, "__init__", refuse)
    monkeypatch.chdir(tmp_path)
    try:
        code = run("ascend", *(str(net) if each == "NET" else each for each in arguments))
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_options_may_stand_before_the_model(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("ascend", "--runs", 1, "--iterations", 2, "--out", out, "--threads", 1, net, "right:1", "right:2") == 0
    assert names(out / "regularized_opt" / "right") == ["right_0001.jpg", "right_0002.jpg"]


@pytest.mark.parametrize("start", ["mean", "picture"])
def test_a_start_that_draws_nothing_is_run_once(net: Path, tmp_path: Path, start: str) -> None:
    picture = tmp_path / "cat.png"
    cv2.imwrite(str(picture), np.random.RandomState(0).randint(0, 255, (50, 60, 3), np.uint8))
    out = tmp_path / "out"
    more = "--start", picture if start == "picture" else start
    assert run("ascend", net, "right:1@2,2", "--iterations", 2, "--out", out, *more) == 0
    (path,) = (out / "ascent").glob("right_0001@2,2/*.npz")
    begun = read_results(path).found[0].run.start
    assert begun == "mean" if start == "mean" else begun.shape == (1, 3, 32, 40)
    assert run("ascend", net, "right:1@2,2", "--iterations", 2, "--out", out, *more) == 0
    cv2.imwrite(str(picture), np.zeros((50, 60, 3), np.uint8))
    assert run("ascend", net, "right:1@2,2", "--iterations", 2, "--out", out, *more) == (0 if start == "mean" else 2)


def test_a_dead_unit_is_told_and_makes_the_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dead.prototxt").write_text(TINY.format(channels=3, bias=-1e4))
    command = "ascend", tmp_path / "dead.prototxt", "fc2:1", "--runs", 2, "--out", tmp_path / "out"
    for _ in range(2):
        assert run(*command) == 1
        assert "fc2:1 gave no gradient in any run: iteration 0: fc2:1 gets no gradient" in capsys.readouterr().err


def test_killed_and_called_again(net: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    command = ["ascend", net, "right:1", "right:3", "--preset", "softer", "--iterations", 60, "--runs", 4, "--batch", 4]
    assert run(*command, "--out", whole) == 0
    module = [sys.executable, "-m", "deepvis.cli.main", *map(str, command), "--out", str(cut)]
    process = subprocess.Popen(
        module, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | {"TERM": "dumb"}
    )
    first = cut / "ascent" / "right_0001" / "softer-0.npz"
    end = time.monotonic() + 60
    while process.poll() is None and not first.exists() and time.monotonic() < end:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert run(*command, "--out", cut) == 0
    for path in (whole / "ascent").glob("*/*.npz"):
        mine, theirs = read_results(path), read_results(cut / path.relative_to(whole))
        np.testing.assert_array_equal(mine.found[0].best, theirs.found[0].best)
        assert mine.found[0].rows == theirs.found[0].rows
    for path in (whole / "regularized_opt").rglob("*.jpg"):
        assert path.read_bytes() == (cut / path.relative_to(whole)).read_bytes()


def test_presets_that_suit(net: Path, tmp_path: Path) -> None:
    model = load(net)

    def of(objective) -> tuple[str, ...]:
        return suitable_presets(model, Bound(model.net, objective, Classes(model.labels)))

    assert of(unit("right:1@3,3")) == ("centre",)
    assert of(unit("right:1")) == of(channel("right:1") - klass(2)) == ("texture",)
    assert of(klass("dog")) == of(unit("scores:3")) == ("classic",)
    named = replace(model, card=replace(model.card, prototxt=Path("caffenet.prototxt")))
    assert suitable_presets(named, Bound(model.net, unit("right:1"))) == ("A", "B", "C", "D")
    assert all(preset(name) for name in "ABCD")


def test_names_that_lead_elsewhere_are_refused() -> None:
    assert on_disk("inception_3a/1x1") == "inception_3a__1x1"
    for name in ("../up", "a//b", "a/..", "a\\b", "a\0b", "x" * 300):
        with pytest.raises(Error, match="cannot be a file's name"):
            on_disk(name)


def test_a_named_position_is_kept_and_a_mean_becomes_the_middle() -> None:
    smooth = deepvis.Net.from_text(SMOOTH)
    for objective, middle, found in (
        (unit("right:1"), True, "right:1@7,9"),
        (unit("right:1"), False, "right:1"),
        (unit("right:1@2,3"), True, "right:1@2,3"),
        (channel("right:1"), True, "right:1"),
        (klass(3), True, "classes:3"),
    ):
        target = find_target(smooth, Classes(), objective, middle)
        assert str(target) == found and target.name == f"{target.layer}_{target.channel:04d}"
    assert find_target(smooth, Classes(), -unit("right:1")).layer is None
