"""Writes what a viewer showed and was told into a YAML file, line by line, so that it can be played again."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deepvis import __version__
from deepvis.errors import Error, FormatError, LimitError, StateError
from deepvis.live.controls.events import Event, scalar, to_text
from deepvis.live.records.recorded_frames import FrameStore, remove_frames
from deepvis.live.records.recording_file import (
    END,
    EVENT_LIMIT,
    HEADER_LIMIT,
    MAGIC,
    VERSION,
    Recording,
    Step,
    is_recording,
    plays_once,
    read_recording,
)
from deepvis.live.records.saving import to_yaml
from deepvis.render import Picture

__all__ = ["PlayedFrame", "Recorder", "Recording", "Step", "read_recording"]

WAITING = 16  # frames that may wait to be written; then showing waits for the disk


class PlayedFrame(Protocol):
    """A frame that knows where it came from. place: a path or a source's spec, such as camera:0; index: the number of
    the frame within it. A frame without a place is kept like one of a camera.
    """

    @property
    def place(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def image(self) -> Picture: ...


@dataclass(frozen=True, eq=False)
class _Line:
    """What one turn of the viewer adds. place: None for the frame before; image: only where it must be kept."""

    place: str | None
    index: int
    image: Picture | None
    events: Sequence[str]


class Recorder:
    """A recording that is being made. Frames of cameras and streams go into a video beside it, since they cannot be
    played again; files are only named. A thread of its own does the writing: what goes wrong in it is in `problem`,
    and is raised by close().
    """

    def __init__(self, path: str | Path, header: Mapping[str, object], *, overwrite: bool = False) -> None:
        """Create the file with its header. Raises FormatError where the file is there and is no recording, StateError
        where it is a recording and overwrite is False, Error where it cannot be written.
        """
        self.path = Path(path)
        self.problem: str | None = None
        text = to_yaml({MAGIC: VERSION, "deepvis": __version__, **header})
        if len(text.encode("utf-8")) > HEADER_LIMIT:
            raise LimitError(f"{path}: the header is above {HEADER_LIMIT // 2**10} KiB, too large for a recording")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _make_room(self.path, overwrite)
            self._file = self.path.open("x", encoding="utf-8", newline="\n")
            self._file.write(f"{text}---\n")
            self._file.flush()
        except OSError as error:
            raise Error(f"{path}: cannot write the recording: {error.strerror or error}") from error
        self._frames = FrameStore(self.path.parent, self.path.stem)
        self._last: PlayedFrame | None = None
        self._place: str | None = None  # as the file has it
        self._lines: queue.Queue[_Line | None] = queue.Queue(WAITING)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="deepvis-recorder", daemon=True)
        self._thread.start()

    def shown(self, frame: PlayedFrame | None, events: Sequence[Event] = ()) -> None:
        """Note a frame that was shown (None: the same as before) and the events obeyed just before it was. What is on
        the screen unchanged, without any event, is noted once. The image must not be changed afterwards.

        Waits only while more than a few frames are to be written. Does nothing after a failure.
        """
        if self._closed:
            raise StateError(f"{self.path}: the recording is closed")
        texts = [to_text(event) for event in events]
        place, index, image = None, 0, None
        if frame is not None and not _same(frame, self._last):
            self._last, place, index = frame, frame.place, frame.index
            image = frame.image if _plays_once(frame) else None
        if self.problem is None and (place is not None or texts):
            self._lines.put(_Line(place, index, image, texts))

    def close(self) -> None:
        """Write what is still to be written. Raises deepvis.Error if the recording is not complete."""
        if self._closed:
            return
        self._closed = True
        self._lines.put(None)
        self._thread.join()
        if self.problem is not None:
            raise Error(self.problem)

    def _run(self) -> None:
        ended = False
        try:
            try:
                while (line := self._lines.get()) is not None:
                    self._write(line)
                ended = True
            finally:
                self._frames.close()
            self._put(f"{END}\n")
        except Exception as error:  # shown in the window; whatever it was, the viewer goes on
            self.problem = f"{self.path}: the recording ends here: {error or type(error).__name__}"
        while not ended:  # so that shown() never waits for ever
            ended = self._lines.get() is None
        with contextlib.suppress(OSError):  # all that matters was flushed before
            self._file.close()

    def _write(self, line: _Line) -> None:
        place, index = line.place, line.index
        if line.image is not None:
            place, index = self._frames.add(line.image)
        parts = []
        if place is not None:
            parts.append(f"frame: {index}" if place == self._place else f"frame: [{scalar(place)}, {index}]")
            self._place = place
        for start in range(0, max(len(line.events), 1), EVENT_LIMIT):
            if line.events:
                parts.append(f"e: [{', '.join(line.events[start : start + EVENT_LIMIT])}]")
            self._put(f"- {{{', '.join(parts)}}}\n")
            parts = []

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()


def _plays_once(frame: PlayedFrame) -> bool:
    return not frame.place or plays_once(frame.place)


def _same(frame: PlayedFrame, last: PlayedFrame | None) -> bool:
    if last is None or (frame.place, frame.index) != (last.place, last.index):
        return False
    # a camera that was opened again counts anew
    return frame.image is last.image or not _plays_once(frame)


def _make_room(path: Path, overwrite: bool) -> None:
    """Refuse to destroy anything but a recording that may be; take that away with its frames."""
    if not path.exists():
        return
    if not is_recording(path):
        raise FormatError(
            f"{path}: there is something that is no recording, and stays: give the recording another name"
        )
    if not overwrite:
        raise StateError(f"{path}: there is a recording already: give another name, or ask for it to be overwritten")
    with contextlib.suppress(Error):  # a damaged one keeps its frames; the new ones take another number
        remove_frames(path.parent, {step.place for step in read_recording(path).steps if step.place})
    path.unlink()
