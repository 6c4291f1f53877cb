"""From what a user wrote to a live source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deepvis.errors import FormatError
from deepvis.live.sources.camera import Camera
from deepvis.live.sources.frame import SourceOptions
from deepvis.live.sources.reel import STREAM
from deepvis.live.sources.video import Video

VIDEO_SUFFIXES = (".avi", ".mp4", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".gif")
CAMERA = "camera:"


def is_live(spec: str) -> bool:
    """Whether a source runs by itself: camera:…, a stream's URL or a video file."""
    return bool(spec.startswith(CAMERA) or STREAM.match(spec) or Path(spec).suffix.lower() in VIDEO_SUFFIXES)


def live_name(spec: str) -> str:
    """What a live source's frames are called: camera 0, a stream's URL, a video's file name."""
    if spec.startswith(CAMERA):
        return f"camera {spec.removeprefix(CAMERA) or '0'}"
    return spec if STREAM.match(spec) else Path(spec).name


def open_live(
    spec: str, options: SourceOptions | None = None, *, loop: bool | None = None, paced: bool = True
) -> Camera | Video:
    """Open camera:N, camera:/dev/…, a stream's URL or a video file. Raises FormatError where that cannot be done.

    loop: in place of the options' own. paced: whether a video's frames are waited for until they are due.
    """
    options = options or SourceOptions()
    if loop is not None:
        options = replace(options, loop=loop)
    if spec.startswith(CAMERA):
        return Camera(spec.removeprefix(CAMERA) or "0", options)
    if not STREAM.match(spec):
        path = Path(spec)
        if not path.exists():
            raise FormatError(f"{spec}: no such file")
        if not path.is_file():  # opening a pipe might never end
            raise FormatError(f"{spec}: not a file")
    return Video(spec, options, paced=paced)
