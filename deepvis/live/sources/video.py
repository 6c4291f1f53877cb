"""Videos that run, are stepped through and searched."""

from __future__ import annotations

import time

from deepvis.errors import Error, FormatError
from deepvis.live.sources.frame import SPEEDS, Frame, SourceOptions
from deepvis.live.sources.reel import Reel

_LATE = 0.5  # seconds by which a fast video may lag behind before its clock starts anew
_MOST_SKIPPED = 16  # frames passed over at once where a fast video cannot be kept up with
_BEFORE = 16  # frames kept ahead of one that was searched for


class Video:
    """A video file, or a stream by its URL, at its own pace; a file starts again at its end if `loop`.

    fps is the video's own rate, `speed` a factor to it. Frames are numbered as they lie in the file, so that the
    number of the first one is 0 again after the end. Raises FormatError where it cannot be opened or read.
    """

    def __init__(self, path: str, options: SourceOptions | None = None, *, paced: bool = True) -> None:
        options = options or SourceOptions()
        self._reel = Reel(path)
        self.name, self.fps = self._reel.name, self._reel.fps
        self.due = 0.0  # on the monotonic clock: when the next frame is to be shown; 0 for at once
        self._paced = paced and not self._reel.endless  # a stream comes at its own pace
        self.loop, self.speed = options.loop, options.speed
        self._at = -1  # number of the frame given last

    @property
    def speed(self) -> float:
        """How many times as fast as it was taken it runs, within `SPEEDS`."""
        return self._speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self._speed = min(max(factor, SPEEDS[0]), SPEEDS[1])
        self.due = min(self.due, time.monotonic() + self._period)

    @property
    def _period(self) -> float:
        return 1 / (self.fps * self._speed)

    def read(self) -> Frame | None:
        """The next frame when it is due; None at the end, unless it begins again."""
        time.sleep(max(0.0, self.due - time.monotonic()))
        frame = self._reel.fetch(self._at + 1 + self._behind())
        if frame is None and self.loop:
            frame = self._first()
        return frame and self._given(frame)

    def step(self, frames: int) -> Frame:
        """The frame so many on from the one given last, or back. Before the first there is only the first; beyond
        the last comes the first again if `loop`, and else only the last.
        """
        target = max(self._at + frames, self._beginning())
        frame = self._reel.fetch(target, _BEFORE)
        if frame is None:
            last = self._last()
            frame = self._reel.fetch(target % (last.index + 1), _BEFORE) if self.loop else last
        return self._given(frame or self._first())

    def seek(self, seconds: float) -> Frame:
        """The frame so many seconds on from the one given last, or back, but no further than the first and last."""
        target = max(self._at + round(seconds * self.fps), self._beginning())
        if self._reel.endless:
            target = min(target, self._at + 1)  # what comes later has not happened yet
        return self._given(self._reel.fetch(target, _BEFORE) or self._last())

    def frame(self, index: int) -> Frame:
        """The frame of that number. Raises Error where there is none."""
        frame = self._reel.fetch(index) if index >= self._beginning() else None
        if frame is None:
            count = f"; it has {self._reel.count}" if self._reel.count is not None else ""
            raise Error(f"{self._reel.path}: there is no frame {index} in this video{count}")
        return self._given(frame)

    def interrupt(self) -> None:
        """From any thread: have a long search for a frame end with an Error, now or when it begins."""
        self._reel.interrupt()

    def close(self) -> None:
        """Let go of the file."""
        self._reel.close()

    def _given(self, frame: Frame) -> Frame:
        self._at = frame.index
        if self._paced:
            # what a slow disk delayed is not made up for, but by passing frames over above the video's own speed
            late = self._period if self.speed <= 1 else _LATE
            now = time.monotonic()
            self.due = (self.due if self.due > now - late else now) + self._period
        return frame

    def _behind(self) -> int:
        """How many frames to pass over to keep up a speed above the video's own."""
        if not self._paced or self.speed <= 1 or self._at < 0:
            return 0
        late = int((time.monotonic() - self.due) * self.fps * self.speed)
        left = _MOST_SKIPPED if self._reel.count is None else self._reel.count - self._at - 2
        return max(0, min(late, left, _MOST_SKIPPED))

    def _beginning(self) -> int:
        return self._reel.oldest() if self._reel.endless else 0

    def _first(self) -> Frame:
        frame = self._reel.fetch(0)
        if frame is None:
            raise FormatError(f"{self._reel.path}: no frame can be read from this video")
        return frame

    def _last(self) -> Frame:
        """The last frame, once the end has been reached."""
        while self._reel.count:
            frame = self._reel.fetch(self._reel.count - 1, _BEFORE)
            if frame is not None:
                return frame
        return self._first()
