"""The real window on a virtual display: what it shows is what --headless writes after the same keys."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from xserver import Display, missing

from deepvis.cli.main import main
from deepvis.live.display import framework
from deepvis.live.window import key_name

SIZE = (900, 600)
# the name by which xdotool presses a key, where it is not the viewer's own
XDOTOOL = {
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "pgup": "Prior",
    "pgdn": "Next",
    ",": "comma",
    "/": "slash",
    ";": "semicolon",
    ".": "period",
    "esc": "Escape",
}
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the virtual display is X11's"),
    pytest.mark.skipif(missing() is not None, reason=f"a virtual display is missing: {missing()}"),
    pytest.mark.skipif(framework() in ("", "NONE"), reason="this OpenCV was built without windows"),
]


class Viewer:
    """deepvis live in a process, its window on the display."""

    def __init__(self, display: Display, *words: object) -> None:
        self.display = display
        self.words = [str(word) for word in words]
        command = [sys.executable, "-m", "deepvis.cli.main", "live", *self.words, "--size", "900x600"]
        self.process = subprocess.Popen(
            command, env=display.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        end = time.monotonic() + 60
        while not display.windows("Deep Visualization Toolbox: "):
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "no window came"
            time.sleep(0.1)
        # over the window, for there is no window manager to give it the keys, and off what is compared
        move = ["xdotool", "mousemove", "5", str(SIZE[1] - 15)]
        subprocess.run(move, env=display.environment, check=True, timeout=20)

    def press(self, key: str) -> None:
        """Press one key. OpenCV keeps only the last of several that come while a picture is drawn."""
        self.display.press(key)

    def settled(self, expected: np.ndarray) -> None:
        """Wait until the window shows the expected picture, but for the status line, which has a rate."""
        rows = slice(0, SIZE[1] - 40)

        def same(screen: np.ndarray) -> bool:
            window = screen[: SIZE[1], : SIZE[0]]
            return bool((np.abs(window[rows].astype(int) - expected[rows]) > 2).mean() < 1e-4)

        self.display.wait(same)

    def expected(self, tmp_path: Path, keys: str, *words: object) -> np.ndarray:
        """What --headless writes after the same keys."""
        out = tmp_path / "expected.png"
        command = ["live", *map(str, words or self.words), "--size", "900x600", "--keys", keys]
        assert main([*command, "--headless", str(out)]) == 0
        return cv2.imread(str(out))[..., ::-1].astype(int)

    def ends(self, seconds: float = 2.0) -> int:
        """The exit code, and that it comes soon."""
        begun = time.monotonic()
        code = self.process.wait(30)
        assert time.monotonic() - begun < seconds + 1
        return code


@pytest.fixture
def display(tmp_path):
    folder = tmp_path / "screen"
    folder.mkdir()
    with Display(folder) as server:
        yield server


@pytest.fixture
def viewer(display, tiny_prototxt, picture_folder):
    running = Viewer(display, tiny_prototxt, "--source", picture_folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_the_window_shows_what_headless_writes_key_by_key(viewer, tmp_path, picture_folder, tiny_prototxt):
    pressed = "8 8"  # nothing, but that --headless without any wish chooses a view of its own
    viewer.settled(viewer.expected(tmp_path, pressed))
    for key in ["down", "right", "right", "b", "L", "/", "n", "m", "d", "o", "a", "z", "z", "h", "h", "0", "b"]:
        viewer.press(XDOTOOL.get(key, key))
        # Qt gives lower case whatever Shift is, so L comes as l there
        pressed += " " + (key.lower() if framework() == "QT" else key)
        viewer.settled(viewer.expected(tmp_path, pressed))
    viewer.press("Escape")
    viewer.settled(viewer.expected(tmp_path, f"{pressed} esc"))
    viewer.press("e")
    second = (tiny_prototxt, "--source", picture_folder / "p2.png")
    viewer.settled(viewer.expected(tmp_path, f"{pressed} esc", *second))
    viewer.press("q")
    assert viewer.ends() == 0
    assert "rror" not in viewer.process.stdout.read()


def test_ctrl_c_ends_it_quietly(viewer):
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 0
    assert "Traceback" not in viewer.process.stdout.read()


def test_sigterm_ends_it_quietly(viewer):
    viewer.process.terminate()
    assert viewer.ends() == 0


def test_closing_the_window_ends_it(viewer):
    viewer.display.wait(lambda screen: screen[:100, :100].mean() > 60)  # the first picture is there
    for window in viewer.display.windows("Deep Visualization Toolbox: "):
        viewer.display.close(window)
    assert viewer.ends() == 0


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, None),
        (255, None),
        (ord("h"), "h"),
        (0x100000 | ord("J"), "J"),
        (0xFF51, "left"),
        (0x10FF54, "down"),
        (0xFFE1, None),
        (0x250000, "left"),
        (0xF700, "up"),
        (27, "esc"),
        (0xFF55, "pgup"),
        (0xFFC0, "0xffc0"),
    ],
)
def test_key_codes(code, name):
    assert key_name(code) == name
