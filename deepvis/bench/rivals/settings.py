"""What Caffe's layer settings mean once defaults are filled in, for builders of other frameworks' layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepvis.bench.rivals.definition import Layer
from deepvis.views import Array

Pair = tuple[int, int]  # of height and width


@dataclass(frozen=True)
class Convolution:
    """Caffe's ConvolutionParameter, less what the weights' shape says."""

    stride: Pair
    pad: Pair
    dilation: Pair
    group: int


@dataclass(frozen=True)
class Pooling:
    """Caffe's PoolingParameter on an input of known extents, with its rounding worked out.

    ``overhang``: how far the last window reaches beyond the input, 0 where it does not. Caffe averages over what lies
    in the input padded by ``pad`` on all sides, padding included, and not over what reaches further.
    """

    maximum: bool
    whole: bool  # one window over everything
    kernel: Pair
    stride: Pair
    pad: Pair
    round_up: bool
    overhang: Pair


@dataclass(frozen=True)
class LRN:
    """y = x / (k + alpha / size · Σx²)^beta, the sum over ``size`` channels with this one in the middle."""

    size: int
    alpha: float
    beta: float
    k: float


def convolution(layer: Layer) -> Convolution:
    """Read a Convolution layer."""
    return Convolution(
        stride=_pair(layer, "stride", "stride", 1),
        pad=_pair(layer, "pad", "pad", 0),
        dilation=_pair(layer, "dilation", "dilation", 1),
        group=layer.settings.get("group", 1),
    )


def pooling(layer: Layer) -> Pooling:
    """Read a Pooling layer. Raises FormatError for a window that lies wholly outside of the input."""
    own = layer.settings
    extents = layer.shapes[0][2:]
    whole = own.get("global_pooling", False)
    kernel = (extents[0], extents[1]) if whole else _pair(layer, "kernel_size", "kernel", 1)
    stride = (1, 1) if whole else _pair(layer, "stride", "stride", 1)
    pad = (0, 0) if whole else _pair(layer, "pad", "pad", 0)
    last = [(outputs - 1) * stride[i] - pad[i] for i, outputs in enumerate(layer.top_shape[2:])]
    if any(start >= extent for start, extent in zip(last, extents, strict=True)):
        raise layer.error("its last window begins beyond the input, which has no like in other frameworks")
    overhang = [max(0, start + size - extent) for start, size, extent in zip(last, kernel, extents, strict=True)]
    return Pooling(
        maximum=own.get("pool", "MAX") == "MAX",
        whole=whole,
        kernel=kernel,
        stride=stride,
        pad=pad,
        round_up=own.get("round_mode", "CEIL") == "CEIL",
        overhang=(overhang[0], overhang[1]),
    )


def lrn(layer: Layer) -> LRN:
    """Read an LRN layer. Raises FormatError for one within channels."""
    own = layer.settings
    if own.get("norm_region", "ACROSS_CHANNELS") != "ACROSS_CHANNELS":
        raise layer.error("LRN within channels is not built for rivals")
    return LRN(own.get("local_size", 5), own.get("alpha", 1.0), own.get("beta", 0.75), own.get("k", 1.0))


def relu_slope(layer: Layer) -> float:
    """Read a ReLU layer: what it multiplies negative values by."""
    return float(layer.settings.get("negative_slope", 0.0))


def clip(layer: Layer) -> tuple[float, float]:
    """Read a Clip layer: least and greatest value."""
    return float(layer.settings.get("min", 0.0)), float(layer.settings.get("max", 0.0))


def eltwise(layer: Layer) -> tuple[str, list[float]]:
    """Read an Eltwise layer: SUM, PROD or MAX, and for a weighted sum one factor a bottom."""
    return layer.settings.get("operation", "SUM"), [float(factor) for factor in layer.settings.get("coeff", ())]


def concat_axis(layer: Layer) -> int:
    """Read a Concat layer."""
    name = "concat_dim" if "concat_dim" in layer.settings else "axis"
    return int(layer.settings.get(name, 1))


def softmax_axis(layer: Layer) -> int:
    """Read a Softmax layer."""
    return int(layer.settings.get("axis", 1))


def inner_product(layer: Layer) -> tuple[int, bool]:
    """Read an InnerProduct layer: the axis from which on the inputs are one row, and whether weights are (in, out).

    Raises FormatError for axis 0, where the images of a batch would be one row.
    """
    axis = int(layer.settings.get("axis", 1)) % len(layer.shapes[0])
    if axis == 0:
        raise layer.error("axis 0 is not built for rivals")
    return axis, layer.settings.get("transpose", False)


def batch_norm(layer: Layer) -> tuple[Array, Array, float]:
    """Read a BatchNorm layer: mean and variance a channel, and what is added to the variance.

    Raises FormatError for one that takes them from the batch.
    """
    if not layer.settings.get("use_global_stats", True):
        raise layer.error("statistics of the batch at hand are not built for rivals")
    mean, variance, (scale,) = layer.weights
    factor = np.float32(0 if scale == 0 else 1 / scale)
    return mean * factor, variance * factor, layer.settings.get("eps", 1e-5)


def scale(layer: Layer) -> tuple[Array, Array | None]:
    """Read a Scale layer: factors and biases, shaped so that they broadcast. Raises FormatError for two bottoms."""
    if len(layer.bottoms) != 1:
        raise layer.error("factors from a second bottom are not built for rivals")
    factors = layer.weights[0]
    axes = len(layer.shapes[0])
    first = layer.settings.get("axis", 1) % axes if factors.ndim else axes
    shape = (*factors.shape, *([1] * (axes - first - factors.ndim)))
    biases = layer.weights[1].reshape(shape) if len(layer.weights) > 1 else None
    return factors.reshape(shape), biases


def _pair(layer: Layer, name: str, prefix: str, missing: int) -> Pair:
    """Read one setting as Caffe's messages spell it: NAME once or for each axis, or PREFIX_h and PREFIX_w."""
    given = np.atleast_1d(layer.settings.get(name, missing))
    height, width = (int(given[0]), int(given[-1])) if given.size else (missing, missing)
    return layer.settings.get(f"{prefix}_h", height), layer.settings.get(f"{prefix}_w", width)
