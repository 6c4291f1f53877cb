"""What is found out about the units of the layer that is looked at, frame by frame."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deepvis.insight.history import MapHistory
from deepvis.insight.inside import Ranking, rank_by_box
from deepvis.live.state import Part
from deepvis.results import ReceptiveField

Floats = npt.NDArray[np.float32]
ALIKE = 24  # units listed as similar
TWINS_EVERY = 1.0  # seconds between searches for duplicates, which compare all units with all


@dataclass(frozen=True, eq=False)
class Findings:
    """similar: (unit, correlation) of those most like the selected one over the last seconds; dead: which units never
    fired in that time; duplicates: groups of units that always did the same; ranking: by a box on the input, or the
    reason why there is none.
    """

    similar: tuple[tuple[int, float], ...] | None = None
    dead: npt.NDArray[np.bool_] | None = None
    duplicates: tuple[tuple[int, ...], ...] = ()
    ranking: Ranking | None = None
    no_ranking: str = ""


class Study:
    """Remembers the last seconds of one layer's maps."""

    def __init__(self, seconds: float = 5.0) -> None:
        self._history = MapHistory(seconds)
        self._layer = ""
        self._duplicates: tuple[tuple[int, ...], ...] = ()
        self._searched = -TWINS_EVERY

    def similar(self, layer: str, acts: Floats, unit: int, new: bool) -> Findings:
        """The units like `unit`; the maps (n, h, w) are remembered if they are `new`."""
        now = time.monotonic()
        if layer != self._layer:
            self._history.clear()
            self._layer, self._duplicates, self._searched = layer, (), -TWINS_EVERY
            new = True
        if new:
            self._history.add(acts, now)
        if now - self._searched >= TWINS_EVERY:
            self._searched = now
            self._duplicates = tuple(tuple(group) for group in self._history.duplicates())
        found = tuple((int(other), float(much)) for other, much in self._history.similar(unit, ALIKE))
        return Findings(similar=found, dead=self._history.dead(), duplicates=self._duplicates)


def rank(acts: Floats, box: Part, sees: ReceptiveField | None, input_size: tuple[int, int]) -> Findings:
    """Rank the units of maps (n, h, w) by how much more they fire inside a part of the input than outside."""
    if acts.shape[1:] == (1, 1):
        return Findings(no_ranking="units of this layer see all of the picture")
    if sees is None or sees.whole:
        return Findings(no_ranking="where this layer's positions look is not known")
    high, wide = input_size
    pixels = (box[0] * high, box[1] * wide, box[2] * high, box[3] * wide)
    return Findings(ranking=rank_by_box(acts, sees.positions_inside(pixels, acts.shape[1:])))
