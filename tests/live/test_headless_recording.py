"""Recordings made and played without a window, and flags that settings must not win over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from deepvis.cli.main import main
from deepvis.live.panes import status_pane
from deepvis.live.records.recording import read_recording


def live(*words: object) -> int:
    return main(["live", *map(str, words)])


def pictures(folder: Path, pattern: str) -> list[np.ndarray]:
    return [cv2.imread(str(path)) for path in sorted(folder.glob(pattern))]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (48, 32))
    for number in range(4):
        writer.write(np.full((32, 48, 3), 60 * number, np.uint8))
    writer.release()
    return path


def test_a_headless_video_is_recorded_and_replayed_the_same(tiny_prototxt, clip, tmp_path):
    tour, seen = tmp_path / "tour.yaml", tmp_path / "seen.mp4"
    view = ("--layer", "conv1:3", "--back", "deconv", "--size", "600x400", "--keys", "t r")
    assert live(tiny_prototxt, "-s", clip, "--headless", seen, "--record", tour, "--frames", 3, *view) == 0
    assert [(step.place, step.index) for step in read_recording(tour).steps] == [(str(clip), n) for n in range(3)]
    assert live("--replay", tour, "--headless", tmp_path / "again.png") == 0
    again = pictures(tmp_path, "again-*.png")
    assert len(again) == 3
    assert (again[0] != again[2]).any()
    # a still of the same frame is the first of them, but for the name that a video's frames do not have
    assert live(tiny_prototxt, "-s", clip, "--headless", tmp_path / "still.png", *view) == 0
    np.testing.assert_array_equal(again[0], cv2.imread(str(tmp_path / "still.png")))


def test_a_headless_picture_is_recorded(tiny_prototxt, picture_folder, tmp_path):
    tour, seen = tmp_path / "tour.yaml", tmp_path / "seen.png"
    assert live(tiny_prototxt, "-s", picture_folder, "--headless", seen, "--record", tour, "--layer", "pool1:2") == 0
    assert live("--replay", tour, "--headless", tmp_path / "again.png") == 0
    (again,) = pictures(tmp_path, "again-*.png")
    np.testing.assert_array_equal(again, cv2.imread(str(seen)))


def test_a_recording_is_replaced_only_when_that_is_asked_for(tiny_prototxt, picture_folder, tmp_path, capsys):
    tour = tmp_path / "tour.yaml"
    words = (tiny_prototxt, "-s", picture_folder, "--headless", tmp_path / "x.png", "--record", tour)
    assert live(*words, "--layer", "conv1") == 0
    before = tour.read_bytes()
    assert live(*words, "--layer", "pool1") == 2
    assert "recording already" in capsys.readouterr().err
    assert tour.read_bytes() == before
    assert live(*words, "--layer", "pool1", "--overwrite") == 0
    assert tour.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "named"), [(("--layer", "conv1"), "layer"), (("--keys", "b"), "keys"), (("--set", "scale=unit"), "set")]
)
def test_what_a_recording_says_cannot_be_said_again(tmp_path, capsys, words, named):
    assert live("--replay", tmp_path / "tour.yaml", "--headless", tmp_path / "x.png", *words) == 2
    assert f"leave out {named}" in capsys.readouterr().err


def test_a_flag_that_says_the_usual_wins_over_the_settings_file(tiny_prototxt, picture_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("deepvis.yaml").write_text("precision: fp16-weights\n")
    written = []
    line = status_pane.status_line
    monkeypatch.setattr(status_pane, "status_line", lambda view: written.append(line(view)) or written[-1])
    for words in ((), ("--precision", "fp32")):
        assert live(tiny_prototxt, "-s", picture_folder, "--headless", "x.png", *words) == 0
    assert ["fp16" in each for each in written] == [True, False]


def test_a_model_that_does_not_load_is_told_to_a_terminal_without_the_windows_key(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("deepvis.live.display.sys.platform", "linux")
    assert live(tmp_path / "none.prototxt") == 2
    said = capsys.readouterr().err
    assert "no such prototxt" in said
    assert "f5" not in said


def test_the_filter_holds_though_the_backward_view_comes_by_a_key(tiny_prototxt, picture_folder, tmp_path):
    seen = []
    for number, words in enumerate((("--back", "gradient"), ("--unit", 0, "--keys", "n"))):
        out = tmp_path / f"{number}.png"
        view = ("--layer", "conv1", "--filter", "norm", "--size", "600x400")
        assert live(tiny_prototxt, "-s", picture_folder, "--headless", out, *view, *words) == 0
        seen.append(cv2.imread(str(out)))
    np.testing.assert_array_equal(*seen)
