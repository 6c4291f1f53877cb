"""The feeder and cameras: whatever a camera or stream does, orders are obeyed and the end is not held up."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from feeders import newest, nothing_comes
from waiting import wait_for

from deepvis.live.sources import open_files, open_live
from deepvis.live.sources import player as player_module
from deepvis.live.sources.feeder import Feeder, Order


def test_what_was_frozen_is_shown_again_after_a_look_at_the_files(feeding, camera, picture_folder):
    feeder = feeding(picture_folder, "camera:0", Order(live=True))
    newest(feeder)
    feeder.order = Order(live=True, paused=True)
    wait_for(lambda: nothing_comes(feeder, 0.05))
    feeder.order = Order(live=True, paused=True, step=1)
    frozen = newest(feeder)
    feeder.order = Order(paused=True)
    assert newest(feeder).name == "p1.png"
    feeder.order = Order(paused=True, file=1)
    assert newest(feeder).name == "p2.png"
    feeder.order = Order(live=True, paused=True, file=1)
    again = newest(feeder)
    assert (again.index, again.image is frozen.image) == (frozen.index, True)
    assert nothing_comes(feeder, 0.05)
    feeder.order = Order(file=2)
    assert newest(feeder).name == "p10.png"


def test_a_camera_steps_on_and_has_no_past(feeding, camera):
    feeder = feeding(spec="camera:0", order=Order(live=True, paused=True))
    assert newest(feeder).index == 0
    feeder.order = Order(live=True, paused=True, step=1)
    assert newest(feeder).index == 1
    feeder.order = Order(live=True, paused=True, step=0)
    assert newest(feeder).index == 1


def test_after_a_rest_a_camera_shows_what_is_there_now(feeding, camera, picture_folder):
    feeder = feeding(picture_folder, "camera:0", Order(live=True))
    newest(feeder)
    feeder.order = Order()
    newest(feeder, lambda frame: frame.name == "p1.png")
    before = camera.reads
    time.sleep(0.6)
    assert camera.reads <= before + 1, "it is left alone meanwhile"
    camera.kept.extend([np.zeros((4, 4, 3), np.uint8)] * 4)
    feeder.order = Order(live=True)
    assert newest(feeder).image.shape == (8, 16, 3), "what the driver kept from before is dropped"
    assert not camera.kept


def test_a_camera_that_is_unplugged_comes_back_by_itself(feeding, camera):
    feeder = feeding(spec="camera:0", order=Order(live=True))
    newest(feeder)
    camera.plugged = False
    wait_for(lambda: feeder.problem)
    assert feeder.problem == "camera 0 gives no picture any more"
    wait_for(lambda: "plugged in" in (feeder.problem or ""))
    opened = len(camera.captures)
    camera.plugged = True
    wait_for(lambda: feeder.problem is None)
    assert newest(feeder).index >= 0
    assert len(camera.captures) > opened
    assert camera.open_captures == 1
    assert feeder.stop()
    assert camera.open_captures == 0


def test_a_camera_that_is_gone_is_asked_for_with_growing_patience(feeding, camera):
    camera.plugged = False
    feeder = feeding(spec="camera:0", order=Order(live=True))
    wait_for(lambda: feeder.problem)
    times = []
    for count in (1, 2, 3, 4):
        wait_for(lambda count=count: len(camera.captures) >= count)
        times.append(time.monotonic())
    waits = np.diff(times)
    assert waits[0] > 0.4
    assert waits[2] > waits[0]
    assert waits[2] < 2.5
    assert camera.open_captures == 0
    begun = time.monotonic()
    assert feeder.stop()
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "bad", [(False, None), np.zeros((0, 0, 3), np.uint8), cv2.error("driver"), MemoryError(), np.zeros(5, np.uint8)]
)
def test_a_camera_that_goes_mad_for_a_while_is_survived(feeding, camera, bad):
    feeder = feeding(spec="camera:0", order=Order(live=True))
    newest(feeder)
    camera.odd.extend([bad] * 7)
    wait_for(lambda: feeder.problem)
    assert feeder.problem.startswith("camera")
    wait_for(lambda: feeder.problem is None)
    assert newest(feeder).image.shape == (8, 16, 3)


def test_a_camera_may_change_the_size_of_its_pictures(feeding, camera):
    feeder = feeding(spec="camera:0", order=Order(live=True))
    assert newest(feeder).image.shape == (8, 16, 3)
    camera.size = (20, 12)
    assert newest(feeder, lambda frame: frame.image.shape == (12, 20, 3))
    assert feeder.problem is None


def test_a_camera_that_stalls_is_told_of_and_forgiven(feeding, camera):
    feeder = feeding(spec="camera:0", order=Order(live=True))
    newest(feeder)
    camera.stall()
    wait_for(lambda: feeder.problem)
    assert feeder.problem == "camera 0 has given no picture for 2 s"
    wait_for(lambda: feeder.problem == "camera 0 has given no picture for 3 s")
    feeder.frames.take()
    camera.go_on()
    newest(feeder)
    wait_for(lambda: feeder.problem is None)


def test_files_are_there_though_a_camera_hangs(feeding, camera, picture_folder, monkeypatch):
    monkeypatch.setattr(player_module, "STALLED", 0.2)
    feeder = feeding(picture_folder, "camera:0", Order(live=True))
    newest(feeder)
    camera.stall()
    wait_for(lambda: camera.stalled)
    feeder.order = Order()
    assert newest(feeder, lambda frame: frame.name != "camera 0").name == "p1.png"
    assert feeder.problem is None
    feeder.order = Order(file=1)
    assert newest(feeder).name == "p2.png"
    feeder.order = Order(live=True, file=1)
    wait_for(lambda: feeder.problem)
    feeder.order = Order(file=2)
    assert newest(feeder).name == "p10.png"
    camera.go_on()
    assert nothing_comes(feeder), "the camera's late picture is not wanted any more"


def test_a_picture_that_comes_after_the_freeze_does_not_melt_it(feeding, camera):
    feeder = feeding(spec="camera:0", order=Order(live=True))
    newest(feeder)
    camera.stall()
    wait_for(lambda: camera.stalled)
    feeder.frames.take()
    feeder.order = Order(live=True, paused=True)
    camera.go_on()
    assert nothing_comes(feeder)


@pytest.mark.parametrize("opening", [False, True])
def test_a_camera_that_hangs_does_not_hold_up_the_end_and_is_let_go_of(feeding, camera, opening):
    if opening:
        camera.stall()
    feeder = feeding(spec="camera:0", order=Order(live=True))
    if not opening:
        newest(feeder)
        camera.stall()
    wait_for(lambda: camera.stalled)
    begun = time.monotonic()
    assert not feeder.stop(0.3), "it says that a thread hangs"
    assert time.monotonic() - begun < 1.3
    camera.go_on()
    wait_for(lambda: feeder.stop() and camera.captures)
    assert camera.open_captures == 0


HANGING = """
import sys, threading, time
sys.path.insert(0, {tests!r})
import pytest
from virtual_camera import VirtualCamera
from deepvis.live.sources.feeder import Feeder
from deepvis.live.sources import open_live
camera = VirtualCamera().take_the_place(pytest.MonkeyPatch())
camera.stall()
feeder = Feeder(None, lambda: open_live("camera:0"))
feeder.start()
while not camera.stalled:
    time.sleep(0.01)
feeder.stop(0.2)
print("over", flush=True)
"""


def test_a_process_ends_though_a_camera_hangs():
    code = HANGING.format(tests=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=45, check=False)
    assert done.stdout == "over\n"
    assert done.returncode == 0, done.stderr


def test_a_stream_that_breaks_is_opened_again(feeding, camera):
    camera.odd.extend([(False, None)])
    feeder = feeding(spec="rtsp://somewhere/stream", order=Order(live=True))
    wait_for(lambda: feeder.problem)
    assert feeder.problem == "rtsp://somewhere/stream gives no picture any more"
    frames = [newest(feeder), newest(feeder)]
    assert frames[0].index < frames[1].index
    assert frames[0].place == "rtsp://somewhere/stream"
    wait_for(lambda: feeder.problem is None)
    assert len(camera.captures) == 2


def test_a_stream_can_be_stepped_back_as_far_as_it_is_remembered(feeding, camera):
    feeder = feeding(spec="rtsp://somewhere/stream", order=Order(live=True))
    newest(feeder, lambda frame: frame.index > 80)
    feeder.order = Order(live=True, paused=True)
    wait_for(lambda: nothing_comes(feeder, 0.05))
    feeder.order = Order(live=True, paused=True, step=1)
    at = newest(feeder).index
    feeder.order = Order(live=True, paused=True, step=-4)
    assert newest(feeder).index == at - 5
    feeder.order = Order(live=True, paused=True, step=-4, seek=-99)
    oldest = newest(feeder)
    assert at - 64 <= oldest.index < at - 5
    feeder.order = Order(live=True, paused=True, step=-4, seek=99)
    assert newest(feeder).index == oldest.index + 1, "its future cannot be jumped to"
    assert feeder.problem is None


def test_a_feeder_that_never_began_can_be_stopped(camera, picture_folder):
    assert Feeder(open_files([str(picture_folder)]), lambda: open_live("camera:0")).stop()
    assert not camera.captures


def test_no_camera_is_opened_before_it_is_asked_for(feeding, camera, picture_folder):
    feeder = feeding(picture_folder, "camera:0")
    newest(feeder)
    assert not camera.captures
