"""The classic presets against 12 iterations of the original optimiser (../shared/golden/README.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deepvis
from deepvis import units
from deepvis.ascent import Ascent
from deepvis.preprocess import Preprocess

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden" / "ascent_expected.npz"
PREPROCESS = Preprocess((227, 227), mean=np.array([104, 117, 123], np.float32))

# Two runs go where a rounding error decides, so that only their beginnings can agree.
DECIDED_BY_ROUNDING = {
    # Pixels jump between black and white by steps of hundreds: a start that differs by 1e-6 is another run by then.
    "caffenet_random0|fc8|130|0,0|B": 4,
    # Most of the picture is flat, so max pooling has ties all over: noise of 1e-6 moves the next objective by 20 %.
    "squeezenet_v1.0|pool10|130|0,0|D": 2,
}


def runs() -> list[str]:
    if not GOLDEN.is_file():
        return []
    with np.load(GOLDEN) as stored:
        return sorted({key.rsplit("|", 1)[0] for key in stored.files})


@pytest.fixture(scope="module")
def nets(shared: Path) -> dict[str, deepvis.Net]:
    random = np.random.RandomState(0)
    caffenet = deepvis.Net(shared / "golden" / "nets" / "caffenet_random0" / "deploy.prototxt")
    for layer in caffenet.layers:
        for index, blob in enumerate(caffenet.params.get(layer.name, [])):
            spread = np.sqrt(2 / (blob.size / blob.shape[0])) if index == 0 else 0.1
            blob[...] = random.randn(*blob.shape) * spread
    folder = shared / "models" / "squeezenet_v1.0"
    squeezenet = deepvis.Net(folder / "deploy.prototxt", folder / "squeezenet_v1.0.caffemodel")
    return {"caffenet_random0": caffenet, "squeezenet_v1.0": squeezenet}


ABSENT = pytest.param("", marks=pytest.mark.skip("needs shared/golden/ascent_expected.npz beside the project"))


@pytest.mark.parametrize("run", runs() or [ABSENT])
def test_as_the_original(run: str, nets: dict[str, deepvis.Net]) -> None:
    net, layer, channel, position, preset = run.split("|")
    with np.load(GOLDEN) as stored:
        wanted = {what: stored[f"{run}|{what}"] for what in ("obj", "norm", "std", "idxmax", "last_xx", "last_xx_idx")}
    ascent = Ascent(nets[net], "data", PREPROCESS, units.parse(f"{layer}:{channel}@{position}"), preset)
    whole = len(wanted["obj"])
    count = DECIDED_BY_ROUNDING.get(run, whole)
    for i in range(count):
        step = ascent.step()
        x = ascent.measured.astype(np.float64)
        tolerance = 1e-3 if i < 6 else 2e-2
        assert step.objective == pytest.approx(wanted["obj"][i], rel=tolerance), i
        assert np.linalg.norm(x) == pytest.approx(wanted["norm"][i], rel=tolerance), i
        assert x.std() == pytest.approx(wanted["std"][i], rel=tolerance), i
        assert step.layer_max.position is not None
        assert (step.layer_max.channel, *step.layer_max.position) == tuple(wanted["idxmax"][i]), i
        assert step.is_layer_max == (str(step.layer_max) == str(ascent.unit))
    if count == whole:
        last = ascent.measured.ravel()[wanted["last_xx_idx"]]
        assert np.linalg.norm(last - wanted["last_xx"]) <= 1e-3 * np.linalg.norm(wanted["last_xx"])
    if whole < 12:
        assert "gets no gradient from this start" in step.reason
