"""deepvis live, keys and demo as a user runs them, without a window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import deepvis
from deepvis.cli.main import main
from deepvis.live import display
from deepvis.live.display import DisplayCheck
from deepvis.live.panes import status_pane


def live(*words: object) -> int:
    return main(["live", *map(str, words)])


def read(path: Path) -> np.ndarray:
    return cv2.imread(str(path))[..., ::-1]


def test_a_picture_is_written_and_its_path_printed(tiny_prototxt, picture_folder, tmp_path, capsys):
    out = tmp_path / "deep" / "view.png"
    assert live(tiny_prototxt, "--source", picture_folder, "--headless", out, "--size", "900x600") == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(out)
    assert read(out).shape == (600, 900, 3)
    assert list(out.parent.iterdir()) == [out], "no temporary file is left"


def test_layer_unit_backward_view_and_keys_are_obeyed(tiny_prototxt, picture_folder, tmp_path):
    pictures = []
    for words in (
        ("--layer", "conv1:3", "--back", "deconv"),
        ("--keys", "down right right right n n"),
        ("--layer", "conv1", "--unit", "3", "--back", "gradient"),
        ("--layer", "pool1:max", "--back", "guided"),
    ):
        out = tmp_path / "view.png"
        assert live(tiny_prototxt, "-s", picture_folder, "--headless", out, "--size", "600x400", *words) == 0
        pictures.append(read(out))
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[0] != pictures[2]).any()
    assert (pictures[3] != pictures[0]).any()


def test_keys_step_through_the_files(tiny_prototxt, picture_folder, tmp_path):
    pictures = []
    for words in (("-s", picture_folder, "--keys", "down e e"), ("-s", picture_folder / "p10.png", "--keys", "down")):
        out = tmp_path / "view.png"
        assert live(tiny_prototxt, *words, "--headless", out, "--size", "600x400") == 0
        pictures.append(read(out))
    np.testing.assert_array_equal(*pictures)


def test_a_video_of_a_video(tiny_prototxt, tmp_path, capsys):
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (48, 32))
    for number in range(6):
        writer.write(np.full((32, 48, 3), 40 * number, np.uint8))
    writer.release()
    for name in ("out.mp4", "out.avi", "out.webm"):
        out = tmp_path / name
        assert live(tiny_prototxt, "-s", clip, "--headless", out, "--size", "481x321", "--frames", 4) == 0
        assert "4 frames, 12 a second" in capsys.readouterr().out
        capture = cv2.VideoCapture(str(out))
        sizes = []
        while (frame := capture.read())[0]:
            sizes.append(frame[1].shape)
        assert sizes == [(320, 480, 3)] * 4


def test_the_precision_reaches_the_net_and_the_status_line(tiny_prototxt, picture_folder, tmp_path, monkeypatch):
    written = []
    line = status_pane.status_line
    monkeypatch.setattr(status_pane, "status_line", lambda view: written.append(line(view)) or written[-1])
    for words in ((), ("--precision", "fp32"), ("--precision", "fp16-weights")):
        out = tmp_path / "view.png"
        assert live(tiny_prototxt, "-s", picture_folder, "--headless", out, "--layer", "fc2:1", *words) == 0
    assert "fp" not in written[0]
    assert written[1] == written[0]
    assert written[2].startswith("fwd fc2:1 | fp16 weights | ")


def test_the_net_gets_the_threads_it_is_given(tiny_prototxt, picture_folder, tmp_path):
    before = deepvis.num_threads()
    try:
        out = tmp_path / "view.png"
        assert live(tiny_prototxt, "-s", picture_folder, "--headless", out, "--threads", before + 1) == 0
        assert deepvis.num_threads() == before + 1
    finally:
        deepvis.set_num_threads(before)


@pytest.mark.parametrize(
    ("option", "word"), [("--precision", "fp16"), ("--threads", 0), ("--threads", "two"), ("--threads", 5000)]
)
def test_options_with_other_words_are_refused(capsys, option, word):
    with pytest.raises(SystemExit):
        live(option, word)
    assert f"argument {option}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--layer", "conv9"), "did you mean conv1"),
        (("--layer", "conv1:10"), "there are 0 to 9"),
        (("--layer", "conv1", "--unit", "-1"), "there are 0 to 9"),
        (("--keys", "down ctrl"), "'ctrl'"),
        (("--source", "nowhere.jpg"), "nowhere.jpg"),
        (("--source", "a.mp4"), "a.mp4: no such file"),
        (("--source", "camera:0", "--source", "camera:1"), "one camera or video at a time"),
    ],
)
def test_what_is_wrong_is_said(tiny_prototxt, picture_folder, tmp_path, capsys, words, said):
    source = () if "--source" in words else ("--source", picture_folder)
    assert live(tiny_prototxt, *source, "--headless", tmp_path / "x.png", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_an_unknown_suffix_is_refused_before_anything_is_loaded(tmp_path, capsys):
    assert live("no-such-model", "--headless", tmp_path / "x.gif") == 2
    assert "x.gif: the suffix" in capsys.readouterr().err


def test_without_a_display_the_picture_goes_to_a_file(tiny_prototxt, picture_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.chdir(tmp_path)
    assert live(tiny_prototxt, "--source", picture_folder) == 0
    said = capsys.readouterr().out
    assert "no display (DISPLAY is not set)" in said
    assert said.splitlines()[-1] == "deepvis-live.png"
    assert (tmp_path / "deepvis-live.png").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 alone has displays that may not answer")
def test_a_display_that_does_not_answer_is_found_out_without_dying(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4095")
    if display.framework() != "QT":
        pytest.skip(f"OpenCV's GUI here is {display.framework() or 'none'}, not Qt")
    assert ":4095" in DisplayCheck().why_not()


def test_an_opencv_without_windows_is_named(monkeypatch):
    monkeypatch.setattr(display, "framework", lambda: "")
    assert "opencv-python-headless" in DisplayCheck().why_not()


def test_keys_are_listed(capsys):
    assert main(["keys"]) == 0
    plain = capsys.readouterr().out
    assert "J L I K (, / ; .)" in plain
    assert main(["keys", "--markdown"]) == 0
    assert "| `T` (also `y`) |" in capsys.readouterr().out


def test_the_demo_draws_its_tour(tmp_path):
    """In a process of its own: it loads the built-in model."""
    command = [sys.executable, "-m", "deepvis.cli.main", "demo", "--out", str(tmp_path / "tour")]
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)
    if "are not installed" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    assert "Egyptian cat" in done.stdout
    assert "espresso" in done.stdout
    written = sorted((tmp_path / "tour").iterdir())
    assert len(written) == 8
    assert all(str(path) in done.stdout for path in written)
    eyes = read(tmp_path / "tour" / "chelsea-3-eyes.png")
    unit = eyes[300:600, :300, 0]
    bright = np.argwhere(unit > 200)
    left, right = bright[bright[:, 1] < 150], bright[bright[:, 1] >= 150]
    # where the cat's eyes are in the 300 × 300 pane
    assert np.abs(left.mean(axis=0) - (112, 95)).max() < 25
    assert np.abs(right.mean(axis=0) - (135, 240)).max() < 25
