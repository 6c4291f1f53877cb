"""What is done to a gradient in pixels before the step: bands of one size, colours that hang together, a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from deepvis.ascent.pixels import PixelSpace
from deepvis.ascent.steps import of_peak_1
from deepvis.preprocess import Floats

Shape = Callable[[Floats], Floats]  # of gradients by grey levels (1, C, h, w), upright, RGB or grey


@dataclass(frozen=True, eq=False)
class InPixels:
    """Shapes one after the other, of a gradient that is by the net's input."""

    space: PixelSpace
    shapes: Sequence[Shape]

    def shape(self, gradient: Floats) -> Floats:
        """The gradient (1, C, H, W) by the input, shaped as one by grey levels."""
        by_pixels = self.space.pull_to_pixels(gradient)
        for each in self.shapes:
            by_pixels = each(by_pixels)
        return self.space.pull_to_x(by_pixels)


def evened(gradient: Floats) -> Floats:
    """A gradient (1, C, h, w) with a root mean square of 1 where the unit sees: so that penalties weigh the same on
    every net, layer and unit. 0 stays 0.
    """
    scaled = gradient.copy()
    size = of_peak_1(scaled)
    if size:
        scaled *= np.float32(1 / size)
    return scaled
