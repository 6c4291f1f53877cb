"""What an ascent climbs, as a formula over units: sums, differences and multiples, whatever the net.

unit("conv5:151@6,6") - 0.5 * unit("conv5:20")
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from deepvis import units
from deepvis.errors import FormatError
from deepvis.units import Unit

Kind = Literal["unit", "channel", "whole", "klass"]


@dataclass(frozen=True)
class Term:
    """One thing that an activation is read from: ``kind`` says how, ``of`` is a unit, or a class's number or name."""

    kind: Kind
    of: Unit | int | str

    def __str__(self) -> str:
        """As it is written in a formula."""
        if isinstance(self.of, int):
            return f"{self.kind}({self.of})"
        quoted = str(self.of).replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.kind}("{quoted}")'


@dataclass(frozen=True)
class Objective:
    """A sum of weighted terms, to be made large. Minus one is an objective that makes it small.

    ``str()`` is its formula, and `deepvis.ascent.parse_objective` reads that back as an equal objective.
    """

    parts: tuple[tuple[float, Term], ...]

    def __post_init__(self) -> None:
        """Refuse what has nothing to climb."""
        if not self.parts:
            raise FormatError("an objective needs at least one term")
        for weight, term in self.parts:
            if not math.isfinite(weight):
                raise FormatError(f"objective: the weight of {term} is {weight}, expected a finite number")

    def __add__(self, other: Objective) -> Objective:
        return Objective(self.parts + other.parts) if isinstance(other, Objective) else NotImplemented

    def __sub__(self, other: Objective) -> Objective:
        return self + -other if isinstance(other, Objective) else NotImplemented

    def __neg__(self) -> Objective:
        return self * -1

    def __mul__(self, factor: float) -> Objective:
        if not _is_number(factor):
            return NotImplemented
        return Objective(tuple((weight * float(factor), term) for weight, term in self.parts))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Objective:
        if not _is_number(divisor):
            return NotImplemented
        if divisor == 0:
            raise FormatError(f"objective: {self} cannot be divided by 0")
        return Objective(tuple((weight / float(divisor), term) for weight, term in self.parts))

    __array_ufunc__ = None  # a NumPy number times an objective is not an array

    def __str__(self) -> str:
        """The formula, as a command line takes it."""
        text = ""
        for weight, term in self.parts:
            minus = math.copysign(1, weight) < 0
            sign = (" - " if minus else " + ") if text else "-" if minus else ""
            size = abs(weight)
            text += sign + (str(term) if size == 1 else f"{size!r} * {term}")
        return text


def unit(name: str | Unit) -> Objective:
    """One unit's activation, ``"conv5:151@6,6"`` or ``"fc8:130"``; of a map without a position, the map's mean."""
    return _of_unit("unit", name)


def channel(name: str | Unit) -> Objective:
    """The mean over a channel's map, ``"conv5:151"``."""
    named = units.parse(name) if isinstance(name, str) else name
    if named.position is not None:
        raise FormatError(f"channel({name}): a channel is excited at all of its positions; write unit({name}) for one")
    return _of_unit("channel", named)


def whole(name: str | Unit) -> Objective:
    """½‖a‖² of a channel, ``"conv5:151"``, or of a layer, ``"conv5"``: what is active becomes more so.

    Its gradient is what the classic viewer shows: the activations themselves are the signal that goes back.
    """
    return _of_unit("whole", name)


def klass(which: int | str) -> Objective:
    """A class by its number or its label; its score below the softmax, where the net has one."""
    if isinstance(which, str) and which.strip().isdecimal() and which.isascii():
        which = int(which)
    if isinstance(which, bool) or (isinstance(which, int) and which < 0) or (isinstance(which, str) and not which):
        raise FormatError(f"klass({which!r}): expected a class's number from 0, or its label")
    return Objective(((1.0, Term("klass", which)),))


def _of_unit(kind: Kind, name: str | Unit) -> Objective:
    return Objective(((1.0, Term(kind, units.parse(name) if isinstance(name, str) else name)),))


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
