"""A viewer that runs for hours, and one that finds no display."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import tracemalloc

import cv2
import pytest
from fakes import frame
from ready_made import colour, plain, sheet_of, write

from deepvis.live.app import App
from deepvis.live.build import stage_of
from deepvis.live.display import framework
from deepvis.live.events import Event, Key, Mouse, Resize
from deepvis.live.feeder import Feeder
from deepvis.live.session import model_of
from deepvis.live.settings import Settings
from deepvis.live.state import initial

TWO_HOURS = 2 * 3600 * 30  # frames
MOST = 20e6  # bytes that they may leave behind


class LockStep:
    """A camera whose next frame comes once the last was shown, and a screen that presses keys as the frames go by."""

    name = "camera"

    def __init__(self, keys: str, every: int) -> None:
        self.shown = 0
        self.closed = False
        self._keys, self._every = keys.split(), every
        self._pressed = 0
        self._wanted = threading.Semaphore(2)
        self.marks: list[int] = []
        self.until = 0

    def read(self):
        self._wanted.acquire(timeout=5)
        return frame(self.shown)

    def close(self) -> None:
        pass

    def show(self, _) -> None:
        self.shown += 1
        self._wanted.release()

    def events(self, wait_ms: int = 1) -> list[Event]:
        if self.shown >= self.until:
            return [Key("q")]
        time.sleep(0.0002)
        if self.shown < (self._pressed + 1) * self._every:
            return []
        key = self._keys[self._pressed % len(self._keys)]
        self._pressed += 1
        if self._pressed % len(self._keys) == 0:
            gc.collect()
            self.marks.append((self.shown, tracemalloc.get_traced_memory()[0]))
        return [Key(key), Mouse("move", 100 + self._pressed % 100, 300)]
