"""A job on a small net with a checkpoint every few steps, as a process that can be killed: PROTOTXT ROOT."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from deepvis.ascent import preset
from deepvis.ascent.job import Callbacks, Job, Subject
from deepvis.ascent.plan import Part, Plan
from deepvis.ascent.targets import find_targets
from deepvis.models import load

SECONDS = 0.02
ITERATIONS = 250
RUNS = 3


def job_of(prototxt: Path, root: Path, batch: int = 4, seconds: float = SECONDS, iterations: int = ITERATIONS) -> Job:
    subject = Subject.of(load(prototxt, mean=[104, 117, 123]))
    targets = find_targets(subject.net, subject.classes, ["fc2:3", "fc2:5"], (), centre=False)
    styles = tuple(replace(preset(name), iterations=iterations) for name in ("C", "softer"))
    plan = Plan(tuple(Part(target, styles) for target in targets), RUNS, 7, "mean_plus_rand")
    return Job(subject, root, plan.wanted(), batch, seconds=seconds)


def work(job: Job) -> tuple[int, list[str]]:
    """How many iterations were made, and which runs were written."""
    steps: list[int] = []
    stored: list[str] = []
    job.work(Callbacks(steps.append, lambda wanted, _: stored.append(f"{wanted.folder}/{wanted.name}")))
    return sum(steps), stored


if __name__ == "__main__":
    work(job_of(Path(sys.argv[1]), Path(sys.argv[2])))
