"""One run of an ascent: what is asked for, what is found step by step, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from deepvis.ascent.binding import Bound
from deepvis.ascent.objective import Objective
from deepvis.ascent.parts import Gear
from deepvis.ascent.presets import Preset
from deepvis.ascent.starts import Start
from deepvis.ascent.steps import Memory, distance, norm
from deepvis.preprocess import Floats, Picture
from deepvis.units import Unit

Status = Literal["climbing", "finished", "stopped"]


@dataclass(frozen=True, eq=False)
class Run:
    """What is asked for: an objective, a preset, where to start, and the seed of all that is drawn."""

    objective: Objective
    preset: Preset
    start: Start | Picture | Floats = "mean_plus_rand"
    seed: int = 0


@dataclass(frozen=True)
class Step:
    """What one step found, at the picture that it started from.

    objective: its value; layer_max: the unit, or channel by mean, with the largest in the layer; None where the
    objective is no single unit or channel, or only a unit's cone was computed. learning_rate: of the step policy, 0
    where the picture stayed as it was: ``reason`` then says why, unless it was a run's last iteration.
    """

    iteration: int
    objective: float
    gradient_norm: float
    learning_rate: float
    layer_max: Unit | None
    is_layer_max: bool
    reason: str = ""


class Row(NamedTuple):
    """What is kept of each iteration. The layer's strongest unit is -1 where it is not known, or has no position; norm,
    distance from the start and standard deviation are those of the input, of the part of it that is kept.
    """

    objective: float
    channel: int
    row: int
    column: int
    is_layer_max: bool
    norm: float
    distance: float
    std: float
    gradient_norm: float
    learning_rate: float


@dataclass(eq=False)
class Way:
    """Where a run stands.

    ``seed`` is the one in use, which a cure may have changed; ``warm`` counts the iterations left of a warm-up on the
    channel's mean; ``first_max`` is the first iteration at which the unit was its layer's maximum; ``log`` says each
    use of a cure.
    """

    run: Run
    bound: Bound
    style: Preset
    seed: int
    random: np.random.Generator
    begun: Floats  # the input at iteration 0, of which distances are taken
    iteration: int = 0
    status: Status = "climbing"
    reason: str = ""
    gear: Gear = field(default_factory=Gear)
    parameters: Floats | None = None
    memory: Memory | None = None
    best: Floats | None = None
    best_value: float = -np.inf
    best_iteration: int = -1
    first_max: int = -1
    rows: list[Row] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    warm: int = 0
    warm_rounds: int = 0
    seeds_tried: int = 0

    @property
    def over(self) -> bool:
        """Whether there is nothing more to do."""
        return self.status != "climbing"

    def note(self, x: Floats, step: Step) -> None:
        """Keep what an iteration found at x (1, C, h, w)."""
        length, mean = norm(x), float(x.sum()) / x.size
        unit = step.layer_max or Unit("")
        row, column = unit.position or (-1, -1)
        channel = -1 if unit.channel is None else unit.channel
        std = max(0.0, length**2 / x.size - mean**2) ** 0.5
        moved = distance(x, self.begun)
        found = step.objective, channel, row, column, step.is_layer_max, length, moved, std
        self.rows.append(Row(*found, step.gradient_norm, step.learning_rate))
        if step.is_layer_max and self.first_max < 0:
            self.first_max = step.iteration
        if step.objective > self.best_value:
            self.best_value, self.best_iteration = step.objective, step.iteration
            if self.best is None:
                self.best = x.copy()
            else:
                self.best[...] = x

    def last_step(self) -> Step | None:
        """The last of what was kept."""
        if not self.rows:
            return None
        row = self.rows[-1]
        position = None if row.row < 0 else (row.row, row.column)
        part = self.bound.parts[0].named
        unit = None if row.channel < 0 else Unit(part.layer, row.channel, position)
        numbers = row.objective, row.gradient_norm, row.learning_rate
        return Step(len(self.rows) - 1, *numbers, unit, row.is_layer_max, self.reason)

    def begin_again(self) -> None:
        """Forget what was found, for a new start from ``seed``."""
        self.iteration, self.reason, self.status, self.warm, self.warm_rounds = 0, "", "climbing", 0, 0
        self.random = np.random.default_rng(self.seed)
        self.rows, self.best, self.best_value, self.best_iteration, self.first_max = [], None, -np.inf, -1, -1

    def facts(self) -> dict[str, Any]:
        """All that is neither array nor given by ``run``: numbers, words, and the generator's state."""
        return {name: getattr(self, name) for name in _FACTS} | {"random": self.random.bit_generator.state}

    def take_facts(self, facts: dict[str, Any]) -> None:
        """Put back what ``facts`` gave."""
        for name in _FACTS:
            setattr(self, name, facts[name])
        self.random.bit_generator.state = facts["random"]

    def table(self) -> npt.NDArray[np.float64]:
        """The rows, (iterations, fields of Row)."""
        return np.array(self.rows, np.float64).reshape(len(self.rows), len(Row._fields))

    def take_table(self, table: npt.NDArray[np.float64]) -> None:
        """Put back what ``table`` gave."""
        self.rows = rows_of(table)


_FACTS = (
    "seed",
    "iteration",
    "status",
    "reason",
    "best_value",
    "best_iteration",
    "first_max",
    "log",
    "warm",
    "warm_rounds",
    "seeds_tried",
)


def rows_of(table: npt.NDArray[np.float64]) -> list[Row]:
    """Rows from their table."""
    return [
        Row(o, int(channel), int(row), int(column), bool(is_max), *rest)
        for o, channel, row, column, is_max, *rest in table.tolist()
    ]
