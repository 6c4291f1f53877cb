"""Many runs, batched through one net and written down one by one: killed at any moment, it goes on where it was.

ROOT/ascent/FOLDER/NAME.npz holds a run that is over, ROOT/ascent/checkpoint.npz where the batch under way stands.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepvis.ascent.batches import Batches
from deepvis.ascent.binding import Bound
from deepvis.ascent.classes import Classes
from deepvis.ascent.climb import Climb
from deepvis.ascent.files import read_npz, write_npz
from deepvis.ascent.model_id import ModelId, identify_model
from deepvis.ascent.run import Run, Way
from deepvis.ascent.stored import identity, is_stored, store
from deepvis.errors import Error, LimitError
from deepvis.models import Model
from deepvis.net import Net
from deepvis.preprocess import Preprocess

FOLDER = "ascent"
SECONDS = 4.0  # between checkpoints
_SHARE = 20  # of the time at most one part goes into them


@dataclass(frozen=True, eq=False)
class Subject:
    """The net that runs go through, with all that is known of it."""

    net: Net
    input_blob: str
    preprocess: Preprocess
    classes: Classes
    id: ModelId

    @staticmethod
    def of(model: Model) -> Subject:
        """A loaded model. Raises OSError."""
        classes = Classes(model.labels, model.class_blob)
        return Subject(model.net, model.input_blob, model.preprocess, classes, identify_model(model))


@dataclass(frozen=True, eq=False)
class Wanted:
    """A run that is wanted, and where it is written: FOLDER/NAME."""

    run: Run
    bound: Bound
    folder: str
    name: str


@dataclass(frozen=True)
class Callbacks:
    """Whom to tell: of so many iterations made, and of a run that was written."""

    stepped: Callable[[int], None]
    stored: Callable[[Wanted, Way], None]


class Job:
    """Runs that are wanted in a folder. For one process at a time, see `claim`."""

    def __init__(
        self,
        subject: Subject,
        root: Path,
        wanted: Sequence[Wanted],
        batch: int,
        *,
        also: Callable[[Climb, int, Wanted], None] | None = None,
        is_whole: Callable[[Wanted], bool] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """``also`` writes more about a run, before the run itself is written; ``is_whole`` tells whether that is there.

        ``batch``: so many runs at a time, or fewer where the net's memory limit says so.
        """
        self._subject, self.wanted, self._also, self._seconds = subject, tuple(wanted), also, seconds
        self.folder = root / FOLDER
        self._batch = batch
        self._asked = [identity(each.run, subject.id, subject.preprocess) for each in self.wanted]
        self._done = {
            self.path(each)
            for each, asked in zip(self.wanted, self._asked, strict=True)
            if is_stored(self.path(each), asked) and (is_whole is None or is_whole(each))
        }
        self._resumed = self._read_checkpoint()

    def path(self, wanted: Wanted) -> Path:
        """Where a run is written, without suffix."""
        return self.folder / wanted.folder / wanted.name

    def is_done(self, wanted: Wanted) -> bool:
        """Whether a run is written."""
        return self.path(wanted) in self._done

    @property
    def done(self) -> int:
        """How many runs are written."""
        return len(self._done)

    @property
    def iterations(self) -> tuple[int, int]:
        """How many iterations are behind, and how many there are in all."""
        behind = sum(each.run.preset.iterations for each in self.wanted if self.is_done(each))
        if self._resumed is not None:
            climb, batch = self._resumed
            behind += sum(
                min(w.iteration, each.run.preset.iterations) for w, each in zip(climb.ways, batch, strict=True)
            )
        return behind, sum(each.run.preset.iterations for each in self.wanted)

    def work(self, tell: Callbacks) -> None:
        """Make what is not there yet. Raises OSError, LimitError where not even one run fits into memory."""
        if self._resumed is not None:
            climb, batch = self._resumed
            self._climb(climb, batch, tell)
            self._resumed = None
        batches = Batches([each for each in self.wanted if not self.is_done(each)], self._batch)
        while batch := batches.next():
            try:
                climb = self._begin(batch)
            except LimitError:
                if len(batch) == 1:
                    raise
                batches.put_back(batch, len(batch) // 2)
                continue
            self._climb(climb, batch, tell)

    def _begin(self, batch: Sequence[Wanted]) -> Climb:
        subject = self._subject
        runs = [each.run for each in batch]
        return Climb(subject.net, subject.input_blob, subject.preprocess, runs, classes=subject.classes)

    def _climb(self, climb: Climb, batch: Sequence[Wanted], tell: Callbacks) -> None:
        begun = saved = time.monotonic()
        cost = 0.0
        left = [max(0, each.run.preset.iterations - way.iteration) for each, way in zip(batch, climb.ways, strict=True)]
        total = sum(left)
        told = 0
        try:
            while not climb.over:
                active = sum(not way.over for way in climb.ways)
                climb.step()
                active = min(active, total - told)  # a cure may have begun anew
                told += active
                tell.stepped(active)
                now = time.monotonic()
                if now - saved >= max(self._seconds, _SHARE * cost):
                    self._write_checkpoint(climb, batch)
                    saved = time.monotonic()
                    cost = saved - now
        except KeyboardInterrupt:
            self._write_checkpoint(climb, batch)
            raise
        tell.stepped(total - told)
        if saved != begun:  # it took long: not to be lost while its runs are written
            self._write_checkpoint(climb, batch)
        for i, each in enumerate(batch):
            if self._also is not None:
                self._also(climb, i, each)
            store(self.path(each), climb, i, self._subject.id)
            self._done.add(self.path(each))
            tell.stored(each, climb.ways[i])
        self._checkpoint.unlink(missing_ok=True)

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.npz"

    def _write_checkpoint(self, climb: Climb, batch: Sequence[Wanted]) -> None:
        places = {self.path(each): asked for each, asked in zip(self.wanted, self._asked, strict=True)}
        runs = [[each.folder, each.name, places[self.path(each)]] for each in batch]
        write_npz(self._checkpoint, climb.state() | {"batch": np.array(json.dumps(runs))})

    def _read_checkpoint(self) -> tuple[Climb, list[Wanted]] | None:
        """The batch that was under way; None where there was none, or one of other runs or damaged."""
        if not self._checkpoint.exists():
            return None
        known = {(e.folder, e.name, asked): e for e, asked in zip(self.wanted, self._asked, strict=True)}
        try:
            state = read_npz(self._checkpoint)
            batch = [known[folder, name, asked] for folder, name, asked in json.loads(str(state["batch"]))]
            if all(self.is_done(each) for each in batch):
                self._checkpoint.unlink()
                return None
            climb = self._begin(batch)
            climb.restore(state)
        except (Error, KeyError, ValueError, TypeError):
            return None
        for each in batch:  # killed while they were written: all of the batch is written again
            self._done.discard(self.path(each))
        return climb, batch
