"""Units of a net as its passes take them: checked channels and positions, and the signal that a pass starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from deepvis import _native, units
from deepvis.errors import ShapeError, UnknownNameError
from deepvis.views import Array


class Place(NamedTuple):
    """A channel of a blob, at one (y, x) or at all positions."""

    channel: int
    position: tuple[int, int] | None


def seed_units(native: _native.Net, start: str, seed: ArrayLike | str | Sequence[str]) -> list[Place] | None:
    """Read the units that a seed names, one an image; None where the seed is numbers."""
    if isinstance(seed, str):
        return _units(native, start, [seed] * _images(native, _blob_at(native, start)))
    if isinstance(seed, Sequence) and len(seed) > 0 and all(isinstance(unit, str) for unit in seed):
        return _units(native, start, [str(unit) for unit in seed])
    return None


def common_position(named: Sequence[Place]) -> tuple[int, int] | None:
    """Give the position that all the units share, or None."""
    positions = {unit.position for unit in named}
    return positions.pop() if len(positions) == 1 else None


def seed_signal(native: _native.Net, start: str, named: Sequence[Place]) -> Array:
    """Make the signal of the start blob's shape that a backward pass from these units begins with."""
    blob = _blob_at(native, start)
    shape = native.shape(blob)
    signal = np.zeros(shape, dtype=np.float32)
    for image, unit in enumerate(named):
        if unit.position is None:
            signal[image, unit.channel] = native.blob(blob)[image, unit.channel]
        else:
            y, x = unit.position
            signal[image, unit.channel][... if len(shape) == 2 else (y, x)] = 1
    return signal


def cone_of(native: _native.Net, unit: str | Sequence[str]) -> tuple[str, tuple[int, int], list[int]]:
    """Give the blob, the position and the channel for each image of units at one position."""
    names = [unit] if isinstance(unit, str) else list(unit)
    if not names:
        raise ShapeError("expected a unit, or one an image, found none")
    blob = units.parse(names[0]).layer
    if isinstance(unit, str):
        names *= _images(native, blob)
    named = _units(native, blob, names)
    position = common_position(named)
    if position is None:
        raise UnknownNameError(f"a cone leads to one position: expected units such as {blob}:0@6,6, found {names}")
    return blob, position, [each.channel for each in named]


def place_of(native: _native.Net, unit: str) -> tuple[str, tuple[int, int]]:
    """Give the blob and the position that a unit names, whatever its channel."""
    named = units.parse(unit)
    if named.position is None:
        raise UnknownNameError(f"the unit {unit!r} names no position; write {unit}@ROW,COLUMN")
    _check_position(named.layer, native.shape(named.layer), named.position)
    return named.layer, named.position


def _blob_at(native: _native.Net, start: str) -> str:
    """Name the blob that a pass from ``start``, a blob or a layer, begins at."""
    if start in native.blob_names:
        return start
    for name, _, _, tops, *_ in native.layer_table():
        if name == start and len(tops) == 1:
            return tops[0]
    return start  # the engine says what is wrong with it


def _images(native: _native.Net, blob: str) -> int:
    return (native.shape(blob) or (1,))[0]


def _units(native: _native.Net, start: str, names: Sequence[str]) -> list[Place]:
    """Read the units that a pass from ``start`` begins with, one an image, and see that they are there."""
    blob = _blob_at(native, start)
    shape = native.shape(blob)
    if len(names) != _images(native, blob):
        raise ShapeError(f"expected a unit for each of the {_images(native, blob)} images, found {len(names)}")
    found = []
    for name in names:
        unit = units.parse(name)
        if unit.layer not in (start, blob):
            raise UnknownNameError(f"the unit {name!r} is not in {start!r}, where the pass starts")
        if unit.channel is None:
            raise UnknownNameError(f"the unit {name!r} names no channel; write {name}:CHANNEL")
        if len(shape) < 2 or unit.channel >= shape[1]:
            raise UnknownNameError(f"no channel {unit.channel} in {blob!r}, whose shape is {shape}")
        _check_position(blob, shape, unit.position)
        found.append(Place(unit.channel, unit.position))
    return found


def _check_position(blob: str, shape: Sequence[int], position: tuple[int, int] | None) -> None:
    if position and any(at >= extent for at, extent in zip(position, shape[2:] or (1, 1), strict=False)):
        raise UnknownNameError(f"no position {position} in {blob!r}, whose shape is {tuple(shape)}")
