"""The two resamplers behind pycaffe's ``io.resize_image``, without scikit-image or SciPy.

Both are separable and linear; they differ in where samples lie and in what lies outside of the image:

- scikit-image's ``resize(order=1, mode="constant")`` without smoothing, for one and three channels: pixels are areas,
  and the image is surrounded by zeros, so that enlarging darkens the outermost half pixel;
- ``scipy.ndimage.zoom(order=1)``, for any other number of channels: the outermost pixel centres map onto each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


def resize_areas(image: Array, shape: tuple[int, int], order: int = 1) -> npt.NDArray[np.float64]:
    """Resample (H, W, C) to (*shape, C) as scikit-image does: pixels are areas, zeros surround the image."""
    result = image.astype(np.float64)
    for axis, size in enumerate(shape):
        old = result.shape[axis]
        at = (np.arange(size) + 0.5) * (old / size) - 0.5
        border = [(1, 1) if k == axis else (0, 0) for k in range(3)]
        result = _sample(np.pad(result, border), at + 1, axis, order)
    return result


def resize_centres(image: Array, shape: tuple[int, int], order: int = 1) -> npt.NDArray[np.float64]:
    """Resample (H, W, C) to (*shape, C) as scipy.ndimage.zoom does: corner pixel centres stay corners."""
    result = image.astype(np.float64)
    for axis, size in enumerate(shape):
        old = result.shape[axis]
        at = np.arange(size) * ((old - 1) / (size - 1) if size > 1 else 0.0)
        result = _sample(result, at, axis, order)
    return result


def _sample(values: npt.NDArray[np.float64], at: Array, axis: int, order: int) -> npt.NDArray[np.float64]:
    last = values.shape[axis] - 1
    if order == 0:
        nearest: npt.NDArray[np.float64] = values.take(np.clip(np.floor(at + 0.5).astype(int), 0, last), axis)
        return nearest
    if order != 1:
        raise ValueError(f"interp_order {order} is not available here: 0 (nearest) and 1 (linear) are")
    low = np.clip(np.floor(at).astype(int), 0, last)
    high = np.minimum(low + 1, last)
    weight = (at - low).reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    linear: npt.NDArray[np.float64] = values.take(low, axis) * (1 - weight) + values.take(high, axis) * weight
    return linear
