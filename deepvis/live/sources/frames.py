"""Frames for a picture or video that is written without a window, and frames that are looked at once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from types import TracebackType

from deepvis.errors import Error
from deepvis.live.sources import (
    CAMERA,
    STREAM,
    Frame,
    LiveSource,
    PictureFiles,
    SourceOptions,
    Video,
    entry_at,
    is_live,
    open_live,
    read_entry,
)

RATE = 25.0  # frames a second where the source has no rate of its own
HOLD = 25  # frames for which a still picture stays in a video
CAMERA_FRAMES = 250  # of a camera, unless told otherwise


def first_frame(files: PictureFiles | None, live: str | None, options: SourceOptions | None = None) -> Frame:
    """The first picture there is. Raises deepvis.Error where there is none."""
    if live is not None:
        with closing(open_live(live, options, paced=False)) as source:
            frame = source.read()
    else:
        frame = files.step(0) if files else None
    if frame is None:
        why = "; ".join(files.skipped) if files and files.skipped else "the source is empty"
        raise Error(f"no picture can be read: {why}")
    return frame


def video_frames(
    files: PictureFiles | None, live: str | None, most: int | None = None, options: SourceOptions | None = None
) -> tuple[float, Iterator[Frame]]:
    """The rate, and the frames: a whole video, some seconds of a camera, or pictures held for a second."""
    if live is None:
        return RATE, islice(_held(files), most)
    source = open_live(live, options, loop=False, paced=False)
    if isinstance(source, Video):
        return source.fps * source.speed, _numbered(source, most)
    return RATE, _numbered(source, most or CAMERA_FRAMES)


def _numbered(source: LiveSource, most: int | None) -> Iterator[Frame]:
    serial = 0
    with closing(source):
        while (most is None or serial < most) and (frame := source.read()) is not None:
            serial += 1
            yield replace(frame, serial=serial)


def _held(files: PictureFiles | None) -> Iterator[Frame]:
    first: str | None = None
    for serial in range(len(files.paths()) if files else 0):
        frame = files.step(min(serial, 1)) if files else None
        if frame is None or frame.place == first:  # unreadable files made the list shorter
            return
        first = first or frame.place
        yield from [replace(frame, serial=serial + 1)] * HOLD


class Replayer:
    """Frames of one place by their number: `open_at(frame.place).frame(frame.index)` is that frame again.

    In videos, reading onwards is quick and going back costs a little.
    """

    def __init__(self, read: Callable[[int], Frame], close: Callable[[], None]) -> None:
        self._read, self._close = read, close

    def frame(self, index: int = 0) -> Frame:
        """The frame of that number. Raises deepvis.Error where there is none, or it cannot be read."""
        return self._read(index)

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def __enter__(self) -> Replayer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_at(place: str, options: SourceOptions | None = None) -> Replayer:
    """Open what a frame's `place` names: a picture file, a pair of them, or a video. Raises deepvis.Error for cameras
    and streams, whose pictures are gone, and for what cannot be opened.
    """
    if place.startswith(CAMERA) or STREAM.match(place):
        raise Error(f"{place}: what a camera or stream showed cannot be read again")
    if is_live(place):
        video = open_live(place, options, loop=False, paced=False)
        assert isinstance(video, Video)
        return Replayer(video.frame, video.close)
    entry = entry_at(place)

    def read(index: int) -> Frame:
        if index:
            raise Error(f"{place}: a picture has no frame {index}, only 0")
        return read_entry(entry)

    return Replayer(read, lambda: None)
