"""Between the net's input and pixels, for whole batches: regularisers of pictures need the same units on every net."""

from __future__ import annotations

import numpy as np

from deepvis.errors import ShapeError
from deepvis.preprocess import Floats, Preprocess


class PixelSpace:
    """The affine map between inputs x (N, C, H, W) and pixels (N, C, h, w): grey levels 0 to 255, upright.

    C is 3, in the order RGB, or 1. Nothing is rounded or clipped. The ``pull`` of a map is its adjoint: it takes a
    gradient by what the map makes to the gradient by what the map takes.
    """

    def __init__(self, preprocess: Preprocess) -> None:
        """Measure black and white as preprocessing makes them."""
        self._order, self._transpose = preprocess.order, preprocess.transpose
        self._shape = (preprocess.channels, *preprocess.size)
        picture = np.zeros((*preprocess.shown_size, 3), np.uint8)
        self._black = preprocess.normalise(picture)[None]
        self._level = (preprocess.normalise(picture + np.uint8(255))[None] - self._black) / np.float32(255)

    @property
    def channels(self) -> int:
        """3, or 1 for grey."""
        return self._shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) of the upright picture."""
        height, width = self._shape[1:]
        return (width, height) if self._transpose else (height, width)

    def to_pixels(self, x: Floats) -> Floats:
        """The grey levels that an input stands for."""
        self._check(x, self._shape)
        return self._turned((x - self._black) / self._level)

    def to_x(self, pixels: Floats) -> Floats:
        """The input that grey levels give."""
        self._check(pixels, (self.channels, *self.size))
        return self._turned(pixels) * self._level + self._black

    def pull_to_pixels(self, gradient: Floats) -> Floats:
        """A gradient by the input → by the grey levels: the adjoint of ``to_x``."""
        self._check(gradient, self._shape)
        return self._turned(gradient * self._level)

    def pull_to_x(self, gradient: Floats) -> Floats:
        """A gradient by grey levels → by the input: the adjoint of ``to_pixels``."""
        self._check(gradient, (self.channels, *self.size))
        return self._turned(gradient) / self._level

    def mean(self) -> Floats:
        """The grey levels of an input of zeros, (1, C, h, w)."""
        return self.to_pixels(np.zeros((1, *self._shape), np.float32))

    def _turned(self, array: Floats) -> Floats:
        """Swap the channel order and the axes where they differ; its own inverse."""
        if self._order == "BGR":
            array = array[:, ::-1]
        return np.ascontiguousarray(array.swapaxes(2, 3) if self._transpose else array)

    def _check(self, array: Floats, shape: tuple[int, ...]) -> None:
        if array.ndim != 4 or array.shape[1:] != shape:
            raise ShapeError(f"batch of pictures has shape {array.shape}, expected (N, {', '.join(map(str, shape))})")
