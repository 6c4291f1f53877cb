"""A recording as a file: what it may say, read defensively.

It is YAML of two documents. The first is a mapping that begins with MAGIC: what was run, with which settings, and the
state at the start. The second is a list with one line a shown frame::

    - {frame: [pictures/cat.jpg, 0]}
    - {e: [{k: b}]}
    - {frame: [clip.mp4, 0], e: [{m: [press, 120, 340]}, {m: [release, 120, 340]}]}
    - {frame: 1}

`frame` is where the frame came from and its number there; the number alone where the place is as before; nothing where
the frame is as before. `e` are the events that were obeyed just before it was shown. The line `...` stands at the end
of what was closed in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from deepvis.errors import FormatError, LimitError
from deepvis.live.controls.events import Event, from_plain
from deepvis.live.records.recorded_frames import frames_left, is_recorded

MAGIC = "deepvis_recording"
VERSION = 1
END = "..."
HEADER_LIMIT = 2**20  # bytes
LINE_LIMIT = 2**20  # bytes
EVENT_LIMIT = 1000  # events in a line; more of them take several
STEP_LIMIT = 5_000_000  # two days at 30 frames a second
PLACE_LIMIT = 10_000  # characters; a pair of pictures has two paths
INDEX_LIMIT = 2**53

_PLAIN_STEP = re.compile(r"- \{frame: (\d{1,15})\}")  # most lines: YAML would take half a minute for an hour of them
_PLAYS_ONCE = re.compile(r"camera:|[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """A frame that was shown and the events obeyed before. place: a path, or the name of a file with recorded frames
    beside the recording; None before the first frame. index: the frame's number within the place.
    """

    place: str | None
    index: int
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Recording:
    """What was recorded. header: plain values; notes: what could not be read of it, for people."""

    path: Path
    header: Mapping[str, Any]
    steps: list[Step]
    notes: tuple[str, ...] = ()

    def frame_file(self, place: str) -> Path | None:
        """The file or folder of recorded frames that a step's place names; None where it is a source of its own."""
        path = self.path.parent / place
        return path if is_recorded(place) and path.exists() else None


def plays_once(place: str) -> bool:
    """Whether a source gives other frames each time: a camera or a stream."""
    return _PLAYS_ONCE.match(place) is not None


def is_recording(path: Path) -> bool:
    """Whether a file begins like a recording."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC) + 1) == f"{MAGIC}:".encode()
    except OSError:
        return False


def read_recording(path: str | Path) -> Recording:
    """Read a recording. A killed viewer may leave half a line at the end: it is left out with a note, and so are
    frames of a camera that had not reached the disk.

    Raises FormatError with file and line for anything that a recording cannot say, LimitError for too much of it.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return _read(path, stream)
    except OSError as error:
        raise FormatError(f"{path}: cannot read the recording: {error.strerror or error}") from error


def _read(path: Path, stream: BinaryIO) -> Recording:
    lines = _lines(path, stream)
    header = _header(path, lines)
    steps: list[Step] = []
    notes: list[str] = []
    step = Step(None, 0)
    ended = False
    for number, text, whole in lines:
        where = f"{path}:{number}"
        if not text.strip() or text.startswith("#"):
            continue
        if ended:
            raise FormatError(f"{where}: expected nothing after the line '{END}', found {text!r:.80}")
        if text == END:
            ended = True
            continue
        try:
            step = _step(text, step, where)
        except FormatError:
            if whole:
                raise
            notes.append(f"{where}: the last line was cut short and is left out")
            break
        if len(steps) == STEP_LIMIT:
            raise LimitError(f"{where}: above {STEP_LIMIT} steps, too many for a recording")
        steps.append(step)
    if not ended:
        notes.append(f"{path}: the recording was not closed: the viewer was killed, or is still at it")
        steps, lost = _without_lost_frames(path, steps)
        notes += lost
    return Recording(path, header, steps, tuple(notes))


def _lines(path: Path, stream: BinaryIO) -> Iterator[tuple[int, str, bool]]:
    """(number, text, whether it is whole) of each line."""
    number = 0
    while data := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(data) > LINE_LIMIT:
            raise LimitError(f"{path}:{number}: a line of above {LINE_LIMIT // 2**10} KiB, too long for a recording")
        whole = data.endswith(b"\n")
        try:
            yield number, data.decode("utf-8").rstrip("\r\n"), whole
        except UnicodeDecodeError as error:
            if whole:
                raise FormatError(f"{path}:{number}: expected text in UTF-8: {error}") from error
            yield number, data.decode("utf-8", "replace"), whole


def _header(path: Path, lines: Iterator[tuple[int, str, bool]]) -> dict[str, Any]:
    taken: list[str] = []
    size = 0
    for _, text, _ in lines:
        if text == "---" and taken:
            break
        taken.append(text)
        size += len(text) + 1
        if size > HEADER_LIMIT:
            raise LimitError(f"{path}: no line '---' within {HEADER_LIMIT // 2**10} KiB: not a recording")
        if len(taken) == 1 and not text.startswith(f"{MAGIC}:"):
            raise FormatError(f"{path}:1: expected '{MAGIC}: {VERSION}', found {text!r:.80}: not a recording")
    else:
        raise FormatError(f"{path}: no line '---' after the header: not a recording, or cut short at its start")
    header = _plain_yaml("\n".join(taken), f"{path}")
    if not isinstance(header, dict) or not all(isinstance(key, str) for key in header):
        raise FormatError(f"{path}:1: expected a mapping with words as keys")
    version = header.get(MAGIC)
    if version != VERSION:
        raise FormatError(f"{path}:1: {MAGIC} is {version!r:.80}; this deepvis reads version {VERSION}")
    return header


def _step(text: str, before: Step, where: str) -> Step:
    """The step of a line; what the line leaves out is as in the step before."""
    if (plain := _PLAIN_STEP.fullmatch(text)) and before.place is not None:
        return Step(before.place, int(plain[1]))
    line = _plain_yaml(text, where) if text.startswith("- {") else None
    match line:
        case [{**fields}]:
            pass
        case _:
            raise FormatError(f"{where}: expected one line such as - {{frame: 7, e: [{{k: b}}]}}, found {text!r:.80}")
    unknown = [key for key in fields if key not in ("frame", "e")]
    if unknown or not fields:
        raise FormatError(f"{where}: expected frame or e, found {unknown[0] if unknown else 'nothing'!r:.80}")
    place, index = _frame(fields["frame"], before, where) if "frame" in fields else (before.place, before.index)
    said = fields.get("e", [])
    if not isinstance(said, list) or len(said) > EVENT_LIMIT:
        raise FormatError(f"{where}: e: expected a list of at most {EVENT_LIMIT} events, found {said!r:.80}")
    try:
        events = tuple(from_plain(each) for each in said)
    except FormatError as error:
        raise FormatError(f"{where}: {error}") from None
    return Step(place, index, events)


def _frame(said: object, before: Step, where: str) -> tuple[str, int]:
    match said:
        case [str(place), int(index)]:
            pass
        case int(index) if before.place is not None:
            place = before.place
        case int():
            raise FormatError(f"{where}: frame: the first frame needs its place: frame: [PLACE, NUMBER]")
        case _:
            raise FormatError(f"{where}: frame: expected a number or [PLACE, NUMBER], found {said!r:.80}")
    if isinstance(index, bool) or not 0 <= index < INDEX_LIMIT:
        raise FormatError(f"{where}: frame: expected a number from 0 to 2^53, found {index!r:.80}")
    if not place or len(place) > PLACE_LIMIT or "\0" in place:
        raise FormatError(f"{where}: frame: expected a path of 1 to {PLACE_LIMIT} characters, found {place!r:.80}")
    if plays_once(place):
        raise FormatError(f"{where}: frame: {place!r:.80} cannot be played again; its frames belong into a file")
    return place, index


def _plain_yaml(text: str, where: str) -> Any:
    """Plain values from YAML without tags, anchors and aliases."""
    try:
        if any(mark in text for mark in "&*!"):
            for event in yaml.parse(text, yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
                    raise FormatError(f"{where}: tags, anchors and aliases have no place here:{event.start_mark}")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(f"{where}: not valid YAML: {error}") from error


def _without_lost_frames(path: Path, steps: list[Step]) -> tuple[list[Step], list[str]]:
    """The steps up to the first whose frame was still in a buffer when the viewer was killed."""
    left: dict[str, int] = {}
    for at, step in enumerate(steps):
        place = step.place
        if place is None or not is_recorded(place) or not place.endswith(".avi"):
            continue
        if place not in left:
            video = path.parent / place
            left[place] = frames_left(video) if video.is_file() else INDEX_LIMIT
        if step.index >= left[place]:
            return steps[:at], [f"{path}: the last {len(steps) - at} steps are left out: their frames were not kept"]
    return steps, []
