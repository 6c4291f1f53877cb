"""Each layer type against the original Caffe, forward and backward, from the original's own inputs and signals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deepvis
from deepvis import _native

TOLERANCE = 1e-5  # relative L2, deconv-semantics.md


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / max(float(np.linalg.norm(wanted)), 1e-30))


class Case:
    """A golden folder: the net, its layers as dicts, and what the original printed, in the order it was printed."""

    def __init__(self, folder: Path, kernels: deepvis.net.Kernels) -> None:
        weights = folder / "net.caffemodel"
        self.kernels = kernels
        self.net = deepvis.Net(folder / "net.prototxt", weights if weights.exists() else None, kernels=kernels)
        self.layers: list[dict[str, Any]] = [
            layer for layer in _native.read_net_file(folder / "net.prototxt")["layer"] if layer["type"] != "Input"
        ]
        with np.load(folder / "expected.npz") as stored:
            self.numbers = {key: stored[key] for key in stored.files}

    def before(self, key_prefix: str, blob: str, stop: str) -> np.ndarray:
        """The last number printed for a blob before the layer `stop` ran."""
        found = None
        for key, value in self.numbers.items():
            if key.startswith(f"{key_prefix}:{stop}:"):
                break
            if key.startswith(f"{key_prefix}:") and key.endswith(f":{blob}"):
                found = value
        if found is None:
            found = self.numbers[f"top_diff:{blob}"]
        return found

    def one_layer_net(self, layer: dict[str, Any]) -> deepvis.Net:
        """This layer alone, between inputs that hold what the original gave it."""
        bottoms = {name: self.before("data", name, layer["name"]) for name in layer["bottom"]}
        inputs = [
            {
                "name": f"input {name}",
                "type": "Input",
                "top": [name],
                "input_param": {"shape": [{"dim": list(x.shape)}]},
            }
            for name, x in bottoms.items()
        ]
        text = _native.print_text("NetParameter", {"layer": [*inputs, layer]})
        net = deepvis.Net.from_text(text, kernels=self.kernels)
        for mine, original in zip(
            net.params.get(layer["name"], []), self.net.params.get(layer["name"], []), strict=True
        ):
            mine[...] = original
        net.forward(end=layer["name"], **bottoms)
        return net


def test_forward(golden_layer: Path, kernels: deepvis.net.Kernels) -> None:
    case = Case(golden_layer, kernels)
    inputs = {key.split(":", 1)[1]: x for key, x in case.numbers.items() if key.startswith("in:")}
    for name, x in inputs.items():
        case.net.blobs[name][...] = x
    compared = 0
    for index, layer in enumerate(case.net.layers):
        case.net._forward_range(index, index)
        for top in layer.tops:
            key = f"data:{layer.name}:{top}"
            if key in case.numbers and layer.type != "Input":
                assert case.net.shape(top) == case.numbers[key].shape
                assert relative_error(case.net.blobs[top], case.numbers[key]) <= TOLERANCE, key
                compared += 1
    assert compared > 0


@pytest.mark.parametrize(("rule", "prefix"), [("gradient", "grad"), ("deconv", "deconv")])
def test_backward(golden_layer: Path, kernels: deepvis.net.Kernels, rule: deepvis.net.Rule, prefix: str) -> None:
    case = Case(golden_layer, kernels)
    keys = [key for key in case.numbers if key.startswith(f"{prefix}:")]
    if not keys:
        pytest.skip("the original printed no such pass for this layer")
    for layer in case.layers:
        name = layer["name"]
        wanted = [case.numbers[key] for key in keys if key.startswith(f"{prefix}:{name}:")]
        assert len(wanted) == len(layer["bottom"]), "the original printed one signal a bottom"
        net = case.one_layer_net(layer)
        index = len(net.layers) - 1
        signals = {top: case.before(prefix, top, name) for top in layer["top"]}
        net._backward_range(signals, index, index, rule)
        for bottom, x in zip(layer["bottom"], wanted, strict=True):
            assert relative_error(net.diffs[bottom], x) <= TOLERANCE, f"{prefix}:{name}:{bottom}"


@pytest.mark.parametrize(("rule", "prefix"), [("gradient", "grad"), ("deconv", "deconv")])
def test_backward_through_the_whole_case(
    golden_layer: Path, kernels: deepvis.net.Kernels, rule: deepvis.net.Rule, prefix: str
) -> None:
    case = Case(golden_layer, kernels)
    if not any(key.startswith(f"{prefix}:") for key in case.numbers):
        pytest.skip("the original printed no such pass for this layer")
    case.net.forward(data=case.numbers["in:data"])
    (start,) = (key.split(":", 1)[1] for key in case.numbers if key.startswith("top_diff:"))
    found = case.net.backward(start, case.numbers[f"top_diff:{start}"], rule)
    (*_, wanted) = (x for key, x in case.numbers.items() if key.startswith(f"{prefix}:") and key.endswith(":data"))
    assert relative_error(found, wanted) <= TOLERANCE
