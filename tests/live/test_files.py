"""Picture files and lists of them: in order, unreadable ones skipped with a word, orientation obeyed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepvis.errors import FormatError
from deepvis.live.sources import open_files, open_live
from deepvis.live.sources.frames import HOLD, first_frame, open_at, video_frames


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


def test_headless_frames_of_pictures_are_held(picture_folder):
    (picture_folder / "p5.png").write_bytes(b"broken")
    _, frames = video_frames(open_files([str(picture_folder)]), None)
    frames = list(frames)
    assert len(frames) == 3 * HOLD
    assert {frame.serial for frame in frames} == {1, 2, 3}
