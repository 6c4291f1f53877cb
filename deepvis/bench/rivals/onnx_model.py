"""Caffe's layers as ONNX operators, and a net of them as the bytes of an ONNX model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from deepvis.bench.rivals import settings
from deepvis.bench.rivals.definition import Definition, Layer
from deepvis.views import Array

# Old enough for any onnxruntime of the last years.
_OPSET = 17
_IR_VERSION = 8


class _Graph:
    """Nodes and constants, as they come."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, layer: Layer, values: Any) -> str:
        """Add a constant and give its name."""
        name = f"{layer.top} constant {len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node of one output and give that output's name. Attributes that are None are left out."""
        given = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(operator, inputs, [output], **given))
        return output


def write_model(definition: Definition, source: str) -> bytes:
    """Serialise a net with its batch size. Raises FormatError for settings that have no like in ONNX."""
    graph = _Graph()
    for layer in definition.layers:
        _WRITERS[layer.type](graph, layer)
    shapes = {layer.top: layer.top_shape for layer in definition.layers}
    outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shapes[name]) for name in definition.outputs]
    given = helper.make_tensor_value_info(definition.input, onnx.TensorProto.FLOAT, definition.input_shape)
    model = helper.make_model(
        helper.make_graph(graph.nodes, source, [given], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    written: bytes = model.SerializeToString()
    return written


def _convolution(graph: _Graph, layer: Layer) -> None:
    own = settings.convolution(layer)
    inputs = [layer.bottoms[0], *(graph.constant(layer, each) for each in layer.weights)]
    pads = [*own.pad, *own.pad]
    graph.node("Conv", inputs, layer.top, strides=own.stride, pads=pads, dilations=own.dilation, group=own.group)


def _inner_product(graph: _Graph, layer: Layer) -> None:
    axis, transposed = settings.inner_product(layer)
    rows = graph.node("Flatten", [layer.bottoms[0]], f"{layer.top} rows", axis=axis)
    inputs = [rows, *(graph.constant(layer, each) for each in layer.weights)]
    if axis == 1:
        graph.node("Gemm", inputs, layer.top, transB=int(not transposed))
        return
    product = graph.node("Gemm", inputs, f"{layer.top} product", transB=int(not transposed))
    graph.node("Reshape", [product, graph.constant(layer, np.array(layer.top_shape, np.int64))], layer.top)


def _pooling(graph: _Graph, layer: Layer) -> None:
    own = settings.pooling(layer)
    if own.whole:
        graph.node("GlobalMaxPool" if own.maximum else "GlobalAveragePool", list(layer.bottoms), layer.top)
        return
    # The padding says exactly how far the windows reach: runtimes disagree on rounding up.
    window = {"kernel_shape": own.kernel, "strides": own.stride, "pads": [*own.pad, *own.overhang]}
    if own.maximum:
        graph.node("MaxPool", list(layer.bottoms), layer.top, **window)
        return
    correction = _share_correction(own, layer.top_shape[2:])
    average = layer.top if correction is None else f"{layer.top} average"
    graph.node("AveragePool", list(layer.bottoms), average, count_include_pad=1, **window)
    if correction is not None:
        graph.node("Mul", [average, graph.constant(layer, correction)], layer.top)


def _share_correction(own: settings.Pooling, outputs: tuple[int, ...]) -> Array | None:
    """Work out what an average over whole windows lacks where Caffe divides by less: (H, W), or None."""
    if all(overhang <= pad for overhang, pad in zip(own.overhang, own.pad, strict=True)):
        return None
    sizes = []
    for i in (0, 1):
        size = np.full(outputs[i], own.kernel[i], dtype=np.float32)
        # Only the last window can reach beyond the padding, or windows before it, by strides less.
        beyond = own.overhang[i] - own.pad[i] - own.stride[i] * np.arange(outputs[i])[::-1]
        sizes.append(size - np.maximum(beyond, 0))
    return np.asarray(own.kernel[0] * own.kernel[1] / np.outer(*sizes), dtype=np.float32)


def _relu(graph: _Graph, layer: Layer) -> None:
    slope = settings.relu_slope(layer)
    graph.node("LeakyRelu" if slope else "Relu", list(layer.bottoms), layer.top, alpha=slope or None)


def _clip(graph: _Graph, layer: Layer) -> None:
    limits = [graph.constant(layer, np.float32(limit)) for limit in settings.clip(layer)]
    graph.node("Clip", [layer.bottoms[0], *limits], layer.top)


def _lrn(graph: _Graph, layer: Layer) -> None:
    own = settings.lrn(layer)
    graph.node("LRN", list(layer.bottoms), layer.top, size=own.size, alpha=own.alpha, beta=own.beta, bias=own.k)


def _concat(graph: _Graph, layer: Layer) -> None:
    graph.node("Concat", list(layer.bottoms), layer.top, axis=settings.concat_axis(layer))


def _eltwise(graph: _Graph, layer: Layer) -> None:
    kind, factors = settings.eltwise(layer)
    parts = list(layer.bottoms)
    for i, factor in enumerate(factors):
        parts[i] = graph.node("Mul", [parts[i], graph.constant(layer, np.float32(factor))], f"{layer.top} part {i}")
    if kind == "MAX" or len(parts) == 1:
        graph.node("Max", parts, layer.top)
        return
    operator = "Mul" if kind == "PROD" else "Add"  # two at a time: Add fuses with what is around it, Sum does not
    total = parts[0]
    for i, part in enumerate(parts[1:], 1):
        total = graph.node(operator, [total, part], layer.top if i == len(parts) - 1 else f"{layer.top} total {i}")


def _softmax(graph: _Graph, layer: Layer) -> None:
    graph.node("Softmax", list(layer.bottoms), layer.top, axis=settings.softmax_axis(layer))


def _flatten(graph: _Graph, layer: Layer) -> None:
    graph.node("Reshape", [layer.bottoms[0], graph.constant(layer, np.array(layer.top_shape, np.int64))], layer.top)


def _batch_norm(graph: _Graph, layer: Layer) -> None:
    mean, variance, eps = settings.batch_norm(layer)
    arrays = (np.ones_like(mean), np.zeros_like(mean), mean, variance)
    inputs = [layer.bottoms[0], *(graph.constant(layer, each) for each in arrays)]
    graph.node("BatchNormalization", inputs, layer.top, epsilon=eps)


def _scale(graph: _Graph, layer: Layer) -> None:
    factors, biases = settings.scale(layer)
    product = layer.top if biases is None else f"{layer.top} product"
    graph.node("Mul", [layer.bottoms[0], graph.constant(layer, factors)], product)
    if biases is not None:
        graph.node("Add", [product, graph.constant(layer, biases)], layer.top)


_WRITERS: dict[str, Callable[[_Graph, Layer], None]] = {
    "BatchNorm": _batch_norm,
    "Clip": _clip,
    "Concat": _concat,
    "Convolution": _convolution,
    "Eltwise": _eltwise,
    "Flatten": _flatten,
    "InnerProduct": _inner_product,
    "LRN": _lrn,
    "Pooling": _pooling,
    "ReLU": _relu,
    "Scale": _scale,
    "Softmax": _softmax,
}
