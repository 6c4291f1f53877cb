"""Cameras, by number or device path."""

from __future__ import annotations

import re
import time
from pathlib import Path

import cv2
import numpy as np

from deepvis.errors import FormatError
from deepvis.live.sources.capture import Capture
from deepvis.live.sources.frame import Frame, SourceOptions
from deepvis.render import Picture

_TRIES = 5  # at a picture, before a camera that gives none is taken to be gone
_PAUSE = 0.02  # seconds between them
_STALE = 0.5  # seconds without reading after which what the driver kept is of another time
_KEPT = 4  # pictures that a driver keeps, at most
_AT_ONCE = 0.005  # seconds: a picture that comes sooner was not waited for


class Camera:
    """A camera by number or device path: mirrored, and stretched to the full range of brightness as ever, unless the
    options say otherwise. Raises FormatError where it cannot be opened.
    """

    def __init__(self, device: str, options: SourceOptions | None = None) -> None:
        self.name = f"camera {device}"
        self._place = f"camera:{device}"
        self._options = options or SourceOptions()
        why_not = " cannot be opened: is it plugged in, and used by no other program?"
        self._capture = Capture(_target(device), self._place, why_not)
        self._index = 0
        self._last = time.monotonic()
        wanted = self._options
        if wanted.camera_size is not None:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.camera_size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.camera_size[1])
        if wanted.camera_fps is not None:
            self._capture.set(cv2.CAP_PROP_FPS, wanted.camera_fps)

    def read(self) -> Frame:
        """The newest frame; waits for the camera. Raises FormatError when it gives none any more."""
        begun = time.perf_counter()
        if self._index and time.monotonic() - self._last > _STALE:
            self._drop_stale()
        image = self._picture()
        if self._options.mirror:
            image = np.ascontiguousarray(image[:, ::-1])
        self._index += 1
        self._last = time.monotonic()
        took = (time.perf_counter() - begun) * 1000
        return Frame(image, self.name, place=self._place, index=self._index - 1, capture_ms=took)

    def _picture(self) -> Picture:
        """One bad picture is no reason to give a camera up, and some begin with a few."""
        problem = FormatError(f"{self.name} gives no picture any more")
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)
            try:
                image = self._capture.read(stretch=self._options.autocontrast)
            except FormatError as error:
                problem = error
                continue
            if image is not None:
                return image
        raise problem

    def _drop_stale(self) -> None:
        for _ in range(_KEPT):
            begun = time.monotonic()
            if not self._capture.grab() or time.monotonic() - begun > _AT_ONCE:
                return

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def _target(device: str) -> int | str:
    """What OpenCV is to open. /dev/v4l/by-id/… keeps its meaning when a camera gets another number on being plugged
    in again, and /dev/video2 is opened as a camera, not as a file.
    """
    if device.isdecimal():
        return int(device)
    try:
        real = str(Path(device).resolve())
    except (OSError, ValueError, RuntimeError):
        return device
    match = re.fullmatch(r"/dev/video(\d{1,4})", real)
    return int(match[1]) if match else device
