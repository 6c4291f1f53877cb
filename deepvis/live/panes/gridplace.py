"""How a mosaic of tiles lies in its pane: from pixels of the one to pixels of the other, enlarged or not."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.render import Grid, resize_to_fit


@dataclass(frozen=True)
class GridPlace:
    """A grid in a pane of (height, width) pixels. `scale`: pane pixels a mosaic pixel; (top, left): the mosaic's pixel
    at the pane's corner; fitted: all of it is there, at the pane's top left, as the classic drew it.
    """

    grid: Grid
    height: int
    width: int
    scale: float
    top: float
    left: float
    fitted: bool

    @classmethod
    def of(
        cls, grid: Grid, height: int, width: int, enlarged: float = 1.0, centre: tuple[float, float] = (0.5, 0.5)
    ) -> GridPlace:
        """The whole grid, or so many times enlarged with the point `centre` (shares of the grid) as near to the pane's
        middle as leaves no room empty.
        """
        high, wide = grid.size
        fit = min(height / high, width / wide)
        if enlarged <= 1:
            return cls(grid, height, width, fit, 0.0, 0.0, True)
        scale = fit * enlarged

        def start(share: float, extent: int, room: int) -> float:
            seen = room / scale
            return min(max(share * extent - seen / 2, 0.0), max(extent - seen, 0.0))

        return cls(grid, height, width, scale, start(centre[0], high, height), start(centre[1], wide, width), False)

    def picture(self, mosaic: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The part of the mosaic that is seen, at the pane's scale."""
        if self.fitted:
            return resize_to_fit(mosaic, self.height, self.width)
        high = min(self.height, round((self.grid.size[0] - self.top) * self.scale))
        wide = min(self.width, round((self.grid.size[1] - self.left) * self.scale))
        half = 0.5 / self.scale - 0.5  # pixel centres fall on pixel centres
        into = np.array([[1 / self.scale, 0, self.left + half], [0, 1 / self.scale, self.top + half]], np.float64)
        how = (cv2.INTER_NEAREST if self.scale > 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(mosaic, into, (max(wide, 1), max(high, 1)), flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.uint8)

    def mosaic_pixel(self, row: int, column: int) -> tuple[float, float]:
        """The mosaic's (row, column) under the middle of a pane's pixel."""
        return (row + 0.5) / self.scale + self.top, (column + 0.5) / self.scale + self.left

    def unit_at(self, row: int, column: int) -> int | None:
        """The unit whose tile is at a pixel of the pane."""
        y, x = self.mosaic_pixel(row, column)
        return self.grid.unit_at(int(y), int(x)) if y >= 0 and x >= 0 else None

    def position_at(self, row: int, column: int, map_height: int, map_width: int) -> tuple[int, int] | None:
        """The position, in its unit's map of that size, at a pixel of the pane; None on borders and beside tiles."""
        unit = self.unit_at(row, column)
        if unit is None:
            return None
        top, left, _, _ = self.grid.box(unit)
        y, x = self.mosaic_pixel(row, column)
        y, x = (y - top - 1) * map_height / self.grid.height, (x - left - 1) * map_width / self.grid.width
        inside = 0 <= y < map_height and 0 <= x < map_width
        return (int(y), int(x)) if inside else None

    def box(self, unit: int) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of a unit's tile with its border in the pane, which may lie outside of it."""
        top, left, bottom, right = self.grid.box(unit)
        return (
            round((top - self.top) * self.scale),
            round((left - self.left) * self.scale),
            round((bottom - self.top) * self.scale),
            round((right - self.left) * self.scale),
        )

    def share_at(self, row: int, column: int) -> tuple[float, float]:
        """The point under a pixel of the pane, as shares of the grid."""
        y, x = self.mosaic_pixel(row, column)
        return y / self.grid.size[0], x / self.grid.size[1]

    def centred_to_keep(self, row: int, column: int, enlarged: float) -> tuple[float, float]:
        """The centre under which the point at this pixel stays there when the grid is enlarged so many times."""
        y, x = self.mosaic_pixel(row, column)
        scale = min(self.height / self.grid.size[0], self.width / self.grid.size[1]) * enlarged
        top, left = y - (row + 0.5) / scale, x - (column + 0.5) / scale
        return (top + self.height / scale / 2) / self.grid.size[0], (left + self.width / scale / 2) / self.grid.size[1]
