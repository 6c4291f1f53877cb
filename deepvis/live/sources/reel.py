"""A video's frames by number: each number means one frame, whatever OpenCV holds its position to be."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import cv2

from deepvis.errors import Error, FormatError
from deepvis.live.sources.capture import Capture
from deepvis.live.sources.frame import Frame
from deepvis.live.sources.past import Landmarks, RecentFrames

STREAM = re.compile(r"^(https?|rtsps?|rtmp|udp|tcp)://", re.IGNORECASE)
_JUMPS = (17, 250)  # frames before the wanted one at which OpenCV is asked to go on, one after the other
_NEAR = 32  # frames from the start that are counted through rather than jumped to
_BROKEN = 0.95  # of the promised frames: a stream that ends sooner has broken off


class Reel:
    """A video file or stream, read by the number of the frame. A stream has no past but its last few frames.

    Frames are counted from the start. To go back, OpenCV jumps to where it takes the place to be, and what it finds
    there is told by its time stamp and its look; where these are of no help the video is read from the start again.
    Raises FormatError where it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.is_stream = bool(STREAM.match(path))
        self.name = path if self.is_stream else Path(path).name
        self.place = path if self.is_stream else str(Path(path).absolute())
        self.count: int | None = None  # known once the end has been reached
        self._recent = RecentFrames()
        self._landmarks = Landmarks()
        self._next = 0  # number of the frame that the capture gives next
        self._jumped = False
        self._stop = threading.Event()
        self._capture = self._open()
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._promised = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.endless = self.is_stream and not self._promised >= 1
        self.fps = fps if 1 <= fps <= 240 else 25.0
        if self._promised == 1:
            self.fps = 1.0  # a still picture in a video's clothes, such as many a gif

    def _open(self) -> Capture:
        return Capture(self.path, self.path, ": not a video that OpenCV can open")

    def fetch(self, index: int, before: int = 0) -> Frame | None:
        """The frame of that number, from 0; None beyond the end.

        before: so many frames ahead of it are kept too, as far as there is room, where one may soon step back to
        them. Raises FormatError where the video cannot be read, and Error when it is interrupted.
        """
        kept = self._recent.get(index)
        if kept is not None:
            return kept
        if self.count is not None and index >= self.count:
            return None
        if index < self._next:
            self._go_back(index)
        before = min(before, self._recent.room - 1)
        while True:
            if self._stop.is_set():
                raise Error(f"{self.path}: the search for frame {index} was interrupted")
            if index - self._next > before:
                more: object = self._pass()
            else:
                more = frame = self._decode()
                if frame is not None and frame.index == index:
                    return frame
            if not more and not self._misled():
                self._end()
                return None

    def oldest(self) -> int:
        """The first frame that a stream still has."""
        return self._recent.oldest(self._next)

    def interrupt(self) -> None:
        """From any thread: have a long search for a frame end with an Error, now or when it begins."""
        self._stop.set()

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()

    def _pass(self) -> bool:
        if not self._capture.grab():
            return False
        self._count_one()
        return True

    def _decode(self) -> Frame | None:
        begun = time.perf_counter()
        image = self._capture.read()
        if image is None:
            return None
        index = self._next
        self._count_one()
        if not self.endless and not self._landmarks.agree(index, image):
            if self._misled():
                return Frame(image, self.name, index=-1)
            self._landmarks.trusted = False  # the file is another one than it was
        took = (time.perf_counter() - begun) * 1000
        frame = Frame(image, self.name, place=self.place, index=index, capture_ms=took)
        self._recent.keep(frame)
        return frame

    def _count_one(self) -> None:
        if not self.endless:
            self._landmarks.note(self._next, self._capture.get(cv2.CAP_PROP_POS_MSEC))
        self._next += 1

    def _go_back(self, index: int) -> None:
        """Have the capture stand at this frame, or somewhere before it."""
        for before in _JUMPS:
            if not self._landmarks.trusted or index - before < _NEAR:
                break
            self._jumped = True
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, index - before)
            if self._capture.grab():
                found = self._landmarks.index_of(self._capture.get(cv2.CAP_PROP_POS_MSEC))
                if found is not None and found < index:
                    self._next = found + 1
                    return
        self._reopen()

    def _misled(self) -> bool:
        """Whether something odd may come of a jump; then it is made good by reading from the start, for ever after."""
        if not self._jumped:
            return False
        self._landmarks.trusted = False
        self._recent.clear()
        self._reopen()
        return True

    def _reopen(self) -> None:
        self._capture.release()
        self._capture = self._open()
        self._next, self._jumped = 0, False

    def _end(self) -> None:
        if self.is_stream and (self.endless or self._next < self._promised * _BROKEN):
            raise FormatError(f"{self.name} gives no picture any more")
        self.count = self._next
