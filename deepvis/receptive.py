"""Which part of the input a blob's positions see, and which positions see a part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING = 1e-6  # pixels by which strides that are no whole numbers may be off

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ReceptiveField:
    """Which input pixels a blob's position sees, as (height, width) pairs in pixels.

    Position i sees the pixels from ``offset + i * stride`` on, ``size`` of them; a negative offset reaches into the
    padding. ``whole``: every position sees the whole input (then the stride is 0).
    """

    size: tuple[float, float]
    stride: tuple[float, float]
    offset: tuple[float, float]
    whole: bool = False

    def box(self, position: tuple[int, int], input_shape: tuple[int, int]) -> tuple[int, int, int, int]:
        """Give the input pixels that the blob's position (y, x) sees as (top, left, bottom, right), ends not included.

        Cut at the edges of the input of (height, width) pixels; empty where the position sees padding only. A pixel
        that is seen in part is in it.
        """
        if self.whole:
            return 0, 0, *input_shape
        first_row, end_row = self._pixels(0, np.array([position[0]]))
        first_column, end_column = self._pixels(1, np.array([position[1]]))
        height, width = input_shape
        return (
            int(min(max(first_row[0], 0), height)),
            int(min(max(first_column[0], 0), width)),
            int(min(max(end_row[0], 0), height)),
            int(min(max(end_column[0], 0), width)),
        )

    def positions_seeing(self, pixel: tuple[int, int], map_shape: tuple[int, int]) -> tuple[slice, slice]:
        """Give the rows and columns of a map of (height, width) positions whose field holds the input pixel (y, x).

        Either slice may be empty: with strides beyond the size, or at an edge that no field reaches.
        """
        if self.whole:
            return slice(0, map_shape[0]), slice(0, map_shape[1])
        return self._seeing(0, pixel[0], map_shape[0]), self._seeing(1, pixel[1], map_shape[1])

    def positions_inside(self, box: Box, map_shape: tuple[int, int]) -> tuple[slice, slice]:
        """Give the rows and columns of a map whose field's centre lies in the box (top, left, bottom, right) of input
        pixels, ends not included.

        Along an axis where none does, as with a box narrower than the stride, it is the one nearest to the box's
        middle; so there is always at least one in a map that has any. Where each sees the whole input, it is all.
        """
        if self.whole:
            return slice(0, map_shape[0]), slice(0, map_shape[1])
        return self._inside(0, box[0], box[2], map_shape[0]), self._inside(1, box[1], box[3], map_shape[1])

    def _starts(self, axis: int, positions: NDArray[np.int_]) -> NDArray[np.float64]:
        return np.asarray(self.offset[axis] + positions * self.stride[axis], np.float64)

    def _pixels(self, axis: int, positions: NDArray[np.int_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """First pixel, and the one after the last, of each position along an axis."""
        starts = self._starts(axis, positions)
        return np.floor(starts + NOTHING), np.ceil(starts + self.size[axis] - NOTHING)

    def _seeing(self, axis: int, pixel: int, count: int) -> slice:
        first, end = self._pixels(axis, np.arange(count))
        return _slice((first <= pixel) & (pixel < end))

    def _inside(self, axis: int, start: float, end: float, count: int) -> slice:
        centres = self._starts(axis, np.arange(count)) + self.size[axis] / 2
        found = _slice((start - NOTHING <= centres) & (centres < end - NOTHING))
        if found.start == found.stop and count:
            nearest = int(np.abs(centres - (start + end) / 2).argmin())
            return slice(nearest, nearest + 1)
        return found


def _slice(chosen: NDArray[np.bool_]) -> slice:
    """Where a run of neighbours is chosen."""
    where = np.flatnonzero(chosen)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else slice(0, 0)
