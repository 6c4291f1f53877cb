"""The rivals of the benchmark compute what deepvis computes, so that their times are for the same work."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import deepvis
from deepvis.bench.rivals import RIVALS, Rival, find_rivals

FILL = 'weight_filler { type: "xavier" } bias_filler { type: "gaussian" std: 0.1 }'


def conv(name: str, bottom: str, settings: str, relu: bool = True) -> str:
    text = (
        f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}" '
        f"convolution_param {{ {settings} {FILL} }} }}\n"
    )
    return text + in_place(name, "ReLU") if relu else text


def in_place(blob: str, kind: str, settings: str = "") -> str:
    return f'layer {{ name: "{blob}/{kind}" type: "{kind}" bottom: "{blob}" top: "{blob}" {settings} }}\n'


def layer(name: str, kind: str, bottoms: str, settings: str = "") -> str:
    given = " ".join(f'bottom: "{bottom}"' for bottom in bottoms.split())
    return f'layer {{ name: "{name}" type: "{kind}" {given} top: "{name}" {settings} }}\n'


def pool(name: str, bottom: str, settings: str) -> str:
    return layer(name, "Pooling", bottom, f"pooling_param {{ {settings} }}")


CLASSIFY = layer("fc", "InnerProduct", "last", f"inner_product_param {{ num_output: 9 {FILL} }}") + layer(
    "prob", "Softmax", "fc"
)

POOLS = ("up", "dropped", "shares", "beyond", "uneven", "wide")

# Nets on an input of (2, 3, 23, 20): the text, and blobs from which a pass goes back.
NETS = {
    "like AlexNet": (
        conv("conv1", "data", "num_output: 8 kernel_size: 5 stride: 2")
        + pool("pool1", "conv1", "kernel_size: 3 stride: 2")
        + layer("norm1", "LRN", "pool1", "lrn_param { local_size: 5 alpha: 0.9 beta: 0.75 }")
        + conv("conv2", "norm1", "num_output: 12 kernel_size: 3 pad: 1 group: 2")
        + layer("norm2", "LRN", "conv2", "lrn_param { local_size: 3 alpha: 2 beta: 0.6 }")
        + pool("last", "norm2", "kernel_size: 2 stride: 2")
        + in_place("last", "Dropout")
        + CLASSIFY,
        ("conv1", "norm1", "conv2", "last", "fc", "prob"),
    ),
    "like GoogLeNet": (
        conv("conv1", "data", "num_output: 6 kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0")
        + conv("a", "conv1", "num_output: 4 kernel_size: 1")
        + conv("b", "conv1", "num_output: 5 kernel_size: 3 pad: 2 dilation: 2")
        + pool("c", "conv1", "kernel_size: 3 stride: 1 pad: 1")
        + layer("mixed", "Concat", "a b c")
        + pool("last", "mixed", "pool: AVE kernel_size: 7 stride: 1")
        + CLASSIFY,
        ("b", "mixed", "last", "fc"),
    ),
    "like SqueezeNet": (
        conv("conv1", "data", "num_output: 6 kernel_size: 3 pad: 1")
        + pool("averages", "conv1", "pool: AVE global_pooling: true")
        + pool("maxima", "conv1", "global_pooling: true")
        + layer("both", "Concat", "averages maxima")
        + layer("prob", "Softmax", "both"),
        ("conv1", "maxima", "both", "prob"),
    ),
    "like EfficientNet": (
        conv("stem", "data", "num_output: 8 kernel_size: 4 stride: 2 pad: 1")
        + in_place("stem", "Clip", "clip_param { min: 0 max: 6 }")
        + conv("dw", "stem", "num_output: 8 kernel_size: 3 pad: 1 group: 8")
        + in_place("dw", "Clip", "clip_param { min: 0 max: 6 }")
        + conv("project", "dw", "num_output: 8 kernel_size: 1", relu=False)
        + layer("last", "Eltwise", "stem project")
        + CLASSIFY,
        ("stem", "dw", "project", "last", "fc"),
    ),
    "pooling": (
        pool("up", "data", "kernel_size: 3 stride: 2")  # 23 → 11 exactly, 20 → 10 with an overhang
        + pool("dropped", "data", "kernel_size: 2 stride: 2 pad: 1")  # 23: the last window would begin in the padding
        + pool("shares", "data", "pool: AVE kernel_size: 3 stride: 2 pad: 1")  # 20: divided by 2 rows and 3 columns
        + pool("beyond", "data", "pool: AVE kernel_size: 4 stride: 3")
        + pool("uneven", "data", "pool: AVE kernel_h: 5 kernel_w: 2 stride_h: 4 stride_w: 2 pad_h: 2 pad_w: 1")
        + pool("wide", "data", "kernel_size: 3 stride: 2 pad: 2")  # more than half of the window
        + "".join(layer(f"{name}/flat", "Flatten", name) for name in POOLS)
        + layer("all", "Concat", " ".join(f"{name}/flat" for name in POOLS)),
        (*POOLS, "all"),
    ),
    "normalised": (
        layer("norm", "LRN", "data", "lrn_param { local_size: 3 alpha: 2 beta: 0.75 k: 1.5 }")
        + conv("conv", "norm", "num_output: 4 kernel_size: 3")
        + layer("end", "LRN", "conv", "lrn_param { local_size: 5 alpha: 3 beta: 1.2 k: 2 }"),
        ("conv", "end"),
    ),
    "sums": (
        conv("a", "data", "num_output: 4 kernel_size: 3 pad: 1", relu=False)
        + conv("b", "data", "num_output: 4 kernel_size: 1", relu=False)
        + layer("sum", "Eltwise", "a b", "eltwise_param { coeff: 0.5 coeff: -2 }")
        + layer("product", "Eltwise", "a b", "eltwise_param { operation: PROD }")
        + layer("greatest", "Eltwise", "sum product", "eltwise_param { operation: MAX }")
        + in_place("greatest", "ReLU", "relu_param { negative_slope: 0.1 }")
        + layer("norm", "BatchNorm", "greatest", "batch_norm_param { eps: 0.01 }")
        + layer("last", "Scale", "norm", 'scale_param { bias_term: true filler { type: "gaussian" std: 1 } }')
        + CLASSIFY,
        ("sum", "greatest", "last", "fc"),
    ),
}


def rival_class(name: str) -> type[Rival]:
    """The class of a rival; without what it needs, the test is skipped and says what that is."""
    modules = {"torch": ["torch"], "onnxruntime": ["onnx", "onnxruntime"], "opencv": ["cv2"]}
    for module in modules[name]:
        pytest.importorskip(module, reason=f"timing {name} needs {module}")
    found, absent = find_rivals([name])
    if absent:
        pytest.skip(absent[0].reason)
    return found[0].kind


def write(folder: Path, text: str) -> tuple[Path, Path, deepvis.Net]:
    """A prototxt and a caffemodel with weights in all of its layers, and the net of both."""
    prototxt, weights = folder / "deploy.prototxt", folder / "weights.caffemodel"
    prototxt.write_text('input: "data" input_shape { dim: 2 dim: 3 dim: 23 dim: 20 }\n' + text)
    net = deepvis.Net(prototxt, seed=7)
    for stored in (net.params[each.name] for each in net.layers if each.type == "BatchNorm"):
        stored[0][...] = np.linspace(-0.5, 0.5, stored[0].size)
        stored[1][...] = np.linspace(0.5, 2, stored[1].size)
        stored[2][...] = 2  # both are divided by it
    net.save(weights)
    return prototxt, weights, net


def picture(batch: int = 2) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(batch, 3, 23, 20)).astype(np.float32)


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    assert found.shape == expected.shape
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


# OpenCV refuses LRN with k.
FORWARD = [(name, net) for net in NETS for name in RIVALS if (name, net) != ("opencv", "normalised")]


@pytest.mark.parametrize(("name", "net_name"), FORWARD)
def test_forward_is_the_same(name, net_name, tmp_path):
    kind = rival_class(name)
    prototxt, weights, net = write(tmp_path, NETS[net_name][0])
    x = picture()
    (expected,) = net.forward(data=x).values()
    for given in (weights, net):
        rival = kind(prototxt, given, 2, 1)
        assert rival.variants()
        for variant in rival.variants():
            for _ in range(2):  # the second pass finds what the first set up
                assert distance(rival.forward(variant, x), expected) <= 1e-4, variant
            np.testing.assert_array_equal(x, picture(), err_msg="the caller's picture was written over")


@pytest.mark.parametrize(
    ("text", "blob"), [(text, blob) for text, blobs in NETS.values() for blob in blobs], ids=lambda value: value[:12]
)
def test_backward_is_the_same(text, blob, tmp_path):
    kind = rival_class("torch")
    prototxt, weights, net = write(tmp_path, text)
    rival = kind(prototxt, weights, 2, 1)
    assert rival.supports_backward
    x = picture()
    net.forward(data=x)
    middle = "@{},{}".format(*(extent // 2 for extent in net.shape(blob)[2:])) if len(net.shape(blob)) == 4 else "@0,0"
    expected = net.backward(blob, [f"{blob}:1{middle}"] * 2)
    for variant in rival.variants():
        for _ in range(2):
            assert distance(rival.forward_backward(variant, x, blob, 1), expected) <= 1e-3, variant
        np.testing.assert_array_equal(x, picture(), err_msg="the caller's picture was written over")


@pytest.mark.parametrize("name", RIVALS)
def test_batch_size_and_input_are_checked(name, tmp_path):
    prototxt, weights, net = write(tmp_path, NETS["like SqueezeNet"][0])
    rival = rival_class(name)(prototxt, weights, 3, 1)
    variant = rival.variants()[0]
    expected = net.forward(data=picture(3))["prob"]
    assert distance(rival.forward(variant, picture(3)), expected) <= 1e-4
    with pytest.raises(
        deepvis.ShapeError, match=r"expected an input of shape \(3, 3, 23, 20\), found \(2, 3, 23, 20\)"
    ):
        rival.forward(variant, picture(2))
    with pytest.raises(deepvis.UnknownNameError, match="no variant 'fast'"):
        rival.forward("fast", picture(3))
    if not rival.supports_backward:
        with pytest.raises(deepvis.Error, match="has no backward pass"):
            rival.forward_backward(variant, picture(3), "conv1", 0)


@pytest.mark.parametrize("name", ["torch", "onnxruntime"])
def test_an_unknown_layer_is_named(name, tmp_path):
    prototxt, weights, _ = write(tmp_path, layer("squash", "TanH", "data"))
    with pytest.raises(deepvis.FormatError, match=r"'squash' \(TanH\).*known types: .*Convolution"):
        rival_class(name)(prototxt, weights, 2, 1)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("Clip", "clip_param { min: -1 max: 1 }", r"'odd' \(Clip\): OpenCV limits values to 0 and 6 only"),
        ("LRN", "lrn_param { k: 2 }", r"'odd' \(LRN\): OpenCV takes k for 1"),
        ("Threshold", "", 'OpenCV cannot.*"odd" of type "Threshold"'),
    ],
)
def test_opencv_says_what_it_cannot_run(kind, settings, message, tmp_path):
    prototxt, weights, _ = write(tmp_path, layer("odd", kind, "data", settings))
    with pytest.raises(deepvis.FormatError, match=message):
        rival_class("opencv")(prototxt, weights, 2, 1)


def test_unknown_units_are_named(tmp_path):
    prototxt, weights, _ = write(tmp_path, NETS["like SqueezeNet"][0])
    rival = rival_class("torch")(prototxt, weights, 2, 1)
    with pytest.raises(deepvis.UnknownNameError, match="no blob 'conv9'"):
        rival.forward_backward("nchw", picture(), "conv9", 0)
    with pytest.raises(deepvis.UnknownNameError, match="no channel 6 in 'conv1'"):
        rival.forward_backward("nchw", picture(), "conv1", 6)


def test_what_is_missing_is_said_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "deepvis.bench.rivals.torch_net", raising=False)
    monkeypatch.delitem(sys.modules, "deepvis.bench.rivals.torch_layers", raising=False)
    found, absent = find_rivals(["torch"])
    assert found == []
    assert [(each.name, "torch" in each.reason) for each in absent] == [("torch", True)]
    with pytest.raises(deepvis.UnknownNameError, match="no rival 'tensorflow'; there are: opencv"):
        find_rivals(["tensorflow"])
