"""Runs of a job as files: NAME.npz with what was asked for, so that it is known which runs are done, and NAME.yaml."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.ascent.climb import Climb
from deepvis.ascent.files import zip_is_sound
from deepvis.ascent.loop import difference, stretched
from deepvis.ascent.model_id import ModelId
from deepvis.ascent.passes import Box
from deepvis.ascent.results import write_run
from deepvis.ascent.run import Run
from deepvis.ascent.window import on_frame
from deepvis.errors import FormatError
from deepvis.preprocess import Picture, Preprocess
from deepvis.render import blank, paste

_GREY = (128 / 255, 128 / 255, 128 / 255)  # what a unit does not see
_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


def identity(run: Run, model: ModelId, preprocess: Preprocess) -> str:
    """All that a run's outcome depends on, as text."""
    body = {key: value for key, value in run.preset.as_mapping().items() if key != "about"}
    facts = {
        "objective": str(run.objective),
        "preset": body,
        "start": start_text(run.start),
        "seed": run.seed,
        "model": [model.prototxt, model.weights],
        "input": preprocess.describe().splitlines(),
    }
    return json.dumps(facts, sort_keys=True)


def start_text(start: str | npt.NDArray[Any]) -> str:
    """A start as text: its name, or of an image or input what tells it from others."""
    if isinstance(start, str):
        return start
    head = f"{start.shape} {start.dtype} ".encode()
    return f"image of SHA-256 {hashlib.sha256(head + np.ascontiguousarray(start).tobytes()).hexdigest()}"


def store(path: Path, climb: Climb, run: int, model: ModelId) -> None:
    """Write one run that is over. Raises OSError."""
    way = climb.ways[run]
    more: dict[str, npt.NDArray[Any]] = {
        "asked": np.array(identity(way.run, model, climb.preprocess)),
        "kept": _edges(climb.kept),
        "sees": _edges(climb.sees(run)),
        "objective": np.array(way.best_value),
        "layer_max": np.array(way.first_max >= 0),
        "words": np.array(" ".join(way.log)),
        "stopped": np.array(way.status == "stopped"),
    }
    write_run(path, climb, run, model, more)


def is_stored(path: Path, asked: str) -> bool:
    """Whether the run with this identity was written whole; another's, or a damaged file, is no result."""
    try:
        with np.load(_npz(path), allow_pickle=False) as stored:
            return str(stored["asked"]) == asked
    except _BROKEN:
        return False


def is_stopped(path: Path) -> bool:
    """Whether a stored run stopped for want of a gradient. Raises FormatError."""
    try:
        with np.load(_npz(path), allow_pickle=False) as stored:
            return bool(stored["stopped"])
    except _BROKEN as error:
        raise _damaged(_npz(path), error) from None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What there is to show of a run: its picture (h, w, 3), the objective there, whether the unit was ever its layer's
    maximum, whether it stopped for want of a gradient, and what was said about it.
    """

    picture: Picture
    objective: float
    layer_max: bool
    stopped: bool
    words: str


def outcome(path: Path, preprocess: Preprocess, crop: bool) -> Outcome:
    """Read a stored run; ``crop`` its picture to what the unit sees, which else lies on grey. Raises FormatError."""
    npz = _npz(path)
    try:
        with zipfile.ZipFile(npz) as archive:
            sound = zip_is_sound(archive)
        with np.load(npz, allow_pickle=False) as stored:
            kept, sees = (_box(stored[name]) for name in ("kept", "sees"))
            # of a unit that is clipped, the first to reach the limit is the best; those after it were climbed further
            is_last = stored["0.rows"][-1, 0] >= stored["objective"]
            x = on_frame(stored["measured" if is_last else "0.best"], kept, preprocess.size)
            value, is_max = float(stored["objective"]), bool(stored["layer_max"])
            stopped, words = bool(stored["stopped"]), str(stored["words"])
        if not sound:
            raise ValueError("its check sums are wrong")
    except _BROKEN as error:
        raise _damaged(npz, error) from None
    rows, columns = reversed(sees) if preprocess.transpose else sees
    seen = stretched(np.ascontiguousarray(difference(x, preprocess)[rows, columns]))
    if not crop:
        frame = blank(*preprocess.shown_size, _GREY)
        paste(frame, seen, rows.start, columns.start)
        seen = frame
    return Outcome(seen, value, is_max, stopped, words)


def written_at(path: Path) -> int:
    """When a run was stored, in nanoseconds; 0 where it was not."""
    npz = _npz(path)
    return npz.stat().st_mtime_ns if npz.exists() else 0


def _damaged(npz: Path, error: Exception) -> FormatError:
    return FormatError(f"{npz}: not a run of an ascent, or damaged ({error}); delete it to have it anew")


def _npz(path: Path) -> Path:
    return path.with_name(f"{path.name}.npz")


def _edges(box: Box) -> npt.NDArray[np.int64]:
    return np.array([[part.start, part.stop] for part in box])


def _box(edges: npt.NDArray[Any]) -> Box:
    (top, bottom), (left, right) = edges.tolist()
    return slice(top, bottom), slice(left, right)
