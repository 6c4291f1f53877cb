"""What every source gives, and what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from deepvis.errors import Error
from deepvis.render import Picture

SPEEDS = (0.125, 8.0)  # the slowest and the fastest that a video runs, as a factor


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture (H, W, 3) uint8 RGB and its name; `serial` differs for every frame of a run.

    second: the other picture of a pair, for nets with two inputs. place: the file's path or the source's spec, which
    brings this very frame back (`frames.open_at`) together with `index`, the frame's number within its video or camera,
    from 0. capture_ms: how long reading it took, without any waiting until it was due.
    """

    image: Picture
    name: str
    serial: int = 0
    second: Picture | None = None
    place: str = ""
    index: int = 0
    capture_ms: float = 0.0


@dataclass(frozen=True)
class SourceOptions:
    """How live sources are read. camera_size is (width, height) in pixels and camera_fps frames a second; a camera
    that cannot do what is asked gives what it can. mirror and autocontrast (darkest sample to 0, lightest to 255)
    are for cameras, loop and speed (0.125 to 8) for videos. Raises Error for what makes no sense.
    """

    camera_size: tuple[int, int] | None = None
    camera_fps: float | None = None
    mirror: bool = True
    autocontrast: bool = True
    loop: bool = True
    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.camera_size is not None and not all(1 <= side <= 2**15 for side in self.camera_size):
            raise Error(f"camera_size {self.camera_size}: expected (width, height) from 1 to 32768")
        if self.camera_fps is not None and not 0 < self.camera_fps <= 1000:
            raise Error(f"camera_fps {self.camera_fps}: expected frames a second, up to 1000")
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise Error(f"speed {self.speed}: expected a factor from {SPEEDS[0]} to {SPEEDS[1]}")


@dataclass(frozen=True)
class Order:
    """What is asked of the feeder. `file`, `step` and `seek` count on from the start, in either direction: what is
    carried out is their difference to the last order obeyed.

    live: the camera or video rather than the files. file: steps through the files. step: frames stepped by hand;
    seek: seconds jumped by hand. speed: a video's, as a factor; loop: whether it begins again at its end.
    """

    live: bool = False
    paused: bool = False
    file: int = 0
    step: int = 0
    seek: float = 0.0
    speed: float = 1.0
    loop: bool = True


class LiveSource(Protocol):
    """A camera or video: every read gives the next picture, and waits until it is due."""

    name: str

    def read(self) -> Frame | None:
        """The next frame; None when there will be no more. Raises deepvis.Error when the source fails."""
        ...

    def close(self) -> None:
        """Let go of the device or file."""
        ...
