"""Which runs go through the net together."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepvis.ascent.job import Wanted


class Batches:
    """Runs in batches: those of one length, about one layer, that keep the same part of their pictures, in order.

    Runs of different lengths would wait for the longest; of one position of a map, only what it sees is computed, so
    long as all runs of a batch are about it.
    """

    def __init__(self, wanted: Sequence[Wanted], size: int) -> None:
        groups: dict[Hashable, list[tuple[int, Wanted]]] = {}
        for i, each in enumerate(wanted):
            groups.setdefault(_kind(each), []).append((i, each))
        parts = [group[at : at + size] for group in groups.values() for at in range(0, len(group), size)]
        self._waiting = deque([each for _, each in part] for part in sorted(parts, key=lambda part: part[0][0]))

    def next(self) -> list[Wanted]:
        """The next batch; an empty list at the end."""
        return self._waiting.popleft() if self._waiting else []

    def put_back(self, batch: list[Wanted], size: int) -> None:
        """Take back a batch that was too large, and give it and the others in batches of at most ``size``."""
        waiting = [batch, *self._waiting]
        self._waiting = deque(part[at : at + size] for part in waiting for at in range(0, len(part), size))


def _kind(wanted: Wanted) -> Hashable:
    style, one = wanted.run.preset, wanted.bound.one
    starts = tuple(sorted({part.start for part in wanted.bound.parts}))
    if one is None or not one.many:
        return style.iterations, starts, one is None
    return style.iterations, starts, one.position, style.is_local
