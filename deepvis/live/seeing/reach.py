"""How far one frame has been carried through a net, and from where it has to be carried on to reach further."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

Value = tuple[int, str]  # the number of the layer that made it, its blob: in-place layers make a blob's next value


class Links(Protocol):
    """What a layer takes and makes (deepvis.LayerInfo has it)."""

    @property
    def bottoms(self) -> Sequence[str]: ...
    @property
    def tops(self) -> Sequence[str]: ...


class Reach:
    """Which layers have run on the present frame, and which of those on what the layers below them made last.

    Layers are in net order. Those that take nothing are the net's sources: they are there at any time.
    """

    def __init__(self, layers: Iterable[Links]) -> None:
        self._takes: list[list[Value]] = []
        self._maker: dict[str, int] = {}  # of a blob's last value
        for number, layer in enumerate(layers):
            self._takes.append([(self._maker[blob], blob) for blob in layer.bottoms if blob in self._maker])
            self._maker.update(dict.fromkeys(layer.tops, number))
        self._made: set[int] = set()
        self._fresh: set[int] = set()

    def clear(self) -> None:
        """Another frame: nothing has run."""
        self._made, self._fresh = set(), set()

    def has(self, blob: str) -> bool:
        """Whether a blob holds this frame's numbers, its in-place layers done."""
        return self._in(blob, self._made)

    def is_fresh(self, blob: str) -> bool:
        """Whether none of the layers that lead to a blob has run since: what a backward pass from it asks for."""
        return self._in(blob, self._fresh)

    def _in(self, blob: str, layers: set[int]) -> bool:
        maker = self._maker.get(blob)
        return maker is not None and (maker in layers or not self._takes[maker])

    def depth(self, blob: str) -> int:
        """How late in the net a blob is finished."""
        return self._maker.get(blob, -1)

    def start_for(self, blob: str) -> str | None:
        """The blob from which to run on to this one: the last one up to date that everything new can be made from, so
        that nothing below it runs again. None: from the inputs.
        """
        if not self._leading_to(blob) & self._fresh:
            return None
        known = [name for name, maker in self._maker.items() if maker in self._fresh]
        for name in sorted(known, key=self.depth, reverse=True):
            if not self._leading_to(blob, name) & self._leading_to(name):
                return name
        return None

    def ran(self, start: str | None, blob: str) -> None:
        """Note that the layers from `start` (None: from the inputs) to a blob have run."""
        new = self._leading_to(blob, start)
        stale: set[int] = set()
        for number, takes in enumerate(self._takes):
            if number not in new and any(maker in new or maker in stale for maker, _ in takes):
                stale.add(number)
        self._made |= new
        self._fresh = self._fresh - stale | new

    def _leading_to(self, blob: str, start: str | None = None) -> set[int]:
        """The layers, but for sources, that make a blob from another or from the inputs."""
        given = None if start is None else (self._maker[start], start)
        found: set[int] = set()
        wanted = [(self._maker[blob], blob)] if blob in self._maker else []
        while wanted:
            value = wanted.pop()
            if value == given or value[0] in found or not self._takes[value[0]]:
                continue
            found.add(value[0])
            wanted += self._takes[value[0]]
        return found
