"""`deepvis verify-paper`: a run's numbers beside published ones, tried on other nets than the paper's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from ascent_nets import TINY

from deepvis.ascent import Climb, Run, preset, unit
from deepvis.ascent.job import Subject
from deepvis.ascent.published import PAPER, Published, compare, read_published
from deepvis.cli import main as cli
from deepvis.errors import FormatError
from deepvis.models import load


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Prototxt, weights and mean of a small net."""
    prototxt, weights, mean = (tmp_path / name for name in ("tiny.prototxt", "tiny.caffemodel", "mean.npy"))
    prototxt.write_text(TINY.format(channels=3, bias=0.1))
    load(prototxt).net.save(weights)
    np.save(mean, np.full((3, 40, 50), 110, np.float32))
    return prototxt, weights, mean


def numbers_of(files: tuple[Path, Path, Path]) -> dict[str, float]:
    """What preset A's run gives, taken from it by hand."""
    prototxt, weights, mean = files
    model = load(prototxt, weights, mean=mean)
    climb = Climb(
        model.net, "picture", model.preprocess, [Run(unit("fc2:3"), preset("A"), seed=3)], cures=(), cone=False
    )
    values, norms, x = [], [], None
    while not climb.over:
        (step,) = climb.step()
        values.append(step.objective)
        norms.append(float(np.linalg.norm(climb.measured)))
        x = climb.measured
    return {
        "objective[0]": values[0],
        "objective[-1]": values[-1],
        "best objective": max(values),
        "best iteration": int(np.argmax(values)),
        "norm[0]": norms[0],
        "norm[-1]": norms[-1],
        "std[-1]": float(x.std()),
        "distance[-1]": float(np.linalg.norm(x - climb.begun(0))),
        "x0[1]": float(climb.begun(0).ravel()[1]),
    }


def verify(files: tuple[Path, Path, Path], numbers: dict[str, float], tmp_path: Path) -> int:
    path = tmp_path / "numbers.yaml"
    path.write_text(yaml.safe_dump({"unit": "fc2:3", "preset": "A", "seed": 3, "numbers": numbers}))
    prototxt, weights, mean = map(str, files)
    return cli.main(["verify-paper", weights, "--prototxt", prototxt, "--mean", mean, "--numbers", str(path)])


def test_a_run_agrees_with_itself_and_differs_where_it_differs(
    files: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = numbers_of(files)
    assert verify(files, numbers | {"norm[0]": numbers["norm[0]"] * 1.019}, tmp_path) == 0
    said = capsys.readouterr().out
    assert "9 of 9 numbers agree" in said and "DIFFERS" not in said
    wrong = {"norm[-1]": numbers["norm[-1]"] * 1.03, "objective[9999]": 1.0}
    assert verify(files, numbers | wrong, tmp_path) == 1
    said = capsys.readouterr().out
    norm, absent = (line for line in said.splitlines() if "DIFFERS" in line)
    assert norm.startswith("norm[-1]") and "2.9e-02" in norm
    assert absent.startswith("objective[9999]") and "none" in absent, "a run has no such iteration"
    assert "8 of 10 numbers agree" in said


def test_the_papers_numbers() -> None:
    published = read_published()
    assert (published.unit, published.preset, published.seed) == ("fc8:130", "C", 0)
    assert published.numbers["best objective"] == 71.1864 and published.numbers["best iteration"] == 992
    assert len(published.numbers) == 15
    start = np.random.RandomState(0).normal(0, 10, (3, 227, 227))
    assert published.numbers["x0[0]"] == pytest.approx(start[0, 0, 0], rel=1e-5)
    assert published.numbers["x0[1]"] == pytest.approx(start[0, 0, 1], rel=1e-5)
    assert published.numbers["std[0]"] == pytest.approx(start.std(), rel=1e-3)
    assert published.numbers["norm[0]"] == pytest.approx(np.linalg.norm(start), rel=1e-3)


def test_against_the_originals_numbers_on_squeezenet(shared: Path) -> None:
    """Twelve iterations of the original optimizer, through the same comparison."""
    folder = shared / "models" / "squeezenet_v1.0"
    with np.load(shared / "golden" / "ascent_expected.npz") as stored:
        key = next(key for key in stored.files if key.startswith("squeezenet_v1.0|") and key.endswith("|C|obj"))
        _, layer, channel, position, *_ = key.split("|")
        series = {what: stored[key.removesuffix("obj") + what] for what in ("obj", "norm", "std")}
    count = len(series["obj"])
    numbers = {f"objective[{i}]": float(value) for i, value in enumerate(series["obj"])}
    numbers |= {f"{what}[{i}]": float(series[what][i]) for what in ("norm", "std") for i in range(count)}
    numbers["best objective"] = float(series["obj"].max())
    model = load(folder / "deploy.prototxt", folder / "squeezenet_v1.0.caffemodel", mean=[104, 117, 123])
    published = Published(f"{layer}:{channel}@{position}", "C", 0, numbers)
    climb = published.begin(Subject.of(model))
    climb.use(0, replace(preset("C"), iterations=count))
    while not climb.over:
        climb.step()
    found = list(compare(published, climb))
    assert len(found) == 3 * count + 1
    assert [each.name for each in found if not each.holds] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "not YAML"),
        ("unit: fc8:130\n", "expected the keys"),
        ("unit: 1\npreset: C\nseed: 0\nnumbers: {}\n", "unit: expected str"),
        ("unit: a:1\npreset: C\nseed: 0\nnumbers: {colour: 1}\n", "no 'colour'"),
        ("unit: a:1\npreset: C\nseed: 0\nnumbers: {'x0[0]': many}\n", "expected a number"),
    ],
)
def test_a_wrong_file_of_numbers_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "numbers.yaml"
    path.write_text(text)
    with pytest.raises(FormatError, match=r"numbers\.yaml") as refused:
        read_published(path)
    assert words in str(refused.value)


def test_missing_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify-paper", str(tmp_path / "none")]) == 2
    assert "WEIGHTS" in capsys.readouterr().err
    (tmp_path / "weights").write_bytes(b"")
    assert cli.main(["verify-paper", str(tmp_path / "weights"), "--mean", str(tmp_path / "none")]) == 2
    assert "--mean" in capsys.readouterr().err
    assert PAPER.is_file()
