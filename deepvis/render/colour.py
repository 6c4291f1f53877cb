"""Brightness → colour by a table of 256: maps of one run from dark to bright, and one with two ends."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.render.picture import Picture, to_rgb

Bytes = npt.NDArray[np.uint8]

COLOUR_MAPS = ("gray", "viridis", "magma", "inferno", "cividis", "diverging")
ZERO = 127  # the diverging map's middle: what unit_bytes() makes of 0.5

# The two ends and the middle of the diverging map in CIELAB (D65): blue, near black, red. The ends are as light and as
# far from grey as each other, and as far out as a straight way to them stays within sRGB.
_NEGATIVE_END = (60.0, 6.27, -59.67)
_MIDDLE = (10.0, 0.0, 0.0)
_POSITIVE_END = (60.0, 51.96, 30.0)


@lru_cache(maxsize=len(COLOUR_MAPS))
def table(name: str) -> Bytes:
    """(256, 3) RGB of a colour map, dark first; read-only. ValueError where there is none of that name."""
    if name not in COLOUR_MAPS:
        raise ValueError(f"no colour map is called {name!r}; there are {', '.join(COLOUR_MAPS)}")
    ramp = np.arange(256, dtype=np.uint8)
    if name == "gray":
        colours = np.repeat(ramp[:, None], 3, axis=1)
    elif name == "diverging":
        colours = _diverging()
    else:
        bgr = cv2.applyColorMap(ramp[:, None], getattr(cv2, f"COLORMAP_{name.upper()}"))
        colours = np.ascontiguousarray(bgr[:, 0, ::-1])
    colours.flags.writeable = False
    return colours


def _diverging() -> Bytes:
    """Straight lines through CIELAB, so that equal steps of the value are equal steps to the eye on either side.

    By hand, as OpenCV's conversion differs from one version to the next.
    """
    place = (np.arange(256) - ZERO)[:, None] / 128.0
    middle, ends = np.array(_MIDDLE), np.where(place < 0, _NEGATIVE_END, _POSITIVE_END)
    lightness, a, b = (middle + np.abs(place) * (ends - middle)).T
    f = (lightness + 16) / 116
    f_xyz = np.stack([f + a / 500, f, f - b / 200], axis=1)
    xyz = np.where(f_xyz > 6 / 29, f_xyz**3, 3 * (6 / 29) ** 2 * (f_xyz - 4 / 29)) * (0.95047, 1.0, 1.08883)
    to_linear = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556],
                          [0.0556434, -0.2040259, 1.0572252]])  # fmt: skip
    linear = np.clip(xyz @ to_linear.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)


def apply(tiles: Bytes, name: str) -> Bytes:
    """Brightness of any shape → (…, 3) RGB; "gray" returns `tiles` as they are, which every drawer here takes too.

    For the diverging map, tiles are scaled_tiles(anchored=True): byte 127 is zero.
    """
    colours = table(name)
    if name == "gray":
        return tiles
    if not tiles.size:
        return np.zeros((*tiles.shape, 3), np.uint8)
    flat = np.ascontiguousarray(tiles).reshape(tiles.shape[0] if tiles.ndim else 1, -1)
    # a table of OpenCV's has its channels in any order, as long as they are those of the picture
    return np.asarray(cv2.applyColorMap(flat, colours[:, None]), np.uint8).reshape(*tiles.shape, 3)


def bar(name: str, height: int, width: int) -> Picture:
    """The whole colour map as a bar along its longer side: from the left, or from the foot, up."""
    length = max(height, width)
    values = (np.arange(length) * 255 / max(length - 1, 1) + 0.5).astype(np.uint8)
    line = values[::-1, None] if height > width else values[None]
    return to_rgb(apply(np.ascontiguousarray(np.broadcast_to(line, (height, width))), name))
