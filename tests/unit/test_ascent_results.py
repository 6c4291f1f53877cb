"""Results on disk: all that is needed to make them again, to go on, and the classic's own files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from ascent_nets import COLOUR, TINY, smooth, tiny

import deepvis
from deepvis.ascent import Climb, Preset, Regularisers, Rms, Run, klass, preset, presets, unit
from deepvis.ascent.classes import Classes
from deepvis.ascent.classic_files import dump, write_classic
from deepvis.ascent.model_id import ModelId, identify
from deepvis.ascent.presets import preset_of
from deepvis.ascent.results import read_results, write_results
from deepvis.errors import Error, FormatError

MODEL = ModelId("tiny", "a" * 64, "b" * 64)
IMAGE = np.random.RandomState(0).randint(0, 256, (32, 40, 3)).astype(np.uint8)
LABELS = ["tench", "crane", "flamingo", "owl", "dog", "cat", "bus"]
RUNS = [
    Run(unit("fc2:3"), replace(preset("C"), iterations=9), seed=2),
    Run(klass("flamingo") - 0.25 * unit("conv1:2@6,8"), replace(preset("softer"), iterations=7), IMAGE, 3),
    Run(-unit("fc2:1"), Preset("own", 6, Rms(3, 1), blur_radius_end=0.0), np.zeros((1, 3, 32, 40), np.float32)),
]


def climb(runs: list[Run] | None = None, net: deepvis.Net | None = None, **more) -> Climb:
    return Climb(net or tiny(), "picture", COLOUR, runs or RUNS, classes=Classes(LABELS), **more)


def finish(climbing: Climb) -> list[list]:
    steps = []
    while not climbing.over:
        steps.append(climbing.step())
    return steps


def test_read_back_and_continued(tmp_path: Path) -> None:
    whole, killed = climb(), climb()
    steps = finish(whole)
    for _ in range(4):
        killed.step()
    write_results(tmp_path / "deep" / "conv5_0.5", killed, MODEL)
    assert sorted(each.name for each in (tmp_path / "deep").iterdir()) == ["conv5_0.5.npz", "conv5_0.5.yaml"]
    found = read_results(tmp_path / "deep" / "conv5_0.5")
    assert found.model == MODEL and found.version == deepvis.__version__
    resumed = found.resume(tiny(), COLOUR, Classes(LABELS))
    assert finish(resumed) == steps[4:]
    for name, values in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[name], values, err_msg=name)
    again = found.again(tiny(), COLOUR, Classes(LABELS))
    assert finish(again) == steps


def test_everything_that_was_asked_for_is_read_back(tmp_path: Path) -> None:
    climbing = climb(cures=("warm_up",), cone=False)
    finish(climbing)
    write_results(tmp_path / "found.yaml", climbing, MODEL)
    found = read_results(tmp_path / "found.npz")
    for asked, each in zip(RUNS, found.found, strict=True):
        assert (each.run.objective, each.run.preset, each.run.seed) == (asked.objective, asked.preset, asked.seed)
        np.testing.assert_array_equal(each.run.start, asked.start)
    assert found.options == {"cures": ["warm_up"], "cone": False, "endless": False, "record": True}
    for i, each in enumerate(found.found):
        np.testing.assert_array_equal(each.best, climbing.best(i))
        np.testing.assert_array_equal(each.last, climbing.x[i : i + 1])
        assert each.rows == climbing.ways[i].rows


def test_the_yaml_says_it_to_people(tmp_path: Path) -> None:
    climbing = climb()
    steps = finish(climbing)
    write_results(tmp_path / "found", climbing, MODEL)
    facts = yaml.safe_load((tmp_path / "found.yaml").read_text())
    assert facts["deepvis"] == deepvis.__version__
    assert facts["model"] == {"name": "tiny", "prototxt_sha256": "a" * 64, "weights_sha256": "b" * 64}
    first, second, third = facts["runs"]
    assert first["objective"] == 'unit("fc2:3")' and first["start"] == "mean_plus_rand" and first["seed"] == 2
    assert first["preset"] == {"name": "C", **RUNS[0].preset.as_mapping()}
    assert (first["status"], first["iterations"], first["log"]) == ("finished", 9, [])
    assert first["last"] == {"iteration": 8, "objective": steps[8][0].objective}
    assert first["result"].startswith("Metaresult: majority")
    assert second["units"] == ["fc2:2", "conv1:2@6,8"] and second["start"] == "image" and third["start"] == "input"


def test_a_dead_unit_is_named_in_the_result(tmp_path: Path) -> None:
    net = tiny(bias=-1e4)
    climbing = climb([RUNS[0]], net)
    finish(climbing)
    write_results(tmp_path / "dead", climbing, MODEL)
    (facts,) = yaml.safe_load((tmp_path / "dead.yaml").read_text())["runs"]
    assert facts["status"] == "stopped" and facts["result"] == "Metaresult: grad 0 failure"
    assert facts["seed"] == 2 and facts["seed_used"] == 3002 and len(facts["log"]) == 4
    assert "fc2:3 gets no gradient from this start" in facts["log"][0]


def test_a_cone_is_continued(tmp_path: Path) -> None:
    runs = [Run(unit("left:1@2,3"), Preset("plain", 8, Rms(3, 1), Regularisers(0.1)), seed=seed) for seed in range(2)]
    whole, killed = climb(runs, smooth()), climb(runs, smooth())
    steps = finish(whole)
    killed.step()
    write_results(tmp_path / "cone", killed, MODEL)
    found = read_results(tmp_path / "cone")
    resumed = found.resume(smooth(), COLOUR)
    assert finish(resumed) == steps[1:]
    assert found.found[0].best.shape == (1, 3, *(part.stop - part.start for part in whole.kept))
    assert "not known whether" in yaml.safe_load((tmp_path / "cone.yaml").read_text())["runs"][0]["result"]


def test_another_net_is_refused(tmp_path: Path) -> None:
    prototxt, weights = tmp_path / "tiny.prototxt", tmp_path / "tiny.caffemodel"
    prototxt.write_text(TINY.format(channels=3, bias=0.1))
    tiny().save(weights)
    model = identify("tiny", prototxt, weights)
    identify("by another name", prototxt, weights).check(model)
    with pytest.raises(Error, match=r"weights of SHA-256 [0-9a-f]{12}…, not none as random has"):
        model.check(identify("random", prototxt, None))
    prototxt.write_text(TINY.format(channels=3, bias=0.2))
    with pytest.raises(Error, match="prototxt of SHA-256"):
        model.check(identify("tiny", prototxt, weights))
    write_results(tmp_path / "found", climb([RUNS[0]]), model)
    with pytest.raises(Error, match="pictures reached the net by other steps"):
        read_results(tmp_path / "found").resume(tiny(), replace(COLOUR, order="RGB"))


@pytest.mark.parametrize("cut", [0, 10, 5000, -3])
def test_a_damaged_file_is_refused(tmp_path: Path, cut: int) -> None:
    write_results(tmp_path / "found", climb(), MODEL)
    path = tmp_path / "found.npz"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"found\.npz"):
        read_results(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(FormatError, match="not results of an ascent"):
        read_results(tmp_path / "other")
    np.savez(tmp_path / "objects.npz", yaml=np.array([{}], object))
    with pytest.raises(FormatError, match=r"objects\.npz"):
        read_results(tmp_path / "objects")


@pytest.mark.parametrize("name", list(presets()))
def test_presets_are_read_back_from_plain_data(name: str) -> None:
    body = yaml.safe_load(yaml.safe_dump(preset(name).as_mapping()))
    assert preset_of(name, body) == preset(name)


def test_the_classics_files(tmp_path: Path) -> None:
    climbing = climb([Run(unit("fc2:3"), replace(preset("C"), iterations=9), seed=2)])
    steps = [step[0] for step in finish(climbing)]
    files = write_classic(climbing, 0, str(tmp_path / "opt"))
    assert [file.name for file in files] == [
        "opt_fc2_0003_2_best_X.jpg",
        "opt_fc2_0003_2_best_Xpm.jpg",
        "opt_fc2_0003_2_info.txt",
    ]
    best = climbing.best(0)
    signal, pixels = COLOUR.signal(best), COLOUR.to_pixels(best)
    wanted = {
        "best_X.jpg": 255 * (0.5 + signal / max(2 * signal.max(), -2 * signal.min())),
        "best_Xpm.jpg": 255 * (pixels - pixels.min()) / (pixels.max() - pixels.min()),
    }
    for file, picture in zip(files, wanted.values(), strict=False):
        shown = cv2.imread(str(file))[..., ::-1].astype(float)
        assert shown.shape == (32, 40, 3) and abs(shown - picture).mean() < 12  # JPEG of noise
        assert abs(shown.mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 2
    params, results = (tmp_path / "opt_fc2_0003_2_info.txt").read_text().split("FindResults:\n")
    values = dict(line.strip().split(": ", 1) for line in (params.split("\n", 1)[1] + results).splitlines())
    assert params.startswith("FindParams:\n")
    names = [re.match(r" *(\w+): ", line)[1] for line in results.splitlines()]  # type: ignore[index]
    assert names == sorted(names) and {"x0", "meta_result", "best_obj", "majority_ii", "last_xx"} <= set(names)
    assert values["decay"] == "0.0001" and values["lr_params"] == "{'lr': 100}" and values["max_iter"] == "9"
    assert values["push_unit"] == "(3, 0, 0)" and values["push_dir"] == "1.0" and values["rand_seed"] == "2"
    assert values["ii"] == "[0, 1, ..., 7, 8]"
    assert values["obj"] == "[{}, {}, ..., {}, {}]".format(*(steps[i].objective for i in (0, 1, -2, -1)))
    x0 = climbing.begun(0).ravel()
    assert values["x0"] == f"(1, 3, 32, 40) array [{x0[0]}, {x0[1]}, ...]"
    assert values["best_ii"] == str(climbing.ways[0].best_iteration)


def test_the_classics_names(tmp_path: Path) -> None:
    climbing = climb([Run(unit("conv1:2@6,8"), replace(preset("A"), iterations=2))])
    finish(climbing)
    in_folder = write_classic(climbing, 0, str(tmp_path), "x_%(p.push_channel)d_%(r.last_ii)d")
    assert in_folder[0] == tmp_path / "x_2_1_best_X.jpg"
    for template in ("%(p.nothing)s", "%(p.decay)q", "%s"):
        with pytest.raises(Error, match="output template"):
            write_classic(climbing, 0, str(tmp_path), template)
    formula = climb([RUNS[1]])
    with pytest.raises(Error, match="about one unit, not a formula"):
        write_classic(formula, 0, str(tmp_path))


def test_short_lists_and_nothing() -> None:
    text = dump("FindResults", {"b": [1, 2], "a": None, "c": np.zeros((2, 2), np.float32)})
    assert text.splitlines() == [
        "FindResults:",
        f"{'a':>30}: None",
        f"{'b':>30}: [1, 2]",
        f"{'c':>30}: (2, 2) array [0.0, 0.0, ...]",
    ]
