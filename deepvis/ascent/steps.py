"""Step policies: how far to go along the gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.ascent.adam import Adam
from deepvis.ascent.checks import number
from deepvis.preprocess import Floats

_SUPPORT = 1e-3  # of the largest value: a pixel with a smaller gradient is not counted as seen by the unit


@dataclass(frozen=True, eq=False)
class Situation:
    """What a policy may look at: the gradient (1, …) by what it changes, the input (1, C, H, W) or what stands for it;
    the objective; how much of the preset's iterations is done, 0 to 1; and by how much what it changes does so for one
    grey level, broadcastable to (C, H, W): 1 where that is not the input.
    """

    gradient: Floats
    objective: float
    done: float
    grey_level: Floats

    @cached_property
    def squared_norm(self) -> float:
        """‖g‖², in double precision: a float32 would overflow or vanish early."""
        return norm(self.gradient) ** 2


class Memory(Protocol):
    """What a policy knows from one step to the next of a run."""

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Plain arrays, to be given to ``restore`` later."""
        ...

    def restore(self, state: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on from what ``state`` gave."""
        ...


class StepPolicy(ABC):
    """A policy: the classic toolbox's three go ``learning_rate`` times the gradient."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        """All parameters of all policies are numbers from 0."""
        for each in fields(self):  # type: ignore[arg-type]
            number(f"step policy {self.name}", each.name, getattr(self, each.name), 0)

    @abstractmethod
    def learning_rate(self, now: Situation) -> float:
        """The size of the step, in the policy's own units."""

    def memory(self) -> Memory | None:
        """What a new run begins with, for a policy that looks back; it is given to each of the run's steps."""
        return None

    def step(self, now: Situation, memory: Memory | None = None, out: Floats | None = None) -> Floats:  # noqa: ARG002
        """What is added to the input, (1, C, H, W), in ``out`` if that is given."""
        with np.errstate(over="ignore"):  # an infinite step ends at the pixels' bounds
            return np.multiply(now.gradient, np.float32(self.learning_rate(now)), out=out)

    def settle(self, parameters: Floats) -> None:  # noqa: B027 - most do nothing
        """What is done after a step, in place, to what it changed."""


@dataclass(frozen=True)
class Constant(StepPolicy):
    """The same factor always."""

    name: ClassVar[str] = "constant"
    lr: float

    def learning_rate(self, now: Situation) -> float:  # noqa: ARG002
        """The factor on the gradient."""
        return self.lr


@dataclass(frozen=True)
class Progress(StepPolicy):
    """The factor with which the objective should, to first order, grow by ``desired_prog``."""

    name: ClassVar[str] = "progress"
    max_lr: float
    desired_prog: float

    def learning_rate(self, now: Situation) -> float:
        """The factor on the gradient."""
        return _factor(self.desired_prog, self.max_lr, now)


@dataclass(frozen=True)
class Progress01(StepPolicy):
    """For probabilities: progress of ``early_prog``, near 1 of ``late_prog_mult`` times what is left to 1."""

    name: ClassVar[str] = "progress01"
    max_lr: float
    early_prog: float
    late_prog_mult: float

    def learning_rate(self, now: Situation) -> float:
        """The factor on the gradient."""
        return _factor(min(self.early_prog, self.late_prog_mult * (1 - now.objective)), self.max_lr, now)


@dataclass(frozen=True)
class Rms(StepPolicy):
    """A step of so many grey levels, root mean square over the part of the picture that the unit sees.

    So it is the same for any net, layer and unit. From ``first`` to ``last`` grey levels in geometric steps.
    """

    name: ClassVar[str] = "rms"
    first: float
    last: float

    def learning_rate(self, now: Situation) -> float:
        """The step in grey levels."""
        return anneal(self.first, self.last, now.done)

    def step(self, now: Situation, memory: Memory | None = None, out: Floats | None = None) -> Floats:  # noqa: ARG002
        """What is added to the input, (1, C, H, W), in ``out`` if that is given."""
        # The gradient by pixel values: nets with a scale or std see them through another factor a channel.
        gradient = np.multiply(now.gradient, now.grey_level, out=out)
        rms = of_peak_1(gradient)
        if rms:
            gradient *= np.float32(self.learning_rate(now) / rms) * now.grey_level
        return gradient


@dataclass(frozen=True)
class AdamStep(StepPolicy):
    """Adam: steps of about ``rate`` in each parameter while its gradient keeps its sign, of less where it does not.

    In pixels ``rate`` is in grey levels. ``parameter_decay``: the share that each parameter loses after a step, as
    decay for pixels: what is not held up by the objective goes back to 0.
    """

    name: ClassVar[str] = "adam"
    rate: float
    parameter_decay: float = 0.0

    def __post_init__(self) -> None:
        """A share is not above 1."""
        super().__post_init__()
        number(f"step policy {self.name}", "parameter_decay", self.parameter_decay, 0, 1)

    def learning_rate(self, now: Situation) -> float:  # noqa: ARG002
        """The rate."""
        return self.rate

    def memory(self) -> Memory:
        """The means and mean squares of gradients."""
        return Adam()

    def step(self, now: Situation, memory: Memory | None = None, out: Floats | None = None) -> Floats:
        """What is added to the parameters; without a memory, that of a first step."""
        history = memory if isinstance(memory, Adam) else Adam()
        return np.multiply(history.step(now.gradient * now.grey_level, self.rate), now.grey_level, out=out)

    def settle(self, parameters: Floats) -> None:
        """Decay."""
        if self.parameter_decay:
            parameters *= np.float32(1 - self.parameter_decay)


POLICIES: dict[str, type[StepPolicy]] = {
    policy.name: policy for policy in (Constant, Progress, Progress01, Rms, AdamStep)
}


def of_peak_1(gradient: Floats) -> float:
    """Divide a gradient (1, C, H, W) by the size of its largest value, in place. The root mean square that it then has
    over the pixels that the unit sees; 0 for a gradient of 0, which stays.
    """
    size = np.abs(gradient[0, 0])
    for channel in gradient[0, 1:]:
        np.maximum(size, np.abs(channel), out=size)
    peak = size.max()
    if not peak > 0:
        return 0.0
    gradient /= peak  # first, so that squares of small numbers do not vanish
    seen = gradient.shape[1] * np.count_nonzero(size > np.float32(_SUPPORT) * peak)
    return float(norm(gradient) / np.sqrt(seen))


def norm(array: Floats) -> float:
    """The L2 norm of (1, C, H, W), added up in double precision."""
    return float(cv2.norm(array.reshape(-1, array.shape[-1])))


def distance(a: Floats, b: Floats) -> float:
    """The L2 norm of the difference of two inputs, likewise."""
    return float(cv2.norm(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])))


def anneal(first: float, last: float, done: float) -> float:
    """Between two numbers, in geometric steps where both are above 0, else in even ones; ``done`` is 0 to 1."""
    if first > 0 and last > 0:
        return float(first * (last / first) ** done)
    return first + (last - first) * done


def _factor(progress: float, max_lr: float, now: Situation) -> float:
    return min(max_lr, progress / now.squared_norm) if now.squared_norm > 0 else max_lr
