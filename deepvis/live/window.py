"""The real window: the only place that calls OpenCV's GUI."""

from __future__ import annotations

import time

import cv2
import numpy as np

from deepvis.live import x11
from deepvis.live.controls.events import Event, Key, Mouse, Resize
from deepvis.live.keycodes import key_name
from deepvis.live.layout import LEAST_SIZE
from deepvis.live.x11_wheel import Wheel
from deepvis.render import Picture

TITLE = "Deep Visualization Toolbox"
MOST_MOVES = 64  # mouse events kept between two looks; of more, the oldest go
SIZE_EVERY = 0.2  # seconds between looks at the window's size
NOTCH = 120  # a wheel's smallest step, as systems count it


class Window:
    """One window that can be resized; call it from the main thread. Ask display.why_not() first: without a display
    OpenCV ends the whole process.
    """

    def __init__(self, title: str = TITLE, size: tuple[int, int] | None = None) -> None:
        self._name = title.encode("ascii", "replace").decode()  # by another OpenCV does not find its window again
        self._shown = False
        self._extent: tuple[int, ...] = (0, 0)  # height and width of the picture that is shown
        self._mouse: list[Mouse] = []
        self._down = False
        self._size = size
        self._looked = 0.0
        x11.prepare()
        cv2.namedWindow(self._name, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        if size is not None:
            cv2.resizeWindow(self._name, *size)
        cv2.setWindowTitle(self._name, title)
        cv2.setMouseCallback(self._name, self._on_mouse)
        self._x11 = x11.X11Window(title)
        self._wheel = Wheel(self._x11)

    def show(self, picture: Picture) -> None:
        """Show an RGB picture, unless the user closed the window."""
        if self.closed:  # OpenCV would open another
            return
        cv2.imshow(self._name, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        self._shown = True
        self._extent = picture.shape[:2]

    def events(self, wait_ms: int = 1) -> list[Event]:
        """Let the window work for `wait_ms` milliseconds; what was done with mouse, window and keys in that time."""
        name = key_name(cv2.waitKeyEx(max(1, wait_ms)))
        for down, across, notches in self._wheel.turns():
            # a window below the least size shows its picture shrunk
            row, column = int(down * self._extent[0]), int(across * self._extent[1])
            self._mouse.append(Mouse("wheel", row, column, notches))
        events: list[Event] = [*_without_passing_moves(self._mouse)]
        self._mouse = []
        if (size := self._new_size()) is not None:
            events.append(Resize(*size))
        if name is not None:
            events.append(Key(name))
        return events

    @property
    def closed(self) -> bool:
        """Whether the user closed the window."""
        try:
            return self._shown and cv2.getWindowProperty(self._name, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def close(self) -> None:
        """Take the window away."""
        self._x11.close()
        try:
            cv2.destroyWindow(self._name)
        except cv2.error:
            return
        cv2.waitKey(1)

    def _new_size(self) -> tuple[int, int] | None:
        """The size of the window's picture if the user changed it."""
        now = time.monotonic()
        if self._size is None or not self._shown or now - self._looked < SIZE_EVERY:
            return None
        self._looked = now
        try:
            _, _, width, height = cv2.getWindowImageRect(self._name)
        except cv2.error:
            return None
        size = (max(width, LEAST_SIZE[0]), max(height, LEAST_SIZE[1]))
        if min(width, height) < 1 or size == self._size:
            return None
        self._size = size
        return size

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _: object = None) -> None:
        if not self._shown:  # places are of a picture that is not there yet
            return
        row, column = int(np.clip(y, -1, 10**5)), int(np.clip(x, -1, 10**5))
        if event == cv2.EVENT_LBUTTONDOWN or event == cv2.EVENT_LBUTTONDBLCLK:
            self._down = True
            self._mouse.append(Mouse("press", row, column))
        elif event == cv2.EVENT_LBUTTONUP:
            self._down = False
            self._mouse.append(Mouse("release", row, column))
        elif event == cv2.EVENT_MOUSEMOVE:
            self._mouse.append(Mouse("drag" if self._down else "move", row, column))
        elif event == cv2.EVENT_MOUSEWHEEL:
            turned = flags >> 16  # signed, in the upper half
            turned = turned - 0x10000 if turned >= 0x8000 else turned
            notches = int(np.clip(round(turned / NOTCH), -10, 10)) or (1 if turned > 0 else -1)
            self._mouse.append(Mouse("wheel", row, column, notches))
        del self._mouse[:-MOST_MOVES]


def _without_passing_moves(events: list[Mouse]) -> list[Mouse]:
    """Of moves that follow each other only the last counts."""
    kept: list[Mouse] = []
    for event in events:
        if kept and event.kind == kept[-1].kind and event.kind in ("move", "drag"):
            kept[-1] = event
        else:
            kept.append(event)
    return kept
