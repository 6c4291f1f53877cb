"""Sources: files in order, unreadable ones skipped with a word, orientation obeyed, videos begun again."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from virtual_camera import VirtualCamera

from deepvis.errors import Error, FormatError
from deepvis.live.frames import HOLD, first_frame, open_at, video_frames
from deepvis.live.sources import Frame, SourceOptions, is_live, open_files, open_live


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
        ("deep_grey.png", {"dtype": np.uint16, "value": 25700, "shape": (8, 12)}),
        ("deep_alpha.png", {"dtype": np.uint16, "value": 25700, "shape": (8, 12, 4)}),
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


def test_sixteen_bits_are_rounded_to_eight_and_not_cut_down(tmp_path):
    deep = np.array([[0, 128, 129, 255, 32767, 32768, 65406, 65407, 65535]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), deep)
    image = open_files([str(tmp_path / "a.png")]).step(0).image
    assert image[0, :, 0].tolist() == np.rint(deep[0] / 257).astype(int).tolist()


def test_a_transparent_picture_loses_its_alpha_and_nothing_else(tmp_path):
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., :3] = (10, 20, 30)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    assert open_files([str(tmp_path)]).step(0).image[2, 2].tolist() == [30, 20, 10]


def test_a_frame_says_where_it_comes_from(picture_folder):
    frame = open_files([str(picture_folder)]).step(0)
    assert (frame.name, frame.place, frame.index) == ("p1.png", str(picture_folder / "p1.png"), 0)
    assert frame.second is None
    assert frame.capture_ms > 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in this file system")
def test_what_would_never_end_is_not_read(tmp_path, picture_folder):
    os.mkfifo(tmp_path / "pipe.png")
    files = open_files([str(tmp_path / "pipe.png"), str(picture_folder)])
    assert files.step(0).name == "p1.png"
    assert "pipe" in files.skipped[0]
    os.mkfifo(tmp_path / "pipe.avi")
    with pytest.raises(FormatError, match="not a file"):
        open_live(str(tmp_path / "pipe.avi"))


def test_a_file_that_was_still_being_written_is_tried_again(picture_folder):
    late = picture_folder / "p2.png"
    whole = late.read_bytes()
    late.write_bytes(whole[:20])
    files = open_files([str(picture_folder)])
    assert [files.step(k).name for k in (0, 1)] == ["p1.png", "p10.png"]
    late.write_bytes(whole)
    assert [files.step(k).name for k in (1, 1)] == ["p1.png", "p2.png"]


def test_a_folder_that_vanishes_is_survived(picture_folder):
    files = open_files([str(picture_folder)])
    files.step(0)
    picture_folder.rename(picture_folder.with_name("away"))
    assert files.step(1) is None
    picture_folder.with_name("away").rename(picture_folder)
    assert files.step(1) is not None


def listed(folder: Path, text: str) -> list[str]:
    """What a list in that folder comes to, as paths from the folder on; of pairs both."""
    (folder / "list.txt").write_text(text)
    files = open_files([str(folder / "list.txt")])
    places = [files.step(min(k, 1)).place for k in range(len(files.paths()))]
    return [" & ".join(str(Path(p).relative_to(folder)) for p in place.split("\t")) for place in places]


@pytest.mark.parametrize(
    "text",
    [
        "p2.png\np1.png\np10.png\n",
        "p2.png 7\np1.png 3\np10.png 0",
        "p2.png,7\r\n\r\np1.png,3\r\np10.png,-1\r\n",
        "# these:\n  p2.png\t1 0 1  # the best\np1.png # another one\n#p1.png\np10.png",
        "\ufeffp2.png cat\np1.png dog\np10.png",
        "p2.png\np1.png p2.png\np10.png\n",
    ],
)
def test_a_list_gives_its_first_tokens_in_order(picture_folder, text):
    assert listed(picture_folder, text) == ["p2.png", "p1.png", "p10.png"]


@pytest.mark.parametrize("text", ["p2.png p1.png\np1.png,p10.png", "# pairs\np2.png\tp1.png # x\n\np1.png p10.png"])
def test_a_list_of_two_paths_a_line_gives_pairs(picture_folder, text):
    assert listed(picture_folder, text) == ["p2.png & p1.png", "p1.png & p10.png"]
    frame = open_files([str(picture_folder / "list.txt")]).step(0)
    assert frame.name == "p2.png + p1.png"
    assert (frame.second == open_files([str(picture_folder / "p1.png")]).step(0).image).all()
    again = open_at(frame.place).frame(0)
    assert (again.image == frame.image).all() and (again.second == frame.second).all()


def test_a_pair_whose_other_picture_is_missing_is_skipped_with_a_word(picture_folder):
    (picture_folder / "list.txt").write_text("p1.png gone.png\np1.png p2.png\n")
    files = open_files([str(picture_folder / "list.txt")])
    assert files.step(0).name == "p1.png + p2.png"
    assert "gone.png" in files.skipped[0]


def test_a_path_with_spaces_is_taken_whole_where_it_exists(picture_folder):
    write(picture_folder / "my cat.png")
    write(picture_folder / "cat #1.png")
    text = "my cat.png\nmy cat.png 5 # again\ncat #1.png\np1.png cat.png\n"
    assert listed(picture_folder, text) == ["my cat.png", "cat #1.png", "p1.png"]


def test_paths_in_a_list_start_from_the_list_or_from_the_root(tmp_path, picture_folder):
    (tmp_path / "list.txt").write_text(f"pictures/p1.png\n{picture_folder}/p2.png\npictures/../pictures/p10.png")
    files = open_files([str(tmp_path / "list.txt")])
    assert [files.step(k).name for k in (0, 1, 1)] == ["p1.png", "p2.png", "p10.png"]


def test_a_list_is_read_again_when_it_has_changed(picture_folder):
    text = picture_folder / "list.txt"
    text.write_text("p1.png\n")
    files = open_files([str(text), str(picture_folder / "p10.png")])
    assert files.step(0).name == "p1.png"
    text.write_text("p1.png\np2.png\n")
    assert files.step(1).name == "p2.png"
    text.unlink()
    assert files.step(1).name == "p10.png"


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_list_is_too_strange(picture_folder, text):
    path = picture_folder / "list.txt"
    path.write_text(text + "\np2.png", "utf-8", errors="surrogatepass")
    files = open_files([str(path)])
    assert files.step(0) is not None, "the good one is found whatever stands before it"
    assert files.paths()


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "~nobody-of-that-name/x.png"])
def test_what_cannot_be_a_path_is_named(name):
    with pytest.raises(FormatError, match=r"no such|not a path"):
        open_files([name])


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


@pytest.fixture
def camera(monkeypatch) -> VirtualCamera:
    return VirtualCamera().take_the_place(monkeypatch)


def test_a_camera_is_mirrored_and_its_range_stretched(camera):
    ramp = np.tile(np.linspace(50, 150, 16).astype(np.uint8), (4, 1))
    camera.odd.extend([ramp] * 3)
    image = open_live("camera:0").read().image
    assert (image[0, 0, 0], image[0, -1, 0]) == (255, 0)
    assert open_live("camera:0", SourceOptions(mirror=False)).read().image[0, 0, 0] == 0
    plain = open_live("camera:0", SourceOptions(autocontrast=False)).read().image
    assert (plain[0, 0, 0], plain[0, -1, 0]) == (150, 50)


def test_a_camera_is_asked_for_its_size_and_rate(camera):
    source = open_live("camera:/dev/video2", SourceOptions(camera_size=(320, 240), camera_fps=15))
    asked = camera.captures[0].settings
    assert asked[cv2.CAP_PROP_FRAME_WIDTH] == 320
    assert asked[cv2.CAP_PROP_FRAME_HEIGHT] == 240
    assert asked[cv2.CAP_PROP_FPS] == 15
    assert camera.targets == [2], "as a camera, not as a file"
    frames = [source.read() for _ in range(3)]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert frames[0].place == "camera:/dev/video2"
    assert frames[0].capture_ms >= 4
    source.close()
    assert camera.open_captures == 0


@pytest.mark.parametrize(
    "odd",
    [
        np.full((6, 10), 90, np.uint8),
        np.full((6, 10, 1), 90, np.uint8),
        np.full((6, 10, 3), 90, np.uint8),
        np.full((6, 10, 4), 90, np.uint8),
        np.full((6, 10, 3), 90 * 257, np.uint16),
        np.full((6, 10), 90 * 257, np.uint16),
    ],
)
def test_odd_pictures_of_a_camera_become_rgb(camera, odd):
    camera.odd.append(odd)
    image = open_live("camera:0").read().image
    assert image.shape == (6, 10, 3) and image.dtype == np.uint8
    assert (image == 90).all()


def test_sixteen_bits_of_which_a_camera_uses_few_are_stretched_before_they_are_rounded(camera):
    camera.odd.append(np.arange(256, dtype=np.uint16).reshape(16, 16))
    assert len(np.unique(open_live("camera:0").read().image)) == 256


@pytest.mark.parametrize(
    "bad",
    [
        (False, None),
        (True, None),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 3), np.int32),
        cv2.error("driver"),
        SystemError("worse"),
    ],
)
def test_a_bad_picture_is_passed_over_and_many_are_an_error(camera, bad):
    source = open_live("camera:0")
    camera.odd.extend([bad] * 2)
    assert source.read().image.shape == (8, 16, 3)
    camera.odd.extend([bad] * 50)
    with pytest.raises(FormatError, match="camera"):
        source.read()


def test_a_picture_is_not_overwritten_by_the_next(camera):
    buffer = np.zeros((8, 16, 3), np.uint8)
    camera.odd.extend([buffer, buffer])
    source = open_live("camera:0")
    first = source.read()
    buffer[...] = 200
    source.read()
    assert (first.image == 0).all()


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(FormatError, match="camera:97"):
        open_live("camera:97")


@pytest.mark.parametrize(
    "wrong", [{"camera_size": (0, 5)}, {"camera_fps": -1.0}, {"speed": 0.0}, {"speed": float("nan")}]
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Error, match=next(iter(wrong))):
        SourceOptions(**wrong)
