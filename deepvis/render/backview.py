"""The signal that arrived at the input (C, H, W) → a picture (H, W, 3): the classic's four filters."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.render.picture import Floats
from deepvis.render.scale import TINY, finite, span

FILTERS = ("raw", "gray", "norm", "normblur")
BLUR_SIGMA = 4.0  # pixels at the network's resolution


def _centred(x: Floats) -> Floats:
    """Zero to mid grey, the largest magnitude to 0 or 1."""
    centred: Floats = x / (max(2 * x.max(), -2 * x.min()) + TINY) + np.float32(0.5)
    return centred


def backward_picture(signal: npt.ArrayLike, how: str = "raw", sigma: float = BLUR_SIGMA) -> Floats:
    """`signal` (C, H, W), channels in the order they are to be shown (RGB), → (H, W, 3) float32 of 0..1.

    raw: all channels jointly, zero as mid grey; gray: their mean, likewise; norm: L2 norm over the channels,
    stretched to 0..1; normblur: that norm after a Gaussian blur of `sigma` pixels. Where C is not 3, raw
    shows the mean.
    """
    x = finite(signal)
    if x.ndim != 3 or not x.size:
        raise ValueError(f"a signal to be shown is (C, H, W) and not empty; this one is {x.shape}")
    if how == "raw" and x.shape[0] == 3:
        return _centred(np.ascontiguousarray(x.transpose(1, 2, 0)))
    if how in ("raw", "gray"):
        flat = _centred(x.mean(axis=0))
    elif how in ("norm", "normblur"):
        flat = np.sqrt((x * x).sum(axis=0))
        if how == "normblur":
            flat = np.asarray(cv2.GaussianBlur(flat, (0, 0), sigma), np.float32)
        flat = span(flat)
    else:
        raise ValueError(f"no backward filter is called {how!r}; there are {', '.join(FILTERS)}")
    return np.repeat(flat[..., None], 3, axis=2)
