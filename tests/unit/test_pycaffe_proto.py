"""caffe.proto.caffe_pb2: the same messages from Google's protobuf and from deepvis itself."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from pycaffe_nets import CLASSIFIER, shared

import deepvis
import deepvis.pycaffe as caffe
from deepvis.pycaffe.proto import caffe_pb2
from deepvis.pycaffe.proto.message import CLASSES


@pytest.fixture(params=["google", "own"])
def messages(request):
    """The message classes, of both makers."""
    if request.param == "own":
        return SimpleNamespace(**CLASSES)
    pytest.importorskip("google.protobuf", reason="needs protobuf")
    assert caffe_pb2.NetParameter is not CLASSES["NetParameter"]
    return caffe_pb2


def test_fields_defaults_and_enums(messages):
    net = messages.NetParameter()
    layer = net.layer.add()
    layer.name, layer.type = "conv1", "Convolution"
    layer.bottom.append("data")
    assert layer.convolution_param.bias_term
    assert not layer.HasField("convolution_param")
    layer.convolution_param.num_output = 7
    layer.convolution_param.kernel_size.extend([3, 3])
    assert layer.HasField("convolution_param")
    assert layer.pooling_param.pool == messages.PoolingParameter.MAX == 0
    layer.pooling_param.pool = messages.PoolingParameter.AVE
    layer.lrn_param.beta = 0.5
    assert layer.lrn_param.alpha == 1

    other = messages.NetParameter()
    other.ParseFromString(net.SerializeToString())
    assert other == net
    other.ParseFromString(net.SerializeToString())  # once more: replaces, does not append
    assert other == net
    copy = messages.NetParameter()
    copy.layer.add(name="gone")
    copy.CopyFrom(net)
    copy.layer[0].name = "other"
    assert (net.layer[0].name, copy.layer[0].convolution_param.num_output) == ("conv1", 7)
    net.ClearField("layer")
    assert len(net.layer) == 0
    assert net != other


def test_text_is_a_prototxt(messages):
    net = messages.NetParameter()
    net.layer.add(name="pool", type="Pooling").pooling_param.pool = messages.PoolingParameter.AVE
    assert deepvis._native.parse_text("NetParameter", str(net), "test")["layer"][0]["pooling_param"] == {"pool": "AVE"}


def test_unknown_fields_are_refused(messages):
    with pytest.raises(AttributeError):
        messages.NetParameter().layers_of_cake = 1
    with pytest.raises(AttributeError):
        messages.NetParameter().layer = []
    with pytest.raises(ValueError, match="layer"):
        messages.NetParameter().HasField("layer")


def test_a_cut_message_is_refused(messages):
    blob = messages.BlobProto()
    blob.data.extend([1.0, 2.0])
    with pytest.raises(Exception, match=r"."):  # google's DecodeError or deepvis.FormatError
        messages.BlobProto().ParseFromString(blob.SerializeToString()[:-1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_datum(dtype):
    array = (np.random.RandomState(0).rand(3, 4, 5) * 200).astype(dtype)
    datum = caffe_pb2.Datum()
    datum.ParseFromString(caffe.io.array_to_datum(array, label=3).SerializeToString())
    np.testing.assert_allclose(caffe.io.datum_to_array(datum), array, rtol=1e-6)
    assert datum.label == 3


def test_google_text_format_works_on_the_messages():
    text_format = pytest.importorskip("google.protobuf.text_format", reason="needs protobuf")
    net = text_format.Merge(CLASSIFIER, caffe_pb2.NetParameter())
    assert [layer.name for layer in net.layer] == ["conv1", "relu1", "pool1", "fc2", "prob"]
    net.force_backward = True
    assert "force_backward: true" in str(net)


def test_without_protobuf_the_classes_are_deepvis_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    try:
        assert importlib.reload(caffe_pb2).BlobProto is CLASSES["BlobProto"]
        array = np.arange(6, dtype=np.float32).reshape(2, 3)
        np.testing.assert_array_equal(caffe.io.blobproto_to_array(caffe.io.array_to_blobproto(array)), array)
    finally:
        monkeypatch.undo()
        importlib.reload(caffe_pb2)


def test_mean_file_of_the_original(messages):
    mean = messages.BlobProto()
    mean.ParseFromString(shared("models", "means", "imagenet_mean.binaryproto").read_bytes())
    array = caffe.io.blobproto_to_array(mean)
    expected = np.load(shared("models", "means", "ilsvrc_2012_mean.npy"))
    np.testing.assert_allclose(array[0], expected, rtol=1e-6)


def test_caffemodel_of_the_original(messages):
    net = messages.NetParameter()
    net.ParseFromString(shared("models", "squeezenet_v1.0", "squeezenet_v1.0.caffemodel").read_bytes())
    weights = {layer.name: layer.blobs for layer in net.layer if layer.blobs}
    assert caffe.io.blobproto_to_array(weights["conv1"][0]).shape == (96, 3, 7, 7)
