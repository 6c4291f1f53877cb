"""What an iteration is put together from besides step and regularisers, and the plain one of each kind.

All work on a run's arrays with a first axis of 1. An iteration is

    x = parameterisation.to_x(parameters)
    gradient of the net at transform.apply(x), carried back by transform.pull, through each shaper
    plus each penalty's gradient at x, and by parameterisation.pull to the parameters
    parameters += step; then the regularisers of x, and the limits of black and white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from deepvis.ascent.regularisers import blur
from deepvis.preprocess import Floats


class Parameterisation(Protocol):
    """What the numbers are that an ascent changes. Pixels, the plain one, need none of this: they are x itself."""

    def from_x(self, x: Floats) -> Floats:
        """The parameters (1, …) that stand for an input (1, C, H, W)."""
        ...

    def to_x(self, parameters: Floats) -> Floats:
        """The input that parameters stand for."""
        ...

    def noise(self, randoms: Sequence[np.random.Generator]) -> Floats:
        """Parameters to begin with where noise around the mean is asked for, one picture from each generator."""
        ...

    def pull(self, gradient: Floats, x: Floats) -> Floats:
        """A gradient by the input ``x`` → by the parameters."""
        ...

    def pull_evenly(self, gradient: Floats) -> Floats:
        """The same as if black and white were no bounds: for penalties that say so."""
        ...


class Drawn(Protocol):
    """A transform of one iteration, linear in the picture."""

    def apply(self, x: Floats) -> Floats:
        """The picture (1, C, H, W) as the net is to see it: the same array where nothing changes."""
        ...

    def pull(self, gradient: Floats) -> Floats:
        """The adjoint: a gradient by what the net saw → by the picture."""
        ...


class Transform(Protocol):
    """Something drawn anew for each pass."""

    def draw(self, random: np.random.Generator) -> Drawn:
        """Draw it from the run's own generator."""
        ...


class Penalty(Protocol):
    """What is climbed beside the objective, such as smoothness. ``evenly``: which of a parameterisation's two ways its
    gradient goes.
    """

    @property
    def evenly(self) -> bool: ...

    def gradient(self, x: Floats, random: np.random.Generator) -> Floats:
        """What to add to the objective's gradient, as shaped; of x's shape. May draw from the run's own generator."""
        ...


class Shaper(Protocol):
    """What is done to a gradient before the step."""

    def shape(self, gradient: Floats) -> Floats:
        """The gradient to go along, (1, C, H, W): another array, or the same one untouched."""
        ...


@dataclass(frozen=True, eq=False)
class Gear:
    """What a preset becomes for one net."""

    shapers: tuple[Shaper, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    parameterisation: Parameterisation | None = None


@dataclass(frozen=True)
class Shift:
    """The picture moved by whole pixels; what moves out comes in on the other side."""

    down: int
    right: int

    def apply(self, x: Floats) -> Floats:
        """Shift it."""
        return np.roll(x, (self.down, self.right), (2, 3)) if self.down or self.right else x

    def pull(self, gradient: Floats) -> Floats:
        """Shift it back."""
        return Shift(-self.down, -self.right).apply(gradient)


@dataclass(frozen=True)
class Jitter:
    """A shift by up to so many pixels each way."""

    pixels: int

    def draw(self, random: np.random.Generator) -> Shift:
        """Draw one."""
        down, right = random.integers(-self.pixels, self.pixels, 2, endpoint=True)
        return Shift(int(down), int(right))


@dataclass(frozen=True)
class Blurred:
    """A gradient without its finest detail; ``sigma`` in pixels."""

    sigma: float

    def shape(self, gradient: Floats) -> Floats:
        """Blur it."""
        return blur(gradient, self.sigma)
