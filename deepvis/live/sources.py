"""Where pictures come from: files that are stepped through, and live sources that run by themselves."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from deepvis.errors import Error, FormatError
from deepvis.pictures import PICTURE_SUFFIXES, read_picture
from deepvis.render import Picture

VIDEO_SUFFIXES = (".avi", ".mp4", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".gif")
STREAM = re.compile(r"^(https?|rtsp|rtmp|udp|tcp)://")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture (H, W, 3) uint8 RGB and its name; `serial` differs for every frame of a run."""

    image: Picture
    name: str
    serial: int = 0


class LiveSource(Protocol):
    """A camera or video: every read gives the next picture, and waits until it is due."""

    name: str

    def read(self) -> Frame | None:
        """The next frame; None when there will be no more. Raises deepvis.Error when the source fails."""
        ...

    def close(self) -> None:
        """Let go of the device or file."""
        ...


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key under which img2 comes before img10."""
    return [(int(w), "") if w.isdigit() else (-1, w) for w in re.split(r"(\d+)", str(path).lower()) if w]


class PictureFiles:
    """Picture files one steps through; those that cannot be read are left out with a word.

    A directory or pattern is listed anew at every step, so that new files appear.
    """

    def __init__(self, list_paths: Callable[[], Iterable[Path]]) -> None:
        self._list_paths = list_paths
        self._bad: set[Path] = set()
        self._at: Path | None = None
        self._index = 0
        self.skipped: list[str] = []

    def paths(self) -> list[Path]:
        """The files there are now, without those found unreadable, in the order they were given."""
        return [path for path in dict.fromkeys(self._list_paths()) if path not in self._bad]

    def step(self, steps: int) -> Frame | None:
        """The picture so many files on from the present one, wrapping round; None where none can be read."""
        while paths := self.paths():
            if self._at in paths:
                self._index = paths.index(self._at) + steps
            elif self._at is None or steps < 0:
                self._index += steps
            else:  # it vanished or turned out unreadable: the next file has moved to its place
                self._index += steps - 1
            self._index %= len(paths)
            self._at = paths[self._index]
            try:
                return Frame(read_picture(self._at), self._at.name)
            except Error as error:
                self._bad.add(self._at)
                self.skipped.append(str(error))
                steps = -1 if steps < 0 else 1
        return None


class Video:
    """A video file, or a stream by its URL, at its own pace; a file starts again at its end if `loop`."""

    def __init__(self, path: str, *, loop: bool = True, paced: bool = True) -> None:
        self.name = Path(path).name if not STREAM.match(path) else path
        self._path, self._loop, self._paced = path, loop, paced
        self._capture = cv2.VideoCapture(path)
        if not self._capture.isOpened():
            raise FormatError(f"{path}: not a video that OpenCV can open")
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.fps = fps if 1 <= fps <= 240 else 25.0
        self._due = 0.0

    def read(self) -> Frame | None:
        """The next frame when it is due."""
        good, bgr = self._capture.read()
        if not good and self._loop:
            self._capture.release()
            self._capture = cv2.VideoCapture(self._path)
            good, bgr = self._capture.read()
            if not good:
                raise FormatError(f"{self._path}: no frame can be read from this video")
        if not good:
            return None
        if self._paced:
            now = time.monotonic()
            self._due = max(self._due + 1 / self.fps, now)
            time.sleep(min(self._due - now, 1.0))
        return Frame(_rgb(bgr), self.name)

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()


class Camera:
    """A camera by number or device path: mirrored, and stretched to the full range of brightness as ever."""

    def __init__(self, device: str) -> None:
        self.name = f"camera {device}"
        self._capture = cv2.VideoCapture(int(device) if device.isdigit() else device)
        if not self._capture.isOpened():
            raise FormatError(f"camera:{device} cannot be opened: is it plugged in, and used by no other program?")

    def read(self) -> Frame | None:
        """The newest frame; waits for the camera."""
        good, bgr = self._capture.read()
        if not good:
            raise FormatError(f"{self.name} gives no picture any more")
        image = _rgb(bgr)[:, ::-1]
        low, high = int(image.min()), int(image.max())
        if (low, high) != (0, 255) and high > low:
            table = np.clip((np.arange(256) - low) * 255 // (high - low), 0, 255).astype(np.uint8)
            image = table[image]
        return Frame(np.ascontiguousarray(image), self.name)

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def _rgb(bgr: object) -> Picture:
    image = np.asarray(bgr, np.uint8)
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    return np.ascontiguousarray(image[..., 2::-1])


def _inside(folder: Path) -> list[Path]:
    found = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()]
    return sorted(found, key=_natural)


def _matching(pattern: str) -> list[Path]:
    return sorted(map(Path, glob.glob(pattern, recursive=True)), key=_natural)  # noqa: PTH207 patterns may be absolute


def open_files(specs: list[str]) -> PictureFiles:
    """Picture files from paths, directories and patterns, all together."""
    lists: list[Callable[[], Iterable[Path]]] = []
    for spec in specs:
        path = Path(spec).expanduser()
        if path.is_dir():
            lists.append(partial(_inside, path))
        elif path.exists():
            lists.append(partial(list, [path]))
        elif glob.has_magic(spec):
            lists.append(partial(_matching, str(path)))
        else:
            raise FormatError(f"{spec}: no such file or directory")
    files = PictureFiles(lambda: [path for paths in lists for path in paths()])
    if not files.paths():
        known = " ".join(PICTURE_SUFFIXES)
        raise FormatError(f"{', '.join(specs)}: no picture files there (looked for {known})")
    return files


def is_live(spec: str) -> bool:
    """Whether a source runs by itself: camera:…, a stream's URL or a video file."""
    return bool(spec.startswith("camera:") or STREAM.match(spec) or Path(spec).suffix.lower() in VIDEO_SUFFIXES)


def open_live(spec: str, *, loop: bool = True, paced: bool = True) -> Camera | Video:
    """Open camera:N, camera:/dev/…, a stream's URL or a video file."""
    if spec.startswith("camera:"):
        return Camera(spec.removeprefix("camera:") or "0")
    if not STREAM.match(spec) and not Path(spec).exists():
        raise FormatError(f"{spec}: no such file")
    return Video(spec, loop=loop, paced=paced)
