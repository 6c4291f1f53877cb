"""pycaffe's Net: constructors, passes by layer name, blobs and parameters."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
from pycaffe_nets import BRANCHES, CLASSIFIER, FULLY_CONVOLUTIONAL, shared, write

import deepvis
import deepvis.pycaffe as caffe


@pytest.fixture
def net(tmp_path):
    return caffe.Net(write(tmp_path, CLASSIFIER), caffe.TEST)


@pytest.fixture
def images():
    return np.random.RandomState(0).randn(2, 3, 12, 10).astype(np.float32)


def test_every_way_to_construct_gives_the_same_net(tmp_path, images):
    proto, weights = write(tmp_path, CLASSIFIER), str(tmp_path / "weights.caffemodel")
    first = caffe.Net(proto, caffe.TEST)
    first.save(weights)
    expected = first.forward(data=images)["prob"].copy()
    for other in [
        caffe.Net(proto, weights, caffe.TEST),
        caffe.Net(proto, caffe.TEST, weights=weights),
        caffe.Net(network_file=proto, phase=caffe.TEST, weights=weights),
        caffe.Net(proto, 1, weights),
    ]:
        np.testing.assert_array_equal(other.forward(data=images)["prob"], expected)


def test_constructor_says_what_it_expected(tmp_path):
    proto = write(tmp_path, CLASSIFIER)
    with pytest.raises(TypeError, match="phase"):
        caffe.Net(proto)
    with pytest.raises(TypeError, match="network_file, weights, phase"):
        caffe.Net(proto, "weights", "more", caffe.TEST)
    with pytest.warns(UserWarning, match="TEST phase only"):
        caffe.Net(proto, caffe.TRAIN)


def test_names_types_and_order(net):
    assert list(net.blobs) == ["data", "conv1", "pool1", "fc2", "prob"]
    assert isinstance(net.blobs, OrderedDict)
    assert isinstance(net.params, OrderedDict)
    assert list(net.params) == ["conv1", "fc2"]
    assert (net.inputs, net.outputs) == (["data"], ["prob"])
    assert list(net._layer_names)[-5:] == ["conv1", "relu1", "pool1", "fc2", "prob"]
    assert [layer.type for layer in net.layers][-5:] == [
        "Convolution", "ReLU", "Pooling", "InnerProduct", "Softmax",
    ]  # fmt: skip
    assert net.layer_dict["conv1"].blobs[0].data.shape == (4, 3, 3, 3)
    assert net.bottom_names["relu1"] == net.top_names["relu1"] == ["conv1"]
    assert "Convolution" in caffe.layer_type_list()


def test_blob_attributes(net):
    blob = net.blobs["conv1"]
    assert blob.data.dtype == blob.diff.dtype == np.float32
    assert tuple(blob.shape) == blob.data.shape == blob.diff.shape == (2, 4, 10, 8)
    assert (blob.num, blob.channels, blob.height, blob.width, blob.count) == (2, 4, 10, 8, 640)
    assert (net.blobs["fc2"].height, net.params["fc2"][1].num) == (1, 5)


def test_forward_gives_views_of_the_outputs_and_of_what_was_asked_for(net, images):
    out = net.forward(data=images, blobs=["pool1"])
    assert set(out) == {"prob", "pool1"}
    np.testing.assert_allclose(out["prob"].sum(1), 1, rtol=1e-5)
    assert np.shares_memory(out["prob"], net.blobs["prob"].data)
    engine = deepvis.Net.from_text(CLASSIFIER)
    np.testing.assert_array_equal(out["prob"], engine.forward(data=images)["prob"])


def test_forward_runs_from_start_to_end_by_layer_name(net, images):
    net.blobs["data"].data[...] = images
    whole = net.forward()["prob"].copy()
    net.blobs["pool1"].data[...] = 0
    assert set(net.forward(start="fc2", end="fc2")) == {"fc2"}
    np.testing.assert_allclose(net.blobs["fc2"].data, np.tile(net.params["fc2"][1].data, (2, 1)))
    np.testing.assert_array_equal(net.blobs["prob"].data, whole)  # its layer did not run
    assert set(net.forward(start="pool1")) == {"prob"}
    np.testing.assert_array_equal(net.blobs["prob"].data, whole)


def test_backward_starts_from_what_was_written_into_diff(net, images):
    net.forward(data=images)
    seed = np.random.RandomState(1).randn(2, 5).astype(np.float32)
    net.blobs["prob"].diff[...] = seed
    out = net.backward(diffs=["pool1"])
    assert set(out) == {"data", "pool1"}
    engine = deepvis.Net.from_text(CLASSIFIER)
    engine.forward(data=images)
    np.testing.assert_array_equal(out["data"], engine.backward("prob", seed))
    np.testing.assert_array_equal(net.blobs["conv1"].diff, engine.diffs["conv1"])
    np.testing.assert_array_equal(net.backward(prob=seed)["data"], out["data"])
    assert set(net.backward(start="prob", end="fc2")) == {"pool1"}


def test_backward_from_an_in_place_blob_begins_at_the_layer_named(net, images):
    net.forward(data=images)
    seed = np.random.RandomState(2).randn(2, 4, 10, 8).astype(np.float32)
    net.blobs["conv1"].diff[...] = seed
    below = net.backward(start="conv1")["data"].copy()
    net.blobs["conv1"].diff[...] = seed
    above = net.backward(start="relu1")["data"].copy()
    engine = deepvis.Net.from_text(CLASSIFIER)
    engine.forward(data=images)
    np.testing.assert_array_equal(below, engine.backward("conv1", seed))
    np.testing.assert_array_equal(above, engine.backward("relu1", seed))
    assert not np.array_equal(below, above)
    # Afterwards the blob's diff is with respect to the value below the ReLU.
    np.testing.assert_array_equal(net.blobs["conv1"].diff, seed * (net.blobs["conv1"].data > 0))


@pytest.mark.parametrize(
    ("method", "rule", "options"),
    [
        ("backward_from_layer", "gradient", {}),
        ("deconv_from_layer", "deconv", {}),
        ("deconv_from_layer", "guided", {"deconv_type": "Guided Backprop"}),
    ],
)
def test_from_layer_passes(net, images, method, rule, options):
    net.forward(data=images)
    net.blobs["prob"].diff[...] = 7
    seed = np.random.RandomState(3).randn(2, 5).astype(np.float32)
    engine = deepvis.Net.from_text(CLASSIFIER)
    engine.forward(data=images)
    expected = engine.backward("fc2", seed, rule=rule)
    out = getattr(net, method)("fc2", seed, zero_higher=False, **options)
    np.testing.assert_array_equal(out["data"], expected)
    np.testing.assert_array_equal(net.blobs["data"].diff, expected)
    assert (net.blobs["prob"].diff == 7).all()
    getattr(net, method)("fc2", seed, zero_higher=True, **options)
    assert not net.blobs["prob"].diff.any()
    with pytest.raises(deepvis.ShapeError, match=r"\(2, 5\).*\(1, 5\)"):
        getattr(net, method)("fc2", seed[:1])
    with pytest.raises(deepvis.UnknownNameError, match="no blob 'fc3'"):
        getattr(net, method)("fc3", seed)
    with pytest.raises(ValueError, match="Guided Backprop"):
        net.deconv_from_layer("fc2", seed, deconv_type="Guided")


def test_a_pass_is_not_changed_by_what_earlier_ones_left_behind(tmp_path):
    net = caffe.Net(write(tmp_path, BRANCHES), caffe.TEST)
    net.forward(a=np.ones((1, 2, 4, 4)), b=np.ones((1, 2, 4, 4)))
    one = np.ones((1, 2, 4, 4), np.float32)
    net.blobs["right"].diff[...] = one
    assert (net.backward(start="right")["a"] == 3).all()
    net.blobs["right"].diff[...] = 0
    assert (net.backward_from_layer("left", one)["a"] == 2).all()


def test_seeds_in_several_blobs_add_up(tmp_path):
    net = caffe.Net(write(tmp_path, BRANCHES), caffe.TEST)
    one = np.ones((1, 2, 4, 4), np.float32)
    net.forward(a=one, b=one)
    diffs = net.backward(right=one, sum=2 * one)
    assert (diffs["a"] == 2 * 2 + 3).all()
    assert (diffs["b"] == 2).all()


def test_seeds_stay_and_results_do_not_become_seeds(tmp_path):
    net = caffe.Net(write(tmp_path, BRANCHES), caffe.TEST)
    one = np.ones((1, 2, 4, 4), np.float32)
    net.forward(a=one, b=one)
    net.blobs["right"].diff[...] = 1
    net.blobs["sum"].diff[...] = 1
    assert (net.backward()["a"] == 2 + 3).all()
    assert (net.blobs["left"].diff == 1).all()  # a result, looked at by the script
    assert (net.backward()["a"] == 2 + 3).all()
    # From a branch alone: the other branch holds a result, and adds nothing.
    net.blobs["sum"].diff[...] = 0
    net.blobs["left"].diff[...] = 2 * one
    assert (net.backward(start="right")["a"] == 3 + 4).all()  # a seed of the script's own
    net.backward(start="sum", sum=5 * one, right=0 * one)
    assert (net.blobs["left"].diff == 5).all()
    net.blobs["right"].diff[...] = one
    assert (net.backward(start="right")["a"] == 3).all()


def test_forward_all_takes_any_number_of_images(net):
    images = np.random.RandomState(4).randn(5, 3, 12, 10).astype(np.float32)
    out = net.forward_all(data=images, blobs=["fc2"])
    assert out["prob"].shape == out["fc2"].shape == (5, 5)
    for begin in (0, 2):
        part = net.forward(data=images[begin : begin + 2])["prob"]
        np.testing.assert_array_equal(out["prob"][begin : begin + 2], part)


def test_forward_backward_all(net):
    images = np.random.RandomState(5).randn(3, 3, 12, 10).astype(np.float32)
    seeds = np.random.RandomState(6).randn(3, 5).astype(np.float32)
    outs, diffs = net.forward_backward_all(data=images, prob=seeds, diffs=["fc2"])
    assert outs["prob"].shape == (3, 5)
    assert diffs["data"].shape == (3, 3, 12, 10)
    net.forward(data=images[:2])
    np.testing.assert_array_equal(net.backward(prob=seeds[:2])["data"], diffs["data"][:2])


def test_wrong_arguments_are_named(net, images):
    with pytest.raises(ValueError, match=r"\['image'\].*\['data'\]"):
        net.forward(image=images)
    with pytest.raises(deepvis.ShapeError, match="batches of 2"):
        net.forward(data=images[:1])
    with pytest.raises(deepvis.UnknownNameError, match="no layer 'conv9'"):
        net.forward(end="conv9")
    with pytest.raises(deepvis.UnknownNameError, match="no blob 'conv9'"):
        net.forward(blobs=["conv9"])


def test_reshape_of_an_input_reaches_the_whole_net(tmp_path):
    net = caffe.Net(write(tmp_path, FULLY_CONVOLUTIONAL), caffe.TEST)
    net.blobs["conv"].diff[...] = 1
    net.blobs["data"].reshape(4, 3, 9, 7)
    assert net.blobs["data"].data.shape == (4, 3, 9, 7)
    net.reshape()
    assert net.blobs["conv"].data.shape == net.blobs["conv"].diff.shape == (4, 2, 7, 5)
    net.blobs["data"].data[...] = 1
    assert net.forward()["conv"].shape == (4, 2, 7, 5)
    with pytest.raises(deepvis.ShapeError, match="Reshape an input instead: data"):
        net.blobs["conv"].reshape(1, 2, 3, 4)


def test_inputs_that_only_fit_together_are_reshaped_one_by_one(tmp_path):
    net = caffe.Net(write(tmp_path, BRANCHES), caffe.TEST)
    net.blobs["a"].reshape(3, 2, 5, 5)
    net.blobs["a"].data[...] = 1
    net.blobs["b"].reshape(3, 2, 5, 5)
    net.blobs["b"].data[...] = 10
    assert (net.forward()["sum"] == 12).all()
    assert net.blobs["sum"].shape == (3, 2, 5, 5)


def test_parameters_are_written_in_place(net, images):
    net.params["fc2"][0].data[...] = 0
    net.params["fc2"][1].data[...] = [0, 0, 9, 0, 0]
    assert (net.forward(data=images)["prob"].argmax(1) == 2).all()
    net.params["fc2"][1].data = np.array([0, 9, 0, 0, 0])
    assert (net.forward(data=images)["prob"].argmax(1) == 1).all()
    assert not net.params["fc2"][0].diff.any()


def test_share_with_makes_two_nets_use_the_same_parameters(tmp_path, images):
    proto = write(tmp_path, CLASSIFIER)
    first, second = caffe.Net(proto, caffe.TEST), caffe.Net(proto, caffe.TEST)
    first.params["fc2"][1].data[...] = [9, 0, 0, 0, 0]
    second.share_with(first)
    np.testing.assert_array_equal(second.forward(data=images)["prob"], first.forward(data=images)["prob"])
    first.params["fc2"][0].data[...] = 0
    assert not second.params["fc2"][0].data.any()
    np.testing.assert_array_equal(second.forward(data=images)["prob"], first.forward(data=images)["prob"])


def test_views_outlive_the_net(tmp_path, images):
    net = caffe.Net(write(tmp_path, CLASSIFIER), caffe.TEST)
    data, weights = net.forward(data=images)["prob"], net.params["conv1"][0].data
    before = (data.copy(), weights.copy())
    del net
    np.testing.assert_array_equal(data, before[0])
    np.testing.assert_array_equal(weights, before[1])


def test_copy_from_reads_hdf5_weights(tmp_path):
    pytest.importorskip("h5py", reason="needs h5py (the hdf5 extra)")
    net = caffe.Net(write(tmp_path, CLASSIFIER), caffe.TEST)
    net.save(str(tmp_path / "weights.caffemodel.h5"))
    other = caffe.Net(write(tmp_path, CLASSIFIER), caffe.TEST)
    other.params["conv1"][0].data[...] = 0
    other.copy_from(str(tmp_path / "weights.caffemodel.h5"))
    np.testing.assert_array_equal(other.params["conv1"][0].data, net.params["conv1"][0].data)


def test_hdf5_weights_of_the_original(tmp_path):
    pytest.importorskip("h5py", reason="needs h5py (the hdf5 extra)")
    folder = shared("models", "cifar10_full_h5")
    net = caffe.Net(str(folder / "cifar10_full.prototxt"), caffe.TEST)
    net.copy_from(str(folder / "cifar10_full_iter_70000.caffemodel.h5"))
    assert net.params["conv1"][0].data.std() > 0.01


def test_modes_and_training(net):
    caffe.set_mode_cpu()
    caffe.set_device(0)
    with pytest.warns(UserWarning, match="set_mode_gpu has no effect"):
        caffe.set_mode_gpu()
    with pytest.raises(AttributeError, match="does not make or train"):
        caffe.SGDSolver("solver.prototxt")
