"""Sources: files in order, unreadable ones skipped with a word, orientation obeyed, videos begun again."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from deepvis.errors import FormatError
from deepvis.live import sources
from deepvis.live.frames import HOLD, first_frame, video_frames
from deepvis.live.sources import is_live, open_files, open_live


def write(path: Path, value: int = 100, **kind) -> Path:
    shape = kind.get("shape", (8, 12, 3))
    cv2.imwrite(str(path), np.full(shape, value, kind.get("dtype", np.uint8)))
    return path


def test_a_folder_is_stepped_in_natural_order_and_round(picture_folder):
    files = open_files([str(picture_folder)])
    assert [files.step(k).name for k in (0, 1, 1, 1, -1)] == [
        "p1.png",
        "p2.png",
        "p10.png",
        "p1.png",
        "p10.png",
    ]


def test_several_sources_keep_the_order_they_were_given_in(picture_folder):
    names = [str(picture_folder / "p10.png"), str(picture_folder / "p*.png")]
    files = open_files(names)
    assert [path.name for path in files.paths()] == ["p10.png", "p1.png", "p2.png"]


def test_several_steps_at_once(picture_folder):
    files = open_files([str(picture_folder)])
    files.step(0)
    assert files.step(5).name == "p10.png"
    assert files.step(-4).name == "p2.png"


def test_what_cannot_be_read_is_skipped_in_the_direction_of_travel_with_a_word(picture_folder):
    (picture_folder / "p1b.jpg").write_bytes(b"<html>not a picture</html>")
    (picture_folder / "p1c.png").write_bytes(b"")
    forward = open_files([str(picture_folder)])
    assert [forward.step(k).name for k in (0, 1, 1)] == ["p1.png", "p2.png", "p10.png"]
    assert len(forward.skipped) == 2
    assert "p1b.jpg" in forward.skipped[0]
    backward = open_files([str(picture_folder)])
    backward.step(0)
    assert [backward.step(k).name for k in (-1, -1, -1, -1)] == ["p10.png", "p2.png", "p1.png", "p10.png"]


def test_a_folder_of_nothing_readable_ends_and_says_so(tmp_path):
    (tmp_path / "a.png").write_bytes(b"nothing")
    files = open_files([str(tmp_path)])
    assert files.step(0) is None
    with pytest.raises(Exception, match=r"a\.png"):
        first_frame(files, None)


def test_new_and_vanished_files_are_noticed(picture_folder):
    files = open_files([str(picture_folder)])
    assert files.step(1).name == "p2.png"
    (picture_folder / "p2.png").unlink()
    write(picture_folder / "p3.png")
    assert files.step(1).name == "p3.png"
    assert files.step(1).name == "p10.png"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("grey.png", {"shape": (8, 12)}),
        ("deep.png", {"dtype": np.uint16, "value": 25700}),
        ("alpha.png", {"shape": (8, 12, 4)}),
        ("plain.jpg", {}),
        ("plain.bmp", {}),
    ],
)
def test_every_kind_of_picture_becomes_8_bit_rgb(tmp_path, name, kind):
    path = write(tmp_path / name, **{"value": 100, **kind})
    image = open_files([str(path)]).step(0).image
    assert image.shape == (8, 12, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - 100).max() <= 1


def test_the_orientation_a_camera_noted_is_obeyed(tmp_path):
    upright = np.zeros((10, 20, 3), np.uint8)
    upright[:, :10] = 255  # bright on the left
    good, data = cv2.imencode(".jpg", upright)
    assert good
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)  # orientation 6: turn a quarter clockwise to see it right
    tiff = b"MM\x00\x2a\x00\x00\x00\x08" + struct.pack(">H", 1) + entry + b"\x00\x00\x00\x00"
    exif = b"Exif\x00\x00" + tiff
    marker = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    path = tmp_path / "turned.jpg"
    path.write_bytes(data.tobytes()[:2] + marker + data.tobytes()[2:])
    image = open_files([str(path)]).step(0).image
    assert image.shape == (20, 10, 3)
    assert image[:8].mean() > 240, "the left half has become the upper one"
    assert image[12:].mean() < 15


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(FormatError, match="nowhere"):
        open_files([str(tmp_path / "nowhere")])
    with pytest.raises(FormatError, match="no picture files"):
        open_files([str(tmp_path)])


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
    source = open_live(str(video))
    sleeps = []
    original, sources.time.sleep = sources.time.sleep, sleeps.append
    try:
        for _ in range(3):
            source.read()
    finally:
        sources.time.sleep = original
    assert sleeps
    assert max(sleeps) <= 0.25
    assert sum(sleeps) > 0.05


def test_headless_frames_of_a_video_are_all_of_it_once(video):
    fps, frames = video_frames(None, str(video))
    frames = list(frames)
    assert fps == pytest.approx(20)
    assert [frame.serial for frame in frames] == [1, 2, 3, 4]
    assert len(list(video_frames(None, str(video), most=2)[1])) == 2


def test_headless_frames_of_pictures_are_held(picture_folder):
    (picture_folder / "p5.png").write_bytes(b"broken")
    _, frames = video_frames(open_files([str(picture_folder)]), None)
    frames = list(frames)
    assert len(frames) == 3 * HOLD
    assert {frame.serial for frame in frames} == {1, 2, 3}


def test_broken_and_missing_videos_are_named(tmp_path):
    (tmp_path / "bad.avi").write_bytes(b"RIFF")
    with pytest.raises(FormatError, match=r"bad\.avi"):
        open_live(str(tmp_path / "bad.avi"))
    with pytest.raises(FormatError, match=r"none\.avi: no such file"):
        open_live(str(tmp_path / "none.avi"))


class FakeCapture:
    """A camera of one grey ramp."""

    def isOpened(self) -> bool:
        return True

    def read(self):
        ramp = np.tile(np.linspace(50, 150, 16).astype(np.uint8), (4, 1))
        return True, np.stack([ramp, ramp, ramp], axis=-1)

    def release(self) -> None:
        pass


def test_a_camera_is_mirrored_and_its_range_stretched(monkeypatch):
    monkeypatch.setattr(sources.cv2, "VideoCapture", lambda device: FakeCapture())
    image = open_live("camera:0").read().image
    assert (image[0, 0, 0], image[0, -1, 0]) == (255, 0)


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(FormatError, match="camera:97"):
        open_live("camera:97")
