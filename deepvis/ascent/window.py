"""The part of the picture that a run keeps: all of it, or what a unit sees with what blurs carry in from around."""

from __future__ import annotations

import math

import numpy as np

from deepvis.ascent.passes import Box
from deepvis.ascent.presets import Preset
from deepvis.ascent.regularisers import reach
from deepvis.preprocess import Floats

_DEVIATIONS = 4  # of all blurs together: what lies farther away has no part in a pixel that could be seen


def whole(size: tuple[int, int]) -> Box:
    """All of a picture (height, width)."""
    return slice(0, size[0]), slice(0, size[1])


def around(cone: Box, style: Preset, size: tuple[int, int]) -> Box:
    """What must be kept so that a run comes out in the cone as if all of the picture (height, width) were kept."""
    if not style.is_local:
        return whole(size)
    radii = [style.regularisers_at(i).blur_radius for i in range(style.iterations) if style.regularisers.blurs_in(i)]
    margin = 0
    if any(radii):
        margin = max(reach(max(radii)), math.ceil(_DEVIATIONS * math.sqrt(sum(radius**2 for radius in radii))))
    rows, columns = (
        slice(max(0, part.start - margin), min(extent, part.stop + margin))
        for part, extent in zip(cone, size, strict=True)
    )
    return rows, columns


def joined(a: Box, b: Box) -> Box:
    """The smallest box around both."""
    rows, columns = (slice(min(p.start, q.start), max(p.stop, q.stop)) for p, q in zip(a, b, strict=True))
    return rows, columns


def within(part: Box, window: Box) -> Box:
    """A part of the picture, as a part of the window that holds it."""
    rows, columns = (slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, window, strict=True))
    return rows, columns


def on_frame(x: Floats, window: Box, size: tuple[int, int]) -> Floats:
    """What is kept, (N, C, h, w), on a frame of the mean (N, C, H, W); the same array where that is all."""
    if x.shape[2:] == size:
        return x
    frame = np.zeros((*x.shape[:2], *size), np.float32)
    frame[:, :, window[0], window[1]] = x
    return frame
