"""Caffe's layers as PyTorch operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812

from deepvis.bench.rivals import settings
from deepvis.bench.rivals.definition import Layer

Operation = Callable[..., torch.Tensor]  # from a layer's bottoms to its top
LRNForm = Literal["stock", "pooled", "sliced"]


def operation(layer: Layer, weights: list[torch.Tensor], lrn_form: LRNForm, in_place: bool) -> Operation:
    """Make the operation of a layer with its weights; ``in_place``: it may write over its bottom.

    Raises FormatError for settings that have no like here.
    """
    if layer.type in ("ReLU", "Clip"):
        return _limiter(layer, in_place)
    if layer.type == "LRN":
        return _lrn(layer, lrn_form)
    return _MAKERS[layer.type](layer, weights)


def _convolution(layer: Layer, weights: list[torch.Tensor]) -> Operation:
    own = settings.convolution(layer)
    weight, bias = weights[0], weights[1] if len(weights) > 1 else None
    return lambda x: F.conv2d(x, weight, bias, own.stride, own.pad, own.dilation, own.group)


def _inner_product(layer: Layer, weights: list[torch.Tensor]) -> Operation:
    axis, transposed = settings.inner_product(layer)
    # F.linear wants (out, in); a transposed view of Caffe's (in, out) costs nothing.
    weight, bias = weights[0].t() if transposed else weights[0], weights[1] if len(weights) > 1 else None
    return lambda x: F.linear(torch.flatten(x, axis), weight, bias)


def _pooling(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    own = settings.pooling(layer)
    if own.whole and not own.maximum:
        return lambda x: F.adaptive_avg_pool2d(x, 1)
    # PyTorch rounds up as Caffe does and likewise drops a last window that begins in the padding behind the input.
    pad = own.pad
    wide = any(2 * pad[i] > own.kernel[i] for i in (0, 1))
    if own.maximum:
        if wide:  # more padding than max_pool2d takes
            border = (pad[1], own.overhang[1], pad[0], own.overhang[0])
            return lambda x: F.max_pool2d(F.pad(x, border, value=-torch.inf), own.kernel, own.stride)
        return lambda x: F.max_pool2d(x, own.kernel, own.stride, pad, ceil_mode=own.round_up)
    if wide:
        raise layer.error("padding of more than half of the window is not built for averages")
    return lambda x: F.avg_pool2d(x, own.kernel, own.stride, pad, ceil_mode=own.round_up)


def _limiter(layer: Layer, in_place: bool) -> Operation:
    if layer.type == "Clip":
        least, most = settings.clip(layer)
        return lambda x: F.hardtanh(x, least, most, inplace=in_place)
    slope = settings.relu_slope(layer)
    if slope != 0:
        # Writing over the bottom is only right for a slope that keeps the sign.
        return lambda x: F.leaky_relu(x, slope, inplace=in_place and slope > 0)
    return torch.relu_ if in_place else torch.relu


def _lrn(layer: Layer, form: LRNForm) -> Operation:
    own = settings.lrn(layer)
    if form == "stock":
        return lambda x: F.local_response_norm(x, own.size, own.alpha, own.beta, own.k)
    reach = own.size // 2

    def pooled(x: torch.Tensor) -> torch.Tensor:
        squares = F.pad((x * x).unsqueeze(1), (0, 0, 0, 0, reach, reach))
        mean = F.avg_pool3d(squares, (own.size, 1, 1), stride=1).squeeze(1)
        return x / torch.add(own.k, mean, alpha=own.alpha).pow(own.beta)

    def sliced(x: torch.Tensor) -> torch.Tensor:
        channels = x.shape[1]
        squares = F.pad(x * x, (0, 0, 0, 0, reach, reach))
        total = squares[:, :channels]
        for shift in range(1, own.size):
            total = total + squares[:, shift : shift + channels]
        base = torch.add(own.k, total, alpha=own.alpha / own.size)
        if own.beta == 0.75:
            root = base.rsqrt()  # two square roots are much cheaper than a power
            return x * root * root.sqrt()
        return x * base.pow(-own.beta)

    return pooled if form == "pooled" else sliced


def _concat(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    axis = settings.concat_axis(layer)
    return lambda *parts: torch.cat(parts, axis)


def _eltwise(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    kind, factors = settings.eltwise(layer)
    if kind == "PROD":
        return lambda *parts: reduce(torch.mul, parts)
    if kind == "MAX":
        return lambda *parts: reduce(torch.maximum, parts)
    if not factors:
        return lambda *parts: reduce(torch.add, parts)

    def weighted(first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        total = first * factors[0]
        for factor, part in zip(factors[1:], others, strict=True):
            total = torch.add(total, part, alpha=factor)
        return total

    return weighted


def _softmax(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    axis = settings.softmax_axis(layer)
    return lambda x: F.softmax(x, axis)


def _flatten(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    first, last = layer.settings.get("axis", 1), layer.settings.get("end_axis", -1)
    return lambda x: torch.flatten(x, first, last)


def _batch_norm(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    mean, variance, eps = settings.batch_norm(layer)
    mean_there, variance_there = torch.tensor(mean), torch.tensor(variance)
    return lambda x: F.batch_norm(x, mean_there, variance_there, eps=eps)


def _scale(layer: Layer, _weights: list[torch.Tensor]) -> Operation:
    factors, biases = settings.scale(layer)
    factors_there = torch.tensor(factors)
    if biases is None:
        return lambda x: x * factors_there
    biases_there = torch.tensor(biases)
    return lambda x: torch.addcmul(biases_there, x, factors_there)


_MAKERS: dict[str, Callable[[Layer, list[torch.Tensor]], Operation]] = {
    "BatchNorm": _batch_norm,
    "Concat": _concat,
    "Convolution": _convolution,
    "Eltwise": _eltwise,
    "Flatten": _flatten,
    "InnerProduct": _inner_product,
    "Pooling": _pooling,
    "Scale": _scale,
    "Softmax": _softmax,
}
