"""Receptive fields against what a signal really reaches, for chains and for nets with branches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deepvis

EXTENT = 97
CONVOLUTION = (
    'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}" convolution_param {{ num_output: 1 '
    "bias_term: false kernel_size: {kernel} stride: {stride} pad: {pad} dilation: {dilation} "
    'weight_filler {{ type: "constant" value: 1 }} }} }}\n'
)
POOLING = (
    'layer {{ name: "{name}" type: "Pooling" bottom: "{bottom}" top: "{name}" '
    "pooling_param {{ pool: AVE kernel_size: {kernel} stride: {stride} pad: {pad} }} }}\n"
)
UPSAMPLING = (
    'layer {{ name: "{name}" type: "Deconvolution" bottom: "{bottom}" top: "{name}" convolution_param {{ num_output: 1 '
    "bias_term: false kernel_size: {kernel} stride: {stride} pad: {pad} "
    'weight_filler {{ type: "constant" value: 1 }} }} }}\n'
)
INPUT = (
    'layer { name: "data" type: "Input" top: "data" '
    f"input_param {{ shape {{ dim: 1 dim: 1 dim: {EXTENT} dim: {EXTENT} }} }} }}\n"
)


def reached(net: deepvis.Net, blob: str) -> tuple[int, int, int]:
    """The first and last input rows that a signal from the blob's middle reaches, and that middle."""
    net.forward(data=np.ones((1, 1, EXTENT, EXTENT)))
    middle = net.shape(blob)[2] // 2
    rows = np.flatnonzero(net.backward(blob, f"{blob}:0@{middle},{middle}")[0, 0].any(axis=1))
    return int(rows[0]), int(rows[-1]), middle


@st.composite
def chains(draw: st.DrawFn) -> str:
    layers = []
    bottom = "data"
    for index in range(draw(st.integers(1, 4))):
        kernel = draw(st.integers(1, 5))
        options = {
            "name": f"layer{index}",
            "bottom": bottom,
            "kernel": kernel,
            "stride": draw(st.integers(1, 2)),
            "pad": draw(st.integers(0, kernel - 1)),
            "dilation": draw(st.integers(1, 2)),
        }
        layers.append(draw(st.sampled_from([CONVOLUTION, POOLING])).format(**options))
        bottom = str(options["name"])
    return "".join(layers)


@settings(max_examples=60, deadline=None)
@given(chains())
def test_a_chain_sees_what_its_field_says(layers: str) -> None:
    net = deepvis.Net.from_text(INPUT + layers)
    blob = net.outputs[0]
    field = net.receptive_field(blob)
    first, last, middle = reached(net, blob)
    start = field.offset[0] + middle * field.stride[0]
    assert first == max(start, 0)
    # Strides beyond the kernel skip pixels, so what is seen may end before the field does, never after.
    assert last <= min(start + field.size[0], EXTENT) - 1
    if "stride: 2" not in layers and "dilation: 2" not in layers:
        assert last == min(start + field.size[0], EXTENT) - 1


def test_branches_are_spanned() -> None:
    net = deepvis.Net.from_text(
        INPUT
        + CONVOLUTION.format(name="wide", bottom="data", kernel=7, stride=2, pad=3, dilation=1)
        + CONVOLUTION.format(name="narrow", bottom="data", kernel=3, stride=2, pad=1, dilation=1)
        + 'layer { name: "both" type: "Concat" bottom: "wide" bottom: "narrow" top: "both" }\n'
    )
    assert net.receptive_field("narrow").size == (3, 3)
    field = net.receptive_field("both")
    assert (field.size, field.stride, field.offset) == ((7, 7), (2, 2), (-3, -3))


def test_upsampling_and_cropping() -> None:
    net = deepvis.Net.from_text(
        INPUT
        + CONVOLUTION.format(name="down", bottom="data", kernel=2, stride=2, pad=0, dilation=1)
        + UPSAMPLING.format(name="up", bottom="down", kernel=4, stride=2, pad=1)
        + 'layer { name: "cut" type: "Crop" bottom: "up" bottom: "down" top: "cut" crop_param { axis: 2 offset: 5 } }\n'
    )
    assert net.receptive_field("up").stride == (1, 1)
    assert net.receptive_field("cut").offset[0] == net.receptive_field("up").offset[0] + 5
    first, last, middle = reached(net, "cut")
    field = net.receptive_field("cut")
    start = field.offset[0] + middle * field.stride[0]
    assert start - 1 <= first and last <= start + field.size[0]


def test_caffenet_has_the_sizes_of_the_paper() -> None:
    text = [INPUT.replace(str(EXTENT), "227")]
    chain = [("conv1", 11, 4, 0), ("pool1", 3, 2, 0), ("conv2", 5, 1, 2), ("pool2", 3, 2, 0)]
    chain += [("conv3", 3, 1, 1), ("conv4", 3, 1, 1), ("conv5", 3, 1, 1), ("pool5", 3, 2, 0)]
    bottom = "data"
    for name, kernel, stride, pad in chain:
        kind = POOLING if name.startswith("pool") else CONVOLUTION
        text.append(kind.format(name=name, bottom=bottom, kernel=kernel, stride=stride, pad=pad, dilation=1))
        bottom = name
    text.append(
        'layer { name: "fc6" type: "InnerProduct" bottom: "pool5" top: "fc6" inner_product_param { num_output: 2 } }'
    )
    net = deepvis.Net.from_text("".join(text))
    sizes = {name: net.receptive_field(name).size[0] for name in net.blobs}
    assert sizes == {
        "data": 1, "conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv4": 131, "conv5": 163,
        "pool5": 195, "fc6": 227,
    }  # fmt: skip
    assert net.receptive_field("fc6").whole


def test_a_blob_of_no_input() -> None:
    net = deepvis.Net.from_text(INPUT)
    with pytest.raises(deepvis.UnknownNameError):
        net.receptive_field("conv9")
