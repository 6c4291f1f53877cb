"""Recordings: what was shown and told comes back, whatever killed the viewer."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis.errors import Error, FormatError, StateError
from deepvis.live.controls.events import MOUSE_KINDS, Key, Mouse, Resize, from_plain, to_text
from deepvis.live.records import recorded_frames
from deepvis.live.records.recorded_frames import RecordedFrames
from deepvis.live.records.recording import Recorder, Recording, Step, read_recording
from deepvis.live.records.recording_file import EVENT_LIMIT


@dataclass(frozen=True, eq=False)
class Shown:
    place: str
    index: int = 0
    image: np.ndarray = field(default_factory=lambda: np.zeros((2, 2, 3), np.uint8))


def noise(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def record(path: Path, turns, header=None, **how) -> Recording:
    recorder = Recorder(path, header or {}, **how)
    for frame, events in turns:
        recorder.shown(frame, events)
    recorder.close()
    return read_recording(path)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


far = st.integers(-(10**6), 10**6)
size = st.integers(1, 10**6)
events = st.one_of(
    st.builds(
        Key, st.one_of(st.sampled_from(["y", "no", "1", "~", "null", "#", "=", "-"]), st.text(min_size=1, max_size=40))
    ),
    st.builds(Mouse, st.sampled_from([kind for kind in MOUSE_KINDS if kind != "wheel"]), far, far),
    st.builds(Mouse, st.just("wheel"), far, far, st.sampled_from([1, -1, 3])),
    st.builds(Resize, size, size),
)
places = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=60).filter(
    lambda place: "://" not in place and not place.lower().startswith("camera:") and ".frames" not in place
)
turns = st.lists(st.tuples(st.none() | st.tuples(places, st.integers(0, 2**53 - 1)), st.lists(events, max_size=4)))


@given(events)
def test_an_event_comes_back_from_its_line(event):
    line = to_text(event)
    assert "\n" not in line
    assert from_plain(yaml.safe_load(line)) == event


def test_events_are_spelt_shortly():
    spelt = [Key("b"), Mouse("press", 120, 340), Mouse("wheel", 1, 2, -1), Resize(1500, 930)]
    assert [to_text(event) for event in spelt] == [
        "{k: b}",
        "{m: [press, 120, 340]}",
        "{w: [1, 2, -1]}",
        "{s: [1500, 930]}",
    ]


@pytest.mark.parametrize(
    "event", [Mouse("click", 1, 1), Mouse("press", 1, 1, 1), Mouse("wheel", 1, 1), Key(""), Resize(0, 5), Key("x" * 41)]
)
def test_an_event_that_could_not_be_read_is_not_written(event):
    with pytest.raises(ValueError, match="cannot be recorded"):
        to_text(event)


@settings(deadline=None, max_examples=60)
@given(turns)
def test_a_recording_comes_back_and_is_plain_yaml(tmp_path_factory, told):
    path = tmp_path_factory.mktemp("recordings") / "a.yaml"
    made = [(Shown(*at) if at else None, list(said)) for at, said in told]
    expected, now = [], (None, 0)
    for at, said in told:
        if said or (at is not None and at != now):
            now = at or now
            expected.append(Step(*now, tuple(said)))
    recording = record(path, made, {"model": "caffenet", "sources": ["a b.jpg"]})
    assert recording.steps == expected
    assert recording.notes == ()
    assert recording.header["model"] == "caffenet"
    head, lines = yaml.safe_load_all(path.read_text("utf-8"))
    assert head == recording.header
    assert len(lines or []) == len(expected)


def test_a_still_picture_is_noted_once_and_a_place_where_it_changes(tmp_path):
    path = tmp_path / "a.yaml"
    still = Shown("cat.jpg")
    told = [(still, [])] * 3 + [(still, [Key("b")]), (None, [])] + [(Shown("v.mp4", n), []) for n in range(3)]
    record(path, told)
    assert path.read_text().partition("---\n")[2].splitlines() == [
        "- {frame: [cat.jpg, 0]}",
        "- {e: [{k: b}]}",
        "- {frame: [v.mp4, 0]}",
        "- {frame: 1}",
        "- {frame: 2}",
        "...",
    ]


def test_more_events_than_a_line_takes_become_several_lines(tmp_path):
    many = [Mouse("move", n, n) for n in range(2 * EVENT_LIMIT + 1)]
    steps = record(tmp_path / "a.yaml", [(Shown("cat.jpg"), many)]).steps
    assert [event for step in steps for event in step.events] == many
    assert {(step.place, step.index) for step in steps} == {("cat.jpg", 0)}


def test_the_header_holds_the_state_as_plain_values(tmp_path):
    header = {"path": Path("a/b"), "state": Shown("x", 3, 0), "size": (3, 4), "weights": {"sha256": "&*! 0"}}
    read = record(tmp_path / "a.yaml", [], header).header
    assert read["state"] == {"place": "x", "index": 3, "image": 0}
    assert (read["path"], read["size"], read["weights"]) == ("a/b", [3, 4], {"sha256": "&*! 0"})
    assert read["deepvis"]


def camera_turns(images, spec="camera:0"):
    return [(Shown(spec, 10 + 3 * number, image), []) for number, image in enumerate(images)]


def frames_of(recording: Recording) -> list[np.ndarray]:
    frames = RecordedFrames(recording.path.parent)
    got = [frames.read(step.place, step.index) for step in recording.steps]
    frames.close()
    return got


@pytest.mark.parametrize("spec", ["camera:0", "RTSP://there/stream", "http://there/a.mjpg"])
def test_frames_of_cameras_come_back_bit_for_bit(tmp_path, spec):
    images = [noise(seed) for seed in range(20)]
    recording = record(tmp_path / "a.yaml", camera_turns(images, spec))
    assert [(step.place, step.index) for step in recording.steps] == [("a.frames.avi", n) for n in range(20)]
    assert recording.frame_file("a.frames.avi") == tmp_path / "a.frames.avi"
    assert all(np.array_equal(*pair) for pair in zip(frames_of(recording), images, strict=True))


def test_the_same_camera_frame_is_kept_once_and_files_are_not_kept(tmp_path):
    here = Shown("camera:0", 5, noise(1))
    told = [(here, []), (here, [Key("b")]), (Shown("cat.jpg", 0, noise(2)), []), (Shown("camera:0", 6, noise(3)), [])]
    recording = record(tmp_path / "a.yaml", told)
    assert [(step.place, step.index) for step in recording.steps] == [
        ("a.frames.avi", 0),
        ("a.frames.avi", 0),
        ("cat.jpg", 0),
        ("a.frames.avi", 1),
    ]
    frames = RecordedFrames(tmp_path)
    for index, seed in ((1, 3), (0, 1), (0, 1), (1, 3)):  # in any order
        assert np.array_equal(frames.read("a.frames.avi", index), noise(seed))
    with pytest.raises(FormatError, match=r"a\.frames\.avi: frame 2"):
        frames.read("a.frames.avi", 2)
    frames.close()


def test_a_camera_that_is_opened_again_and_a_frame_without_a_place_lose_nothing(tmp_path):
    told = [(Shown(place, 0, noise(seed)), []) for seed, place in enumerate(("camera:0", "camera:0", "", ""))]
    recording = record(tmp_path / "a.yaml", told)
    assert all(np.array_equal(got, noise(n)) for n, got in enumerate(frames_of(recording)))
    assert len(recording.steps) == 4


def test_frames_of_another_size_start_another_file_and_odd_ones_lose_nothing(tmp_path):
    images = [noise(0), noise(1, 32, 32), noise(2), noise(3, 47, 63), noise(4, 1, 1), noise(5, 32, 32)]
    recording = record(tmp_path / "a.yaml", camera_turns(images))
    assert [np.array_equal(*pair) for pair in zip(frames_of(recording), images, strict=True)] == [True] * 6
    assert [step.place for step in recording.steps[:3]] == ["a.frames.avi", "a.frames2.avi", "a.frames.avi"]


def test_without_the_codec_frames_become_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_frames, "FFV1", cv2.VideoWriter.fourcc(*"none"))
    images = [noise(seed) for seed in range(3)]
    recording = record(tmp_path / "a.yaml", camera_turns(images))
    assert [(step.place, step.index) for step in recording.steps] == [("a.frames", n) for n in range(3)]
    assert all(np.array_equal(*pair) for pair in zip(frames_of(recording), images, strict=True))


def test_a_codec_that_loses_something_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_frames, "FFV1", cv2.VideoWriter.fourcc(*"MJPG"))
    recording = record(tmp_path / "a.yaml", camera_turns([noise(1)]))
    assert not list(tmp_path.glob("*.avi"))
    assert np.array_equal(frames_of(recording)[0], noise(1))


KILLED = """
import itertools, sys
import numpy as np
from deepvis.live.controls.events import Key
from deepvis.live.records.recording import Recorder
sys.path.insert(0, {tests!r})
from test_recording import Shown, noise
recorder = Recorder({path!r}, {{"model": "m"}})
for number in itertools.count():
    recorder.shown(Shown({place!r}, number, noise(number)), [Key("b")] if number % 3 == 0 else [])
    print(number, flush=True)
"""


@pytest.mark.parametrize("place", ["clip.mp4", "camera:0"])
def test_a_killed_viewer_leaves_all_but_the_last_moment(tmp_path, place):
    path = tmp_path / "a.yaml"
    script = KILLED.format(tests=str(Path(__file__).parent), path=str(path), place=place)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    shown = 0
    while shown < 150:
        line = process.stdout.readline()
        assert line, "the viewer died too early"
        shown = int(line)
    process.kill()
    process.wait()
    process.stdout.close()
    recording = read_recording(path)
    steps = recording.steps
    assert len(steps) > 100
    assert [step.index for step in steps] == list(range(len(steps)))
    assert all(step.events == ((Key("b"),) if step.index % 3 == 0 else ()) for step in steps)
    assert any("not closed" in note for note in recording.notes)
    if place == "camera:0":
        assert all(np.array_equal(got, noise(n)) for n, got in enumerate(frames_of(recording)))


def test_every_way_of_cutting_a_file_short_leaves_a_beginning(tmp_path):
    path = tmp_path / "a.yaml"
    told = [(Shown("katz\u00e9.jpg", n), [Key("\u00e9"), Mouse("press", n, 2)]) for n in range(4)]
    whole = record(path, told)
    data = path.read_bytes()
    start = data.index(b"---\n") + 4
    for cut in range(start, len(data)):
        part = read_recording(written(tmp_path / "cut.yaml", data[:cut]))
        lines = data[start:cut].split(b"\n")
        assert part.steps == whole.steps[: len(part.steps)]
        assert len(part.steps) >= min(len(lines) - 1, 4)
    with pytest.raises(FormatError, match="cut short at its start"):
        read_recording(written(tmp_path / "cut.yaml", data[: start - 5]))


def test_frames_that_did_not_reach_the_disk_are_left_out(tmp_path):
    path = tmp_path / "a.yaml"
    images = [noise(seed) for seed in range(10)]
    record(path, camera_turns(images))
    written(path, path.read_bytes().removesuffix(b"...\n"))
    video = tmp_path / "a.frames.avi"
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    recording = read_recording(path)
    assert 2 <= len(recording.steps) < 6
    assert any("frames were not kept" in note for note in recording.notes)
    assert all(np.array_equal(got, images[n]) for n, got in enumerate(frames_of(recording)))


def test_nothing_but_a_recording_is_ever_overwritten(tmp_path):
    path = written(tmp_path / "a.yaml", "my: notes\n")
    for overwrite in (False, True):
        with pytest.raises(FormatError, match="no recording, and stays"):
            Recorder(path, {}, overwrite=overwrite)
    with pytest.raises(FormatError, match="no recording"):
        Recorder(tmp_path, {}, overwrite=True)
    assert path.read_text() == "my: notes\n"
    path.unlink()
    record(path, camera_turns([noise(1), noise(2)]))
    before = path.read_bytes()
    with pytest.raises(StateError, match="there is a recording already"):
        Recorder(path, {})
    assert path.read_bytes() == before
    again = record(path, camera_turns([noise(3)]), overwrite=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.frames.avi", "a.yaml"]
    assert np.array_equal(frames_of(again)[0], noise(3))


def test_frames_that_are_there_already_are_not_overwritten(tmp_path):
    mine = written(tmp_path / "a.frames.avi", "something of mine")
    recording = record(tmp_path / "a.yaml", camera_turns([noise(1)]))
    assert mine.read_text() == "something of mine"
    assert recording.steps[0].place == "a.frames2.avi"


def test_overwriting_takes_pictures_of_the_old_recording_away_and_nothing_else(tmp_path):
    path = tmp_path / "a.yaml"
    record(path, camera_turns([noise(1, 3, 3)]))
    (tmp_path / "a.frames" / "mine.png").write_bytes(b"mine")
    record(path, [], overwrite=True)
    assert [entry.name for entry in (tmp_path / "a.frames").iterdir()] == ["mine.png"]


def test_it_is_on_the_disk_while_it_is_recorded(tmp_path):
    path = tmp_path / "new" / "a.yaml"
    recorder = Recorder(path, {"model": "m"})
    assert read_recording(path).header["model"] == "m"
    recorder.shown(Shown("cat.jpg"), [Key("b")])
    end = time.monotonic() + 10
    while not read_recording(path).steps:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert "still at it" in read_recording(path).notes[0]
    recorder.close()
    recorder.close()
    assert read_recording(path).notes == ()
    with pytest.raises(StateError, match="closed"):
        recorder.shown(None, [Key("b")])
    assert "deepvis-recorder" not in {thread.name for thread in threading.enumerate()}


def test_a_full_disk_is_told_and_holds_nothing_up(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_frames, "LEAST_FREE", 2**62)
    recorder = Recorder(tmp_path / "a.yaml", {})
    recorder.shown(Shown("cat.jpg"))
    for number in range(100):  # far more than the queue holds
        recorder.shown(Shown("camera:0", number, noise(0)))
    with pytest.raises(Error, match=r"the recording ends here: .*MiB left"):
        recorder.close()
    recording = read_recording(tmp_path / "a.yaml")
    assert recording.steps == [Step("cat.jpg", 0)]
    assert "not closed" in recording.notes[0]


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path):
    written(tmp_path / "file", "")
    with pytest.raises(Error, match="cannot write the recording"):
        Recorder(tmp_path / "file" / "a.yaml", {})
