"""The mouse wheel of a window on X11, taken before OpenCV's Qt sees it.

Qt's window in OpenCV enlarges its whole picture when the wheel turns, which nothing turns off and nothing turns back.
So the wheel's buttons are grabbed on the window: their presses come here instead.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

AWAY, TOWARDS = 4, 5  # the wheel's two buttons
_ANY_MODIFIER, _PRESS_MASK, _ASYNC, _BUTTON_PRESS = 1 << 15, 1 << 2, 1, 4
_DEEPEST = 3  # levels of windows below the root that are searched: a window manager adds some


class _ButtonEvent(ctypes.Structure):
    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("root", c_ulong),
        ("subwindow", c_ulong),
        ("time", c_ulong),
        ("x", c_int),
        ("y", c_int),
        ("x_root", c_int),
        ("y_root", c_int),
        ("state", c_uint),
        ("button", c_uint),
        ("same_screen", c_int),
        ("room", c_long * 24),  # XEvent is a union of this size
    )


def prepare() -> None:
    """Before the first window: have Qt take its mouse from X11's own events, which a grab can keep from it."""
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_XCB_NO_XI2", "1")


class Wheel:
    """The wheel over the window of this title, if it is this process's and X11 is there; else it never turns."""

    def __init__(self, title: str) -> None:
        self._display: int | None = None
        self._grabbed = False
        self._title = title.encode()
        name = (
            ctypes.util.find_library("X11") if sys.platform.startswith("linux") and os.environ.get("DISPLAY") else None
        )
        if name is None:
            return
        self._x11 = ctypes.CDLL(name)
        self._declare()
        self._display = self._x11.XOpenDisplay(None)

    def turns(self) -> list[tuple[int, int, int]]:
        """What was turned since the last look: (row, column, 1 for away from the user or -1)."""
        if self._display is None:
            return []
        if not self._grabbed and not self._grab():
            return []
        turned = []
        event = _ButtonEvent()
        while self._x11.XPending(self._display):
            self._x11.XNextEvent(self._display, byref(event))
            if event.type == _BUTTON_PRESS and event.button in (AWAY, TOWARDS):
                turned.append((event.y, event.x, 1 if event.button == AWAY else -1))
        return turned

    @property
    def grabbed(self) -> bool:
        """Whether the wheel comes here."""
        return self._grabbed

    def close(self) -> None:
        """Let go."""
        if self._display is not None:
            self._x11.XCloseDisplay(self._display)
            self._display = None

    def _declare(self) -> None:
        x = self._x11
        x.XOpenDisplay.restype = c_void_p
        x.XOpenDisplay.argtypes = [c_char_p]
        x.XDefaultRootWindow.restype = c_ulong
        x.XDefaultRootWindow.argtypes = [c_void_p]
        x.XQueryTree.argtypes = [
            c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_ulong), POINTER(POINTER(c_ulong)), POINTER(c_uint)
        ]  # fmt: skip
        x.XFetchName.argtypes = [c_void_p, c_ulong, POINTER(c_char_p)]
        x.XFree.argtypes = [c_void_p]
        x.XGrabButton.argtypes = [
            c_void_p, c_uint, c_uint, c_ulong, c_int, c_uint, c_int, c_int, c_ulong, c_ulong
        ]  # fmt: skip
        x.XPending.argtypes = [c_void_p]
        x.XNextEvent.argtypes = [c_void_p, POINTER(_ButtonEvent)]
        x.XSync.argtypes = [c_void_p, c_int]
        x.XCloseDisplay.argtypes = [c_void_p]

    def _grab(self) -> bool:
        root = self._x11.XDefaultRootWindow(self._display)
        window = self._find(root, _DEEPEST)
        if window is None:
            return False
        for button in (AWAY, TOWARDS):
            self._x11.XGrabButton(
                self._display, button, _ANY_MODIFIER, window, 0, _PRESS_MASK, _ASYNC, _ASYNC, 0, 0
            )  # fmt: skip
        self._x11.XSync(self._display, 0)
        self._grabbed = True
        return True

    def _find(self, window: int, depth: int) -> int | None:
        """The window of this title among those below another."""
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        below = POINTER(c_ulong)()
        if not self._x11.XQueryTree(self._display, window, byref(root), byref(parent), byref(below), byref(count)):
            return None
        children = [int(below[number]) for number in range(count.value)]
        if children:
            self._x11.XFree(below)
        for child in reversed(children):
            name = c_char_p()
            if self._x11.XFetchName(self._display, child, byref(name)) and name.value == self._title:
                return child
            found = self._find(child, depth - 1) if depth > 1 else None
            if found is not None:
                return found
        return None
