"""A viewer that runs for hours, and one that finds no display."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fakes import frame
from ready_made import colour, plain, sheet_of, write

from deepvis.live.app import App
from deepvis.live.build import stage_of
from deepvis.live.controls.events import Event, Key, Mouse
from deepvis.live.display import framework
from deepvis.live.session import model_of
from deepvis.live.settings import Settings
from deepvis.live.sources.feeder import Feeder
from deepvis.live.state import initial
from deepvis.render import Style, text

TWO_HOURS = 2 * 3600 * 30  # frames
MOST = 20e6  # bytes that may stay behind after so many
# backward views, likeness, a box, ascents, pattern, colour maps, ranges, overlays, pointing, enlarging, times, and back
MODES = r"""down b b b b 2 2 3 3 6 right 6 6 s right s 1 1 x x x v v z z r r r \ \ u o 4 4 = - 5 5 5 esc"""
EVERY = 3  # frames to a key


class Hours:
    """A camera whose next frame comes once the last one is shown, and the screen: it goes through all modes, `cycles`
    times, and notes how much memory is held at the end of each.
    """

    name = "camera"

    def __init__(self, cycles: int) -> None:
        self.closed = False
        self.held: list[tuple[int, int]] = []
        self._keys, self._cycles = MODES.split(), cycles
        self._shown = self._pressed = 0
        self._wanted = threading.Semaphore(2)

    def read(self):
        self._wanted.acquire(timeout=5)
        return frame(self._shown)

    def close(self) -> None: ...

    def show(self, _) -> None:
        self._shown += 1
        self._wanted.release()

    def events(self, wait_ms: int = 1) -> list[Event]:
        time.sleep(0.0002 * wait_ms)
        if self._shown < (self._pressed + 1) * EVERY:
            return []
        key = self._keys[self._pressed % len(self._keys)]
        self._pressed += 1
        if self._pressed % len(self._keys) == 0:
            text._kept_mask.cache_clear()  # bounded, see below, and different each time
            gc.collect()
            self.held.append((self._shown, tracemalloc.get_traced_memory()[0]))
        if len(self.held) == self._cycles:
            return [Key("q")]
        return [Key(key), Mouse("move", 60 + self._pressed % 200, 300)]


def test_two_hours_leave_nothing_behind(tiny_prototxt, tmp_path):
    """A sample of them, with all modes gone through again and again."""
    write(tmp_path / "regularized_opt" / "conv1" / "whole_layer.png", sheet_of(10, 24, 30))
    for unit in range(10):
        write(tmp_path / "max_im" / "conv1" / f"conv1_{unit:04d}.png", plain(colour(unit), 40, 40))
    settings = Settings(model=str(tiny_prototxt), size=(480, 320), unit_jpg_dir=tmp_path)
    stage = stage_of(model_of(settings), settings, has_live=True)
    hours = Hours(cycles=7)
    app = App(stage, Feeder(None, lambda: hours, name="camera"), replace(initial(stage.scene), live=True))
    tracemalloc.start()
    try:
        app.run(hours)
    finally:
        tracemalloc.stop()
    # of several looks the least: at others a thread had something in its hands
    early, late = hours.held[1:4], hours.held[4:7]
    frames = late[0][0] - early[0][0]
    growth = min(held for _, held in late) - min(held for _, held in early)
    assert frames > 300
    assert growth / frames * TWO_HOURS < MOST, f"{growth} bytes in {frames} frames: {hours.held}"
    assert app.view.problems == ()


def test_lines_that_change_at_every_frame_are_not_kept():
    """As the status line does, with its numbers: a line of text as wide as the window takes a tenth of a megabyte."""
    picture = np.zeros((40, 1500, 3), np.uint8)
    tracemalloc.start()
    try:
        for number in range(600):
            for length in (20, text.KEPT_LENGTH, 180):
                text.draw(picture, f"{number} | ".ljust(length, "m"), 20, 10, Style())
        assert tracemalloc.get_traced_memory()[0] < MOST
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 alone has displays that may not answer")
@pytest.mark.skipif(framework() != "QT", reason="of OpenCV's windows Qt's end the process")
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "DISPLAY is not set"),
        ({"DISPLAY": ":99"}, "o window opens on display :99"),
        ({"DISPLAY": "nonsense"}, "o window opens on display nonsense"),
        ({"DISPLAY": ":99", "QT_QPA_PLATFORM": "nonsense"}, "o window opens on display :99"),
    ],
    ids=["none", "dead", "nonsense", "platform"],
)
def test_without_a_window_the_picture_goes_to_a_file(tiny_prototxt, picture_folder, tmp_path, environment, said):
    mine = {key: value for key, value in os.environ.items() if key != "DISPLAY" and not key.startswith("QT_")}
    program = "import sys; from deepvis.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "live", str(tiny_prototxt), "--source", str(picture_folder)],
        cwd=tmp_path,
        env={**mine, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert said in done.stdout
    assert cv2.imread(str(tmp_path / "deepvis-live.png")).shape == (930, 1500, 3)
