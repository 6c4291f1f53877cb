"""What the benchmark does and counts: turns, work, passes. How long a thing takes is never asserted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import deepvis
from deepvis.bench import timing
from deepvis.bench.machine import Machine
from deepvis.bench.passes import Pass, measure, our_pass, pass_work, randomize, seed
from deepvis.bench.rivals import Rival
from deepvis.bench.timing import BURST, Timing, take_turns
from deepvis.bench.work import Work, layer_work, total_work

FILL = 'weight_filler { type: "xavier" }'
TINY = f"""
input: "data" input_shape {{ dim: 2 dim: 3 dim: 8 dim: 8 }}
layer {{ name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {{ num_output: 6 kernel_size: 3 group: 3 {FILL} }} }}
layer {{ name: "relu" type: "ReLU" bottom: "conv" top: "conv" }}
layer {{ name: "up" type: "Deconvolution" bottom: "conv" top: "up"
  convolution_param {{ num_output: 4 kernel_size: 2 stride: 2 {FILL} }} }}
layer {{ name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param {{ num_output: 5 {FILL} }} }}
layer {{ name: "prob" type: "Softmax" bottom: "fc" top: "prob" }}
"""
CONV = 2 * (6 * 1 * 3 * 3) * (6 * 6) * 2  # weights, positions of the top, images
UP = 2 * (6 * 4 * 2 * 2) * (6 * 6) * 2  # weights, positions of the bottom, images
FC_WEIGHTS = 5 * 6 * 6 * 6
FC = 2 * FC_WEIGHTS * 2

MACHINE = Machine("Abacus", "beads", "", 2, peak=1e9, bandwidth=2e9, usual_bandwidth=1e9)


@pytest.fixture
def net() -> deepvis.Net:
    return deepvis.Net.from_text(TINY)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0)


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_all_take_turns(rounds):
    order = []
    timings = take_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds)
    rounds = max(1, rounds)
    assert "".join(order) == "ab" + rounds * ("a" * (1 + BURST) + "b" * (1 + BURST)), "the first of a burst warms up"
    assert [each.passes for each in timings.values()] == [rounds * BURST] * 2
    assert list(timings) == ["a", "b"]


def test_the_first_pass_of_a_burst_is_not_counted(monkeypatch):
    clock, slept = [0.0], []
    fake = SimpleNamespace(perf_counter=lambda: clock[0], sleep=slept.append)
    monkeypatch.setattr(timing, "time", fake)
    monkeypatch.setattr(timing, "PAUSE", 0.5)
    costs = iter([100, 100, 1, 2, 4, 100, 8, 16, 32])  # at first, then two rounds of one and BURST

    def run() -> None:
        clock[0] += next(costs)

    assert take_turns({"a": run}, 2) == {"a": Timing(least=1, median=6, passes=6)}
    assert slept == [0.5, 0.5]


def test_the_work_of_layers(net):
    layers = {layer.name: layer for layer in net.layers}
    assert layer_work(net, layers["conv"]) == Work(CONV)
    assert layer_work(net, layers["up"]) == Work(UP)
    assert layer_work(net, layers["relu"]) == layer_work(net, layers["prob"]) == Work()
    fc = layer_work(net, layers["fc"])
    assert (fc.operations, fc.weight_bytes) == (FC, 4 * FC_WEIGHTS)
    assert total_work(net, net.layers) == Work(CONV + UP + FC, 4 * FC_WEIGHTS)
    net.reshape(data=(6, 3, 8, 8))
    assert layer_work(net, layers["conv"]) == Work(3 * CONV)
    assert layer_work(net, layers["fc"]).weight_bytes == 4 * FC_WEIGHTS, "read once, however many images"


def test_half_weights_are_half_the_bytes():
    net = deepvis.Net.from_text(TINY, precision="fp16-weights")
    (fc,) = [layer for layer in net.layers if layer.name == "fc"]
    assert layer_work(net, fc).weight_bytes == 2 * FC_WEIGHTS


def test_rows_are_skipped_where_the_input_is_0_in_every_image():
    net = deepvis.Net.from_text(
        'input: "data" input_shape { dim: 2 dim: 4 } layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"'
        f" inner_product_param {{ num_output: 3 {FILL} }} }}"
    )
    net.forward(data=[[0, 1, 0, 0], [0, 0, 2, 0]])
    assert layer_work(net, net.layers[-1]) == Work(2 * 12 * 2, 4 * 12, 0.5)


def test_the_work_of_passes(net):
    assert pass_work(net, Pass()) == Work(CONV + UP + FC, 4 * FC_WEIGHTS)
    assert pass_work(net, Pass("conv")) == Work(2 * CONV)
    assert pass_work(net, Pass("up")) == Work(2 * (CONV + UP))
    assert pass_work(net, Pass("prob")) == Work(2 * (CONV + FC), 8 * FC_WEIGHTS), "up does not lead to it"
    assert pass_work(net, Pass("conv", cone=True)) == Work(), "a cone has no floor here"
    assert Work(1_000_000, 2_000_000).floor(MACHINE) == pytest.approx(2e-3)


def test_our_passes_do_what_their_names_say(net, x):
    assert (seed(net, "conv", 4), seed(net, "fc", 2)) == ("conv:4@3,3", "fc:2@0,0")
    assert list(our_pass(net, Pass(), x)()) == net.outputs
    whole = our_pass(net, Pass("conv", unit=4), x)()
    assert whole.shape == x.shape and whole.any()
    value, cone = our_pass(net, Pass("conv", unit=4, cone=True), x)()
    np.testing.assert_allclose(cone.whole(), whole, atol=1e-6)
    np.testing.assert_allclose(value, net.blobs["conv"][:, 4, 3, 3], atol=1e-5)


class Counter(Rival):
    """A rival that notes what it was asked."""

    name, title, version = "counter", "Counter", "1"

    def __init__(self, backward: bool) -> None:
        self.supports_backward = backward
        self.asked: list[tuple[object, ...]] = []

    def variants(self):
        return ["one", "two"]

    def forward(self, variant, x):
        self.asked.append((variant, x.shape))
        return x

    def forward_backward(self, variant, x, blob, unit):
        self.asked.append((variant, x.shape, blob, unit))
        return x


def test_rivals_run_every_variant_of_what_they_can(net, x):
    found = measure(net, Pass(), x, [able := Counter(True)], rounds=2)
    assert set(able.asked) == {("one", x.shape), ("two", x.shape)}
    assert (found.batch, found.what, found.ours.passes) == (2, Pass(), 2 * BURST)
    assert {variant: each.passes for variant, each in found.rivals["counter"].items()} == {
        "one": 2 * BURST,
        "two": 2 * BURST,
    }
    back = measure(net, Pass("conv", unit=4), x, [able := Counter(True), unable := Counter(False)], rounds=1)
    assert set(able.asked) == {("one", x.shape, "conv", 4), ("two", x.shape, "conv", 4)}
    assert unable.asked == []
    assert set(back.rivals) == {"counter"}
    cone = measure(net, Pass("conv", cone=True), x, [able := Counter(True)], rounds=1)
    assert (cone.rivals, able.asked) == ({}, []), "a rival has no cones"


def test_random_weights_keep_the_size_of_activations(net):
    randomize(net)
    for name in ("conv", "up", "fc"):
        weights, bias = net.params[name]
        assert weights.std() == pytest.approx(np.sqrt(2 * len(weights) / weights.size), rel=0.3)
        assert bias.any()
    before = net.params["conv"][0].copy()
    randomize(net)
    np.testing.assert_array_equal(net.params["conv"][0], before)
