"""An objective on a net: what is read of which blobs, and the signals that go back from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from deepvis.ascent.classes import Classes
from deepvis.ascent.objective import Objective, Term
from deepvis.errors import ShapeError, UnknownNameError
from deepvis.net import Net
from deepvis.preprocess import Floats
from deepvis.units import Unit

Reading = Literal["one", "mean", "half square"]


@dataclass(frozen=True, eq=False)
class Part:
    """One weighted term, found in the net.

    start: the blob, or the layer, that a backward pass is told to start from; channel: None for all of them; position:
    None for all; many: whether the channel has several positions.
    """

    weight: float
    start: str
    blob: str
    shape: tuple[int, ...]
    reading: Reading
    channel: int | None
    position: tuple[int, int] | None
    named: Unit

    @property
    def many(self) -> bool:
        """Whether the blob has maps of more than one position."""
        return len(self.shape) == 4 and self.shape[2:] != (1, 1)

    @property
    def unit(self) -> str:
        """The unit's name for a pass from ``start``."""
        row, column = self.position or (0, 0)
        return f"{self.start}:{self.channel}@{row},{column}"

    def value(self, activations: Floats) -> float:
        """The term, unweighted, from one image's values of the blob, (C, H, W) or (C,)."""
        if self.reading == "half square":
            return 0.5 * float(np.square(self._read(activations), dtype=np.float64).sum())
        if self.reading == "mean":
            return float(self._read(activations).mean(dtype=np.float64))
        return float(self._read(activations))

    def add_signal(self, activations: Floats, signal: Floats) -> None:
        """Add the gradient of the weighted term by one image's values of the blob."""
        at = self._at(signal)
        if self.reading == "half square":
            signal[at] += np.float32(self.weight) * activations[at]
        elif self.reading == "mean":
            signal[at] += np.float32(self.weight / signal[at].size)
        else:
            signal[at] += np.float32(self.weight)

    def _read(self, activations: Floats) -> Floats:
        return activations[self._at(activations)]

    def _at(self, array: Floats) -> tuple[int | slice, ...]:
        channel = slice(None) if self.channel is None else self.channel
        if array.ndim == 1:
            return (channel,)
        return (channel, *(self.position or (slice(None), slice(None))))


class Bound:
    """An objective found in a net. Values are those of finished blobs, their in-place ReLU done, as a viewer shows
    them; but gradients start below that ReLU, so that a unit that it silences gets one too.
    """

    def __init__(self, net: Net, objective: Objective, classes: Classes | None = None) -> None:
        """Find every term. Raises UnknownNameError, ShapeError."""
        self.objective = objective
        self.parts = tuple(_part(net, weight, term, classes or Classes()) for weight, term in objective.parts)

    def __str__(self) -> str:
        """What it is called in messages: a unit by its name, anything else by its formula."""
        return str(self.objective) if self.lone is None or self.lone.weight != 1 else str(self.lone.named)

    @property
    def lone(self) -> Part | None:
        """The only term, where that is one unit or a channel's mean."""
        part = self.parts[0]
        return part if len(self.parts) == 1 and part.reading != "half square" else None

    @property
    def one(self) -> Part | None:
        """The only term, where that is one number of the net, and has a weight."""
        return self.lone if self.lone is not None and self.lone.reading == "one" and self.lone.weight else None

    @property
    def is_spatial(self) -> bool:
        """Whether it is about positions of maps: a picture that is moved would smear what they see."""
        return any(part.many and part.position is not None for part in self.parts)

    def value(self, activations: Mapping[str, Floats]) -> float:
        """The objective, from one image's values of each blob."""
        return sum(part.weight * part.value(activations[part.blob]) for part in self.parts)

    def strongest(self, activations: Mapping[str, Floats]) -> Unit | None:
        """The layer's unit with the largest value, or for a channel's mean the channel with the largest.

        None where the objective is not one of these. Where it is to become small, it is the largest all the same.
        """
        part = self.lone
        if part is None:
            return None
        values = activations[part.blob]
        if part.reading == "mean":
            return Unit(part.named.layer, int(values.mean(axis=(1, 2), dtype=np.float64).argmax()))
        at = [int(each) for each in np.unravel_index(int(values.argmax()), values.shape)]
        row, column = at[1:] or (0, 0)
        return Unit(part.named.layer, at[0], None if part.named.position is None else (row, column))

    def is_strongest(self, found: Unit | None) -> bool:
        """Whether what ``strongest`` found is this objective's unit."""
        part = self.lone
        if part is None or found is None:
            return False
        return (found.channel, found.position) == (part.channel, part.named.position)


def _part(net: Net, weight: float, term: Term, classes: Classes) -> Part:
    named = term.of if isinstance(term.of, Unit) else classes.unit(net, term.of)
    blob = _blob(net, named.layer)
    shape = net.shape(blob)
    if len(shape) not in (2, 4):
        raise ShapeError(f"{term}: {blob!r} has shape {shape}, expected (N, C) or (N, C, H, W)")
    if named.channel is None and term.kind != "whole":
        raise UnknownNameError(f"the unit {str(named)!r} names no channel; write {named}:CHANNEL")
    if named.channel is not None and named.channel >= shape[1]:
        raise UnknownNameError(f"no channel {named.channel} in {blob!r}, which has {shape[1]}")
    height, width = shape[2:] or (1, 1)
    position = named.position
    if position and not (position[0] < height and position[1] < width):
        raise UnknownNameError(f"no position {position} in {blob!r}, whose shape is {shape}")
    reading: Reading = "half square"
    if term.kind != "whole":
        if height == width == 1:
            position = position or (0, 0)
        reading = "one" if position is not None else "mean"
    inner = None if len(shape) == 2 or reading == "mean" else position
    return Part(weight, named.layer, blob, (1, *shape[1:]), reading, named.channel, inner, named)


def _blob(net: Net, name: str) -> str:
    """The blob of that name, or the one that the layer of that name makes."""
    if name not in net.blobs:
        for layer in net.layers:
            if layer.name == name and len(layer.tops) == 1:
                return layer.tops[0]
        net.shape(name)  # raises, with the names that are near
    return name
