"""What a command to ascend asks for: targets, each with its presets, each with so many runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deepvis.ascent.album import Album, main_preset
from deepvis.ascent.job import Job, Subject, Wanted
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Run
from deepvis.ascent.starts import Start
from deepvis.ascent.stored import start_text
from deepvis.ascent.targets import Target
from deepvis.errors import Error
from deepvis.preprocess import Floats, Picture

_DRAWN = ("mean_plus_rand", "randu")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, eq=False)
class Part:
    """One target with its presets."""

    target: Target
    styles: tuple[Preset, ...]

    @property
    def names(self) -> list[str]:
        """Of the presets."""
        return [style.name for style in self.styles]


@dataclass(frozen=True, eq=False)
class Plan:
    """All runs of a command, from ``seed`` on. Raises Error where runs would all be the same."""

    parts: tuple[Part, ...]
    runs: int
    seed: int
    start: Start | Picture | Floats

    def __post_init__(self) -> None:
        """Refuse what cannot be meant now, not after hours."""
        if self.seed + self.runs - 1 > LARGEST_SEED:
            raise Error(f"seeds {self.seed} to {self.seed + self.runs - 1}: expected at most {LARGEST_SEED}")
        alike = None if self.runs == 1 else self.alike()
        if alike:
            raise Error(f"{alike}, so all {self.runs} runs would be the same; ask for 1 run, or start from noise")

    def alike(self) -> str:
        """Why runs would not differ, or nothing."""
        if isinstance(self.start, str) and self.start in _DRAWN:
            return ""
        for part in self.parts:
            for style in part.styles:
                if part.target.bound.is_spatial or not style.transforms():
                    return f"{part.target} by preset {style.name} draws nothing from this start"
        return ""

    def with_runs(self, runs: int | None, default: int) -> Plan:
        """So many runs; by default ``default``, or 1 where they would all be the same."""
        return replace(self, runs=runs or (1 if self.alike() else default))

    def wanted(self) -> list[Wanted]:
        """The runs, those of a target after each other."""
        return [each for part in self.parts for style in part.styles for each in self._of(part, style)]

    def paths(self, job: Job, part: Part) -> dict[str, list[Path]]:
        """Where a target's runs are written, by preset."""
        return {style.name: [job.path(each) for each in self._of(part, style)] for style in part.styles}

    def is_done(self, job: Job, part: Part) -> bool:
        """Whether all of a target's runs are written."""
        return all(job.is_done(each) for style in part.styles for each in self._of(part, style))

    def facts(self, subject: Subject, **more: Any) -> dict[str, Any]:
        """What tells this command from others."""
        model = subject.id
        styles = {style.name: style.as_mapping() for part in self.parts for style in part.styles}
        for body in styles.values():
            body.pop("about")
        facts = {
            "model": {"name": model.name, "prototxt_sha256": model.prototxt, "weights_sha256": model.weights},
            "input": subject.preprocess.describe().splitlines(),
            "units": {str(part.target.objective): part.names for part in self.parts},
            "presets": styles,
            "runs": self.runs,
            "seed": self.seed,
            "start": start_text(self.start),
            **more,
        }
        plain: dict[str, Any] = json.loads(json.dumps(facts))  # with lists for tuples, as a file has them
        return plain

    def layer_sheet(self, album: Album, job: Job, layer: str, units: int) -> Path | None:
        """Write whole_layer.jpg from the runs of each unit's main preset; None where it is there."""
        runs: Mapping[int, Sequence[Path]] = {
            part.target.channel: self.paths(job, part)[main_preset(part.names)]
            for part in self.parts
            if part.target.layer == layer and part.target.channel is not None
        }
        return album.put_layer(layer, runs, units)

    def _of(self, part: Part, style: Preset) -> list[Wanted]:
        target = part.target
        runs = [Run(target.objective, style, self.start, self.seed + i) for i in range(self.runs)]
        return [Wanted(run, target.bound, target.folder, f"{style.name}-{run.seed}") for run in runs]
