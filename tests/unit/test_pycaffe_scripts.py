"""Scripts in the style of Caffe's own examples and of the classic toolbox: only the import line is deepvis's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pycaffe_nets import CLASSIFIER, FULLY_CONVOLUTIONAL, shared, write

import deepvis.pycaffe as caffe


@pytest.fixture(params=["small", "squeezenet"])
def model(request, tmp_path):
    """(prototxt, caffemodel) of a net of three channels: one made here, and a real one where there is one."""
    if request.param == "squeezenet":
        folder = shared("models", "squeezenet_v1.0")
        return str(folder / "deploy.prototxt"), str(folder / "squeezenet_v1.0.caffemodel")
    proto, weights = write(tmp_path, CLASSIFIER), str(tmp_path / "small.caffemodel")
    caffe.Net(proto, caffe.TEST).save(weights)
    return proto, weights


@pytest.fixture
def photo(tmp_path):
    path = str(tmp_path / "photo.png")
    low = np.random.RandomState(0).randint(0, 255, (6, 8, 3)).astype(np.uint8)
    cv2.imwrite(path, cv2.resize(low, (80, 60)))
    return path


def test_classify_one_image(model, photo, tmp_path):
    """The flow of the 00-classification notebook."""
    caffe.set_mode_cpu()
    net = caffe.Net(model[0], model[1], caffe.TEST)

    mu = np.random.RandomState(1).rand(3, 256, 256) * 100
    np.save(tmp_path / "mean.npy", mu)
    mu = np.load(tmp_path / "mean.npy").mean(1).mean(1)
    transformer = caffe.io.Transformer({"data": net.blobs["data"].data.shape})
    transformer.set_transpose("data", (2, 0, 1))
    transformer.set_mean("data", mu)
    transformer.set_raw_scale("data", 255)
    transformer.set_channel_swap("data", (2, 1, 0))

    size = net.blobs["data"].data.shape[2:]
    net.blobs["data"].reshape(3, 3, *size)
    image = caffe.io.load_image(photo)
    net.blobs["data"].data[...] = transformer.preprocess("data", image)
    output = net.forward()
    output_prob = output["prob"][0]
    assert output_prob.sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(output["prob"][0], output["prob"][2])
    top_inds = output_prob.flatten().argsort()[::-1][:5]
    assert output_prob.flatten()[top_inds[0]] == output_prob.max()

    for layer_name, blob in net.blobs.items():
        assert blob.data.shape == tuple(blob.shape), layer_name
    filters = net.params["conv1"][0].data
    assert filters.transpose(0, 2, 3, 1).shape[3] == 3
    assert net.blobs["conv1"].data[0, :36].min() >= 0
    assert caffe.io.blobproto_to_array(caffe.io.array_to_blobproto(filters)).shape == filters.shape


def test_real_classes_of_a_real_net():
    """The classes that the original gives these photographs, through calls in the style of 2014."""
    folder = shared("models", "squeezenet_v1.0")
    labels = (folder / "ilsvrc_2012_labels.txt").read_text().splitlines()
    net = caffe.Classifier(
        str(folder / "deploy.prototxt"),
        str(folder / "squeezenet_v1.0.caffemodel"),
        mean=np.array([104, 117, 123]),
        channel_swap=(2, 1, 0),
        raw_scale=255,
        image_dims=(256, 256),
    )
    net.set_phase_test()
    net.set_mode_cpu()
    classes = {"00000610": "jaguar", "00006491": "great white shark", "00011425": "orangutan", "00016655": "fireboat"}
    images = [caffe.io.load_image(str(shared("images", f"ILSVRC2012_val_{number}.jpg"))) for number in classes]
    prediction = net.predict(images, oversample=False)
    assert prediction.shape[:2] == (4, 1000)
    assert [labels[p.argmax()] for p in prediction] == list(classes.values())
    crops = net.predict(images[:1])
    assert crops.shape == (1, 1000)
    assert labels[crops[0].argmax()] == "jaguar"


def test_classifier_averages_ten_crops(tmp_path, photo):
    net = caffe.Classifier(
        write(tmp_path, CLASSIFIER), None, image_dims=(20, 16), raw_scale=255, channel_swap=(2, 1, 0)
    )
    image = caffe.io.load_image(photo)
    resized = caffe.io.resize_image(image, (20, 16))

    def run(crops):
        return net.forward_all(data=np.stack([net.transformer.preprocess("data", crop) for crop in crops]))["prob"]

    ten = run(caffe.io.oversample([resized], (12, 10)))
    np.testing.assert_allclose(net.predict([image, image])[1], ten.mean(0), rtol=1e-5)
    centre = run([resized[4:16, 3:13]])
    np.testing.assert_allclose(net.predict([image], oversample=False), centre, rtol=1e-5)
    assert np.abs(ten - centre).max() > 1e-4


def test_the_classic_toolboxs_use(model):
    """What the live viewer, the optimiser and crop_max_patches did with their net."""
    net = caffe.Net(model[0], caffe.TEST, weights=model[1])
    layers = list(net._layer_names)
    assert layers.index("conv1") < layers.index("prob")
    net.blobs["data"].reshape(1, *net.blobs["data"].data.shape[1:])
    data = np.random.RandomState(2).randn(*net.blobs["data"].data.shape).astype(np.float32)
    net.blobs["data"].data[...] = data
    net.forward(data=data)

    layer = "conv1"
    unit = net.blobs[layer].data[0].sum((1, 2)).argmax()
    diffs = net.blobs[layer].diff * 0
    diffs[0][unit] = net.blobs[layer].data[0, unit]
    assert net.backward_from_layer(layer, diffs, zero_higher=True) is not None
    gradient = net.blobs["data"].diff[0].transpose(1, 2, 0).copy()
    net.deconv_from_layer(layer, diffs, zero_higher=True)
    deconv = net.blobs["data"].diff[0].transpose(1, 2, 0).copy()
    assert gradient.shape == deconv.shape
    assert np.abs(gradient).max() > 0
    np.testing.assert_allclose(gradient, deconv, atol=1e-5 * np.abs(gradient).max())  # no ReLU below conv1

    # Gradient ascent, three steps: the activation grows.
    top = net.outputs[0]
    x, history = data.copy(), []
    for _ in range(3):
        out = net.forward(data=x)
        history.append(float(out[top][0].flatten()[1]))
        seed = np.zeros_like(net.blobs[top].data)
        seed[(0, 1) + (0,) * (seed.ndim - 2)] = 1
        net.backward_from_layer(top, seed)
        grad = net.blobs["data"].diff.copy()
        x = x + 0.5 * grad / (np.abs(grad).max() + 1e-30)
    assert history[-1] > history[0]


def test_deep_dream_step(tmp_path):
    """Patching the prototxt through protobuf, octave-wise input reshapes, a step from a layer's own activations."""
    text_format = pytest.importorskip("google.protobuf.text_format", reason="needs protobuf")
    model = caffe.io.caffe_pb2.NetParameter()
    text_format.Merge(FULLY_CONVOLUTIONAL, model)
    model.force_backward = True
    patched = tmp_path / "tmp.prototxt"
    patched.write_text(str(model))
    net = caffe.Classifier(str(patched), None, mean=np.float32([104.0, 116.0, 122.0]), channel_swap=(2, 1, 0))

    def preprocess(net, img):
        return np.float32(np.rollaxis(img, 2)[::-1]) - net.transformer.mean["data"]

    image = np.float32(np.random.RandomState(3).rand(20, 16, 3) * 255)
    src = net.blobs["data"]
    base = preprocess(net, image)
    norms = []
    for height, width in [(12, 10), (20, 16)]:
        src.reshape(1, 3, height, width)
        src.data[0] = base[:, :height, :width]
        for _ in range(3):
            dst = net.blobs["conv"]
            net.forward(end="conv")
            norms.append(float((dst.data**2).sum()))
            dst.diff[:] = dst.data
            net.backward(start="conv")
            g = src.diff[0]
            src.data[:] += 1.5 / np.abs(g).mean() * g
    assert norms[2] > norms[0]
    assert norms[5] > norms[3]


def test_net_surgery(tmp_path):
    """Casting a fully connected net into a convolutional one by copying parameters of another shape."""
    net = caffe.Net(write(tmp_path, CLASSIFIER), caffe.TEST)
    convolutional = CLASSIFIER.replace(
        'layer { name: "fc2" type: "InnerProduct" bottom: "pool1" top: "fc2"\n  inner_product_param { num_output: 5 ',
        'layer { name: "fc2-conv" type: "Convolution" bottom: "pool1" top: "fc2"\n'
        "  convolution_param { num_output: 5 kernel_h: 5 kernel_w: 4 ",
    )
    assert convolutional != CLASSIFIER
    net_full_conv = caffe.Net(write(tmp_path, convolutional, "conv.prototxt"), caffe.TEST)
    net.save(str(tmp_path / "net.caffemodel"))
    net_full_conv.copy_from(str(tmp_path / "net.caffemodel"))

    fc_params = {pr: (net.params[pr][0].data, net.params[pr][1].data) for pr in ["fc2"]}
    conv_params = {pr: (net_full_conv.params[pr][0].data, net_full_conv.params[pr][1].data) for pr in ["fc2-conv"]}
    conv_params["fc2-conv"][0].flat = fc_params["fc2"][0].flat
    conv_params["fc2-conv"][1][...] = fc_params["fc2"][1]
    net_full_conv.save(str(tmp_path / "full_conv.caffemodel"))

    data = np.random.RandomState(4).randn(2, 3, 12, 10).astype(np.float32)
    expected = net.forward_all(data=data)["prob"]
    again = caffe.Net(str(tmp_path / "conv.prototxt"), str(tmp_path / "full_conv.caffemodel"), caffe.TEST)
    np.testing.assert_allclose(again.forward_all(data=data)["prob"][:, :, 0, 0], expected, rtol=1e-5)
    again.blobs["data"].reshape(1, 3, 24, 20)
    assert again.forward()["prob"].shape == (1, 5, 7, 6)


def test_detector_scores_windows(tmp_path, photo):
    write(tmp_path, CLASSIFIER)
    detector = caffe.Detector(
        str(tmp_path / "deploy.prototxt"), None, raw_scale=255, mean=np.array([104, 117, 123]), channel_swap=(2, 1, 0)
    )
    windows = [(0, 0, 30, 40), (10, 10, 50, 60), (0, 0, 60, 80)]
    found = detector.detect_windows([(photo, windows)])
    assert [tuple(each["window"]) for each in found] == windows
    image = caffe.io.load_image(photo)
    expected = detector.forward_all(data=np.stack([detector.transformer.preprocess("data", image[10:50, 10:60])] * 2))
    np.testing.assert_allclose(found[1]["prediction"], expected["prob"][0], rtol=1e-5)


def test_detector_fills_context_outside_the_image_with_the_mean(tmp_path, photo):
    square = CLASSIFIER.replace("dim: 12 dim: 10", "dim: 12 dim: 12")
    detector = caffe.Detector(
        write(tmp_path, square),
        None,
        raw_scale=255,
        mean=np.array([51, 102, 204]),
        channel_swap=(2, 1, 0),
        context_pad=3,
    )
    image = caffe.io.load_image(photo)
    crop = detector.crop(image, np.array([0, 0, 20, 20]))
    assert crop.shape == (12, 12, 3)
    np.testing.assert_allclose(crop[0, 0], np.array([204, 102, 51]) / 255, atol=1e-6)
    inner = detector.crop(image, np.array([20, 30, 40, 50]))
    assert not np.isclose(inner[0, 0], np.array([204, 102, 51]) / 255, atol=1e-6).all()
