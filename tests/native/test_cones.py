"""A unit's cone gives the numbers of the whole net's passes, wherever the unit and whatever the net."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_nets import RandomNet, random_nets

import deepvis
from deepvis.net import Rule

CLOSE = {"rtol": 2e-5, "atol": 2e-6}
rules = st.sampled_from(["gradient", "deconv", "guided"])


def made(net: RandomNet, kernels: str) -> deepvis.Net:
    try:
        return net.make(kernels=kernels)
    except deepvis.ShapeError:
        assume(False)
        raise


class Chosen:
    """A unit of a net: a blob that a layer made, a position, and a channel for each image."""

    def __init__(self, random: RandomNet, net: deepvis.Net, data: st.DataObject) -> None:
        self.blob = data.draw(st.sampled_from(random.blobs[1:]))
        images, channels, height, width = net.shape(self.blob)
        self.y, self.x = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        same = data.draw(st.booleans())
        drawn = [data.draw(st.integers(0, channels - 1)) for _ in range(1 if same else images)]
        self.channels = drawn * images if same else drawn
        self.names = [f"{self.blob}:{channel}@{self.y},{self.x}" for channel in self.channels]
        self.where = (np.arange(images), np.array(self.channels), self.y, self.x)

    def seed(self, net: deepvis.Net) -> np.ndarray:
        signal = np.zeros(net.shape(self.blob), np.float32)
        signal[self.where] = 1
        return signal


@pytest.mark.parametrize("kernels", ["best", "portable", "reference"])
@settings(max_examples=150, derandomize=True, deadline=None)
@given(random=random_nets(), rule=rules, data=st.data())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_both_ways(kernels: str, random: RandomNet, rule: Rule, data: st.DataObject) -> None:
    net = made(random, kernels)
    unit = Chosen(random, net, data)
    x = net.blobs["data"].copy()
    net.forward(data=x)
    whole = net.backward(unit.blob, unit.seed(net), rule)

    cone = made(random, kernels)
    assert np.allclose(cone.forward_cone(unit.names, x), net.blobs[unit.blob][unit.where], **CLOSE)
    found = cone.backward_cone(unit.names, rule=rule)
    size = float(np.abs(whole).max())
    assert np.allclose(found.whole(), whole, rtol=2e-5, atol=2e-6 * max(size, 1e-6))
    rows, columns = found.rows_and_columns
    assert (rows, columns) == cone.cone_box(unit.names[0])
    outside = np.ones(whole.shape[2:], bool)
    outside[rows, columns] = False
    assert not whole[:, :, outside].any()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(random=random_nets(), rule=rules, data=st.data())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_pass_from_one_position_is_that_of_its_seed(random: RandomNet, rule: Rule, data: st.DataObject) -> None:
    """`backward` takes the cone by itself where that pays; every signal on the way is the whole pass's."""
    net = made(random, "portable")
    unit = Chosen(random, net, data)
    net.forward()
    net.backward(unit.blob, unit.seed(net), rule)
    wanted = {name: signal.copy() for name, signal in net.diffs.items()}
    net.backward(unit.blob, unit.names, rule)
    assert list(net.diffs) == list(wanted)
    for name, signal in wanted.items():
        size = float(np.abs(signal).max())
        assert np.allclose(net.diffs[name], signal, rtol=2e-5, atol=2e-6 * max(size, 1e-6)), name


TEXT = """
input: "data" input_shape { dim: 1 dim: 3 dim: 31 dim: 31 }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 8 kernel_size: 5 stride: 2 weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 6 kernel_size: 3 pad: 1 weight_filler { type: "gaussian" std: 0.2 } } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "fc" type: "InnerProduct" bottom: "conv2" top: "fc"
  inner_product_param { num_output: 4 weight_filler { type: "gaussian" std: 0.1 } } }
"""


@pytest.fixture
def net() -> deepvis.Net:
    return deepvis.Net.from_text(TEXT)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(1, 3, 31, 31)).astype(np.float32)


def test_only_the_cone_is_computed(net: deepvis.Net, x: np.ndarray) -> None:
    """What the unit does not see may be anything, and blobs stay as they were."""
    rows, columns = net.cone_box("conv2:2@3,3")
    assert 0 < (rows.stop - rows.start) < 31
    value = net.forward_cone("conv2:2@3,3", x)
    changed = np.full_like(x, np.nan)
    changed[..., rows, columns] = x[..., rows, columns]
    assert net.forward_cone("conv2:2@3,3", changed) == value
    assert not net.blobs["conv2"].any()


def test_a_cone_takes_what_is_in_the_input_blob(net: deepvis.Net, x: np.ndarray) -> None:
    net.blobs["data"][...] = x
    assert net.forward_cone("conv2:2@3,3") == net.forward_cone("conv2:2@3,3", x)


def test_before_the_relu(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    before = net.forward(end="conv2", data=x)
    values = [float(net.forward_cone(f"conv2:{c}@3,3", x, before_in_place=True)[0]) for c in range(6)]
    assert min(values) < 0
    assert np.allclose(np.maximum(values, 0), before["conv2"][0, :, 3, 3], atol=1e-6)


def test_the_automatic_cone_is_a_cone(net: deepvis.Net, x: np.ndarray) -> None:
    """Going back from one position, the layers compute a part: the other signals are 0 and need no work."""
    net.forward(data=x)
    net.backward("conv2", "conv2:2@0,0")
    assert [run.layer for run in net.runs("backward")] == ["conv2", "pool1", "relu1", "conv1"]
    reached = net.diffs["conv1"]
    assert reached.shape == net.shape("conv1")
    assert not reached[:, :, 8:].any()


def test_seeds_and_weights(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward_cone("conv2:2@3,3", x)
    one = net.backward_cone("conv2:2@3,3").whole()
    assert np.allclose(net.backward_cone("conv2:2@3,3", seed=-2.5).whole(), -2.5 * one, rtol=1e-5, atol=1e-7)
    net.params["conv1"][0][...] *= 0
    net.forward_cone("conv2:2@3,3", x)
    assert not net.backward_cone("conv2:2@3,3").whole().any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net, x: net.forward_cone("conv2:2", x), deepvis.UnknownNameError, "one position"),
        (lambda net, x: net.forward_cone([], x), deepvis.ShapeError, "found none"),
        (lambda net, x: net.forward_cone("conv2:2@7,0", x), deepvis.UnknownNameError, "no position"),
        (lambda net, x: net.forward_cone("conv2:6@0,0", x), deepvis.UnknownNameError, "no channel 6"),
        (lambda net, x: net.forward_cone("conv9:0@0,0", x), deepvis.UnknownNameError, "conv9"),
        (lambda net, x: net.forward_cone("conv2:2@3,3", x[..., 1:]), deepvis.ShapeError, "must have the shape"),
        (lambda net, x: net.forward_cone("conv2:2@3,3", image=x), deepvis.UnknownNameError, "not an input"),
        (lambda net, x: net.backward_cone("conv2:2@3,3"), deepvis.StateError, "forward"),
        (lambda net, x: net.cone_box("conv2:2"), deepvis.UnknownNameError, "names no position"),
        (
            lambda net, x: (net.forward_cone("conv2:2@3,3", x), net.backward_cone("conv2:2@3,3", seed=[1, 2])),
            deepvis.ShapeError,
            "a seed for each",
        ),
    ],
)
def test_mistakes_are_named(net: deepvis.Net, x: np.ndarray, call, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(net, x)


def test_another_position_is_not_gone_back_from(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward_cone("conv2:2@3,3", x)
    with pytest.raises(deepvis.StateError):
        net.backward_cone("conv2:2@3,4")


def test_a_fully_connected_unit_has_the_whole_net_for_a_cone(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    assert np.allclose(net.forward_cone("fc:1@0,0", x), net.blobs["fc"][0, 1], rtol=1e-5, atol=1e-6)
    assert net.cone_box("fc:1@0,0") == (slice(0, 31), slice(0, 31))
