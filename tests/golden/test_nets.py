"""Whole nets against the original Caffe, forward, gradient and deconv."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import deepvis

FORWARD_TOLERANCE = 1e-4  # relative L2, deconv-semantics.md
BACKWARD_TOLERANCE = 1e-2  # likewise: max-pooling switches flip between near-equal inputs
LEAST_COSINE = 0.9999


class Expected:
    """What the original printed; large arrays are sampled."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self.numbers = {key: stored[key] for key in stored.files}

    def blobs(self, prefix: str) -> list[str]:
        """Names of the blobs printed under a prefix; Caffe's own split blobs have no counterpart here."""
        names = {
            key.split(":", 1)[1] if key.split(":", 1)[0] in ("idx", "val", "stat", "shape") else key
            for key in self.numbers
        }
        found = [name[len(prefix) :] for name in names if name.startswith(prefix)]
        return sorted(name for name in found if "_split_" not in name)

    def pair(self, key: str, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The numbers to compare: found and wanted."""
        if key in self.numbers:
            return found.ravel(), self.numbers[key].ravel()
        assert found.shape == tuple(self.numbers[f"shape:{key}"])
        assert np.linalg.norm(found) == pytest.approx(self.numbers[f"stat:{key}"][2], rel=BACKWARD_TOLERANCE)
        return found.ravel()[self.numbers[f"idx:{key}"]], self.numbers[f"val:{key}"]


def random_weights(net: deepvis.Net, seed: int) -> None:
    """The weights of the golden cases named random:SEED (golden/README.md)."""
    random = np.random.RandomState(seed)
    for layer in net.layers:
        for index, blob in enumerate(net.params.get(layer.name, [])):
            if index == 0 and layer.type in ("Convolution", "InnerProduct"):
                blob[...] = random.randn(*blob.shape) * np.sqrt(2 / (blob.size / blob.shape[0]))
            else:
                blob[...] = random.randn(*blob.shape) * 0.1


Case = tuple[deepvis.Net, Expected, list[dict[str, object]]]


@pytest.fixture
def case(golden_net: Path, shared: Path, kernels: deepvis.net.Kernels) -> Case:
    with (golden_net / "passes.json").open() as file:
        plan = json.load(file)
    weights = plan["weights"]
    if weights.startswith("random:"):
        net = deepvis.Net(golden_net / "deploy.prototxt", kernels=kernels)
        random_weights(net, int(weights.removeprefix("random:")))
    else:
        (path,) = (shared / "models").glob(f"*/{weights}")
        net = deepvis.Net(golden_net / "deploy.prototxt", path, kernels=kernels)
    net.forward(data=np.load(golden_net / "input.npy"))
    return net, Expected(golden_net / "expected.npz"), plan["passes"]


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / max(float(np.linalg.norm(wanted)), 1e-30))


def test_forward(case: Case) -> None:
    net, expected, _ = case
    names = expected.blobs("data:")
    assert names
    for name in names:
        assert relative_error(*expected.pair(f"data:{name}", net.blobs[name])) <= FORWARD_TOLERANCE, name


@pytest.mark.parametrize(("rule", "key"), [("gradient", "grad"), ("deconv", "deconv")])
def test_backward(case: Case, rule: deepvis.net.Rule, key: str) -> None:
    net, expected, passes = case
    for index, each in enumerate(passes):
        blob = str(each["blob"])
        shape = net.shape(blob)
        centre = f"@{shape[2] // 2},{shape[3] // 2}" if len(shape) == 4 else "@0,0"
        net.backward(blob, f"{blob}:{each['unit']}" + (centre if each["diff"] == "one" else ""), rule=rule)
        printed = set(expected.blobs(f"pass{index}:{key}:"))
        assert printed
        # Where ReLU let nothing through, the original printed nothing.
        assert all(not net.diffs[name].any() for name in net.diffs if name not in printed)
        errors = {}
        for name in printed:
            found, wanted = expected.pair(f"pass{index}:{key}:{name}", net.diffs[name])
            if not wanted.any():
                assert not found.any(), f"pass {index} {name}: expected no signal at the sampled places"
                continue
            errors[name] = relative_error(found, wanted)
            cosine = found @ wanted / (np.linalg.norm(found) * np.linalg.norm(wanted))
            assert cosine >= LEAST_COSINE, f"pass {index} {name}"
        # A blob in the middle is known by a few hundred samples, of which one flipped switch can move many: so the
        # bound holds for the input, and for all blobs of the pass together.
        if "data" in errors:
            assert errors["data"] <= BACKWARD_TOLERANCE, f"pass {index} data"
        together = float(np.sqrt(np.mean(np.square(list(errors.values())))))
        assert together <= BACKWARD_TOLERANCE, f"pass {index}: {errors}"
