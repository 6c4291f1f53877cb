"""Videos: read in order, begun again, and every frame found by its number whatever the codec says."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepvis.errors import Error, FormatError
from deepvis.live.sources import Frame, SourceOptions, is_live, open_files, open_live
from deepvis.live.sources.frames import open_at, video_frames


@pytest.fixture
def video(tmp_path) -> Path:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (32, 24))
    for number in range(4):
        writer.write(np.full((24, 32, 3), (0, 0, 60 * number), np.uint8))  # ever more red
    writer.release()
    return path


def test_what_runs_by_itself():
    assert is_live("camera:0")
    assert is_live("rtsp://host/stream")
    assert is_live("a/b.MP4")
    assert not is_live("a/b.jpg")
    assert not is_live("folder")


def test_a_video_gives_rgb_at_its_rate_and_begins_again(video):
    source = open_live(str(video), paced=False)
    assert source.fps == pytest.approx(20)
    reds = [int(source.read().image[12, 16, 0]) for _ in range(6)]
    assert np.abs(np.array(reds) - [0, 60, 120, 180, 0, 60]).max() <= 12
    source.close()


def test_a_video_is_read_no_faster_than_it_runs(video):
    source = open_live(str(video), SourceOptions(speed=0.5))
    begun = time.monotonic()
    for _ in range(4):
        source.read()
    assert time.monotonic() - begun > 0.28, "three times a tenth of a second"


def test_headless_frames_of_a_video_are_all_of_it_once(video):
    fps, frames = video_frames(None, str(video))
    frames = list(frames)
    assert fps == pytest.approx(20)
    assert [frame.serial for frame in frames] == [1, 2, 3, 4]
    assert len(list(video_frames(None, str(video), most=2)[1])) == 2


def test_broken_and_missing_videos_are_named(tmp_path):
    (tmp_path / "bad.avi").write_bytes(b"RIFF")
    with pytest.raises(FormatError, match=r"bad\.avi"):
        open_live(str(tmp_path / "bad.avi"))
    with pytest.raises(FormatError, match=r"none\.avi: no such file"):
        open_live(str(tmp_path / "none.avi"))


NUMBERED = 150


def numbered(path: Path, codec: str = "MJPG", frames: int = NUMBERED, fps: float = 20.0) -> Path:
    """A video in which every frame shows its own number, in bits from left to right."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (64, 48))
    assert writer.isOpened()
    for number in range(frames):
        image = np.zeros((48, 64, 3), np.uint8)
        for bit in range(8):
            image[:, 8 * bit : 8 * bit + 8] = 255 * (number >> bit & 1)
        writer.write(image)
    writer.release()
    return path


def number_in(frame: Frame) -> int:
    number = sum((frame.image[24, 8 * bit + 4].mean() > 128) << bit for bit in range(8))
    assert frame.index == number, "a frame knows its number"
    return number


@pytest.fixture(scope="module", params=["MJPG.avi", "mp4v.mp4", "VP90.webm"])
def long_video(request, tmp_path_factory) -> Path:
    codec, _ = request.param.split(".")
    return numbered(tmp_path_factory.mktemp("videos") / request.param, codec)


def test_stepping_shows_the_very_next_frame_and_the_very_one_before(long_video):
    source = open_live(str(long_video), paced=False)
    assert [number_in(source.read()) for _ in range(3)] == [0, 1, 2]
    assert [number_in(source.step(k)) for k in (-1, -1, -1, 1, 1, 5)] == [1, 0, 0, 1, 2, 7]
    assert number_in(source.read()) == 8
    source.step(110)
    assert [number_in(source.step(-1)) for _ in range(115)] == list(range(117, 2, -1))
    source.close()


@given(st.lists(st.integers(-130, 130), max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_one_goes_the_frame_is_the_one_of_its_number(long_video, moves):
    source = open_live(str(long_video), loop=False, paced=False)
    at = number_in(source.read())
    for move in moves:
        at = min(max(at + move, 0), NUMBERED - 1)
        assert number_in(source.seek(move / 20)) == at
        if at < NUMBERED - 1:
            at += 1
            assert number_in(source.read()) == at
    source.close()


class Liar:
    """A capture that jumps to a wrong frame, and perhaps misstates the time as well."""

    def __init__(self, capture, off: int, times: str) -> None:
        self._capture, self._off, self._times, self.jumps = capture, off, times, 0

    def set(self, what, value):
        self.jumps += 1
        return self._capture.set(what, value + self._off)

    def get(self, what):
        value = self._capture.get(what)
        if what == cv2.CAP_PROP_POS_MSEC and self._times != "true":
            return 0.0 if self._times == "none" else value - 50.0 * self._off * (self.jumps > 0)
        return value

    def __getattr__(self, name):
        return getattr(self._capture, name)


@pytest.mark.parametrize("off", [-3, 2, 90])
@pytest.mark.parametrize("times", ["true", "none", "wrong"])
def test_a_codec_that_jumps_to_wrong_frames_is_seen_through(tmp_path, monkeypatch, off, times):
    path = numbered(tmp_path / "a.avi")
    real, liars = cv2.VideoCapture, []

    def lying(target):
        liars.append(Liar(real(target), off, times))
        return liars[-1]

    monkeypatch.setattr(cv2, "VideoCapture", lying)
    source = open_live(str(path), loop=False, paced=False)
    for _ in range(140):
        source.read()
    assert [number_in(source.seek(s)) for s in (-4, 3, -3.5, -0.05)] == [59, 119, 49, 48]
    assert times == "none" or sum(liar.jumps for liar in liars), "it did try"


def test_at_the_end_a_video_stops_or_begins_again(tmp_path):
    path = numbered(tmp_path / "a.avi", frames=5)
    once = open_live(str(path), SourceOptions(loop=False), paced=False)
    assert [number_in(once.read()) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert once.read() is None and once.read() is None
    assert [number_in(once.step(k)) for k in (1, -1, 9)] == [4, 3, 4]
    assert number_in(once.seek(60)) == 4
    once.loop = True
    assert number_in(once.read()) == 0
    assert [number_in(once.step(k)) for k in (4, 1, -2)] == [4, 0, 0]
    assert number_in(once.seek(60)) == 4


def test_a_fast_video_passes_frames_over_and_still_counts_them(tmp_path):
    source = open_live(str(numbered(tmp_path / "a.avi", fps=60)), SourceOptions(speed=8))
    numbers = [number_in(source.read())]
    while numbers[-1] < 100:
        time.sleep(0.01)  # what watches it takes five times as long as a frame
        numbers.append(number_in(source.read()))
    assert len(numbers) < 60
    assert numbers == sorted(numbers)


def test_an_animated_gif_is_a_video(tmp_path):
    from PIL import Image

    frames = [Image.new("RGB", (32, 24), (60 * k, 0, 0)) for k in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100)
    assert is_live(str(tmp_path / "a.gif"))
    source = open_live(str(tmp_path / "a.gif"), paced=False)
    assert source.fps == pytest.approx(10)
    assert [int(source.read().image[0, 0, 0]) for _ in range(5)] == [0, 60, 120, 180, 0]


def test_any_frame_is_found_again_by_its_place_and_number(long_video, picture_folder):
    source = open_live(str(long_video), paced=False)
    seen = [source.read() for _ in range(60)]
    with open_at(seen[0].place) as replay:
        for index in (3, 4, 50, 49, 2, 59):
            assert (replay.frame(index).image == seen[index].image).all()
        with pytest.raises(Error, match="no frame 150 in this video; it has 150"):
            replay.frame(NUMBERED)
    still = open_files([str(picture_folder)]).step(1)
    assert (open_at(still.place).frame(0).image == still.image).all()
    with pytest.raises(Error, match="no frame 1"):
        open_at(still.place).frame(1)
    with pytest.raises(Error, match="camera"):
        open_at("camera:0")
