"""What a video remembers of the frames it has been through, so that each can be found again exactly."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left
from collections import OrderedDict

from deepvis.live.sources.frame import Frame
from deepvis.render import Picture

_BYTES = 64 * 2**20
_LEAST = 2  # frames kept however large they are: the one shown, and the one before it
_MOST = 64
_SAME_MS = 1e-3
_COARSE = 8  # every so many pixels count for a picture's mark
_UNSEEN = -1


class RecentFrames:
    """The frames read last, by their number, within a limit of memory."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self.room = _LEAST

    def get(self, index: int) -> Frame | None:
        """The frame of that number, if it is still here."""
        return self._frames.get(index)

    def keep(self, frame: Frame) -> None:
        """Remember this one, and forget those that came longest ago."""
        self.room = max(_LEAST, min(_MOST, _BYTES // frame.image.nbytes))
        self._frames[frame.index] = frame
        self._frames.move_to_end(frame.index)
        while len(self._frames) > self.room:
            self._frames.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._frames.clear()

    def oldest(self, default: int) -> int:
        """The lowest number here."""
        return min(self._frames, default=default)


class Landmarks:
    """The time stamps (ms) of all frames so far, and a mark of those that were looked at. After OpenCV has jumped to
    where it takes a frame to be, which with some codecs is another one, they tell where it really is.
    """

    def __init__(self) -> None:
        self._times = array("d")
        self._marks = array("q")
        self.trusted = True

    def note(self, index: int, time_ms: float) -> None:
        """A frame has been passed, whose number is certain where all before it were counted."""
        if index == len(self._times):
            if self._times and time_ms <= self._times[-1]:
                self.trusted = False  # they cannot tell frames apart
            self._times.append(time_ms)
            self._marks.append(_UNSEEN)

    def index_of(self, time_ms: float) -> int | None:
        """The number of the frame with that time stamp."""
        at = bisect_left(self._times, time_ms - _SAME_MS)
        known = at < len(self._times) and abs(self._times[at] - time_ms) <= _SAME_MS
        return at if known else None

    def agree(self, index: int, image: Picture) -> bool:
        """Whether this is the picture seen under that number before; it is noted if it is the first."""
        mark = zlib.crc32(image[::_COARSE, ::_COARSE].tobytes())
        if self._marks[index] == _UNSEEN:
            self._marks[index] = mark
        return self._marks[index] == mark
