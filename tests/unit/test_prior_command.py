"""`deepvis prior fit`: from pictures to a file that a preset can name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from deepvis.ascent.prior import PatchPrior
from deepvis.cli import main as cli

SMALL = ["--patch", "4", "--components", "2", "--patches", "2000"]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures, one of them in a folder within the folder."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for seed, path in enumerate((folder / "a.png", folder / "more" / "b.jpg")):
        noise = np.random.RandomState(seed).randint(0, 256, (60, 80, 3)).astype(np.uint8)
        cv2.imwrite(str(path), cv2.GaussianBlur(noise, (0, 0), 2))
    return folder


def test_a_folder_becomes_a_prior(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = pictures.parent / "mine.npz"
    assert cli.main(["prior", "fit", str(pictures), "--out", str(out), *SMALL]) == 0
    said = capsys.readouterr().out
    assert "2 kinds of 4x4 patches, from 2 pictures" in said and f"prior: {out}" in said
    prior = PatchPrior.read(out)
    assert (prior.channels, prior.side, len(prior.weights)) == (3, 4, 2)
    first = out.read_bytes()
    assert cli.main(["prior", "fit", "--out", str(out), str(pictures / "a.png"), *SMALL, "--grey", "--seed", "1"]) == 0
    assert PatchPrior.read(out).channels == 1 and out.read_bytes() != first


def test_a_picture_that_cannot_be_read_is_named_and_left_out(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "broken.png").write_bytes(b"no picture")
    out = pictures.parent / "mine.npz"
    assert cli.main(["prior", "fit", str(pictures), "--out", str(out), *SMALL]) == 1
    said = capsys.readouterr()
    assert "broken.png" in said.err and "from 2 pictures" in said.out and out.is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{0}", "--out", "{1}/mine.yaml"], "mine.yaml: expected a name that ends in .npz"),
        (["{0}", "--out", "{1}/absent/mine.npz"], "there is no folder"),
        (["{1}/none", "--out", "{1}/mine.npz"], "none: no pictures in this folder"),
        (["{0}", "--out", "{1}/mine.npz", "--components", "0"], "components: expected a whole number from 1 to 256"),
        (["{0}", "--out", "{1}/mine.npz", "--patch", "1"], "patch: expected a whole number from 2 to 32"),
        (["{0}", "--out", "{1}/mine.npz", "--seed", "-1"], "--seed -1: expected a whole number"),
        (["{0}", "--out", "{1}/mine.npz", "--components", "200"], "give more or larger pictures"),
    ],
)
def test_what_cannot_be_done_is_refused(
    pictures: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures.parent / "none").mkdir()
    filled = [each.format(pictures, pictures.parent) for each in arguments]
    assert cli.main(["prior", "fit", *filled]) == 2
    assert message in capsys.readouterr().err
    assert not list(pictures.parent.glob("*.npz"))
