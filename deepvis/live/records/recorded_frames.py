"""Frames of a camera or stream beside a recording, without loss: they cannot be had a second time."""

from __future__ import annotations

import re
import shutil
import tempfile
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from deepvis.errors import Error, FormatError
from deepvis.pictures import read_picture
from deepvis.render import Picture

NAME = re.compile(r"[^/\\]+\.frames(\d+)?(\.avi)?")
LEAST_FREE = 64 * 2**20  # bytes left on the disk; OpenCV does not say when it could not write a frame
FFV1 = cv2.VideoWriter.fourcc(*"FFV1")
RATE = 25.0  # frames a second, for a player's sake only


def is_recorded(place: str) -> bool:
    """Whether this is a name that FrameStore gives."""
    return NAME.fullmatch(place) is not None


class FrameStore:
    """Writes frames to STEM.frames.avi, a video by FFV1; those of another size to STEM.frames2.avi and so on. Where
    this OpenCV cannot give back what it wrote, as with odd sizes, they become pictures in STEM.frames/. Nothing that
    is there is overwritten: the next free number is taken.
    """

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder, self._stem = folder, stem
        self._videos: dict[tuple[int, ...], _Video | None] = {}
        self._pictures: _Pictures | None = None

    def add(self, image: Picture) -> tuple[str, int]:
        """Write an (H, W, 3) RGB frame; gives the file's name within the folder and the frame's number in it.

        Raises deepvis.Error or OSError where it cannot be written.
        """
        free = shutil.disk_usage(self._folder).free
        if free < LEAST_FREE:
            raise Error(f"{self._folder}: only {free / 2**20:.0f} MiB left on this disk, too little to record frames")
        if image.shape not in self._videos:
            self._videos[image.shape] = _Video(self._free(".avi"), image) if _is_lossless(image) else None
        video = self._videos[image.shape]
        if video is not None:
            return video.add(image)
        if self._pictures is None:
            self._pictures = _Pictures(self._free(""))
        return self._pictures.add(image)

    def close(self) -> None:
        """Complete the videos."""
        for video in self._videos.values():
            if video is not None:
                video.close()

    def _free(self, suffix: str) -> Path:
        names = (f"{self._stem}.frames{number if number > 1 else ''}{suffix}" for number in count(1))
        return next(path for name in names if not (path := self._folder / name).exists())


class _Video:
    def __init__(self, path: Path, image: Picture) -> None:
        self._path = path
        self._count = 0
        self._writer = _writer(path, image)
        if not self._writer.isOpened():
            raise Error(f"{path}: OpenCV cannot write this video")

    def add(self, image: Picture) -> tuple[str, int]:
        self._writer.write(_swapped(image))
        self._count += 1
        return self._path.name, self._count - 1

    def close(self) -> None:
        self._writer.release()


class _Pictures:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        folder.mkdir()

    def add(self, image: Picture) -> tuple[str, int]:
        # time matters more than space here
        good, data = cv2.imencode(".png", _swapped(image), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        if not good:
            raise Error(f"{self._folder}: OpenCV cannot write this frame as a PNG")
        _picture_path(self._folder, self._count).write_bytes(data.tobytes())
        self._count += 1
        return self._folder.name, self._count - 1


class RecordedFrames:
    """Reads what FrameStore wrote; quickest in the order in which it was written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: Path | None = None
        self._capture = cv2.VideoCapture()
        self._next = 0

    def read(self, place: str, index: int) -> Picture:
        """Frame `index` of the file of this name, (H, W, 3) RGB. Raises FormatError where it is not there."""
        path = self._folder / place
        if not is_recorded(place) or not path.exists():
            raise FormatError(f"{path}: no file with recorded frames")
        if path.is_dir():
            return read_picture(_picture_path(path, index))
        if path != self._open or index < self._next:
            self._capture.release()
            self._capture, self._open, self._next = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), path, 0
        good = True
        while good and self._next < index:
            good = self._capture.grab()
            self._next += 1
        bgr = None
        if good:
            good, bgr = self._capture.read()
            self._next += 1
        if not good or bgr is None:
            self._open = None
            raise FormatError(f"{path}: frame {index} cannot be read: the video is damaged or was cut short")
        return _swapped(np.asarray(bgr, np.uint8))

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()
        self._open = None


def frames_left(path: Path) -> int:
    """How many whole frames a video surely holds whose writer may have been killed."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])  # -1: packets, not decoded
    promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    found = 0
    while capture.grab():
        found += 1
    capture.release()
    # an index is written at the end; without one, the last packet may be half there
    return found if found == promised else max(found - 1, 0)


def remove_frames(folder: Path, places: set[str]) -> None:
    """Delete what FrameStore wrote under these names; in a folder only pictures of its making."""
    for path in (folder / place for place in places if is_recorded(place)):
        if path.is_file():
            path.unlink()
        elif path.is_dir():
            for picture in path.glob("*.png"):
                if picture.stem.isdecimal():
                    picture.unlink()
            if not any(path.iterdir()):
                path.rmdir()


def _is_lossless(image: Picture) -> bool:
    """Whether this OpenCV and its FFmpeg give frames of this size back bit for bit. Some crop odd sizes, and some
    might go through another colour space.
    """
    noise = np.random.default_rng(0).integers(0, 256, image.shape, dtype=np.uint8)
    with tempfile.TemporaryDirectory(prefix="deepvis-") as folder:
        path = Path(folder) / "trial.frames.avi"
        writer = _writer(path, image)
        if not writer.isOpened():
            return False
        for each in (image, noise):
            writer.write(_swapped(each))
        writer.release()
        frames = RecordedFrames(path.parent)
        try:
            return all(np.array_equal(frames.read(path.name, at), each) for at, each in enumerate((image, noise)))
        except FormatError:
            return False
        finally:
            frames.close()


def _writer(path: Path, image: Picture) -> cv2.VideoWriter:
    height, width = image.shape[:2]
    return cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, FFV1, RATE, (width, height))


def _picture_path(folder: Path, index: int) -> Path:
    return folder / f"{index:08d}.png"


def _swapped(image: Picture) -> Picture:
    """RGB from BGR or the other way round."""
    return np.ascontiguousarray(image[..., ::-1])
