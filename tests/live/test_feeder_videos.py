"""The feeder and videos: stepped, searched and paced exactly as ordered."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from feeders import newest, nothing_comes
from waiting import wait_for

from deepvis.live.sources import player as player_module
from deepvis.live.sources.feeder import Feeder, Order

FRAMES = 60


@pytest.fixture
def clip(tmp_path) -> str:
    """A video whose frames get brighter by four each, as its frames' numbers tell."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (32, 16))
    for number in range(FRAMES):
        writer.write(np.full((16, 32, 3), 4 * number, np.uint8))
    writer.release()
    return str(path)


def shown(feeder: Feeder) -> int:
    """The number of the next frame, which must look the part."""
    frame = newest(feeder)
    assert abs(frame.image.mean() - 4 * frame.index) < 2
    return frame.index


def test_a_paused_video_is_stepped_and_searched_frame_by_frame(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True, paused=True))
    assert shown(feeder) == 0, "something is there to be seen"
    assert nothing_comes(feeder)
    for order, number in [
        (Order(True, True, step=1), 1),
        (Order(True, True, step=4), 4),
        (Order(True, True, step=3), 3),
        (Order(True, True, step=3, seek=2.0), 43),
        (Order(True, True, step=2, seek=1.0), 22),
        (Order(True, True, step=2, seek=-99.0), 0),
        (Order(True, True, step=2, seek=99.0), FRAMES - 1),
        (Order(True, True, step=3, seek=99.0), 0),
    ]:
        feeder.order = order
        assert shown(feeder) == number
        assert nothing_comes(feeder, 0.07)
    feeder.order = Order(True, False, step=3, seek=99.0)
    assert shown(feeder) >= 1
    assert feeder.problem is None


def test_serials_differ_whatever_is_shown(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True, paused=True))
    serials = [newest(feeder).serial]
    for step in (1, 0, 1, 0):
        feeder.order = Order(True, True, step=step)
        serials.append(newest(feeder).serial)
    assert serials == sorted(set(serials))


def test_a_video_that_does_not_loop_stays_at_its_end_with_a_word(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True), loop=False, speed=8)
    wait_for(lambda: feeder.problem)
    assert feeder.problem == "clip.avi has come to its end"
    assert newest(feeder).index == FRAMES - 1
    assert nothing_comes(feeder)
    feeder.order = Order(live=True, paused=True, step=-2)
    assert shown(feeder) == FRAMES - 3
    assert feeder.problem is None
    feeder.order = Order(live=True, step=-2)
    wait_for(lambda: feeder.problem)
    assert newest(feeder).index == FRAMES - 1
    feeder.order = Order(live=True, step=-2, loop=False)
    assert nothing_comes(feeder), "it has been like that before"
    feeder.order = Order(live=True, step=-2)
    newest(feeder, lambda frame: frame.index < 30)
    assert feeder.problem is None


def test_a_video_runs_as_fast_as_ordered(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True, speed=0.125))
    assert shown(feeder) == 0
    assert nothing_comes(feeder, 0.2), "two and a half frames a second"
    feeder.order = Order(live=True, speed=8)
    begun = time.monotonic()
    newest(feeder, lambda frame: frame.index >= 50)
    assert time.monotonic() - begun < 2, "at its own speed that takes 2.5 s"


def test_a_slow_video_ends_at_once(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True, speed=0.125))
    shown(feeder)
    begun = time.monotonic()
    assert feeder.stop()
    assert time.monotonic() - begun < 1


class Slow:
    """A capture that takes its time at every frame it passes."""

    def __init__(self, capture) -> None:
        self._capture = capture

    def grab(self) -> bool:
        time.sleep(0.05)
        return self._capture.grab()

    def __getattr__(self, name):
        return getattr(self._capture, name)


def test_a_long_search_is_told_of_and_does_not_hold_up_the_end(feeding, clip, monkeypatch):
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda target: Slow(real(target)))
    monkeypatch.setattr(player_module, "STALLED", 0.3)
    feeder = feeding(spec=clip, order=Order(live=True, paused=True))
    shown(feeder)
    feeder.order = Order(live=True, paused=True, seek=99.0)
    wait_for(lambda: feeder.problem)
    assert feeder.problem.startswith("clip.avi has been looking for that frame")
    begun = time.monotonic()
    assert feeder.stop()
    assert time.monotonic() - begun < 1


def test_a_video_that_goes_away_is_opened_again(feeding, clip):
    feeder = feeding(spec=clip, order=Order(live=True, speed=8))
    newest(feeder)
    feeder.order = Order(live=True, paused=True, speed=8)
    missing = feeding(spec=clip + ".not.avi", order=Order(live=True))
    wait_for(lambda: missing.problem)
    assert "no such file" in missing.problem
    Path(clip).rename(clip + ".not.avi")
    newest(missing)
    wait_for(lambda: missing.problem is None)


def test_nothing_to_show_is_said(feeding, tmp_path, picture_folder):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    feeder = feeding(tmp_path / "bad.png")
    wait_for(lambda: feeder.problem)
    assert "bad.png" in feeder.problem
    assert feeder.skipped == 1
    assert "bad.png" in feeder.last_skipped
