"""Numbers of a run that others published, and whether they come out again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deepvis.ascent.climb import Climb
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.job import Subject
from deepvis.ascent.presets import preset
from deepvis.ascent.run import Row, Run
from deepvis.errors import FormatError

PAPER = Path(__file__).with_name("published.yaml")
TOLERANCE = 2e-2  # relative: rounding makes another run of it in a thousand iterations
_SERIES = ("objective", "norm", "std", "distance")  # of Row
_PLACED = re.compile(r"(?P<name>\w+)\[(?P<at>-?\d{1,6})\]", re.ASCII)
_SINGLE = ("best objective", "best iteration", "first objective as maximum", "first iteration as maximum")


@dataclass(frozen=True)
class Published:
    """A run, and numbers that it gave."""

    unit: str
    preset: str
    seed: int
    numbers: Mapping[str, float]

    def begin(self, subject: Subject) -> Climb:
        """The run, as the original would make it: whole frames, and no cure for what gets no gradient.

        Raises UnknownNameError, ShapeError.
        """
        run = Run(parse_objective(self.unit), preset(self.preset), seed=self.seed)
        net, classes = subject.net, subject.classes
        return Climb(net, subject.input_blob, subject.preprocess, [run], classes=classes, cures=(), cone=False)


@dataclass(frozen=True)
class Compared:
    """A number as published and as found; NaN where the run has none such."""

    name: str
    published: float
    found: float

    @property
    def difference(self) -> float:
        """Relative to the published one, or absolute where that is 0."""
        difference = abs(self.found - self.published)
        return difference / abs(self.published) if self.published else difference

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.difference <= TOLERANCE  # never for NaN


def read_published(path: Path = PAPER) -> Published:
    """Read a file of published numbers. Raises FormatError naming file and key, OSError."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{path}: this is not YAML: {error}") from None
    kinds: dict[str, type] = {"unit": str, "preset": str, "seed": int, "numbers": dict}
    if not isinstance(tree, dict) or set(tree) != set(kinds):
        raise FormatError(f"{path}: expected the keys {', '.join(kinds)}")
    for key, kind in kinds.items():
        if not isinstance(tree[key], kind):
            raise FormatError(f"{path}: {key}: expected {kind.__name__}, found {tree[key]!r:.60}")
    for name, value in tree["numbers"].items():
        placed = _PLACED.fullmatch(str(name))
        if not (name in _SINGLE or (placed and placed["name"] in (*_SERIES, "x0"))):
            known = ", ".join((*_SINGLE, *(f"{each}[N]" for each in (*_SERIES, "x0"))))
            raise FormatError(f"{path}: numbers: no {name!r:.60}; known: {known}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FormatError(f"{path}: numbers: {name}: expected a number, found {value!r:.60}")
    return Published(tree["unit"], tree["preset"], tree["seed"], tree["numbers"])


def compare(published: Published, climb: Climb) -> Iterator[Compared]:
    """Each number beside what a run gave that ``begin`` began and that is over."""
    way = climb.ways[0]
    was_max = way.first_max >= 0
    single: dict[str, Any] = {
        "best objective": way.best_value,
        "best iteration": way.best_iteration,
        "first objective as maximum": way.rows[way.first_max].objective if was_max else math.nan,
        "first iteration as maximum": way.first_max if was_max else math.nan,
    }
    for name, value in published.numbers.items():
        if name in single:
            found = float(single[name])
        else:
            found = _placed(name, way.rows, climb)
        yield Compared(name, float(value), found)


def _placed(name: str, rows: list[Row], climb: Climb) -> float:
    placed = _PLACED.fullmatch(name)
    if placed is None:
        return math.nan
    at = int(placed["at"])
    try:
        if placed["name"] == "x0":
            return float(climb.begun(0).ravel()[at])
        return float(getattr(rows[at], placed["name"]))
    except IndexError:
        return math.nan
