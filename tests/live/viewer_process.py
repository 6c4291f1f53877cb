"""deepvis live in a process of its own with its window on a virtual display, and what that window ought to show."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import pytest
import yaml
from xserver import Display, missing

from deepvis.cli.main import main
from deepvis.live.build import stage_of
from deepvis.live.controls.events import Event, Key
from deepvis.live.display import framework
from deepvis.live.headless import Offline
from deepvis.live.session import model_of
from deepvis.live.settings import Settings
from deepvis.live.sources import open_files
from deepvis.live.sources.frames import first_frame
from deepvis.live.state import initial
from deepvis.live.view import View

T = TypeVar("T")
NEEDS = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the virtual display is X11's"),
    pytest.mark.skipif(missing() is not None, reason=f"a virtual display is missing: {missing()}"),
    pytest.mark.skipif(framework() in ("", "NONE"), reason="this OpenCV was built without windows"),
]
TITLE = "Deep Visualization Toolbox"
SIZE = (900, 600)
# the name by which xdotool presses a key, where it is not the viewer's own
XDOTOOL = {
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "pgup": "Prior",
    "pgdn": "Next",
    "esc": "Escape",
    "enter": "Return",
    "f5": "F5",
    ",": "comma",
    "/": "slash",
    ";": "semicolon",
    ".": "period",
    "\\": "backslash",
    "=": "equal",
    "+": "plus",
    "-": "minus",
    "[": "bracketleft",
    "]": "bracketright",
    "'": "apostrophe",
    "<": "less",
    ">": "greater",
    "(": "parenleft",
    ")": "parenright",
    "{": "braceleft",
    "}": "braceright",
    "_": "underscore",
    "*": "asterisk",
    "|": "bar",
}
# The rate of passes is the one thing in the window that no picture can foretell: leave it out of the status line.
RUN = """
import sys
from deepvis.live import app
app.FPS_AGE = -1.0
{before}
from deepvis.cli.main import main
sys.exit(main())
"""


def told(key: str) -> str:
    """The key that the viewer is told of: Qt gives letters in lower case whatever Shift is."""
    return key.lower() if framework() == "QT" and len(key) == 1 else key


def expected(folder: Path, *words: object, size: tuple[int, int] = SIZE) -> np.ndarray:
    """What --headless writes for these words, (H, W, 3) RGB."""
    out = folder / "expected.png"
    command = ["live", *map(str, words), "--size", "{}x{}".format(*size), "--headless", str(out)]
    assert main(command) == 0
    return cv2.imread(str(out))[..., ::-1]


class Foretold:
    """What a viewer of one picture shows after keys and mouse, made in this process."""

    def __init__(self, model: Path, picture: Path, keys: str = "", size: tuple[int, int] = SIZE, **more: Any) -> None:
        settings = Settings(model=str(model), source=(str(picture),), size=size, **more)
        stage = stage_of(model_of(settings), settings)
        self._offline = Offline(stage, replace(initial(stage.scene), message=""), ascent_steps=1)
        self._frame = first_frame(open_files([str(picture)]), None)
        self.after(*map(Key, keys.split()))

    def after(self, *events: Event) -> np.ndarray:
        """The window's picture after these events too."""
        return self._offline.draw(self._frame, events)

    @property
    def view(self) -> View:
        """All that the last picture was made from."""
        return self._offline.view


class Viewer:
    """A viewer of 900×600 at the display's top left corner, the mouse on its status line. It works in `folder`. before:
    Python that its process runs first; plain: nothing runs but what a user starts.
    """

    def __init__(
        self,
        display: Display,
        folder: Path,
        *words: object,
        before: str = "",
        plain: bool = False,
    ) -> None:
        self.display, self.folder = display, folder
        self.words = [str(word) for word in words]
        program = ["-m", "deepvis.cli.main"] if plain else ["-c", RUN.format(before=before)]
        command = [sys.executable, *program, "live", *self.words, "--size", "900x600"]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=display.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        end = time.monotonic() + 60
        while not self.windows():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "no window came"
            time.sleep(0.05)
        self.wait(lambda: np.ptp(display.picture()[: SIZE[1], : SIZE[0]]) > 100, "the first picture")
        # over the window, for there is no window manager to give it the keys
        self.mouse("mousemove", 5, SIZE[1] - 15)

    def windows(self) -> list[str]:
        """The viewer's window, by its number."""
        return self.display.windows(f"{TITLE}: ")

    def mouse(self, *words: object) -> None:
        """Any of xdotool's words, such as mousemove COLUMN ROW click 1."""
        self.display.xdotool(*words)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, as its user does."""
        for window in self.windows():
            self.display.xdotool("windowsize", window, width, height, "mousemove", 5, height - 8)

    def press(self, key: str) -> None:
        """Press one key by the viewer's name for it. OpenCV keeps only the last of several that come while a picture
        is drawn.
        """
        self.display.press(XDOTOOL.get(key, key))

    def settled(self, picture: np.ndarray, what: str = "the window", but: np.ndarray | None = None) -> None:
        """Wait until the window shows just this picture; but: (H, W), where it need not."""
        height, width = picture.shape[:2]

        def wrong(screen: np.ndarray) -> np.ndarray:
            differs = (screen[:height, :width] != picture).any(axis=-1)
            return differs if but is None else differs & ~but

        try:
            self.display.wait(lambda screen: not wrong(screen).any(), 20)
        except AssertionError:
            screen = self.display.picture()
            for name, image in (("screen", screen[:height, :width]), ("should", picture)):
                cv2.imwrite(str(self.folder / f"{name}.png"), image[..., ::-1])
            rows, columns = np.nonzero(wrong(screen))
            place = f"rows {rows.min()} to {rows.max()}, columns {columns.min()} to {columns.max()}"
            said = f"{what}: {len(rows)} pixels differ, {place}; see screen.png and should.png in {self.folder}"
            raise AssertionError(said) from None

    def shows(self, *keys: str, but: np.ndarray | None = None) -> np.ndarray:
        """Wait until the window shows what --headless writes after these keys; gives that."""
        picture = expected(self.folder, *self.words, "--keys", " ".join(keys))
        self.settled(picture, f"after {' '.join(keys)}", but)
        return picture

    def wait(self, ready: Callable[[], T], what: str, seconds: float = 20.0) -> T:
        """Wait until `ready()` gives something, and give that."""
        end = time.monotonic() + seconds
        while not (found := ready()):
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, f"{what} did not come"
            time.sleep(0.02)
        return found

    def changes(self, rows: slice, columns: slice, what: str, before: np.ndarray | None = None) -> None:
        """Wait until a part of the screen is not what it was, by default what it is now."""

        def seen() -> np.ndarray:
            return self.display.picture()[rows, columns]

        was = seen() if before is None else before
        self.wait(lambda: not np.array_equal(seen(), was), what)

    def saved(self) -> Path:
        """What the save key writes: the folder."""
        folder = self.folder / "deepvis-saved"
        before = set(folder.glob("*/state.yaml"))
        self.press("p")
        (path,) = self.wait(lambda: set(folder.glob("*/state.yaml")) - before, "what the save key writes")
        return path.parent

    def state(self) -> dict[str, Any]:
        """The state of the view, by way of the save key."""
        return yaml.safe_load((self.saved() / "state.yaml").read_text())["state"]

    def ends(self, begun: float) -> str:
        """That it ends within a second of `begun` (or two, where the machine is busy), and well; gives what it said."""
        try:
            code = self.process.wait(20)
        finally:
            self.process.kill()
        took = time.monotonic() - begun
        said = self.process.stdout.read()
        assert code == 0, said
        assert "rror" not in said
        assert "Traceback" not in said
        assert took < 2.0, f"it ended after {took:.2f} s"
        return said

    def kill(self) -> None:
        """Be rid of it."""
        self.process.kill()
        self.process.communicate()
