"""A virtual X display for tests: started on a free number, its pixels readable, keys pressed with xdotool."""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


def missing() -> str | None:
    """What is not installed, if anything."""
    absent = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    packages = {"Xvfb": "xvfb", "xdotool": "xdotool"}
    return f"apt-get install {' '.join(packages[name] for name in absent)}" if absent else None


class Display:
    """One Xvfb; use it as a context."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1600, 1000)) -> None:
        self._folder = folder
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                f"{size[0]}x{size[1]}x24",
                "-nocursor",  # it would lie over what is compared
                "-noreset",  # else it starts anew, and refuses clients, whenever the last one leaves
                "-fbdir",
                str(folder),
            ],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        self._pipe = read  # kept open: the server writes the number and a newline one after the other
        ready, _, _ = select.select([read], [], [], 20)
        number = os.read(read, 16).decode().strip() if ready else ""
        assert number, "Xvfb did not start"
        self.environment = {**os.environ, "DISPLAY": f":{number}"}

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(10)
        os.close(self._pipe)

    def xdotool(self, *words: object) -> None:
        """Have xdotool do something."""
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=20)

    def press(self, *keys: str) -> None:
        """Press keys by xdotool's names, one after the other."""
        for key in keys:
            self.xdotool("key", key)

    def windows(self, title: str) -> list[str]:
        """The visible windows whose name contains `title`."""
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.split()

    def close(self, window: str) -> None:
        """Ask a window to close, as a window manager does when its corner button is clicked."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        x11.XInternAtom.restype = ctypes.c_ulong
        x11.XSendEvent.argtypes = [
            ctypes.c_void_p,
            ctypes.c_ulong,
            ctypes.c_int,
            ctypes.c_long,
            ctypes.c_void_p,
        ]
        x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        display = x11.XOpenDisplay(self.environment["DISPLAY"].encode())
        protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        # XClientMessageEvent: type, serial, send_event, display, window, message type, format, five longs
        event = struct.pack("@iLiPLLi5l4x", 33, 0, 1, display, int(window), protocols, 32, delete, 0, 0, 0, 0)
        x11.XSendEvent(display, int(window), 0, 0, event + bytes(96))
        x11.XCloseDisplay(display)

    def picture(self) -> np.ndarray:
        """The screen, (H, W, 3) RGB, from the server's own memory (an XWD file)."""
        data = (self._folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        header_size, width, height, line, colours = header[0], header[4], header[5], header[12], header[19]
        start = header_size + 12 * colours
        pixels = np.frombuffer(data, np.uint8, line * height, start).reshape(height, line)
        return pixels[:, : 4 * width].reshape(height, width, 4)[..., 2::-1].copy()

    def wait(self, ready: Callable[[np.ndarray], bool], seconds: float = 30.0) -> np.ndarray:
        """The screen once it is as it should be; fails if that takes too long."""
        end = time.monotonic() + seconds
        while True:
            picture = self.picture()
            if ready(picture):
                return picture
            assert time.monotonic() < end, "the screen did not come to show what was expected"
            time.sleep(0.05)
