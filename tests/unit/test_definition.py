"""Which layers of a file take part: phases, training layers, data layers; and definitions that make no sense."""

from __future__ import annotations

import re

import numpy as np
import pytest

import deepvis

TRAIN_VAL = """
name: "train_val"
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  transform_param { crop_size: 9 mirror: true } data_param { source: "nowhere" batch_size: 64 } }
layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { crop_size: 8 } data_param { source: "nowhere" batch_size: 50 } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 } }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" include { phase: TRAIN } }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 4 } }
layer { name: "quiet" type: "Silence" bottom: "label" include { stage: "deploy" } }
layer { name: "shape label" type: "Flatten" bottom: "label" top: "flat" }
layer { name: "accuracy" type: "Accuracy" bottom: "fc" bottom: "label" top: "accuracy" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
"""


def net_of(*layers: str, **options: object) -> deepvis.Net:
    source = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 4 dim: 6 dim: 6 } } }'
    return deepvis.Net.from_text("\n".join([source, *layers]), source="test.prototxt", **options)  # type: ignore[arg-type]


def test_a_training_file_loads_for_inference() -> None:
    net = deepvis.Net.from_text(TRAIN_VAL)
    assert [layer.name for layer in net.layers] == ["data", "conv", "fc"]
    assert net.shape("data") == (1, 3, 8, 8)
    assert net.outputs == ["fc"]
    notes = "\n".join(net.notes)
    for name in ("loss", "accuracy", "shape label", "data"):
        assert f"layer '{name}'" in notes
    assert net.forward(data=np.ones((1, 3, 8, 8)))["fc"].shape == (1, 4)


def test_input_shapes_replace_those_of_the_file() -> None:
    assert deepvis.Net.from_text(TRAIN_VAL, input_shapes={"data": (2, 1, 5, 7)}).shape("conv") == (2, 2, 3, 5)
    with pytest.raises(deepvis.UnknownNameError, match="conv"):
        deepvis.Net.from_text(TRAIN_VAL, input_shapes={"conv": (1, 2, 3, 4)})


def test_a_data_layer_of_unknown_size_asks_for_it() -> None:
    text = TRAIN_VAL.replace("crop_size: 8", "")
    with pytest.raises(deepvis.FormatError, match=r"layer 'data' \(Data\).*give input_shapes=\{'data'"):
        deepvis.Net.from_text(text)
    assert deepvis.Net.from_text(text, input_shapes={"data": (1, 3, 8, 8)}).shape("fc") == (1, 4)


@pytest.mark.parametrize(
    ("layer", "kind", "message"),
    [
        (
            'name: "x" type: "Convolutoin" bottom: "data" top: "x"',
            "FormatError",
            "unknown type 'Convolutoin' (known types:",
        ),
        ('name: "x" type: "ReLU" bottom: "date" top: "x"', "FormatError", "did you mean 'data'"),
        (
            'name: "x" type: "ReLU" bottom: "data" bottom: "data" top: "x"',
            "FormatError",
            "expected 1 bottom, found 2",
        ),
        (
            'name: "x" type: "Convolution" bottom: "data" top: "x"',
            "FormatError",
            "kernel_size must be at least 1",
        ),
        (
            'name: "x" type: "Convolution" bottom: "data" top: "x" convolution_param { kernel_size: 3 }',
            "FormatError",
            "num_output must be at least 1, found 0",
        ),
        (
            'name: "x" type: "Convolution" bottom: "data" top: "x" convolution_param { num_output: 2 kernel_size: 9 }',
            "ShapeError",
            "the kernel does not fit into an input of shape (1, 4, 6, 6)",
        ),
        (
            (
                'name: "x" type: "Convolution" bottom: "data" top: "x" convolution_param '
                "{ num_output: 2 kernel_size: 3 stride: 0 }"
            ),
            "FormatError",
            "stride must be at least 1, found 0",
        ),
        (
            (
                'name: "x" type: "Convolution" bottom: "data" top: "x" convolution_param '
                "{ num_output: 6 kernel_size: 3 group: 3 }"
            ),
            "ShapeError",
            "group 3 must divide the input's channels 4",
        ),
        (
            'name: "x" type: "Pooling" bottom: "data" top: "x" pooling_param { kernel_size: 2 pad: 2 }',
            "FormatError",
            "smaller than the kernel",
        ),
        (
            'name: "x" type: "LRN" bottom: "data" top: "x" lrn_param { local_size: 4 }',
            "FormatError",
            "must be odd",
        ),
        (
            'name: "x" type: "Softmax" bottom: "data" top: "x" softmax_param { axis: 4 }',
            "ShapeError",
            "axis 4 is out of range",
        ),
        (
            'name: "x" type: "Reshape" bottom: "data" top: "x" reshape_param { shape { dim: 5 dim: -1 } }',
            "ShapeError",
            "cannot see an input of shape (1, 4, 6, 6)",
        ),
        (
            'name: "x" type: "Slice" bottom: "data" top: "x" top: "y" top: "z"',
            "ShapeError",
            "cannot cut an extent of 4 into 3",
        ),
        (
            (
                'name: "x" type: "InnerProduct" bottom: "data" top: "x" inner_product_param '
                '{ num_output: 2 weight_filler { type: "magic" } }'
            ),
            "FormatError",
            "unknown filler type 'magic'",
        ),
        ('name: "x" type: "ReLU" bottom: "data" top: "y" top: "z"', "FormatError", "expected 1 top, found 2"),
    ],
)
def test_layers_that_make_no_sense(layer: str, kind: str, message: str) -> None:
    with pytest.raises(getattr(deepvis, kind), match=re.escape(message)) as caught:
        net_of(f"layer {{ {layer} }}")
    assert "test.prototxt:2" in str(caught.value) and "'x'" in str(caught.value)


def test_one_blob_has_one_maker() -> None:
    relu = 'layer {{ name: "{}" type: "ReLU" bottom: "data" top: "y" }}'
    with pytest.raises(deepvis.FormatError, match="layer 'b': its top 'y' is made by layer 'a' already"):
        net_of(relu.format("a"), relu.format("b"))


def test_a_net_without_layers() -> None:
    with pytest.raises(deepvis.FormatError, match=r"empty.prototxt.*no layers"):
        deepvis.Net.from_text('name: "empty"', source="empty.prototxt")


def test_memory_is_bounded() -> None:
    huge = (
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1000 dim: 3 dim: 500 dim: 500 } } }'
    )
    with pytest.raises(deepvis.LimitError, match="memory_limit"):
        deepvis.Net.from_text(huge)
    deepvis.Net.from_text(huge, memory_limit=1 << 33)  # nothing is allocated before it is used
    with pytest.raises(deepvis.LimitError, match="'x'"):
        net_of(
            'layer { name: "x" type: "InnerProduct" bottom: "data" top: "x" '
            "inner_product_param { num_output: 14000000 } }"
        )
    with pytest.raises(deepvis.LimitError, match=r"2\^31"):
        net_of('layer { name: "x" type: "Tile" bottom: "data" top: "x" tile_param { tiles: 100000000 } }')


def test_dummy_data_fills_itself() -> None:
    net = deepvis.Net.from_text(
        """
        layer { name: "made up" type: "DummyData" top: "a" top: "b" dummy_data_param {
          shape { dim: 2 dim: 3 } shape { dim: 1 dim: 3 }
          data_filler { value: 0.5 } data_filler { type: "uniform" min: 1 max: 2 } } }
        layer { name: "twice" type: "Power" bottom: "a" top: "y" power_param { scale: 2 } }
        """
    )
    assert (net.forward(end="y")["y"] == 1).all()
    assert ((net.blobs["b"] >= 1) & (net.blobs["b"] < 2)).all()
    assert (net.forward(a=np.full((2, 3), 3.0), end="y")["y"] == 6).all()
    old = 'layer { name: "d" type: "DummyData" top: "d" dummy_data_param { num: 1 channels: 2 height: 3 width: 4 } }'
    assert deepvis.Net.from_text(old).shape("d") == (1, 2, 3, 4)
