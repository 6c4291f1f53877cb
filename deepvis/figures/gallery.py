"""Pictures that excite units, each made once: they are kept by all that they depend on, and a killed run goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deepvis.ascent import Objective, Preset, Run, Start
from deepvis.ascent.binding import Bound
from deepvis.ascent.files import read_npz
from deepvis.ascent.job import Callbacks, Job, Subject, Wanted
from deepvis.ascent.stored import Outcome, identity, outcome
from deepvis.ascent.window import on_frame
from deepvis.models import Model
from deepvis.preprocess import Floats

BATCH = 8
QUICK = 100  # iterations at most
_WAKING: Start = "randu"  # noise over all grey levels, for a unit that soft noise leaves without a gradient


@dataclass(frozen=True, eq=False)
class Piece:
    """One picture: what is climbed, how, and from which noise; ``crop`` to what the unit sees."""

    objective: Objective
    style: Preset
    seed: int = 0
    start: Start = "mean_plus_rand"
    crop: bool = False


class Gallery:
    """Makes pieces for one model, and finds those that were made before in a folder."""

    def __init__(
        self,
        model: Model,
        cache: Path,
        work: Callable[[Job], None] | None = None,
        iterations: int | None = None,
    ) -> None:
        """``work`` does a job, under a progress bar perhaps; ``iterations`` is the most that a picture gets."""
        self._subject = Subject.of(model)
        self.cache = cache
        self._work = work or _quietly
        self._most = iterations

    def style(self, style: Preset) -> Preset:
        """A preset with no more iterations than are allowed."""
        return style if self._most is None else replace(style, iterations=min(style.iterations, self._most))

    def check(self, objectives: Sequence[Objective]) -> None:
        """Raise UnknownNameError or ShapeError now, not in the midst of the work."""
        for each in objectives:
            Bound(self._subject.net, each, self._subject.classes)

    def show(self, pieces: Sequence[Piece]) -> list[Outcome]:
        """The pieces' pictures, in order, made if need be. One that got no gradient is begun again from stronger noise.

        Raises UnknownNameError, ShapeError, LimitError, OSError.
        """
        made = self._made(pieces)
        stopped = [at for at, each in enumerate(made) if each.stopped and pieces[at].start != _WAKING]
        if stopped:
            again = self._made([replace(pieces[at], start=_WAKING) for at in stopped])
            for at, each in zip(stopped, again, strict=True):
                made[at] = each
        return made

    def inputs(self, pieces: Sequence[Piece]) -> list[Floats]:
        """The net's inputs (1, C, H, W) that the pieces ended with, made if need be."""
        size = self._subject.preprocess.size
        found = []
        for path in self._paths(pieces):
            stored = read_npz(path.with_name(f"{path.name}.npz"))
            (top, bottom), (left, right) = stored["kept"].tolist()
            found.append(on_frame(stored["0.best"], (slice(top, bottom), slice(left, right)), size))
        return found

    def _made(self, pieces: Sequence[Piece]) -> list[Outcome]:
        paths = self._paths(pieces)
        shown = zip(paths, pieces, strict=True)
        return [outcome(path, self._subject.preprocess, crop=piece.crop) for path, piece in shown]

    def _paths(self, pieces: Sequence[Piece]) -> list[Path]:
        wanted = [self._wanted(piece) for piece in pieces]
        job = Job(self._subject, self.cache, list({each.name: each for each in wanted}.values()), BATCH)
        if job.done < len(job.wanted):
            self._work(job)
        return [job.path(each) for each in wanted]

    def _wanted(self, piece: Piece) -> Wanted:
        subject = self._subject
        run = Run(piece.objective, self.style(piece.style), piece.start, piece.seed)
        bound = Bound(subject.net, piece.objective, subject.classes)
        digest = hashlib.sha256(identity(run, subject.id, subject.preprocess).encode()).hexdigest()
        return Wanted(run, bound, digest[:2], digest[:24])


def _quietly(job: Job) -> None:
    job.work(Callbacks(lambda _: None, lambda *_: None))
