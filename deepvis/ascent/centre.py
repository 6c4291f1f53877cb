"""Centre bias: one thing in the middle rather than many all over."""

from __future__ import annotations

import numpy as np

from deepvis.ascent.checks import number
from deepvis.errors import Error, ShapeError
from deepvis.preprocess import Floats


def window(height: int, width: int, sigma: float, at: tuple[float, float] = (0.5, 0.5)) -> Floats:
    """A Gaussian (height, width) with peak 1; ``sigma`` in half sides: 0.8 leaves 0.46 at an edge, 0.21 in a corner.

    ``at``: the peak's row and column as shares of the sides.
    """
    number("centre", "sigma", sigma, 0)
    if not sigma > 0:
        raise Error("centre: sigma: expected a number above 0, found 0")
    falls = []
    for extent, share in ((height, at[0]), (width, at[1])):
        distance = (np.arange(extent) + 0.5) / extent - share
        falls.append(np.exp(-0.5 * (2 * distance / sigma) ** 2))
    return np.outer(*falls).astype(np.float32)


def centred(gradient: Floats, weights: Floats) -> Floats:
    """A gradient (N, C, H, W) under a window (H, W): the picture grows where it is large. Its own adjoint."""
    _check(gradient, weights)
    return gradient * weights


def decayed_outside(x: Floats, weights: Floats, share: float) -> Floats:
    """An input (N, C, H, W) that loses ``share``, 0 to 1, of itself where the window (H, W) is 0, none where it is 1.

    What is lost goes towards the mean, as with the paper's decay.
    """
    number("centre", "share", share, 0, 1)
    _check(x, weights)
    return x * (1 - np.float32(share) * (1 - weights))


def _check(x: Floats, weights: Floats) -> None:
    if x.ndim != 4 or x.shape[2:] != weights.shape:
        raise ShapeError(f"centre: batch of shape {x.shape} and window of shape {weights.shape} do not fit")
