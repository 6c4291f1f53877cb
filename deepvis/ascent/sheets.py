"""Sheets of small pictures: a square of runs, four of these as the classic's montage, and all units of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import cv2

from deepvis.errors import ShapeError
from deepvis.render import Picture, blank, paste

SMALL, LARGE = 1, 2  # pixels of padding round each picture, and round each of a montage's four sheets
LEAST = 100  # pixels; smaller pictures are enlarged by a whole number, so that their pixels can be seen
_GREY, _PADDING = (128 / 255, 128 / 255, 128 / 255), (0.0, 0.0, 0.0)
_MONTAGE = 3  # rows and columns of each of its sheets


def square_side(count: int) -> int:
    """Rows and columns of the smallest square grid for so many."""
    return isqrt(max(count, 1) - 1) + 1


def squares(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures (h, w, 3) as squares of one size, centred on mid-grey and enlarged if they are small."""
    most = max(max(picture.shape[:2]) for picture in pictures)
    times = -(-LEAST // most)
    return [_square(picture, most, times) for picture in pictures]


def sheet(pictures: Sequence[Picture], side: int | None = None) -> Picture:
    """Squares of one size in ``side`` rows and columns, ``2 * SMALL`` pixels apart, none around; absent ones grey."""
    side = square_side(len(pictures)) if side is None else side
    cell = _cell(pictures)
    step = cell + 2 * SMALL
    made = blank(side * step - 2 * SMALL, side * step - 2 * SMALL, _PADDING)
    for i in range(side * side):
        row, column = divmod(i, side)
        picture = pictures[i] if i < len(pictures) else blank(cell, cell, _GREY)
        paste(made, picture, row * step, column * step)
    return made


def montage(runs: Sequence[Sequence[Picture]]) -> Picture:
    """The classic's montage: of four lists of up to nine squares each, 3 x 3 sheets in 2 rows and columns.

    It is square and even, with ``SMALL + LARGE`` pixels around each sheet: what shows it cuts one out by that.
    """
    if len(runs) != 4:
        raise ShapeError(f"a montage takes four sheets, found {len(runs)}")
    sheets = [sheet(pictures[: _MONTAGE**2], _MONTAGE) for pictures in runs]
    margin = SMALL + LARGE
    half = sheets[0].shape[0] + 2 * margin
    made = blank(2 * half, 2 * half, _PADDING)
    for i, each in enumerate(sheets):
        paste(made, each, i // 2 * half + margin, i % 2 * half + margin)
    return made


class LayerSheet:
    """One square a unit, edge to edge in a square grid, filled one by one: what is not given is grey."""

    def __init__(self, units: int, cell: int, most: int) -> None:
        """``cell``: pixels of a unit's square, made smaller where the sheet would have more than ``most`` a side."""
        self._side = square_side(units)
        self.cell = max(1, min(cell, most // self._side))
        self.picture = blank(self._side * self.cell, self._side * self.cell, _GREY)

    def put(self, unit: int, picture: Picture) -> None:
        """Show a unit by a square picture."""
        row, column = divmod(unit, self._side)
        if picture.shape[0] != self.cell:
            shape = (self.cell, self.cell)
            kind = cv2.INTER_AREA if picture.shape[0] > self.cell else cv2.INTER_CUBIC
            picture = cv2.resize(picture, shape, interpolation=kind).astype(picture.dtype, copy=False)
        paste(self.picture, picture, row * self.cell, column * self.cell)


def _cell(pictures: Sequence[Picture]) -> int:
    shapes = {picture.shape for picture in pictures}
    cell = next(iter(shapes))[0] if shapes else 0
    if shapes != {(cell, cell, 3)}:
        raise ShapeError(f"a sheet takes squares (n, n, 3) of one size, found {sorted(shapes)}")
    return cell


def _square(picture: Picture, most: int, times: int) -> Picture:
    if times > 1:
        height, width = (side * times for side in picture.shape[:2])
        large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
        picture = large.astype(picture.dtype, copy=False)
    room = most * times
    if picture.shape == (room, room, 3):
        return picture
    made = blank(room, room, _GREY)
    paste(made, picture, (room - picture.shape[0]) // 2, (room - picture.shape[1]) // 2)
    return made
