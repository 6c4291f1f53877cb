"""cv2.VideoCapture, with its many ways of failing turned into one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import cv2

from deepvis.errors import Error, FormatError
from deepvis.pictures import rgb_of
from deepvis.render import Picture


class Capture:
    """A device, file or stream opened by OpenCV, for one thread at a time.

    Raises FormatError naming `name`, when it cannot be opened and when OpenCV raises anything.
    """

    def __init__(self, target: int | str, name: str, why_not: str) -> None:
        self.name = name
        with self._failing(), _quiet():
            self._capture = cv2.VideoCapture(target)
            opened = self._capture.isOpened()
        if not opened:
            self.release()
            raise FormatError(f"{name}{why_not}")

    def read(self, *, stretch: bool = False) -> Picture | None:
        """The next picture, RGB; None where there is none. `stretch` as in `deepvis.pictures.rgb_of`."""
        with self._failing():
            good, bgr = self._capture.read()
            return rgb_of(bgr, stretch=stretch) if good and bgr is not None and bgr.size else None

    def grab(self) -> bool:
        """Go past the next picture; whether there was one."""
        with self._failing():
            return bool(self._capture.grab())

    def get(self, what: int) -> float:
        """One of OpenCV's CAP_PROP_… values; 0 where it is unknown."""
        with self._failing():
            return float(self._capture.get(what))

    def set(self, what: int, value: float) -> bool:
        """Ask for another CAP_PROP_… value; whether OpenCV takes it to have been obeyed."""
        with self._failing():
            return bool(self._capture.set(what, value))

    def release(self) -> None:
        """Let go of it; a driver's complaint at that is of no more use to anybody."""
        with suppress(Exception):
            self._capture.release()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except Error as error:
            raise FormatError(f"{self.name}: {error}") from error
        except Exception as error:  # cv2.error, and whatever a driver's binding raises
            raise FormatError(f"{self.name}: OpenCV fails: {error or type(error).__name__}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV from writing its warnings to the terminal while a camera is looked for every other second."""
    logging = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)
