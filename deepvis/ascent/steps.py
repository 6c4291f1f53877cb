"""Step policies: how far to go along the gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar

import numpy as np

from deepvis.ascent.checks import number
from deepvis.preprocess import Floats

_SUPPORT = 1e-3  # of the largest value: a pixel with a smaller gradient is not counted as seen by the unit


@dataclass(frozen=True, eq=False)
class Situation:
    """What a policy may look at: the gradient (1, C, H, W) at the input; the objective; how much of the preset's
    iterations is done, 0 to 1; and by how much the input changes for one grey level, broadcastable to (C, H, W).
    """

    gradient: Floats
    objective: float
    done: float
    grey_level: Floats

    @cached_property
    def squared_norm(self) -> float:
        """‖g‖², in double precision: a float32 would overflow or vanish early."""
        return float(np.square(self.gradient, dtype=np.float64).sum())


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

    def step(self, now: Situation) -> Floats:
        """What is added to the input, (1, C, H, W)."""
        with np.errstate(over="ignore"):  # an infinite step ends at the pixels' bounds
            return now.gradient * np.float32(self.learning_rate(now))


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

    def step(self, now: Situation) -> Floats:
        """What is added to the input, (1, C, H, W)."""
        # The gradient by pixel values: nets with a scale or std see them through another factor a channel.
        gradient = now.gradient * now.grey_level
        size = np.abs(gradient).max(axis=1)
        peak = size.max()
        if not peak > 0:
            return np.zeros_like(gradient)
        gradient = gradient / peak  # first, so that squares of small numbers do not vanish
        seen = gradient.shape[1] * np.count_nonzero(size > np.float32(_SUPPORT) * peak)
        rms = np.sqrt(np.square(gradient, dtype=np.float64).sum() / seen)
        return gradient * np.float32(self.learning_rate(now) / rms) * now.grey_level


POLICIES: dict[str, type[StepPolicy]] = {policy.name: policy for policy in (Constant, Progress, Progress01, Rms)}


def anneal(first: float, last: float, done: float) -> float:
    """Between two numbers, in geometric steps where both are above 0, else in even ones; ``done`` is 0 to 1."""
    if first > 0 and last > 0:
        return float(first * (last / first) ** done)
    return first + (last - first) * done


def _factor(progress: float, max_lr: float, now: Situation) -> float:
    return min(max_lr, progress / now.squared_norm) if now.squared_norm > 0 else max_lr
