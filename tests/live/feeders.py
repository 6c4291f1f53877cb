"""What a feeder hands over, for tests."""

from __future__ import annotations

from collections.abc import Callable

from waiting import next_in

from deepvis.live.sources import Frame
from deepvis.live.sources.feeder import Feeder


def newest(feeder: Feeder, wanted: Callable[[Frame], bool] = lambda frame: True) -> Frame:
    """The next frame of this kind."""
    return next_in(feeder.frames, wanted)


def nothing_comes(feeder: Feeder, seconds: float = 0.15) -> bool:
    """Whether no frame comes for so long."""
    return feeder.frames.take(seconds) is None
