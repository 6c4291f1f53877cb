"""What an ascent climbs: one unit's activation, or the mean of a channel's map."""

from __future__ import annotations

import numpy as np

from deepvis.errors import ShapeError, UnknownNameError
from deepvis.net import Net
from deepvis.preprocess import Floats
from deepvis.units import Unit


class Objective:
    """A unit of a net that sees one image: how to read its value, and where its gradient starts.

    Values are those of the finished blob, its in-place ReLU done, as the viewer shows them; but the gradient starts
    below that ReLU, so that a unit that it silences gets one too.
    """

    def __init__(self, net: Net, unit: Unit) -> None:
        """Find the unit. Raises UnknownNameError, ShapeError."""
        self.unit = unit
        self.blob = _blob(net, unit.layer)
        shape = net.shape(self.blob)
        if len(shape) not in (2, 4):
            raise ShapeError(f"{unit}: {self.blob!r} has shape {shape}, expected (N, C) or (N, C, H, W)")
        if unit.channel is None:
            raise UnknownNameError(f"the unit {str(unit)!r} names no channel; write {unit}:CHANNEL")
        if unit.channel >= shape[1]:
            raise UnknownNameError(f"no channel {unit.channel} in {self.blob!r}, which has {shape[1]}")
        self._shape = (1, *shape[1:])
        self.channel = unit.channel
        height, width = shape[2:] or (1, 1)
        self.position = unit.position or ((0, 0) if height == width == 1 else None)
        if self.position and not (self.position[0] < height and self.position[1] < width):
            raise UnknownNameError(f"no position {self.position} in {self.blob!r}, whose shape is {shape}")

    @property
    def is_spatial(self) -> bool:
        """Whether the unit is one of several positions of its channel."""
        return self.position is not None and self._shape[2:] not in ((), (1, 1))

    def seed(self) -> Floats | str:
        """What ``net.backward(unit.layer, …)`` starts with: 1 at the unit, or the mean's share all over its map."""
        if self.position is not None:
            row, column = self.position
            return f"{self.unit.layer}:{self.channel}@{row},{column}"
        seed = np.zeros(self._shape, np.float32)
        seed[0, self.channel] = 1 / seed[0, self.channel].size
        return seed

    def value(self, activations: Floats) -> float:
        """The objective, from the blob's values."""
        found = self._values(activations)[self.channel]
        return float(found if self.position is None else found[self.position])

    def strongest(self, activations: Floats) -> Unit:
        """The layer's unit with the largest value; where the objective is a mean, the channel with the largest."""
        values = self._values(activations)
        at = [int(each) for each in np.unravel_index(int(values.argmax()), values.shape)]
        return Unit(self.unit.layer, at[0], (at[1], at[2]) if self.unit.position else None)

    def is_strongest(self, found: Unit) -> bool:
        """Whether what ``strongest`` found is this unit."""
        return (found.channel, found.position) == (self.channel, self.unit.position)

    def _values(self, activations: Floats) -> Floats:
        """What the objective is compared with: (C, H, W) for one number, a mean each (C,) for a whole map."""
        if self.position is None:
            return activations[0].mean(axis=(1, 2), dtype=np.float64)
        return activations[0].reshape(self._shape[1], *(self._shape[2:] or (1, 1)))


def _blob(net: Net, name: str) -> str:
    """The blob of that name, or the one that the layer of that name makes."""
    if name not in net.blobs:
        for layer in net.layers:
            if layer.name == name and len(layer.tops) == 1:
                return layer.tops[0]
        net.shape(name)  # raises, with the names that are near
    return name
