"""Activations and backward signals → brightness, as the classic toolbox scaled them.

One affine map for the whole layer and frame, then a boost for each unit, then gamma. Values are 0..1 float32.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from deepvis.render.picture import Colour, Floats

TINY = np.float32(1e-10)  # the classic's guard against dividing by zero
POSITIVE: Colour = (0.0, 1.0, 0.0)
NEGATIVE: Colour = (1.0, 0.0, 0.0)


def finite(values: npt.ArrayLike) -> Floats:
    """float32 copy with NaN and infinities replaced by 0, so that one bad unit does not blacken a layer."""
    x = np.array(values, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.isfinite(x.sum())  # one quick pass: most often enough
    return x if whole else np.nan_to_num(x, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def unit_bytes(x: Floats) -> npt.NDArray[np.uint8]:
    """0..1 → 0..255 by truncation, for values made by the functions here: quicker than to_bytes; spoils x."""
    x *= np.float32(255)
    whole: npt.NDArray[np.uint8] = x.astype(np.uint8)
    return whole


def span(values: Floats) -> Floats:
    """(x - min) / (max - min + 1e-10) over the whole array, in place."""
    if values.size:
        values -= values.min()
        values *= np.float32(1) / (values.max() + TINY)
    return values


def _boosted(tiles: Floats, boost: float, gamma: float) -> Floats:
    if boost and tiles.size:
        peaks = tiles.reshape(tiles.shape[0], -1).max(axis=1) + TINY
        tiles *= (peaks ** np.float32(-boost)).reshape(-1, *(1,) * (tiles.ndim - 1))
    if gamma != 1:
        np.power(tiles, np.float32(gamma), out=tiles)
    return tiles


def forward_tiles(acts: npt.ArrayLike, boost: float = 0.0, gamma: float = 1.0) -> Floats:
    """Activations (n, h, w) → grey tiles (n, h, w).

    Zero is not anchored: a layer with negative values shows its minimum as black. `boost` b multiplies each
    tile by its maximum to the power -b, so at b = 1 every tile reaches white; `gamma` is applied to
    everything after it.
    """
    return _boosted(span(finite(acts)), boost, gamma)


def backward_tiles(diffs: npt.ArrayLike, boost: float = 0.0, gamma: float = 1.0) -> Floats:
    """Signals (n, h, w) → colour tiles (n, h, w, 3): green where positive, red where negative, zero stays
    black.
    """
    x = finite(diffs)
    if x.size:
        x *= np.float32(1) / (max(x.max(), -x.min()) + TINY)
    tiles = np.zeros((*x.shape, 3), np.float32)
    for channel in range(3):
        if POSITIVE[channel]:
            tiles[..., channel] += np.maximum(x, 0) * np.float32(POSITIVE[channel])
        if NEGATIVE[channel]:
            tiles[..., channel] += np.maximum(-x, 0) * np.float32(NEGATIVE[channel])
    return _boosted(span(tiles), boost, gamma)
