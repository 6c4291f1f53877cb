"""Many small pictures as one mosaic: the classic's grid of all units of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from deepvis.render.picture import BACKGROUND, Colour, Picture, blank, colour_bytes, frame

FC_PIXELS = 3  # a unit that is one number is shown as a square of this many pixels


def grid_shape(count: int, aspect: float = 1.0) -> tuple[int, int]:
    """(rows, columns) for `count` tiles: columns = ceil(sqrt(count * aspect)), rows as many as that needs."""
    columns = max(1, ceil(sqrt(max(count, 1) * aspect) - 1e-9))
    return max(1, ceil(count / columns)), columns


@dataclass(frozen=True)
class Grid:
    """Where each of `count` tiles of (height, width) pixels lies in the mosaic."""

    count: int
    height: int
    width: int
    rows: int
    columns: int

    @classmethod
    def of(cls, count: int, height: int, width: int, aspect: float = 1.0) -> Grid:
        """A grid whose shape is as near to `aspect` (width / height) as the classic's rule makes it.

        Units of one number become FC_PIXELS squared. Tiles that are not square count by their own shape, so
        that the mosaic still fills its room.
        """
        if height == width == 1:
            height = width = FC_PIXELS
        rows, columns = grid_shape(count, aspect * (height + 2) / (width + 2))
        return cls(count, height, width, rows, columns)

    def fitting(self, room_height: int, room_width: int, border: float = 4.0) -> Grid:
        """The same grid, its tiles grown by a whole factor if fitting it into the room would blow its borders
        up to more than twice `border` pixels.
        """
        scale = min(room_height / self.size[0], room_width / self.size[1])
        grow = round(scale / border) if scale > 2 * border else 1
        return replace(self, height=self.height * grow, width=self.width * grow)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the mosaic: tiles with a border of 1 pixel each, the last row and column
        trimmed.
        """
        return self.rows * (self.height + 2) - 1, self.columns * (self.width + 2) - 1

    def box(self, unit: int) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of a tile with its border, cut at the mosaic's edge."""
        row, column = divmod(unit, self.columns)
        top, left = row * (self.height + 2), column * (self.width + 2)
        return top, left, min(top + self.height + 2, self.size[0]), min(left + self.width + 2, self.size[1])

    def unit_at(self, row: int, column: int) -> int | None:
        """The unit whose tile or border covers this pixel of the mosaic, or None where there is none."""
        if not (0 <= row < self.size[0] and 0 <= column < self.size[1]):
            return None
        unit = row // (self.height + 2) * self.columns + column // (self.width + 2)
        return unit if unit < self.count else None


def outline(picture: Picture, grid: Grid, unit: int, colour: Colour) -> None:
    """Recolour the border of a unit in place, in a mosaic that was fitted to another size.

    Enlarged, it is the highlight that mosaic() draws; where tiles shrink and a border of one pixel would
    fade, it is two pixels wide.
    """
    down, across = picture.shape[0] / grid.size[0], picture.shape[1] / grid.size[1]
    top, left, bottom, right = grid.box(unit)

    def edge(at: int, scale: float) -> int:
        return ceil(at * scale - 1e-6)

    def thick(at: int, scale: float) -> int:
        return 2 if scale < 1 else edge(at + 1, scale) - edge(at, scale)

    box = picture[edge(top, down) : edge(bottom, down), edge(left, across) : edge(right, across)]
    ink = colour_bytes(colour)
    box[: thick(top, down)] = ink
    box[:, : thick(left, across)] = ink
    if bottom - top == grid.height + 2:  # else the mosaic's last row is trimmed, and the border with it
        box[-thick(bottom - 1, down) :] = ink
    if right - left == grid.width + 2:
        box[:, -thick(right - 1, across) :] = ink


def mosaic(
    tiles: npt.NDArray[np.uint8],
    grid: Grid,
    pad: Colour = BACKGROUND,
    highlights: Mapping[int, Colour] | None = None,
) -> npt.NDArray[np.uint8]:
    """Tiles (n, h, w) or (n, h, w, 3) → one picture, row by row; pixels repeat where the grid's are larger.

    Borders and unused cells have the colour `pad`; `highlights` recolours the border of single units, the
    later entry winning where two are the same unit. The picture is (H, W) where all of it is grey, else
    (H, W, 3).
    """
    if tiles.shape[0] != grid.count:
        raise ValueError(f"the grid is for {grid.count} tiles, not {tiles.shape[0]}")
    if tiles.ndim == 3:
        tiles = tiles[..., None]
    down, across = grid.height // max(tiles.shape[1], 1), grid.width // max(tiles.shape[2], 1)
    if (tiles.shape[1] * down, tiles.shape[2] * across) != (grid.height, grid.width):
        raise ValueError(f"tiles of {tiles.shape[1:3]} do not fill cells of {(grid.height, grid.width)}")
    if (down, across) != (1, 1):
        tiles = tiles.repeat(down, axis=1).repeat(across, axis=2)
    cell_h, cell_w = grid.height + 2, grid.width + 2
    grey = tiles.shape[3] == 1 and not highlights and pad[0] == pad[1] == pad[2]
    depth = 1 if grey else 3
    canvas = np.ascontiguousarray(blank(grid.rows * cell_h, grid.columns * cell_w, pad)[..., :depth])
    canvas = canvas.reshape(grid.rows, cell_h, grid.columns, cell_w, depth)
    whole = grid.count // grid.columns
    full = whole * grid.columns
    inside = canvas[:, 1:-1, :, 1:-1]
    if whole:
        block = tiles[:full].reshape(whole, grid.columns, grid.height, grid.width, -1)
        inside[:whole] = block.transpose(0, 2, 1, 3, 4)
    if full < grid.count:
        inside[whole, :, : grid.count - full] = tiles[full:].transpose(1, 0, 2, 3)
    picture = canvas.reshape(grid.rows * cell_h, grid.columns * cell_w, depth)
    for unit, colour in (highlights or {}).items():
        if 0 <= unit < grid.count:
            row, column = divmod(unit, grid.columns)
            frame(picture[row * cell_h : (row + 1) * cell_h, column * cell_w : (column + 1) * cell_w], colour)
    return picture[:-1, :-1, 0] if grey else picture[:-1, :-1]
