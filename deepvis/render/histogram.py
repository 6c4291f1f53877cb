"""How a layer's values are spread, and a unit's among them."""

from __future__ import annotations

from math import ceil, gcd

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.render import text
from deepvis.render.picture import Colour, Floats, Picture, blank, colour_bytes
from deepvis.render.text import Style

MOST_VALUES = 100_000  # counted of a layer; of more, every so-manieth
UNIT: Colour = (0.5, 1.0, 0.5)  # the cursor's green
LAYER: Colour = (0.5, 0.5, 0.5)
AXIS: Colour = (0.8, 0.8, 0.8)
BIN_PIXELS = 4  # a bar; narrower ones of a unit of a few hundred values are mostly noise


def histogram_picture(
    values_layer: npt.ArrayLike, values_unit: npt.ArrayLike | None, height: int, width: int, style: Style
) -> Picture:
    """Bars of log(1 + count) of a layer's values, those of one unit of it as a green line before them.

    Arrays of any shape. The axis runs from the smallest to the largest value and always has zero on it, which is
    marked. Words say smallest and largest (of all values), the share of zeros, and how many values were counted: of a
    layer of more than 100 000 a sample, whose counts are raised to stand for all. A unit that is one number is an
    upright line. NaN and infinities are left out.
    """
    picture = blank(height, width)
    layer = np.ravel(np.asarray(values_layer, np.float32))
    low, high = _extremes(layer)
    if layer.size and not np.isfinite((low, high)).all():
        layer = layer[np.isfinite(layer)]
        low, high = _extremes(layer)
    if not layer.size:
        text.draw(picture, "no values", style.line, style.cap // 2, style)
        return picture
    sample = layer[:: _step(np.shape(values_layer), layer.size)]
    start, end = min(low, 0.0), max(high, 0.0)
    if start == end:
        start, end = -1.0, 1.0
    zeros = 1 - cv2.countNonZero(sample) / sample.size
    words = f"{zeros:.0%} zero, of {_grouped(sample.size)}{'' if sample.size == layer.size else ' sampled'} values"
    text.draw(picture, text.shorten(words, style, width - style.cap), style.line, style.cap // 2, style)
    _mark_axis(picture, (low, high), (start, end), style)

    plot = picture[min(style.line + style.cap // 2, height) : max(height - style.line - style.cap // 4, 0)]
    if plot.shape[0] < 2 or width < 2 * BIN_PIXELS:
        return picture
    bins = width // BIN_PIXELS
    counts = np.log1p(_counts(sample, start, end, bins) * np.float32(layer.size / sample.size))
    unit = None if values_unit is None else np.ravel(np.asarray(values_unit, np.float32))
    unit = None if unit is None else unit[np.isfinite(unit)]
    of_unit = None if unit is None or not unit.size else np.log1p(_counts(unit, start, end, bins))
    peak = max(counts.max(), np.float32(1e-6), np.float32(0) if of_unit is None else of_unit.max())
    _bars(plot, counts / peak, LAYER)
    zero = round((0 - start) / (end - start) * (bins * BIN_PIXELS - 1))
    plot[:, zero] = colour_bytes(AXIS)
    if of_unit is not None and unit is not None:
        if unit.size == 1:
            of_unit[of_unit > 0] = peak
            _bars(plot, of_unit / peak, UNIT)
        else:
            _line(plot, of_unit / peak, UNIT)
    return picture


def _extremes(values: Floats) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _step(shape: tuple[int, ...], count: int) -> int:
    """A step that leaves at most MOST_VALUES and shares no factor with an axis, else it would skip whole columns."""
    step = ceil(count / MOST_VALUES)
    while step > 1 and any(gcd(step, axis) > 1 for axis in shape):
        step += 1
    return step


def _counts(values: Floats, start: float, end: float, bins: int) -> Floats:
    scale = bins / (end - start)
    place = values.astype(np.float64)  # in which no difference of two overflows
    place -= start
    place *= scale
    np.clip(place, 0, bins - 1, out=place)
    return np.bincount(place.astype(np.int64), minlength=bins).astype(np.float32)


def _tops(plot: Picture, shares: Floats) -> npt.NDArray[np.int32]:
    """The first row of each pixel column's bar."""
    rows = plot.shape[0] - np.ceil(shares * np.float32(plot.shape[0]) - np.float32(1e-3)).astype(np.int32)
    return rows.repeat(BIN_PIXELS)


def _bars(plot: Picture, shares: Floats, colour: Colour) -> None:
    tops = _tops(plot, shares)
    plot[:, : tops.size][np.arange(plot.shape[0])[:, None] >= tops] = colour_bytes(colour)


def _line(plot: Picture, shares: Floats, colour: Colour) -> None:
    """The outline of the bars that _bars would fill."""
    tops = np.minimum(_tops(plot, shares), plot.shape[0] - 1)
    points = np.stack([np.arange(tops.size), tops], axis=1).astype(np.int32)
    drawn = np.ascontiguousarray(plot)
    cv2.polylines(drawn, [points], False, tuple(int(c) for c in colour_bytes(colour)))
    plot[...] = drawn


def _mark_axis(picture: Picture, extremes: tuple[float, float], ends: tuple[float, float], style: Style) -> None:
    """The smallest and largest value at the foot, and the 0 under its mark where that leaves room."""
    height, width = picture.shape[:2]
    row, edge = height - style.cap // 2, style.cap // 2
    low, high = (f"{value:.4g}" for value in extremes)
    right = width - edge - text.width(high, style)
    text.draw(picture, low, row, edge, style)
    text.draw(picture, high, row, right, style)
    middle = round((0 - ends[0]) / (ends[1] - ends[0]) * width) - text.width("0", style) // 2
    if edge + text.width(low, style) + style.cap < middle < right - style.cap - text.width("0", style):
        text.draw(picture, "0", row, middle, style)


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", " ")
