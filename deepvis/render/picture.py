"""What a picture is here: (H, W, 3) uint8 RGB; colours are RGB triples of 0..1, as the classic toolbox wrote
them.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Colour = tuple[float, float, float]

BACKGROUND: Colour = (0.2, 0.2, 0.2)
STALE: Colour = (0.3, 0.3, 0.2)


def colour_bytes(colour: Colour) -> npt.NDArray[np.uint8]:
    """0..1 RGB → (3,) uint8, truncated like the classic's float → uint8."""
    return np.array([int(c * 255 + 1e-9) for c in colour], np.uint8)


def blank(height: int, width: int, colour: Colour = BACKGROUND) -> Picture:
    """A picture of one colour."""
    red, green, blue = (int(c) for c in colour_bytes(colour))
    if red == green == blue:
        return np.full((height, width, 3), red, np.uint8)
    return np.tile(colour_bytes(colour), (height, width, 1))


def to_bytes(values: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """0..1 floats of any shape → uint8 by truncation of 255·x; NaN becomes 0, the rest is clipped."""
    x = np.asarray(values, np.float32) * np.float32(255)
    whole: npt.NDArray[np.uint8] = np.clip(np.nan_to_num(x, nan=0.0), 0, 255).astype(np.uint8)
    return whole


def to_rgb(picture: npt.NDArray[np.uint8]) -> Picture:
    """(H, W) grey, (H, W, 1) or (H, W, 3) → (H, W, 3)."""
    if picture.ndim == 2:
        picture = picture[..., None]
    return np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)))


def fitted(height: int, width: int, room_height: int, room_width: int) -> tuple[int, int, float]:
    """Size of an (height, width) picture scaled to fit the room with its aspect kept, and the scale. Never
    below 1 px.
    """
    scale = min(room_height / height, room_width / width)
    # the small term keeps an exact fit exact where the product falls one rounding below it
    return max(1, int(height * scale + 1e-6)), max(1, int(width * scale + 1e-6)), scale


def resize_to_fit(picture: npt.NDArray[np.uint8], room_height: int, room_width: int) -> npt.NDArray[np.uint8]:
    """Scale to fit with the aspect kept: nearest up, so that single units stay crisp, linear down."""
    height, width, scale = fitted(picture.shape[0], picture.shape[1], room_height, room_width)
    if (height, width) == picture.shape[:2]:
        return picture
    how = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def paste(canvas: Picture, picture: npt.NDArray[np.uint8], row: int = 0, column: int = 0) -> None:
    """Copy a grey or RGB picture into `canvas` in place at (row, column), cut at the canvas' edges."""
    height = min(picture.shape[0], canvas.shape[0] - row)
    width = min(picture.shape[1], canvas.shape[1] - column)
    if height > 0 and width > 0:
        part = picture[:height, :width]
        # cvtColor triples grey ten times quicker than broadcasting does
        rgb = cv2.cvtColor(part, cv2.COLOR_GRAY2RGB) if part.ndim == 2 else part
        canvas[row : row + height, column : column + width] = rgb


def frame(picture: Picture, colour: Colour, thickness: int = 1) -> None:
    """Draw a border of `thickness` pixels in place along the inside of the edges."""
    ink = colour_bytes(colour)
    picture[:thickness] = ink
    picture[-thickness:] = ink
    picture[:, :thickness] = ink
    picture[:, -thickness:] = ink


def dim(picture: Picture, factor: float) -> Picture:
    """The picture with its brightness multiplied."""
    dimmed: Picture = (picture.astype(np.float32) * np.float32(factor)).astype(np.uint8)
    return dimmed
