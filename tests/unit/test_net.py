"""deepvis.Net: running ranges, starting passes, shapes, weights, and what it says when something is wrong."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import deepvis

SMALL = """
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 10 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 5 kernel_size: 3 pad: 1 weight_filler { type: "gaussian" std: 0.5 } } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "fc" type: "InnerProduct" bottom: "conv2" top: "fc"
  inner_product_param { num_output: 7 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
"""


@pytest.fixture
def net() -> deepvis.Net:
    return deepvis.Net.from_text(SMALL, seed=3)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, 3, 12, 10)).astype(np.float32)


def test_it_says_what_it_is(net: deepvis.Net) -> None:
    assert (net.name, net.inputs, net.outputs) == ("small", ["data"], ["prob"])
    assert list(net.blobs) == ["data", "conv1", "pool1", "conv2", "fc", "prob"]
    assert [layer.type for layer in net.layers][:3] == ["Input", "Convolution", "ReLU"]
    assert net.layers[2].in_place and not net.layers[1].in_place
    assert net.shape("conv1") == (1, 4, 10, 8)
    assert net.layers[1].param_shapes == ((4, 3, 3, 3), (4,))
    table = net.describe()
    assert "conv1" in table and "1 × 4 × 10 × 8" in table and "1,004 parameters" in table


def test_forward_to_a_blob_runs_no_further(net: deepvis.Net, x: np.ndarray) -> None:
    out = net.forward(data=x, end="conv1")
    assert list(out) == ["conv1"]
    assert (out["conv1"] >= 0).all(), "a blob is finished by its in-place ReLU"
    assert not net.blobs["pool1"].any()
    assert (net.forward(data=x, end="pool1")["pool1"] != 0).any()


def test_a_layer_name_means_what_that_layer_makes(x: np.ndarray) -> None:
    text = SMALL.replace(
        '"relu1" type: "ReLU" bottom: "conv1" top: "conv1"', '"relu1" type: "ReLU" bottom: "conv1" top: "a"'
    )
    net = deepvis.Net.from_text(text.replace('bottom: "conv1" top: "pool1"', 'bottom: "a" top: "pool1"'), seed=3)
    out = net.forward(data=x, end="relu1")
    assert list(out) == ["a"]
    np.testing.assert_array_equal(out["a"], np.maximum(net.blobs["conv1"], 0))


def test_forward_from_a_blob_takes_it_as_it_stands(net: deepvis.Net, x: np.ndarray) -> None:
    whole = net.forward(data=x)["prob"]
    pool = net.blobs["pool1"].copy()
    other = net.clone()
    np.testing.assert_array_equal(other.forward(start="pool1", pool1=pool)["prob"], whole)
    net.blobs["pool1"][...] = 0
    assert not np.array_equal(net.forward(start="pool1")["prob"], whole)
    np.testing.assert_array_equal(net.forward(start="conv1")["prob"], whole)  # the pooling runs again


def test_results_are_copies_and_blobs_are_views(net: deepvis.Net, x: np.ndarray) -> None:
    first = net.forward(data=x)["prob"]
    view = net.blobs["prob"]
    net.forward(data=2 * x)
    assert not np.array_equal(first, view)
    np.testing.assert_array_equal(view, net.blobs["prob"])
    assert np.isclose(view.sum(), 1)


def test_another_number_of_images_reshapes_the_net(net: deepvis.Net, x: np.ndarray) -> None:
    alone = net.forward(data=x)["prob"]
    pair = net.forward(data=np.concatenate([x, -x]))["prob"]
    assert pair.shape == (2, 7)
    np.testing.assert_allclose(pair[0], alone[0], rtol=1e-6)


def test_wrong_inputs_are_named(net: deepvis.Net, x: np.ndarray) -> None:
    with pytest.raises(
        deepvis.ShapeError, match=r"'data' must have the shape \(1, 3, 12, 10\), found \(1, 3, 10, 12\)"
    ):
        net.forward(data=np.zeros((1, 3, 10, 12)))
    with pytest.raises(deepvis.UnknownNameError, match="did you mean 'data'"):
        net.forward(dato=x)
    with pytest.raises(deepvis.UnknownNameError, match="neither an input"):
        net.forward(conv2=np.zeros((1, 5, 5, 4)))
    with pytest.raises(deepvis.UnknownNameError, match="no blob or layer 'conv9' in this net; did you mean"):
        net.forward(data=x, end="conv9")
    with pytest.raises(KeyError, match="did you mean 'pool1'"):
        net.blobs["pool"]


def test_seeds_by_unit(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    one = np.zeros(net.shape("conv2"), np.float32)
    one[0, 2, 1, 3] = 1
    np.testing.assert_array_equal(net.backward("conv2", "conv2:2@1,3"), net.backward("conv2", one))
    own = np.zeros(net.shape("conv2"), np.float32)
    own[0, 2] = net.blobs["conv2"][0, 2]
    np.testing.assert_array_equal(net.backward("conv2", "conv2:2"), net.backward("conv2", own))
    assert net.backward("fc", "fc:6@0,0").shape == x.shape


def test_each_image_has_its_own_seed(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=np.concatenate([x, x]))
    both = net.backward("conv2", ["conv2:0@2,2", "conv2:3@2,2"])
    assert not np.array_equal(both[0], both[1])
    net.forward(data=x)
    np.testing.assert_allclose(net.backward("conv2", "conv2:3@2,2")[0], both[1], atol=1e-6)


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("conv2:9", "no channel 9"),
        ("conv2:1@9,0", "no position"),
        ("conv2", "names no channel"),
        ("conv1:1", "is not in 'conv2'"),
    ],
)
def test_units_that_do_not_exist(net: deepvis.Net, x: np.ndarray, unit: str, message: str) -> None:
    net.forward(data=x)
    with pytest.raises(deepvis.UnknownNameError, match=message):
        net.backward("conv2", unit)


def test_a_pass_from_a_blob_begins_below_its_relu(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    dead = np.argwhere(net.blobs["conv2"][0] == 0)
    assert len(dead), "the test needs a unit that is off"
    channel, y, column = dead[0]
    unit = f"conv2:{channel}@{y},{column}"
    assert net.backward("conv2", unit).any()
    assert not net.backward("relu2", unit).any()
    assert net.backward("relu2", unit, rule="deconv").any(), "deconv does not look at the forward value"


def test_signals_on_the_way(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    net.backward("conv2", "conv2:1@2,2")
    assert list(net.diffs) == ["data", "conv1", "pool1", "conv2"]
    with pytest.raises(deepvis.UnknownNameError, match="did not reach 'fc'"):
        net.diffs["fc"]
    at_pool = net.backward("conv2", "conv2:1@2,2", end="pool1")
    assert at_pool.shape == net.shape("pool1")
    assert "data" not in net.diffs
    with pytest.raises(deepvis.UnknownNameError, match="'conv1' does not depend on 'conv2'"):
        net.backward("conv1", "conv1:0", end="conv2")


def test_rules_differ_in_relu_alone(net: deepvis.Net, x: np.ndarray) -> None:
    net.forward(data=x)
    seed = np.random.default_rng(1).normal(size=net.shape("conv2")).astype(np.float32)
    signals = {}
    for rule in ("gradient", "deconv", "guided"):
        net.backward("conv2", seed, rule=rule)  # type: ignore[arg-type]
        signals[rule] = {name: net.diffs[name].copy() for name in ("pool1", "conv1")}
    np.testing.assert_array_equal(signals["gradient"]["pool1"], signals["deconv"]["pool1"])
    on = net.blobs["conv1"] > 0
    through = signals["gradient"]["pool1"]
    assert (signals["deconv"]["conv1"] >= 0).all() and (signals["guided"]["conv1"] >= 0).all()
    assert not signals["gradient"]["conv1"][~on].any() and not signals["guided"]["conv1"][~on].any()
    assert (signals["gradient"]["conv1"] < 0).any() and (through < 0).any()
    with pytest.raises(deepvis.UnknownNameError, match="there are: gradient, deconv, guided"):
        net.backward("conv2", seed, rule="magic")  # type: ignore[arg-type]


def test_a_backward_pass_needs_a_forward_pass(net: deepvis.Net, x: np.ndarray) -> None:
    with pytest.raises(deepvis.StateError, match="call forward first"):
        net.backward("conv2", "conv2:0@1,1")
    net.forward(data=x)
    net.forward(data=x + 1, end="pool1")
    with pytest.raises(deepvis.StateError, match=r"'conv2'.*older"):
        net.backward("conv2", "conv2:0@1,1")
    net.backward("pool1", "pool1:0@1,1")
    with pytest.raises(deepvis.ShapeError, match=r"the seed for 'pool1' must have its shape"):
        net.backward("pool1", np.zeros((1, 4, 2, 2)))


def test_a_leaky_relu_is_remarked_on_in_deconv(x: np.ndarray) -> None:
    net = deepvis.Net.from_text(
        SMALL.replace(
            'top: "conv1" }\nlayer { name: "pool1"',
            'top: "conv1" relu_param { negative_slope: 0.1 } }\nlayer { name: "pool1"',
        )
    )
    net.forward(data=x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.backward("conv2", "conv2:0")
    with pytest.warns(UserWarning, match="'relu1'.*negative_slope 0.1"):
        net.backward("conv2", "conv2:0", rule="deconv")


def test_reshape_keeps_weights_and_refuses_what_does_not_fit(net: deepvis.Net, x: np.ndarray) -> None:
    with pytest.raises(
        deepvis.ShapeError, match=r"'fc'.*would need weights of shape \(7, 225\), and they have \(7, 100\)"
    ):
        net.reshape(data=(1, 3, 20, 12))
    assert net.shape("data") == (1, 3, 12, 10), "the net stays as it was"
    assert net.forward(data=x)["prob"].shape == (1, 7)
    convolutional = deepvis.Net.from_text(SMALL[: SMALL.index('layer { name: "fc"')])
    convolutional.reshape(data=(2, 3, 31, 17))
    assert convolutional.shape("conv2") == (2, 5, 15, 8)
    with pytest.raises(deepvis.ShapeError, match=r"'conv1'.*weights"):
        convolutional.reshape(data=(1, 4, 12, 10))
    with pytest.raises(deepvis.UnknownNameError, match="not an input"):
        convolutional.reshape(conv1=(1, 4, 12, 10))


def test_net_surgery_is_seen_by_the_next_pass(net: deepvis.Net, x: np.ndarray) -> None:
    before = net.forward(data=x, end="fc")["fc"]
    net.params["fc"][0][...] *= 2
    net.params["fc"][1][...] = 1
    np.testing.assert_allclose(net.forward(data=x, end="fc")["fc"], 2 * before + 1, rtol=1e-5)


def test_clones_share_weights_and_nothing_else(net: deepvis.Net, x: np.ndarray) -> None:
    net.reshape(data=(2, 3, 12, 10))
    twin = net.clone()
    assert twin.shape("data") == (2, 3, 12, 10)
    twin.params["conv1"][0][...] = 7
    assert (net.params["conv1"][0] == 7).all()
    net.forward(data=np.concatenate([x, x]))
    assert not twin.blobs["prob"].any()


def test_fillers_are_seeded() -> None:
    one, same, other = (deepvis.Net.from_text(SMALL, seed=seed) for seed in (1, 1, 2))
    for layer in one.params:
        np.testing.assert_array_equal(one.params[layer][0], same.params[layer][0])
        assert not np.array_equal(one.params[layer][0], other.params[layer][0])
    assert abs(one.params["conv1"][0]).max() <= np.sqrt(3 / 27)
    assert 0.4 < one.params["conv2"][0].std() < 0.6


def test_saved_weights_come_back(net: deepvis.Net, tmp_path: Path) -> None:
    for name in ("small.caffemodel", "small.h5"):
        net.save(tmp_path / name)
        again = deepvis.Net.from_text(SMALL, tmp_path / name)
        for layer, blobs in net.params.items():
            for mine, saved in zip(blobs, again.params[layer], strict=True):
                np.testing.assert_array_equal(mine, saved)
        assert again.notes == []


def test_the_weights_of_another_net(net: deepvis.Net, tmp_path: Path) -> None:
    net.save(tmp_path / "small.caffemodel")
    before = net.params["conv1"][0].copy()
    other = deepvis.Net.from_text(SMALL.replace("num_output: 5", "num_output: 6"))
    kept = other.params["conv1"][0].copy()
    with pytest.raises(
        deepvis.ShapeError, match=r"small.caffemodel: layer 'conv2', blob 0 has the shape \(5, 4, 3, 3\)"
    ):
        other.load(tmp_path / "small.caffemodel")
    np.testing.assert_array_equal(other.params["conv1"][0], kept)
    renamed = deepvis.Net.from_text(SMALL.replace('"conv2"', '"other"'))
    renamed.load(tmp_path / "small.caffemodel")
    np.testing.assert_array_equal(renamed.params["conv1"][0], before)
    assert any("'conv2'" in note for note in renamed.notes)
    assert any("'other'" in note and "no weights" in note for note in renamed.notes)
    stranger = deepvis.Net.from_text(
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 } } }'
        'layer { name: "unlike" type: "InnerProduct" bottom: "data" top: "y" inner_product_param { num_output: 1 } }'
    )
    with pytest.raises(deepvis.FormatError, match="none of its layers is in this net"):
        stranger.load(tmp_path / "small.caffemodel")


def test_shared_parameters_are_one() -> None:
    net = deepvis.Net.from_text("""
        layer { name: "data" type: "Input" top: "a" top: "b" input_param { shape { dim: 1 dim: 4 } } }
        layer { name: "left" type: "InnerProduct" bottom: "a" top: "l" param { name: "w" } param { name: "v" }
          inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
        layer { name: "right" type: "InnerProduct" bottom: "b" top: "r" param { name: "w" } param { name: "v" }
          inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
    """)
    values = np.ones((1, 4), np.float32)
    out = net.forward(a=values, b=values)
    np.testing.assert_array_equal(out["l"], out["r"])
    net.params["left"][0][...] = 2
    assert (net.params["right"][0] == 2).all()


def test_a_layer_that_shares_needs_no_weights_of_its_own(tmp_path: Path) -> None:
    text = """
        layer { name: "data" type: "Input" top: "a" input_param { shape { dim: 1 dim: 4 } } }
        layer { name: "left" type: "InnerProduct" bottom: "a" top: "l" param { name: "w" } param { name: "v" }
          inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }"""
    one = deepvis.Net.from_text(text, seed=3)
    one.save(tmp_path / "left.caffemodel")
    both = (
        text
        + """
        layer { name: "right" type: "InnerProduct" bottom: "a" top: "r" param { name: "w" } param { name: "v" }
          inner_product_param { num_output: 3 weight_filler { type: "constant" } } }"""
    )
    net = deepvis.Net.from_text(both, tmp_path / "left.caffemodel")
    np.testing.assert_array_equal(net.params["right"][0], one.params["left"][0])
    assert net.params["left"][0].any()
    assert not any("right" in note for note in net.notes)


def test_devices() -> None:
    with pytest.raises(deepvis.DeviceError, match="runs on 'cpu' only"):
        deepvis.Net.from_text(SMALL, device="cuda:0")


def test_missing_files_are_os_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.prototxt"):
        deepvis.Net(tmp_path / "absent.prototxt")
    with pytest.raises(FileNotFoundError, match=r"absent\.caffemodel"):
        deepvis.Net.from_text(SMALL, tmp_path / "absent.caffemodel")
    with pytest.raises(FileNotFoundError, match=r"absent\.h5"):
        deepvis.Net.from_text(SMALL, tmp_path / "absent.h5")
