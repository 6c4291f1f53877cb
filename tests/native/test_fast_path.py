"""The fast kernels are the ones that run, and nothing else does by accident."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import deepvis
from deepvis import _native

ROOT = Path(__file__).resolve().parents[2]
CAFFENET = ROOT / "prototxt" / "caffenet.prototxt"
SLOW = ("reference", "plain")
# Layer types whose arithmetic is worth a kernel of its own.
HEAVY = ("Convolution", "InnerProduct", "LRN", "Pooling", "ReLU")


@pytest.fixture(scope="module")
def caffenet() -> deepvis.Net:
    """Random weights: no layer's work is saved by zeros that trained nets have."""
    net = deepvis.Net(CAFFENET)
    random = np.random.default_rng(0)
    for layer, blobs in net.params.items():
        blobs[0][...] = random.standard_normal(blobs[0].shape, np.float32) * np.sqrt(2 * len(blobs[0]) / blobs[0].size)
        blobs[1][...] = 0.1 if layer.startswith("fc") else 0
    net.forward(data=random.normal(0, 50, (1, 3, 227, 227)))
    return net


def kernels_run(net: deepvis.Net, direction: str) -> dict[str, str]:
    types = {layer.name: layer.type for layer in net.layers}
    return {run.layer: run.kernel for run in net.runs(direction) if types[run.layer] in HEAVY}


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_heavy_layer_ran_fast(caffenet: deepvis.Net, direction: str) -> None:
    caffenet.backward("fc8", "fc8:3@0,0")
    ran = kernels_run(caffenet, direction)
    assert len(ran) >= 19
    assert {layer: kernel for layer, kernel in ran.items() if kernel in SLOW} == {}
    assert {kernel for layer, kernel in ran.items() if layer.startswith("fc")} == {
        f"{_native.instruction_set()} inner product"
    }


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64" or os.environ.get("DEEPVIS_ONEDNN") == "OFF",
    reason="oneDNN comes with builds for x86-64 Linux, unless DEEPVIS_ONEDNN=OFF says not",
)
@pytest.mark.skipif(_native.instruction_set() == "baseline", reason="oneDNN is for processors with AVX2")
def test_convolutions_run_on_onednn(caffenet: deepvis.Net) -> None:
    assert _native.onednn_version().startswith("3.")
    caffenet.forward()
    ran = kernels_run(caffenet, "forward")
    assert all(ran[f"conv{i}"].startswith("oneDNN ") for i in range(1, 6)), ran
    assert not any("ref" in kernel for kernel in ran.values())


def test_portable_leaves_out_onednn() -> None:
    net = deepvis.Net(CAFFENET, kernels="portable")
    kernels = {layer.name: layer.kernel for layer in net.layers}
    assert kernels["conv1"] == kernels["conv2"] == f"{_native.instruction_set()} convolution"


def test_reference_is_the_reference() -> None:
    net = deepvis.Net(CAFFENET, kernels="reference", backward=False)
    kernels = {layer.kernel for layer in net.layers if layer.type in HEAVY}
    assert kernels <= {*SLOW, "reference"}


def test_relus_ride_on_their_convolutions(caffenet: deepvis.Net) -> None:
    caffenet.forward()
    fused = [run.layer for run in caffenet.runs("forward") if run.fused]
    assert fused == ["relu1", "relu2", "relu3", "relu4", "relu5"]
    caffenet.forward(end="conv3")
    last = caffenet.runs("forward")[-1]
    assert (last.layer, last.fused) == ("relu3", True)


def test_what_a_relu_took_is_there_when_asked_for() -> None:
    """A layer's name means what that layer makes, before the ReLU that usually rides on it."""
    net = deepvis.Net.from_text(
        """input: "data" input_shape { dim: 1 dim: 3 dim: 9 dim: 9 }
        layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param {
          num_output: 8 kernel_size: 3 weight_filler { type: "gaussian" std: 0.3 } } }
        layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
        layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 7 } }"""
    )
    x = np.random.default_rng(0).normal(size=(1, 3, 9, 9))
    after = net.forward(end="relu", data=x)["conv"]
    layer = net._native.layer_table()[1][0]
    net._forward_range(1, 1)
    before = net.blobs["conv"].copy()
    assert layer == "conv"
    assert before.min() < 0
    assert np.array_equal(np.maximum(before, 0), after)


def test_blobs_are_moved_between_layouts_only_at_the_ends(caffenet: deepvis.Net) -> None:
    """CaffeNet, forward and back: the picture in, pool5 to fc6, and the same the other way."""
    net = caffenet.clone()
    x = np.random.default_rng(1).normal(0, 50, (1, 3, 227, 227))
    before = net._native.reorders
    net.forward(data=x)
    forward = net._native.reorders - before
    assert forward == 2
    net.backward("fc8", "fc8:3@0,0")
    assert net._native.reorders - before - forward == 2


def test_a_held_view_costs_a_reorder_and_stays_true(caffenet: deepvis.Net) -> None:
    net = caffenet.clone()
    x = np.random.default_rng(1).normal(0, 50, (1, 3, 227, 227))
    net.forward(data=x)
    held = net.blobs["conv4"]
    before, shown = net._native.reorders, held.copy()
    net.forward(data=x[..., ::-1])
    assert net._native.reorders - before == 3
    assert not np.array_equal(held, shown)
    assert np.array_equal(held, net.blobs["conv4"])


@pytest.mark.skipif(platform.system() != "Linux", reason="looks into ELF objects")
def test_kernels_leave_nothing_behind_for_other_processors() -> None:
    """A function that several files define, such as an inline one of the standard library, is linked once, from any of
    them. Were it from a file compiled for AVX-512, older processors would die in it."""
    objects = [
        path
        for path in (ROOT / "build").glob("editable-*/CMakeFiles/deepvis_kernels_*.dir/**/*.o")
        if "baseline" not in path.as_posix()
    ]
    if not objects:
        pytest.skip("needs the objects of an editable build")
    for path in objects:
        symbols = subprocess.run(["nm", "-C", "--defined-only", path], capture_output=True, text=True, check=True)
        shared = [line for line in symbols.stdout.splitlines() if line.split()[1] in "WVu"]
        assert not shared, f"{path.name}: {shared[:3]}"


def test_instruction_sets_can_be_lowered_not_raised() -> None:
    known = ["baseline", "avx2", "avx512"]
    code = "from deepvis import _native; print(_native.instruction_set())"
    for wanted in [*known, "a word that means nothing"]:
        told = subprocess.run(
            [sys.executable, "-c", code], env={"DEEPVIS_ISA": wanted}, capture_output=True, text=True, check=True
        ).stdout.strip()
        own = _native.instruction_set()
        lowest = min(known.index(own), known.index(wanted)) if wanted in known else known.index(own)
        assert told == known[lowest]
