"""One grammar for naming units everywhere: ``layer``, ``layer:channel``, ``layer:channel@y,x``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deepvis.errors import FormatError

# The name is greedy, so that a layer whose own name holds a colon still parses.
_UNIT = re.compile(r"(?P<layer>.+?)(?::(?P<channel>\d+)(?:@(?P<y>\d+),(?P<x>\d+))?)?\Z", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """A place in a net: a layer or blob, one of its channels, one position of that channel.

    ``channel`` is None for the whole layer; ``position`` is (y, x), or None for every position.
    """

    layer: str
    channel: int | None = None
    position: tuple[int, int] | None = None

    def __str__(self) -> str:
        text = self.layer
        if self.channel is not None:
            text += f":{self.channel}"
        if self.position is not None:
            text += "@{},{}".format(*self.position)
        return text


def parse(text: str) -> Unit:
    """Read a unit such as ``conv5``, ``conv5:151`` or ``conv5:151@6,6``. Raises FormatError."""
    found = _UNIT.match(text.strip())
    if found is None or not found["layer"].strip() or re.search(r":\d*@|@\d*,?\d*\Z", found["layer"]):
        raise FormatError(
            f"cannot read the unit {text!r}: expected layer, layer:channel or layer:channel@y,x, such as conv5:151@6,6"
        )
    channel = None if found["channel"] is None else int(found["channel"])
    position = None if found["y"] is None else (int(found["y"]), int(found["x"]))
    return Unit(found["layer"], channel, position)
