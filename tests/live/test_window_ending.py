"""A real window ends within a second, whatever its viewer is in the middle of: with exit code 0 and in silence."""

from __future__ import annotations

import itertools
import signal
import socket
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from viewer_process import NEEDS, SIZE

from deepvis.cli.main import main
from deepvis.live.records.recording import read_recording

pytestmark = NEEDS

# a camera that never answers again once the file "hang" is there, and then says so in the file "hangs"
CAMERA = f"""
import sys, threading, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
import pytest
from virtual_camera import VirtualCamera
camera = VirtualCamera().take_the_place(pytest.MonkeyPatch())
camera.size = (128, 96)
def watch():
    while not Path("hang").exists():
        time.sleep(0.02)
    camera.stall()
    while not camera.stalled:
        time.sleep(0.01)
    Path("hangs").touch()
threading.Thread(target=watch, daemon=True).start()
"""
WAYS = ("q", "Ctrl-C", "SIGTERM", "closing")


def end(viewer, way: str) -> str:
    """Have it end, and see that it does; gives what it said."""
    windows = viewer.windows()
    begun = time.monotonic()
    if way == "q":
        viewer.press("q")
    elif way == "closing":
        for window in windows:
            viewer.display.close(window)
    else:
        viewer.process.send_signal(signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM)
    return viewer.ends(begun)


def slow_net(folder: Path) -> Path:
    """A net of which one pass takes many seconds."""
    lines = ['name: "slow" input: "picture" input_shape { dim: 1 dim: 3 dim: 300 dim: 300 }']
    for bottom, top in itertools.pairwise(["picture", *(f"conv{number}" for number in range(12))]):
        size = 'num_output: 64 kernel_size: 11 pad: 5 weight_filler { type: "gaussian" std: 0.01 }'
        lines.append(f'layer {{ name: "{top}" type: "Convolution" bottom: "{bottom}" top: "{top}"')
        lines.append(f"convolution_param {{ {size} }} }}")
    path = folder / "slow.prototxt"
    path.write_text("\n".join(lines))
    return path


def test_a_still_picture(start, tiny_prototxt, picture_folder):
    for way in WAYS:
        end(start(tiny_prototxt, "--source", picture_folder), way)


@pytest.mark.parametrize("way", ["closing", "SIGTERM"])
def test_a_camera_that_hangs(start, tiny_prototxt, tmp_path, way):
    viewer = start(tiny_prototxt, "--source", "camera:0", before=CAMERA)
    (tmp_path / "hang").touch()
    viewer.wait((tmp_path / "hangs").exists, "the camera's hanging")
    end(viewer, way)


@pytest.mark.parametrize("way", ["q", "Ctrl-C"])
def test_a_stream_that_never_answers(start, tiny_prototxt, way):
    """OpenCV waits for it within its own code, where nothing can be interrupted."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections = []

        def accept() -> None:
            connections.append(server.accept())
            asked.set()

        threading.Thread(target=accept, daemon=True).start()
        viewer = start(tiny_prototxt, "--source", f"http://127.0.0.1:{server.getsockname()[1]}/moving.mjpg")
        assert asked.wait(20)
        end(viewer, way)
        connections[0][0].close()


@pytest.mark.parametrize("way", ["q", "closing"])
def test_in_the_middle_of_a_pass(start, picture_folder, tmp_path, way):
    """What the pass uses must not be taken away from under it, though it cannot be waited for."""
    viewer = start(slow_net(tmp_path), "--source", picture_folder, "--layer", "conv11")
    viewer.wait(lambda: viewer.display.picture()[:100, :100].std() > 20, "the picture that the pass is of")
    time.sleep(0.2)
    end(viewer, way)


@pytest.mark.parametrize("way", ["closing", "SIGTERM"])
def test_while_an_ascent_grows(start, tiny_prototxt, picture_folder, way):
    viewer = start(tiny_prototxt, "--source", picture_folder, "--layer", "conv1:3", "--keys", "6")
    viewer.changes(slice(500), slice(730, 890), "a step of the ascent")
    end(viewer, way)


def test_while_a_video_runs(start, tiny_prototxt, moving):
    """Each of its frames is drawn anew, so that OpenCV has every reason to open a closed window again."""
    end(start(tiny_prototxt, "--source", moving), "closing")


@pytest.fixture
def moving(tmp_path):
    """A video of half a minute."""
    path = tmp_path / "moving.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (128, 96))
    y, x = np.mgrid[0:96, 0:128]
    for number in range(300):
        writer.write(np.stack([x + number, y + 2 * number, x * 0 + number % 200], axis=-1).astype(np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("source", "way"), [("video", "SIGTERM"), ("camera", "closing")])
def test_a_recording_is_complete_and_shows_the_same_pictures(start, tiny_prototxt, moving, tmp_path, source, way):
    """However it was ended, with moving pictures on the way: what was on the screen last comes last again."""
    recording = tmp_path / "recording.yaml"
    spec = moving if source == "video" else "camera:0"
    words = (tiny_prototxt, "--source", spec, "--record", recording, "--keys", "down b")
    viewer = start(*words, before=CAMERA if source == "camera" else "")
    for key in ("right", "m", "f", "3"):
        viewer.press(key)
        time.sleep(0.1)
    viewer.mouse("mousemove", 300, 200, "click", 4, "mousemove", 420, 200, "click", 1)
    viewer.resize(700, 500)
    screen = at_rest(viewer)
    end(viewer, way)
    told = read_recording(recording)
    assert told.notes == ()
    keys = [event.name for step in told.steps for event in step.events if hasattr(event, "name")]
    assert keys[:4] == ["right", "m", "f", "3"]
    assert main(["live", "--replay", str(recording), "--headless", str(tmp_path / "again.png")]) == 0
    pictures = sorted(tmp_path.glob("again-*.png"))
    assert len(pictures) == len(told.steps)
    again = cv2.imread(str(pictures[-1]))[..., ::-1]
    assert again.shape == (500, 700, 3)
    np.testing.assert_array_equal(again, screen[:500, :700])
    assert any(
        (cv2.imread(str(path))[:100, :100] != cv2.imread(str(pictures[0]))[:100, :100]).any() for path in pictures
    )


def at_rest(viewer) -> np.ndarray:
    """The screen, once it has stopped changing."""
    seen = [viewer.display.picture()[: SIZE[1], : SIZE[0]]]

    def still() -> bool:
        time.sleep(0.4)
        seen.append(viewer.display.picture()[: SIZE[1], : SIZE[0]])
        return np.array_equal(seen[-1], seen[-2])

    viewer.wait(still, "rest")
    return seen[-1]
