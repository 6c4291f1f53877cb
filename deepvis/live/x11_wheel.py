"""The mouse wheel of a window on X11, taken before OpenCV's Qt sees it.

Qt's window in OpenCV enlarges its whole picture when the wheel turns, which nothing turns off and nothing turns back.
So the wheel's buttons are grabbed on the window: their presses come here instead.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

AWAY, TOWARDS = 4, 5  # the wheel's two buttons
_ANY_MODIFIER, _PRESS_MASK, _ASYNC, _BUTTON_PRESS = 1 << 15, 1 << 2, 1, 4
_LOCKS = (0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4)  # nothing held, but Caps Lock or Num Lock on
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


class _Text(ctypes.Structure):
    _fields_ = (("value", c_void_p), ("encoding", c_ulong), ("format", c_int), ("length", c_ulong))


_ErrorHandler = CFUNCTYPE(c_int, c_void_p, c_void_p)


def prepare() -> None:
    """Before the first window: have Qt take its mouse from X11's own events, which a grab can keep from it."""
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_XCB_NO_XI2", "1")


class Wheel:
    """The wheel over the window of this title, if it is this process's and X11 is there; else it never turns."""

    def __init__(self, title: str) -> None:
        self._display: int | None = None
        self._found = False
        self._title = title.encode()
        name = (
            ctypes.util.find_library("X11") if sys.platform.startswith("linux") and os.environ.get("DISPLAY") else None
        )
        if name is None:
            return
        self._x11 = ctypes.CDLL(name)
        self._declare()
        self._display = self._x11.XOpenDisplay(None)

    def turns(self) -> list[tuple[float, float, int]]:
        """What was turned since the last look: (row, column, 1 for away from the user or -1), the place as shares of
        the window's height and width.
        """
        if self._display is None:
            return []
        if not self._found and not self._grab():
            return []
        turned = []
        event = _ButtonEvent()
        while self._x11.XPending(self._display):
            self._x11.XNextEvent(self._display, byref(event))
            if event.type == _BUTTON_PRESS and event.button in (AWAY, TOWARDS):
                height, width = self._extent(event.window)
                row, column = (event.y + 0.5) / height, (event.x + 0.5) / width
                turned.append((row, column, 1 if event.button == AWAY else -1))
        return turned

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
        x.XInternAtom.restype = c_ulong
        x.XInternAtom.argtypes = [c_void_p, c_char_p, c_int]
        x.XGetTextProperty.argtypes = [c_void_p, c_ulong, POINTER(_Text), c_ulong]
        x.XFree.argtypes = [c_void_p]
        x.XGrabButton.argtypes = [
            c_void_p, c_uint, c_uint, c_ulong, c_int, c_uint, c_int, c_int, c_ulong, c_ulong
        ]  # fmt: skip
        x.XGetGeometry.argtypes = [
            c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_int), POINTER(c_int), *[POINTER(c_uint)] * 4
        ]  # fmt: skip
        x.XPending.argtypes = [c_void_p]
        x.XNextEvent.argtypes = [c_void_p, POINTER(_ButtonEvent)]
        x.XSync.argtypes = [c_void_p, c_int]
        x.XSetErrorHandler.argtypes = [c_void_p]
        x.XSetErrorHandler.restype = c_void_p
        x.XCloseDisplay.argtypes = [c_void_p]

    def _grab(self) -> bool:
        with self._errors():
            window = self._find(self._x11.XDefaultRootWindow(self._display), _DEEPEST)
        if window is None:
            return False
        # window managers have grabs of their own, such as of the wheel with Alt; one that overlaps is refused whole
        if not self._grab_with((_ANY_MODIFIER,), window):
            self._grab_with(_LOCKS, window)
        self._found = True
        return True

    def _grab_with(self, modifiers: tuple[int, ...], window: int) -> bool:
        with self._errors() as errors:
            for button in (AWAY, TOWARDS):
                for held in modifiers:
                    self._x11.XGrabButton(
                        self._display, button, held, window, 0, _PRESS_MASK, _ASYNC, _ASYNC, 0, 0
                    )  # fmt: skip
        return not errors

    @contextmanager
    def _errors(self) -> Iterator[list[int]]:
        """Collect what the server refuses meanwhile, as where another program's window is gone; Xlib would end the
        process.
        """
        errors: list[int] = []

        def note(_display: int | None, _event: int | None) -> int:
            errors.append(1)
            return 0

        handler = _ErrorHandler(note)
        before = self._x11.XSetErrorHandler(handler)
        try:
            yield errors
            self._x11.XSync(self._display, 0)
        finally:
            self._x11.XSetErrorHandler(before)

    def _extent(self, window: int) -> tuple[int, int]:
        """A window's height and width in pixels."""
        root, x, y, (width, height, border, depth) = c_ulong(), c_int(), c_int(), (c_uint() for _ in range(4))
        with self._errors():
            self._x11.XGetGeometry(self._display, window, *map(byref, (root, x, y, width, height, border, depth)))
        return max(height.value, 1), max(width.value, 1)

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
            if self._title in (self._text(child, name) for name in (b"_NET_WM_NAME", b"WM_NAME")):
                return child
            found = self._find(child, depth - 1) if depth > 1 else None
            if found is not None:
                return found
        return None

    def _text(self, window: int, name: bytes) -> bytes:
        """A property of a window that is text."""
        text = _Text()
        atom = self._x11.XInternAtom(self._display, name, 0)
        self._x11.XGetTextProperty(self._display, window, byref(text), atom)
        if not text.value:
            return b""
        value = ctypes.string_at(text.value, text.length) if text.format == 8 else b""
        self._x11.XFree(text.value)
        return value
