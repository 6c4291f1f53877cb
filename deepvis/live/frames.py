"""Frames for a picture or video that is written without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from deepvis.errors import Error
from deepvis.live.sources import Frame, PictureFiles, Video, open_live

RATE = 25.0  # frames a second where the source has no rate of its own
HOLD = 25  # frames for which a still picture stays in a video
CAMERA_FRAMES = 250  # of a camera, unless told otherwise


def first_frame(files: PictureFiles | None, live: str | None) -> Frame:
    """The first picture there is. Raises deepvis.Error where there is none."""
    if live is not None:
        source = open_live(live, paced=False)
        frame = source.read()
        source.close()
    else:
        frame = files.step(0) if files else None
    if frame is None:
        why = "; ".join(files.skipped) if files and files.skipped else "the source is empty"
        raise Error(f"no picture can be read: {why}")
    return frame


def video_frames(
    files: PictureFiles | None, live: str | None, most: int | None = None
) -> tuple[float, Iterator[Frame]]:
    """The rate, and the frames: a whole video, some seconds of a camera, or pictures held for a second."""
    if live is None:
        return RATE, islice(_held(files), most)
    source = open_live(live, loop=False, paced=False)
    if isinstance(source, Video):
        return source.fps, islice(_numbered(source.read), most)
    return RATE, islice(_numbered(source.read), most or CAMERA_FRAMES)


def _numbered(read: Callable[[], Frame | None]) -> Iterator[Frame]:
    serial = 0
    while (frame := read()) is not None:
        serial += 1
        yield replace(frame, serial=serial)


def _held(files: PictureFiles | None) -> Iterator[Frame]:
    first: str | None = None
    for serial in range(len(files.paths()) if files else 0):
        frame = files.step(min(serial, 1)) if files else None
        if frame is None or frame.name == first:  # unreadable files made the list shorter
            return
        first = first or frame.name
        yield from [replace(frame, serial=serial + 1)] * HOLD
