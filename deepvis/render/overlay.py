"""Pictures over pictures and beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.render.colour import table
from deepvis.render.picture import Floats, Picture, blank, fitted, paste, to_rgb

Place = tuple[int, int, int, int]
Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64] | npt.NDArray[np.uint8]
_Kind = TypeVar("_Kind", np.float32, np.uint8)


def overlay(picture: Picture, over: Numbers, opacity: float = 0.7, colour_map: str = "magma") -> Picture:
    """Blend a unit's map or a backward picture, stretched bilinearly to the picture's size, over it.

    `over` is a map (h, w) of 0..1, coloured by `colour_map` and as opaque as its value times `opacity`, so that what
    is not active stays clear; "diverging" takes a map anchored at 0.5, and its distance from there. Or it is a picture
    (h, w, 3), uint8 or of 0..1, with `opacity` everywhere. NaN counts as no activity.
    """
    height, width = picture.shape[:2]
    opacity = min(max(opacity, 0.0), 1.0)
    if not over.size or not picture.size:
        return picture.copy()
    values = np.asarray(over, np.float32)
    if over.dtype == np.uint8:
        values = values * np.float32(1 / 255)
    # what is clear: the middle of a map with two ends, else 0
    rest = 0.5 if over.ndim == 2 and colour_map == "diverging" else 0.0
    values = np.clip(np.nan_to_num(values, nan=rest, posinf=rest, neginf=rest), 0, 1)
    if values.ndim == 3:
        drawn = _stretched(to_rgb((values * np.float32(255) + np.float32(0.5)).astype(np.uint8)), height, width)
        return np.asarray(cv2.addWeighted(drawn, opacity, np.ascontiguousarray(picture), 1 - opacity, 0), np.uint8)
    values = np.asarray(_stretched(values, height, width), np.float32)
    share: Floats = np.abs(values - np.float32(rest)) * np.float32(opacity / (1 - rest))
    coloured = cv2.applyColorMap((values * np.float32(255)).astype(np.uint8), table(colour_map)[:, None])
    return np.asarray(cv2.blendLinear(coloured, np.ascontiguousarray(picture), share, 1 - share), np.uint8)


def _stretched(values: npt.NDArray[_Kind], height: int, width: int) -> npt.NDArray[_Kind]:
    how = cv2.INTER_AREA if values.shape[0] > height and values.shape[1] > width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=how), values.dtype)


def side_by_side_places(sizes: Sequence[tuple[int, int]], height: int, width: int, gap: int = 0) -> list[Place]:
    """Where side_by_side puts pictures of these (height, width): (top, left, height, width) of each in the room."""
    places = []
    room = max(1, (width - gap * (len(sizes) - 1)) // max(len(sizes), 1))
    for number, size in enumerate(sizes):
        high, wide, _ = fitted(*size, height, room)
        places.append(((height - high) // 2, number * (room + gap) + (room - wide) // 2, high, wide))
    return places


def side_by_side(pictures: Sequence[Picture], height: int, width: int, gap: int = 0) -> Picture:
    """Pictures in one row of equal rooms, `gap` pixels apart, each fitted into the middle of its own, on the viewer's
    background. (height, width, 3).
    """
    canvas = blank(height, width)
    sizes = [(picture.shape[0], picture.shape[1]) for picture in pictures]
    places = side_by_side_places(sizes, height, width, gap)
    for picture, (top, left, high, wide) in zip(pictures, places, strict=True):
        fit = picture if picture.shape[:2] == (high, wide) else _stretched(picture, high, wide)
        paste(canvas, fit, top, left)
    return canvas
