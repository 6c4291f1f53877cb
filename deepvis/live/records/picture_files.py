"""Pictures and videos to files, which appear when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from deepvis.atomic import write_atomically
from deepvis.errors import Error, FormatError
from deepvis.render import Picture

CODECS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".avi": "MJPG", ".webm": "VP90", ".mkv": "MJPG"}
STILLS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def is_video(path: Path) -> bool:
    """Whether this name asks for a video. Raises FormatError where it asks for neither video nor picture."""
    suffix = path.suffix.lower()
    if suffix not in CODECS and suffix not in STILLS:
        known = " ".join((*STILLS, *CODECS))
        raise FormatError(f"{path}: the suffix must say what to write, one of {known}")
    return suffix in CODECS


def write_picture(path: Path, picture: Picture) -> None:
    """An RGB picture to a file, by way of a temporary one so that no half-written file is ever seen."""
    good, data = cv2.imencode(path.suffix.lower(), np.ascontiguousarray(picture[..., ::-1]))
    if not good:
        raise Error(f"{path}: OpenCV cannot write this kind of picture")
    write_atomically(path, data.tobytes())


def write_video(path: Path, pictures: Iterable[Picture], fps: float) -> int:
    """RGB pictures of one size to a video; returns how many. The file appears when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, pictures = _peek(pictures)
    if first is None:
        raise Error(f"{path}: there is no frame to write")
    # the suffix picks the container, so the temporary name has to keep it
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    height, width = first.shape[:2]
    # most codecs halve the colour planes and want even sizes
    even = (width - width % 2, height - height % 2)
    codec = cv2.VideoWriter.fourcc(*CODECS[path.suffix.lower()])
    writer = cv2.VideoWriter(str(partial), codec, fps, even)
    count = 0
    try:
        if not writer.isOpened():
            raise Error(f"{path}: this OpenCV cannot write {path.suffix} videos; try .avi or .png")
        for picture in pictures:
            writer.write(np.ascontiguousarray(picture[: even[1], : even[0], ::-1]))
            count += 1
        writer.release()
        partial.replace(path)
    finally:
        writer.release()
        partial.unlink(missing_ok=True)
    return count


def _peek(pictures: Iterable[Picture]) -> tuple[Picture | None, Iterator[Picture]]:
    rest = iter(pictures)
    first = next(rest, None)
    return first, rest if first is None else chain([first], rest)
