"""Activations and backward signals → brightness of 0..1, float32.

forward_tiles and backward_tiles scale as the classic toolbox did: one affine map for the whole layer and frame, then
a boost for each unit, then gamma. scaled_tiles lets the limits be chosen, and tells which they were.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from deepvis.render.picture import Colour, Floats

Scale = Literal["layer", "unit", "fixed"]
SCALES: tuple[Scale, ...] = get_args(Scale)

TINY = np.float32(1e-10)  # the classic's guard against dividing by zero
POSITIVE: Colour = (0.0, 1.0, 0.0)
NEGATIVE: Colour = (1.0, 0.0, 0.0)
LARGEST = np.float32(1e38)  # values beyond are cut, so that no difference of two overflows


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


def limits(
    acts: npt.ArrayLike, scale: Scale = "layer", fixed: tuple[float, float] | None = None, anchored: bool = False
) -> tuple[Floats, Floats]:
    """The values of `acts` (n, …) that scaled_tiles shows as 0 and as 1, each of shape () or, for "unit", (n,).

    "layer": the smallest and the largest of all; "unit": of each unit by itself; "fixed": those given. `anchored`
    makes them ±the larger magnitude. ValueError where "fixed" comes without two finite limits in order.
    """
    return _cleaned_and_limits(acts, scale, fixed, anchored)[1:]


def scaled_tiles(
    acts: npt.ArrayLike,
    *,
    scale: Scale = "layer",
    fixed: tuple[float, float] | None = None,
    anchored: bool = False,
    boost: float = 0.0,
    gamma: float = 1.0,
) -> tuple[Floats, Floats, Floats]:
    """Activations or signals (n, …) → tiles of the same shape, and the limits that were used, as limits() gives them.

    Values beyond fixed limits are cut. Where all are equal the tile is 0. `anchored` puts zero at 0.5, for a map of
    colours with two ends; `boost` and `gamma` then act on the distance from there, else as in forward_tiles, whose
    tiles "layer" makes.
    """
    x, low, high = _cleaned_and_limits(acts, scale, fixed, anchored)
    tiles = np.empty_like(x)
    if not x.size:
        return tiles, low, high
    rows, out = x.reshape(x.shape[0], -1), tiles.reshape(x.shape[0], -1)
    bottom, top = (low[:, None], high[:, None]) if low.ndim else (low, high)
    if anchored:
        np.multiply(rows, np.float32(0.5) / (top + TINY), out=out)
        if scale == "fixed":
            np.clip(out, np.float32(-0.5), np.float32(0.5), out=out)
        if boost or gamma != 1:
            signed = out.copy()
            np.abs(out, out=out)
            out *= np.float32(2)
            _brightened(out, boost, gamma)
            out *= np.float32(0.5)
            np.copysign(out, signed, out=out)
        out += np.float32(0.5)
    else:
        np.subtract(rows, bottom, out=out)
        out *= np.float32(1) / (top - bottom + TINY)
        if scale == "fixed":
            np.clip(out, np.float32(0), np.float32(1), out=out)
        _brightened(out, boost, gamma)
    return tiles, low, high


def _cleaned_and_limits(
    acts: npt.ArrayLike, scale: Scale, fixed: tuple[float, float] | None, anchored: bool
) -> tuple[Floats, Floats, Floats]:
    """float32 values (n, …) without NaN and infinities, the caller's own array where it has none, and their limits."""
    if scale not in SCALES:
        raise ValueError(f"no scale is called {scale!r}; there are {', '.join(SCALES)}")
    x = np.ascontiguousarray(acts, np.float32)
    if scale == "fixed" and (fixed is None or not np.isfinite(fixed).all() or fixed[0] > fixed[1]):
        raise ValueError(f"fixed limits are a finite low and a high that is not below it; these are {fixed}")
    low, high = _extremes(x, scale)
    if x.size and not (low.min() > -LARGEST and high.max() < LARGEST):  # nor if one is NaN
        x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0).clip(-LARGEST, LARGEST)
        low, high = _extremes(x, scale)
    if scale == "fixed" and fixed is not None:
        low, high = (np.asarray(limit, np.float32) for limit in fixed)
    if anchored:
        high = np.asarray(np.maximum(np.abs(low), np.abs(high)), np.float32)
        low = np.asarray(-high)
    return x, low, high


def _extremes(x: Floats, scale: Scale) -> tuple[Floats, Floats]:
    if scale == "unit":
        if not x.size:
            return np.zeros(len(x), np.float32), np.zeros(len(x), np.float32)
        rows = x.reshape(len(x), -1)
        return rows.min(axis=1), rows.max(axis=1)
    if not x.size:
        return np.asarray(np.float32(0)), np.asarray(np.float32(0))
    return np.asarray(x.min()), np.asarray(x.max())


def _brightened(rows: Floats, boost: float, gamma: float) -> None:
    """_boosted in place for many values of 0 to 1 (n, m)."""
    _boosted(rows, boost, 1)
    if gamma != 1:
        with np.errstate(divide="ignore"):  # the logarithm of 0 is -inf, and comes back as 0
            np.log(rows, out=rows)
        rows *= np.float32(gamma)  # ten times quicker than np.power
        np.exp(rows, out=rows)
