"""A camera for tests that misbehaves when it is told to, in the place of cv2.VideoCapture."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

PERIOD = 0.005  # seconds between its pictures


class VirtualCamera:
    """One camera. `odd` are pictures, answers or exceptions that it gives next, before ordinary pictures again; `kept`
    are those that its driver still has and gives at once.
    """

    def __init__(self) -> None:
        self.plugged = True
        self.size = (16, 8)  # width, height
        self.odd: deque[object] = deque()
        self.kept: deque[object] = deque()
        self.captures: list[VirtualCapture] = []
        self.targets: list[object] = []
        self.reads = 0
        self.stalled = False
        self._moving = threading.Event()
        self._moving.set()

    def take_the_place(self, monkeypatch: pytest.MonkeyPatch) -> VirtualCamera:
        """From now on OpenCV opens this camera; files that exist are opened as ever."""
        real = cv2.VideoCapture

        def capture(*what: object) -> object:
            if not what or (isinstance(what[0], str) and Path(what[0]).is_file()):
                return real(*what)
            self.wait()
            self.targets.append(what[0])
            self.captures.append(VirtualCapture(self))
            return self.captures[-1]

        monkeypatch.setattr(cv2, "VideoCapture", capture)
        return self

    def stall(self) -> None:
        """From now on everything blocks, as in a driver that waits for its device."""
        self._moving.clear()

    def go_on(self) -> None:
        """Let what blocks go on."""
        self._moving.set()

    def wait(self) -> None:
        """Block while it is stalled."""
        self.stalled = not self._moving.is_set()
        self._moving.wait(60)
        self.stalled = False

    def picture(self) -> np.ndarray:
        """BGR with blue counting the reads, black on the left and white on the right."""
        image = np.zeros((self.size[1], self.size[0], 3), np.uint8)
        image[:, self.size[0] // 2 :] = 255
        image[:, 0, 0] = self.reads % 250
        return image

    @property
    def open_captures(self) -> int:
        return sum(not capture.released for capture in self.captures)


class VirtualCapture:
    """What stands in for a cv2.VideoCapture."""

    def __init__(self, camera: VirtualCamera) -> None:
        self.camera = camera
        self.opened = camera.plugged
        self.released = False
        self.settings: dict[int, float] = {}

    def isOpened(self) -> bool:
        return self.opened

    def read(self) -> tuple[bool, object]:
        camera = self.camera
        assert not self.released, "read after release"
        if camera.kept:
            return True, camera.kept.popleft()
        time.sleep(PERIOD)
        camera.wait()
        if not camera.plugged:
            self.opened = False
        if not self.opened:
            return False, None
        camera.reads += 1
        if camera.odd:
            odd = camera.odd.popleft()
            if isinstance(odd, BaseException):
                raise odd
            return odd if isinstance(odd, tuple) else (True, odd)
        return True, camera.picture()

    def grab(self) -> bool:
        return self.read()[0]

    def get(self, what: int) -> float:
        return self.settings.get(what, 0.0)

    def set(self, what: int, value: float) -> bool:
        self.settings[what] = value
        return True

    def release(self) -> None:
        self.released = True
