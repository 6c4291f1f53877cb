"""Weights stay in their file until wanted, lie packed for their kernels, and yet are what `net.params` shows."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import deepvis

TEXT = """
input: "data" input_shape { dim: 2 dim: 8 dim: 12 dim: 12 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
  num_output: 16 kernel_size: 3
  weight_filler { type: "gaussian" std: 0.2 } bias_filler { type: "constant" value: 1 } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param {
  num_output: 300 weight_filler { type: "gaussian" std: 0.1 } } }
"""


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 8, 12, 12)).astype(np.float32)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "net.caffemodel"
    deepvis.Net.from_text(TEXT, seed=7).save(path)
    return path


@pytest.mark.parametrize("kernels", ["best", "portable", "reference"])
@pytest.mark.parametrize("layer", ["conv", "fc"])
@pytest.mark.parametrize("when", ["held before", "taken anew"])
def test_writes_are_seen_both_ways(x: np.ndarray, kernels: deepvis.net.Kernels, layer: str, when: str) -> None:
    net = deepvis.Net.from_text(TEXT, kernels=kernels)
    held = net.params[layer][0]
    first = net.forward(data=x)["fc"]
    back = net.backward("fc", np.ones((2, 300), np.float32))
    values = held if when == "held before" else net.params[layer][0]
    values[1] *= 3
    fresh = deepvis.Net.from_text(TEXT, kernels=kernels)
    fresh.params[layer][0][...] = values
    assert np.array_equal(net.forward(data=x)["fc"], fresh.forward(data=x)["fc"])
    seed = np.ones((2, 300), np.float32)
    assert np.array_equal(net.backward("fc", seed), fresh.backward("fc", seed))
    assert not np.array_equal(net.forward(data=x)["fc"], first)
    assert not np.array_equal(net.backward("fc", seed), back)


def test_weights_from_a_file_are_those_that_were_saved(weights: Path, x: np.ndarray) -> None:
    loaded, original = deepvis.Net.from_text(TEXT, weights), deepvis.Net.from_text(TEXT, seed=7)
    assert np.array_equal(loaded.forward(data=x)["fc"], original.forward(data=x)["fc"])
    for mine, theirs in zip(loaded.params["fc"], original.params["fc"], strict=True):
        assert np.array_equal(mine, theirs)


def test_loading_again_replaces_what_was_packed(weights: Path, x: np.ndarray) -> None:
    net = deepvis.Net.from_text(TEXT, seed=1)
    held = net.params["fc"][0]
    net.forward(data=x)
    net.load(weights)
    original = deepvis.Net.from_text(TEXT, seed=7)
    assert np.array_equal(net.forward(data=x)["fc"], original.forward(data=x)["fc"])
    assert np.array_equal(held, original.params["fc"][0])


def test_a_file_replaced_after_loading_changes_nothing(weights: Path, x: np.ndarray) -> None:
    """Saving is atomic: another file takes the name, and the one that was opened stays."""
    net = deepvis.Net.from_text(TEXT, weights)
    deepvis.Net.from_text(TEXT, seed=8).save(weights)
    assert np.array_equal(net.forward(data=x)["fc"], deepvis.Net.from_text(TEXT, seed=7).forward(data=x)["fc"])


def test_a_file_written_over_after_loading_is_noticed(weights: Path, x: np.ndarray) -> None:
    net = deepvis.Net.from_text(TEXT, weights)
    with weights.open("r+b") as file:
        file.seek(1000)
        file.write(bytes(100))
    os.utime(weights, (1, 1))
    with pytest.raises(
        deepvis.FormatError, match=r"net\.caffemodel was written over after it was opened; load it again"
    ):
        net.forward(data=x)


def test_clones_share_what_was_packed(weights: Path, x: np.ndarray) -> None:
    net = deepvis.Net.from_text(TEXT, weights)
    wanted = net.forward(data=x)["fc"]
    clone = net.clone()
    assert np.array_equal(clone.forward(data=x)["fc"], wanted)
    net.params["fc"][0][...] = 0
    net.params["fc"][1][...] = 0
    assert not clone.forward(data=x)["fc"].any()


def test_clones_that_start_together_pack_once_and_right(weights: Path, x: np.ndarray) -> None:
    net = deepvis.Net.from_text(TEXT, weights)
    clones = [net.clone() for _ in range(6)]
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda each=clone: found.append(each.forward(data=x)["fc"])) for clone in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = net.forward(data=x)["fc"]
    assert len(found) == 6
    for each in found:
        assert np.allclose(each, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_half_precision_is_near_and_names_itself(x: np.ndarray, batch: int) -> None:
    x = np.resize(x, (batch, *x.shape[1:]))
    full, half = deepvis.Net.from_text(TEXT), deepvis.Net.from_text(TEXT, precision="fp16-weights")
    assert (full.precision, half.precision) == ("fp32", "fp16-weights")
    kernels = {layer.name: layer.kernel for layer in half.layers}
    assert "half" in kernels["fc"] or "fp16" in kernels["fc"]
    seed = np.random.default_rng(1).normal(size=(batch, 300)).astype(np.float32)
    found = half.forward(data=x)["fc"], half.backward("fc", seed)
    wanted = full.forward(data=x)["fc"], full.backward("fc", seed)
    for mine, exact in zip(found, wanted, strict=True):
        error = np.linalg.norm(mine - exact) / np.linalg.norm(exact)
        assert 0 < error <= 3e-4
    # The parameters themselves are the full ones.
    assert np.array_equal(half.params["fc"][0], full.params["fc"][0])


def test_half_precision_refuses_weights_beyond_it(x: np.ndarray) -> None:
    """It ends at 65504, and a weight must not become infinite without a word."""
    net = deepvis.Net.from_text(TEXT, precision="fp16-weights")
    net.params["fc"][0][0, 0] = 65504
    assert np.isfinite(net.forward(data=x)["fc"]).all()
    net.params["fc"][0][0, 0] = -1e6
    with pytest.raises(deepvis.LimitError, match=r"layer 'fc'.*-1000000.*precision=\"fp32\""):
        net.forward(data=x)
