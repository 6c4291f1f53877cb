"""A window of this process as the X server knows it, beside OpenCV, which tells nothing of it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p, sizeof

_DEEPEST = 3  # levels of windows below the root that are searched: a window manager adds some


class _Property(ctypes.Structure):
    _fields_ = (("value", c_void_p), ("encoding", c_ulong), ("format", c_int), ("length", c_ulong))


class ButtonEvent(ctypes.Structure):
    """Xlib's XButtonEvent, with room for the largest of all events, which Xlib may write."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        *((name, c_ulong) for name in ("window", "root", "subwindow", "time")),
        *((name, c_int) for name in ("x", "y", "x_root", "y_root")),
        *((name, c_uint) for name in ("state", "button")),
        ("same_screen", c_int),
        ("room", c_long * 24),
    )


_ErrorHandler = CFUNCTYPE(c_int, c_void_p, c_void_p)


def prepare() -> None:
    """To be called before OpenCV's first window."""
    if not sys.platform.startswith("linux"):
        return
    # Qt is to take its mouse from X11's own events, which a grab can keep from it
    os.environ.setdefault("QT_XCB_NO_XI2", "1")
    # OpenCV's wheels bring a libX11-xcb that does not know libX11 from 1.8 on: Xlib then keeps events from Qt, windows
    # stay empty and keys are lost. What is loaded for all to see is found before it.
    with suppress(OSError):
        ctypes.CDLL("libX11-xcb.so.1", mode=ctypes.RTLD_GLOBAL)


class X11Window:
    """The window of this title that this process has on X11. `display` and `lib` are Xlib's, over a connection of its
    own; `display` is None where there is no X11.
    """

    def __init__(self, title: str) -> None:
        self.display: int | None = None
        self._title = title.encode()
        self._window: int | None = None
        if not (sys.platform.startswith("linux") and os.environ.get("DISPLAY")):
            return
        with suppress(OSError):  # not installed
            self.lib = ctypes.CDLL("libX11.so.6")
            self._declare()
            self.display = self.lib.XOpenDisplay(None)

    @property
    def window(self) -> int | None:
        """The window's number, once it is there."""
        if self._window is None and self.display is not None:
            with self.errors():
                self._window = self._find(self.lib.XDefaultRootWindow(self.display), _DEEPEST)
        return self._window

    def extent(self) -> tuple[int, int]:
        """The window's height and width in pixels."""
        root, x, y, (width, height, border, depth) = c_ulong(), c_int(), c_int(), (c_uint() for _ in range(4))
        with self.errors():
            places = map(byref, (root, x, y, width, height, border, depth))
            self.lib.XGetGeometry(self.display, self._window, *places)
        return max(height.value, 1), max(width.value, 1)

    @contextmanager
    def errors(self) -> Iterator[list[int]]:
        """Collect what the server refuses meanwhile, as where another program's window is gone; Xlib would end the
        process.
        """
        errors: list[int] = []

        def note(_display: int | None, _event: int | None) -> int:
            errors.append(1)
            return 0

        handler = _ErrorHandler(note)
        before = self.lib.XSetErrorHandler(handler)
        try:
            yield errors
            self.lib.XSync(self.display, 0)
        finally:
            self.lib.XSetErrorHandler(before)

    def close(self) -> None:
        """Let go of the connection."""
        if self.display is not None:
            self.lib.XCloseDisplay(self.display)
            self.display = None

    def _declare(self) -> None:
        x = self.lib
        x.XOpenDisplay.restype = c_void_p
        x.XOpenDisplay.argtypes = [c_char_p]
        x.XDefaultRootWindow.restype = c_ulong
        x.XDefaultRootWindow.argtypes = [c_void_p]
        x.XQueryTree.argtypes = [
            c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_ulong), POINTER(POINTER(c_ulong)), POINTER(c_uint)
        ]  # fmt: skip
        x.XInternAtom.restype = c_ulong
        x.XInternAtom.argtypes = [c_void_p, c_char_p, c_int]
        x.XGetTextProperty.argtypes = [c_void_p, c_ulong, POINTER(_Property), c_ulong]
        x.XFree.argtypes = [c_void_p]
        x.XGrabButton.argtypes = [
            c_void_p, c_uint, c_uint, c_ulong, c_int, c_uint, c_int, c_int, c_ulong, c_ulong
        ]  # fmt: skip
        x.XGetGeometry.argtypes = [
            c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_int), POINTER(c_int), *[POINTER(c_uint)] * 4
        ]  # fmt: skip
        x.XPending.argtypes = [c_void_p]
        x.XNextEvent.argtypes = [c_void_p, POINTER(ButtonEvent)]
        x.XSync.argtypes = [c_void_p, c_int]
        x.XSetErrorHandler.argtypes = [c_void_p]
        x.XSetErrorHandler.restype = c_void_p
        x.XCloseDisplay.argtypes = [c_void_p]

    def _find(self, window: int, depth: int) -> int | None:
        """Ours among the windows below another."""
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        below = POINTER(c_ulong)()
        if not self.lib.XQueryTree(self.display, window, byref(root), byref(parent), byref(below), byref(count)):
            return None
        children = [int(below[number]) for number in range(count.value)]
        if children:
            self.lib.XFree(below)
        for child in reversed(children):
            if self._is_ours(child):
                return child
            found = self._find(child, depth - 1) if depth > 1 else None
            if found is not None:
                return found
        return None

    def _is_ours(self, window: int) -> bool:
        """Whether it has our title, and is not another viewer's that has it too."""
        if self._title not in (self._property(window, name) for name in (b"_NET_WM_NAME", b"WM_NAME")):
            return False
        owner = self._property(window, b"_NET_WM_PID")
        return not owner or int.from_bytes(owner[: sizeof(c_long)], sys.byteorder) == os.getpid()

    def _property(self, window: int, name: bytes) -> bytes:
        """A property of a window, as Xlib lays it out; nothing where it has none."""
        found = _Property()
        self.lib.XGetTextProperty(self.display, window, byref(found), self.lib.XInternAtom(self.display, name, 0))
        if not found.value:
            return b""
        value = ctypes.string_at(found.value, found.length * (1 if found.format == 8 else sizeof(c_long)))
        self.lib.XFree(found.value)
        return value
