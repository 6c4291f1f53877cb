"""Nets of every age come out in the present form, as Caffe's own upgrade makes them."""

from __future__ import annotations

import numpy as np
import pytest

from deepvis import _native, errors


def read(text: str) -> dict:
    return _native.read_net_text(text, "old.prototxt")


V0 = """
name: "old" input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "data" top: "pad1" }
layers {
  layer {
    name: "conv1" type: "conv" num_output: 4 kernelsize: 5 stride: 2 group: 1 biasterm: false
    weight_filler { type: "gaussian" std: 0.01 } bias_filler { value: 1 }
    blobs_lr: 1. blobs_lr: 2. weight_decay: 1. weight_decay: 0.
  }
  bottom: "pad1" top: "conv1"
}
layers { layer { name: "relu1" type: "relu" } bottom: "conv1" top: "conv1" }
layers {
  layer { name: "pool1" type: "pool" pool: AVE kernelsize: 3 stride: 2 pad: 1 }
  bottom: "conv1" top: "pool1"
}
layers {
  layer { name: "norm1" type: "lrn" local_size: 3 alpha: 0.1 beta: 0.5 k: 2 }
  bottom: "pool1" top: "norm1"
}
layers { layer { name: "fc" type: "innerproduct" num_output: 10 } bottom: "norm1" top: "fc" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 } bottom: "fc" top: "fc" }
layers { layer { name: "both" type: "concat" concat_dim: 1 } bottom: "fc" bottom: "fc" top: "both" }
layers { layer { name: "prob" type: "softmax" } bottom: "both" top: "prob" }
"""


def test_v0():
    net = read(V0)
    assert net["name"] == "old"
    assert list(net) == ["name", "layer"]
    assert net["layer"] == [
        {
            "name": "input",
            "type": "Input",
            "top": ["data"],
            "input_param": {"shape": [{"dim": [1, 3, 8, 8]}]},
        },
        {
            "name": "conv1",
            "type": "Convolution",
            "bottom": ["data"],
            "top": ["conv1"],
            "param": [{"lr_mult": 1.0, "decay_mult": 1.0}, {"lr_mult": 2.0, "decay_mult": 0.0}],
            "convolution_param": {
                "num_output": 4,
                "bias_term": False,
                "pad": [2],
                "kernel_size": [5],
                "stride": [2],
                "group": 1,
                "weight_filler": {"type": "gaussian", "std": float(np.float32(0.01))},
                "bias_filler": {"value": 1.0},
            },
        },
        {"name": "relu1", "type": "ReLU", "bottom": ["conv1"], "top": ["conv1"]},
        {
            "name": "pool1",
            "type": "Pooling",
            "bottom": ["conv1"],
            "top": ["pool1"],
            "pooling_param": {"pool": "AVE", "pad": 1, "kernel_size": 3, "stride": 2},
        },
        {
            "name": "norm1",
            "type": "LRN",
            "bottom": ["pool1"],
            "top": ["norm1"],
            "lrn_param": {"local_size": 3, "alpha": float(np.float32(0.1)), "beta": 0.5, "k": 2.0},
        },
        {
            "name": "fc",
            "type": "InnerProduct",
            "bottom": ["norm1"],
            "top": ["fc"],
            "inner_product_param": {"num_output": 10},
        },
        {
            "name": "drop",
            "type": "Dropout",
            "bottom": ["fc"],
            "top": ["fc"],
            "dropout_param": {"dropout_ratio": 0.25},
        },
        {
            "name": "both",
            "type": "Concat",
            "bottom": ["fc", "fc"],
            "top": ["both"],
            "concat_param": {"concat_dim": 1},
        },
        {"name": "prob", "type": "Softmax", "bottom": ["both"], "top": ["prob"]},
    ]


def test_v0_data_layers():
    layers = read("""
      layers { layer { name: "d" type: "data" source: "db" batchsize: 4 scale: 0.5 meanfile: "m" cropsize: 7
                       mirror: true rand_skip: 3 } top: "data" top: "label" }
      layers { layer { name: "i" type: "images" source: "l" batchsize: 5 new_height: 8 new_width: 9
                       shuffle_images: true } top: "x" }
      layers { layer { name: "w" type: "window_data" source: "w" det_fg_threshold: 0.75 det_bg_threshold: 0.25
                       det_fg_fraction: 0.5 det_context_pad: 6 det_crop_mode: "square" } top: "y" }
      layers { layer { name: "o" type: "hdf5_output" hdf5_output_param { file_name: "f" } } bottom: "x" }
      layers { layer { name: "l" type: "infogain_loss" source: "h" } bottom: "x" bottom: "y" }
    """)["layer"]
    assert [layer["type"] for layer in layers] == [
        "Data",
        "ImageData",
        "WindowData",
        "HDF5Output",
        "InfogainLoss",
    ]
    assert layers[0]["data_param"] == {"source": "db", "batch_size": 4, "rand_skip": 3}
    assert layers[0]["transform_param"] == {"scale": 0.5, "mean_file": "m", "crop_size": 7, "mirror": True}
    images = {"source": "l", "batch_size": 5, "new_height": 8, "new_width": 9, "shuffle": True}
    assert layers[1]["image_data_param"] == images
    assert layers[2]["window_data_param"] == {
        "source": "w",
        "fg_threshold": 0.75,
        "bg_threshold": 0.25,
        "fg_fraction": 0.5,
        "context_pad": 6,
        "crop_mode": "square",
    }
    assert layers[3]["hdf5_output_param"] == {"file_name": "f"}
    assert layers[4]["infogain_loss_param"] == {"source": "h"}


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ('layers { layer { name: "c" type: "convv" } }', "old.prototxt:1: unknown V0 layer type 'convv'"),
        (
            """input: "data" layers { layer { name: "p" type: "padding" } bottom: "data" top: "p" }
            layers { layer { name: "r" type: "relu" } bottom: "p" top: "r" }""",
            "old.prototxt:2: padding layer 'p' must have one bottom and one top",
        ),
        (
            'layers { layer { name: "r" type: "relu" } bottom: "x" }',
            "layer 'r' takes blob 'x', which nothing",
        ),
    ],
)
def test_v0_nets_that_caffe_refuses(layers, words):
    with pytest.raises(errors.FormatError) as caught:
        read(layers)
    assert words in str(caught.value)


def test_v1():
    net = read("""
      name: "v1" input: "data" input_shape { dim: 1 dim: 8 }
      layers {
        name: "c" type: CONVOLUTION bottom: "data" top: "c" include { phase: TRAIN } exclude { stage: "s" }
        param: "w" param: "b" blob_share_mode: STRICT blob_share_mode: PERMISSIVE
        blobs_lr: 1 blobs_lr: 2 weight_decay: 0.5 loss_weight: 3
        convolution_param { num_output: 2 kernel_size: 1 }
      }
      layers {
        name: "loss" type: SOFTMAX_LOSS bottom: "c" loss_param { ignore_label: 9 } softmax_param { axis: 2 }
      }
    """)
    conv = net["layer"][1]
    np.testing.assert_array_equal(conv.pop("loss_weight"), np.array([3], np.float32))
    assert conv == {
        "name": "c",
        "type": "Convolution",
        "bottom": ["data"],
        "top": ["c"],
        "include": [{"phase": "TRAIN"}],
        "exclude": [{"stage": ["s"]}],
        "param": [
            {"name": "w", "share_mode": "STRICT", "lr_mult": 1.0, "decay_mult": 0.5},
            {"name": "b", "share_mode": "PERMISSIVE", "lr_mult": 2.0},
        ],
        "convolution_param": {"num_output": 2, "kernel_size": [1]},
    }
    assert net["layer"][2] == {
        "name": "loss",
        "type": "SoftmaxWithLoss",
        "bottom": ["c"],
        "loss_param": {"ignore_label": 9},
        "softmax_param": {"axis": 2},
    }


TYPES = """
AbsVal Accuracy ArgMax BNLL Concat ContrastiveLoss Convolution Data Deconvolution Dropout DummyData Eltwise
EuclideanLoss Exp Flatten HDF5Data HDF5Output HingeLoss Im2col ImageData InfogainLoss InnerProduct LRN MVN
MemoryData MultinomialLogisticLoss Pooling Power ReLU Sigmoid SigmoidCrossEntropyLoss Silence Slice Softmax
SoftmaxWithLoss Split TanH Threshold WindowData
"""


def test_every_v1_type_has_its_name():
    known = _native._schema()["V1LayerParameter"]["type"]["values"]
    upgraded = {name: read(f"layers {{ type: {name} }}")["layer"][0]["type"] for name in known}
    assert upgraded.pop("NONE") == ""
    assert sorted(upgraded.values()) == sorted(TYPES.split())
    renamed = {"SOFTMAX_LOSS": "SoftmaxWithLoss"}
    for name, new in upgraded.items():
        assert renamed.get(name, new).lower() == new.lower()
        if name not in renamed:
            assert name.replace("_", "").lower() == new.lower()


def test_v1_preprocessing_moves_to_transform_param():
    for kind, param in (("DATA", "data"), ("IMAGE_DATA", "image_data"), ("WINDOW_DATA", "window_data")):
        settings = 'source: "s" scale: 0.5 mean_file: "m" crop_size: 3 mirror: true batch_size: 2'
        layer = read(f"layers {{ type: {kind} {param}_param {{ {settings} }} }}")["layer"][0]
        assert layer[f"{param}_param"] == {"source": "s", "batch_size": 2}
        assert layer["transform_param"] == {"scale": 0.5, "mean_file": "m", "crop_size": 3, "mirror": True}
    plain = read('layers { type: DATA data_param { source: "s" } }')["layer"][0]
    assert plain == {"type": "Data", "data_param": {"source": "s"}}


def test_both_generations_at_once_are_refused():
    with pytest.raises(errors.FormatError, match=r"old.prototxt:2: the net has both 'layers'"):
        read('layers { type: RELU }\nlayer { type: "ReLU" }')


def test_inputs():
    one = {"name": "input", "type": "Input", "top": ["a"]}
    relu = {"name": "r", "type": "ReLU", "bottom": ["a"], "top": ["a"]}
    layer = 'layer { name: "r" type: "ReLU" bottom: "a" top: "a" }'
    assert read('input: "a"' + layer)["layer"] == [one, relu]
    shaped = one | {"input_param": {"shape": [{"dim": [1, 2]}]}}
    assert read(layer + 'input: "a" input_shape { dim: [1, 2] }')["layer"] == [shaped, relu]
    two = read('input: "a" input: "b" input_dim: [1, 2, 3, 4, 5, 6, 7, 8]')["layer"]
    assert two == [
        {
            "name": "input",
            "type": "Input",
            "top": ["a", "b"],
            "input_param": {"shape": [{"dim": [1, 2, 3, 4]}, {"dim": [5, 6, 7, 8]}]},
        }
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'input: "a" input_dim: [1, 2, 3]',
            "1 'input' but 3 'input_dim': expected four for each",
        ),
        (
            'input: ["a", "b"] input_shape { }',
            "2 'input' but 1 'input_shape': expected one for each",
        ),
    ],
)
def test_inputs_without_their_shapes_are_refused(text, words):
    with pytest.raises(errors.FormatError, match=words):
        read(text)


def test_batch_norm_statistics_are_not_learned():
    specs = "param { lr_mult: 1 } param { name: 'v' } param { decay_mult: 3 }"
    layer = read(f'layer {{ type: "BatchNorm" {specs} }}')["layer"][0]
    fixed = {"lr_mult": 0.0, "decay_mult": 0.0}
    assert layer["param"] == [fixed, fixed | {"name": "v"}, fixed]
    assert read('layer { type: "BatchNorm" param { lr_mult: 1 } }')["layer"][0]["param"] == [{"lr_mult": 1.0}]


def test_a_present_net_stays_as_it_is():
    text = 'name: "n" layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 } } }'
    assert read(text) == _native.parse_text("NetParameter", text)
    assert read(_native.print_text("NetParameter", read(V0))) == read(V0)
