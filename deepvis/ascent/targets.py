"""What was asked for on a command line, found in a net: units and formulas, with the names of their files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from deepvis import units
from deepvis.ascent.binding import Bound, Part
from deepvis.ascent.classes import Classes
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.objective import Objective, unit
from deepvis.errors import Error, UnknownNameError
from deepvis.net import Net
from deepvis.units import Unit

_LONGEST = 200  # characters of a file's name, with room for what is added to it


@dataclass(frozen=True, eq=False)
class Target:
    """An objective on a net. ``layer`` (the blob) and ``channel`` are None but for what is one unit or channel, whose
    pictures go where the viewer looks for them; ``name`` is what files are called by.
    """

    objective: Objective
    bound: Bound
    layer: str | None
    channel: int | None
    name: str

    @property
    def folder(self) -> str:
        """The name with the position, which two results may differ in."""
        part = self.bound.lone
        position = part.position if part is not None and part.many else None
        return self.name + ("" if position is None else "@{},{}".format(*position))

    def __str__(self) -> str:
        """As messages name it."""
        return str(self.bound)


def find_targets(net: Net, classes: Classes, texts: Sequence[str], layers: Sequence[str], centre: bool) -> list[Target]:
    """Find units and formulas, and every channel of each layer; what is named twice comes once.

    ``centre``: of a map's channel that was named without a position, the position in the middle instead of the mean.
    Raises FormatError, UnknownNameError, ShapeError, and Error where two would be written to the same files.
    """
    objectives = [parse_objective(text) for text in texts]
    objectives += [unit(Unit(layer, channel)) for layer in layers for channel in range(_channels(net, layer))]
    found: dict[str, Target] = {}
    for objective in objectives:
        target = find_target(net, classes, objective, centre)
        other = found.setdefault(target.name, target)
        if other.folder != target.folder or other.objective != target.objective:
            raise Error(f"{other} and {target} have the same files, {target.name}; give them in commands of their own")
    return list(found.values())


def find_target(net: Net, classes: Classes, objective: Objective, centre: bool = False) -> Target:
    """Find one objective. Raises UnknownNameError, ShapeError, Error."""
    bound = Bound(net, objective, classes)
    part = bound.lone
    if part is None or part.weight != 1 or part.channel is None:
        digest = hashlib.sha256(str(objective).encode()).hexdigest()
        return Target(objective, bound, None, None, f"formula_{digest[:8]}")
    where = part.named
    if centre and part.reading == "mean" and objective.parts[0][1].kind == "unit":
        where = Unit(where.layer, where.channel, (part.shape[2] // 2, part.shape[3] // 2))
    objective = unit(where)  # of a class, the unit that scores it
    return Target(objective, Bound(net, objective), part.blob, part.channel, _file_name(part))


def on_disk(layer: str) -> str:
    """A layer's name as part of a path. Raises Error where the name would lead elsewhere."""
    parts = layer.split("/")
    if "\\" in layer or "\0" in layer or len(layer) > _LONGEST or any(part in ("", ".", "..") for part in parts):
        raise Error(f"the layer {layer!r} cannot be a file's name; rename it in the prototxt")
    return "__".join(parts)


def _file_name(part: Part) -> str:
    return f"{on_disk(part.blob)}_{part.channel:04d}"


def _channels(net: Net, layer: str) -> int:
    named = units.parse(layer)
    if named.channel is not None:
        raise UnknownNameError(f"all units of {layer}: expected a layer, such as {named.layer}, found a unit")
    shape = Bound(net, unit(Unit(layer, 0))).parts[0].shape
    return shape[1]
