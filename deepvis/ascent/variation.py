"""Total variation: how much a picture changes from pixel to pixel (Rudin, Osher & Fatemi, 1992).

Its gradient flattens what changes a little everywhere and leaves single strong edges, where a blur takes both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.errors import Error, ShapeError
from deepvis.preprocess import Floats


def total_variation(x: Floats, smoothing: float = 1.0) -> tuple[npt.NDArray[np.float64], Floats]:
    """The variation of each picture of a batch (N, C, H, W), (N,), and its gradient (N, C, H, W).

    Σ over pixels of √(Σ over colours (∂x/∂row)² + (∂x/∂column)² + s²) − s, with differences to the next pixel: the
    same in all directions, and with edges of all colours at one place (Blomgren & Chan, "Color TV", 1998).
    ``smoothing`` s > 0, in the units of x: changes under it count little, so that the gradient is smooth there.
    The gradient has no units: a factor on x leaves it as it is when s has the same factor. Each value is within ±4.
    """
    number("total variation", "smoothing", smoothing, 0)
    if not smoothing > 0:
        raise Error("total variation: smoothing: expected a number above 0, found 0")
    if x.ndim != 4:
        raise ShapeError(f"total variation: pictures have shape {x.shape}, expected (N, C, H, W)")
    down, right = np.zeros_like(x), np.zeros_like(x)
    np.subtract(x[:, :, 1:], x[:, :, :-1], out=down[:, :, :-1])
    np.subtract(x[:, :, :, 1:], x[:, :, :, :-1], out=right[:, :, :, :-1])
    size = np.einsum("nchw,nchw->nhw", down, down)
    size += np.einsum("nchw,nchw->nhw", right, right)
    size += np.float32(smoothing * smoothing)
    np.sqrt(size, out=size)
    values = size.sum(axis=(1, 2), dtype=np.float64) - smoothing * size[0].size if len(x) else np.zeros(0)
    np.reciprocal(size, out=size)
    down *= size[:, None]
    right *= size[:, None]
    # Each difference pulls at both its ends.
    gradient = -(down + right)
    gradient[:, :, 1:] += down[:, :, :-1]
    gradient[:, :, :, 1:] += right[:, :, :, :-1]
    return values, gradient
