"""Random shifts, sizes and turns of the picture before each pass: what excites a unit must then stand them.

What depends on single pixels averages away over the iterations (Mordvintsev et al., 2015; Olah, Mordvintsev &
Schubert, "Feature Visualization", 2017).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.errors import ShapeError
from deepvis.preprocess import Floats

_BITS = 5  # places are rounded to 1/32 of a pixel, as OpenCV does, so that its weights are exactly ours
_FINE = 1 << _BITS
_REACH = 30000  # OpenCV's remap takes no larger pictures


@dataclass(frozen=True)
class Transforms:
    """What is drawn at random for each pass, each evenly from -v to v; off at 0.

    jitter: a shift in whole pixels. scale: a change of size, as a share (0.1 for ±10 %). rotate: a turn in degrees.
    padding: the picture lies in a frame of the mean, so many pixels wide; past the frame it comes again from the other
    side. With padding 0 a shift moves out nothing that does not come in, and shapes may grow across the edges.
    """

    jitter: int = 0
    scale: float = 0.0
    rotate: float = 0.0
    padding: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot work now, not at the first pass."""
        number("transforms", "jitter", self.jitter, 0, _REACH, whole=True)
        number("transforms", "scale", self.scale, 0, 0.9)
        number("transforms", "rotate", self.rotate, 0, 180)
        number("transforms", "padding", self.padding, 0, 1000, whole=True)

    def __bool__(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.jitter or self.scale or self.rotate)

    def draw(self, random: np.random.Generator) -> Warp:
        """Draw a transform. It takes the same draws whatever is off, so that runs with other limits stay comparable."""
        share = random.uniform(-1, 1, 2)
        down, right = random.integers(-self.jitter, self.jitter, 2, endpoint=True)
        return Warp(
            (int(down), int(right)),
            1 + self.scale * float(share[0]),
            math.radians(self.rotate * float(share[1])),
            self.padding,
        )


@dataclass(frozen=True)
class Warp:
    """One transform: shift (rows, columns) in pixels, size and turn (radians) about the centre, in one resampling.

    Linear in the picture: bilinear between pixels. ``pull`` is the exact adjoint of ``apply``: it carries a gradient
    from the picture that the net saw to the one that is optimised, with the same weights.
    """

    shift: tuple[int, int] = (0, 0)
    size: float = 1.0
    turn: float = 0.0
    padding: int = 0

    def apply(self, x: Floats) -> Floats:
        """A batch (N, C, H, W) as the net is to see it."""
        self._check(x)
        if self._moves_only:
            return self._moved(x, self.shift)
        wide = self._wide(x)
        grid = self._grid(x.shape[2], x.shape[3])
        out = np.empty(x.shape, np.float32)
        for plane, seen in zip(_planes(wide), out.reshape(-1, *x.shape[2:]), strict=True):
            seen[:] = cv2.remap(plane, *grid.maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return out

    def pull(self, gradient: Floats) -> Floats:
        """A gradient (N, C, H, W) by what ``apply`` made → by what it took."""
        self._check(gradient)
        if self._moves_only:
            return self._moved(gradient, (-self.shift[0], -self.shift[1]))
        height, width = gradient.shape[2:]
        grid, pad = self._grid(height, width), self.padding
        planes = [grid.scattered(p)[pad : pad + height, pad : pad + width] for p in _planes(gradient)]
        return np.stack(planes).reshape(gradient.shape) if planes else gradient.copy()

    @property
    def _moves_only(self) -> bool:
        return self.size == 1.0 and self.turn == 0.0

    def _moved(self, x: Floats, shift: tuple[int, int]) -> Floats:
        pad = self.padding
        if not any(shift):
            return x
        if not pad:
            return np.roll(x, shift, (2, 3))
        height, width = x.shape[2:]
        return np.roll(self._wide(x), shift, (2, 3))[:, :, pad : pad + height, pad : pad + width].copy()

    def _wide(self, x: Floats) -> Floats:
        """The picture within its frame."""
        sides = (self.padding, self.padding)
        return np.pad(x, ((0, 0), (0, 0), sides, sides)) if self.padding else x

    def _check(self, x: Floats) -> None:
        if x.ndim != 4 or not min(x.shape[2:]) or max(x.shape[2:]) + 2 * self.padding > _REACH:
            raise ShapeError(f"transforms: pictures have shape {x.shape}, expected (N, C, H, W) up to {_REACH} pixels")

    def _grid(self, height: int, width: int) -> _Grid:
        """For each pixel that the net sees, where it lies in the framed picture."""
        rows = np.arange(height, dtype=np.float64)[:, None] - (height - 1) / 2
        columns = np.arange(width, dtype=np.float64)[None] - (width - 1) / 2
        cosine, sine = (_FINE * each / self.size for each in (math.cos(self.turn), math.sin(self.turn)))
        top = _FINE * ((height - 1) / 2 + self.padding - self.shift[0])
        left = _FINE * ((width - 1) / 2 + self.padding - self.shift[1])
        y = np.rint((cosine * rows + top) - sine * columns).astype(np.int32)
        x = np.rint(sine * rows + (cosine * columns + left)).astype(np.int32)
        return _Grid(y, x, (height + 2 * self.padding, width + 2 * self.padding))


class _Grid:
    """Places (H, W) in a periodic plane (rows, columns): y and x in parts of a pixel, and what lies around them."""

    def __init__(self, y: npt.NDArray[np.int32], x: npt.NDArray[np.int32], plane: tuple[int, int]) -> None:
        self._y, self._x, self._plane = y, x, plane

    @cached_property
    def maps(self) -> tuple[Floats, Floats]:
        """As cv2.remap takes them: columns first."""
        return self._x.astype(np.float32) / np.float32(_FINE), self._y.astype(np.float32) / np.float32(_FINE)

    @cached_property
    def _box(self) -> tuple[int, int, int, int]:
        """The unfolded plane's part that the places lie in: first row and column, height and width."""
        top, left = int(self._y.min()) >> _BITS, int(self._x.min()) >> _BITS
        return top, left, (int(self._y.max()) >> _BITS) + 2 - top, (int(self._x.max()) >> _BITS) + 2 - left

    @cached_property
    def _taps(self) -> tuple[npt.NDArray[np.intp], list[Floats]]:
        """The upper left pixel at each place (H·W,), as a flat index into the box, and the weights of it, of its right
        and its lower neighbour and of the one between these.
        """
        top, left, _, width = self._box
        corner = (((self._y >> _BITS) - top) * width + ((self._x >> _BITS) - left)).ravel().astype(np.intp)
        down, right = ((each & (_FINE - 1)).ravel() * np.float32(1 / _FINE) for each in (self._y, self._x))
        both = down * right
        return corner, [1 - down - right + both, right - both, down - both, both]

    def scattered(self, plane: Floats) -> Floats:
        """Each value of a plane (H, W) shared out among the pixels that it was made from: (rows, columns)."""
        corner, weights = self._taps
        top, left, height, width = self._box
        total = np.zeros(height * width)
        for weight, ahead in zip(weights, (0, 1, width, width + 1), strict=True):
            # The last row and column of the box are never an upper left pixel.
            shares = np.bincount(corner, weight * plane.ravel(), total.size - ahead)
            total[ahead:] += shares
        folded = _folded(_folded(total.reshape(height, width), top, self._plane[0]).T, left, self._plane[1]).T
        return folded.astype(np.float32)


def _folded(array: npt.NDArray[np.float64], first: int, extent: int) -> npt.NDArray[np.float64]:
    """Add up rows that are the same row of a period of ``extent``; the array's first row is number ``first``."""
    out = np.zeros((extent, array.shape[1]))
    done, at = 0, first % extent
    while done < len(array):
        count = min(extent - at, len(array) - done)
        out[at : at + count] += array[done : done + count]
        done, at = done + count, 0
    return out


def apply_each(warps: Sequence[Warp], x: Floats) -> Floats:
    """Each picture of a batch (N, C, H, W) under its own transform, one a picture."""
    return _each(warps, x, back=False)


def pull_each(warps: Sequence[Warp], gradient: Floats) -> Floats:
    """The adjoint of ``apply_each``."""
    return _each(warps, gradient, back=True)


def _each(warps: Sequence[Warp], x: Floats, back: bool) -> Floats:
    if len(warps) != len(x):
        raise ShapeError(f"transforms: expected one for each of the {len(x)} pictures, found {len(warps)}")
    out = np.empty_like(x)
    for at, warp in enumerate(warps):
        out[at : at + 1] = (warp.pull if back else warp.apply)(x[at : at + 1])
    return out


def _planes(x: Floats) -> Floats:
    return np.ascontiguousarray(x).reshape(-1, *x.shape[2:])
