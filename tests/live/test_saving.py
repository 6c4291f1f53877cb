"""Snapshots: all of it or nothing, under a name of its own; and plain values for YAML."""

from __future__ import annotations

import enum
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from deepvis.errors import Error
from deepvis.live.records import picture_files, saving
from deepvis.live.records.saving import plain, safe_name, snapshot_name, to_yaml, write_snapshot
from deepvis.pictures import read_picture

WINDOW = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def save(folder: Path, name: str = "a", **more) -> Path:
    kinds: Mapping = {"arrays": {}, "pictures": {}, "state": {}} | more
    return write_snapshot(folder, name, WINDOW, **kinds)


def test_a_snapshot_holds_picture_numbers_and_state(tmp_path):
    array = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    folder = save(
        tmp_path / "new" / "saved",
        "20261125-caffenet",
        arrays={"acts": array, "back": array[:, ::2]},
        pictures={"unit": WINDOW[:8, :8], "input": WINDOW[::-1]},
        state={"layer": "conv5", "unit": np.int64(151), "origin": (3, 4)},
    )
    assert folder == tmp_path / "new" / "saved" / "20261125-caffenet"
    assert {entry.name for entry in folder.iterdir()} == {
        "window.png",
        "acts.npy",
        "back.npy",
        "unit.png",
        "input.png",
        "state.yaml",
    }
    assert np.array_equal(read_picture(folder / "window.png"), WINDOW)
    assert np.array_equal(read_picture(folder / "input.png"), WINDOW[::-1])
    assert np.array_equal(np.load(folder / "acts.npy"), array)
    assert np.array_equal(np.load(folder / "back.npy"), array[:, ::2])
    assert np.load(folder / "acts.npy").dtype == np.float32
    assert yaml.safe_load((folder / "state.yaml").read_text()) == {"layer": "conv5", "unit": 151, "origin": [3, 4]}
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]


def test_a_name_that_is_taken_gets_a_number(tmp_path):
    assert [save(tmp_path).name for _ in range(3)] == ["a", "a-2", "a-3"]
    (tmp_path / "b").write_text("a file")
    (tmp_path / "b-2").mkdir()
    (tmp_path / "b-3").symlink_to("nowhere")
    assert save(tmp_path, "b").name == "b-4"
    assert (tmp_path / "b").read_text() == "a file"
    assert not list((tmp_path / "b-2").iterdir())


def test_several_at_once_take_names_of_their_own(tmp_path):
    got: list[Path] = []
    threads = [threading.Thread(target=lambda: got.append(save(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in got) == ["a", *(f"a-{n}" for n in range(2, 9))]
    assert all((path / "state.yaml").exists() for path in got)
    assert len(list(tmp_path.iterdir())) == 8


def test_names_within_a_snapshot_stay_within_and_apart(tmp_path):
    one, two = np.zeros(2), np.ones(2)
    folder = save(
        tmp_path,
        "../out",
        arrays={"inception_3a/1x1": one, "inception_3a_1x1": two, "../../up": one},
        pictures={"window": WINDOW[:3, :3]},
    )
    assert folder.parent == tmp_path
    assert {entry.name for entry in folder.iterdir()} == {
        "window.png",
        "window-2.png",
        "inception_3a_1x1.npy",
        "inception_3a_1x1-2.npy",
        "_.._up.npy",
        "state.yaml",
    }
    assert np.array_equal(read_picture(folder / "window.png"), WINDOW)
    assert np.array_equal(np.load(folder / "inception_3a_1x1-2.npy"), two)


@pytest.mark.parametrize(
    "bad, error",
    [
        ({"arrays": {"a": np.array([{}], object)}}, ValueError),
        ({"state": {"a": object()}}, TypeError),
        ({"pictures": {"a": np.zeros((0, 0, 3), np.uint8)}}, Exception),
    ],
)
def test_after_a_failure_nothing_is_left(tmp_path, bad, error):
    with pytest.raises(error):
        save(tmp_path, **bad)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_at_the_last_moment_leaves_nothing_and_is_named(tmp_path, monkeypatch):
    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.Path, "rename", fail)
    with pytest.raises(Error, match="cannot save here: No space left"):
        save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Error, match="cannot save here"):
        save(tmp_path / "file")


def test_names_say_when_and_what():
    now = datetime(2026, 11, 25, 16, 3, 12)
    assert snapshot_name(now, "caffenet", "conv5", 151) == "20261125-160312-caffenet-conv5-151"
    assert snapshot_name(now, "my/net v2", "a/b\\c", 0) == "20261125-160312-my_net_v2-a_b_c-0"


@given(st.text())
def test_a_safe_name_is_one_name_of_any_file_system(text):
    name = safe_name(text)
    assert name and not name.startswith((".", "-"))
    assert not set(name) & set('/\\:*?"<>| \n\0')
    assert len(name.encode()) <= 200
    assert safe_name(name) == name


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    at: tuple[int, int] | None = (1, 2)
    path: Path = Path("a/b")


@dataclass(frozen=True)
class Outer:
    inner: Inner
    names: frozenset[str]
    colour: Colour = Colour.RED


def test_plain_values():
    assert plain(Outer(Inner(), frozenset("cab"))) == {
        "inner": {"at": [1, 2], "path": "a/b"},
        "names": ["a", "b", "c"],
        "colour": "red",
    }
    numbers = plain([np.float32(0.5), np.int8(-3), np.bool_(True), np.str_("x"), np.longdouble(2), {2, 10, None}])
    assert numbers == [0.5, -3, True, "x", 2.0, [10, 2, None]]
    assert [type(each) for each in numbers] == [float, int, bool, str, float, list]
    assert plain({(datetime(2026, 1, 2)): 1}) == {"2026-01-02T00:00:00": 1}


@pytest.mark.parametrize(
    "value, where",
    [({"a": [1, {"b": object()}]}, r"a\[1\]\.b"), ({"x": np.zeros(3)}, "x"), ({(1, 2): 3}, "key"), (b"", "value")],
)
def test_what_is_not_plain_is_named_by_its_place(value, where):
    with pytest.raises(TypeError, match=where):
        plain(value)


words = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@example({"\x85": "a\x85b\u2028c\r\nd\te"})
@given(values)
def test_plain_values_come_back_from_yaml_without_tags(value):
    text = to_yaml(value)
    assert yaml.safe_load(text) == plain(value)
    tags = [event for event in yaml.parse(text, yaml.SafeLoader) if getattr(event, "tag", None)]
    anchors = [event for event in yaml.parse(text, yaml.SafeLoader) if getattr(event, "anchor", None)]
    assert not tags and not anchors


def test_infinite_numbers_come_back():
    assert yaml.safe_load(to_yaml([np.inf, -np.inf])) == [math.inf, -math.inf]


def test_a_picture_appears_when_it_is_complete(tmp_path):
    picture_files.write_picture(tmp_path / "new" / "a.png", WINDOW)
    assert np.array_equal(read_picture(tmp_path / "new" / "a.png"), WINDOW)
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["a.png"]


def test_a_video_appears_when_it_is_complete(tmp_path):
    assert picture_files.write_video(tmp_path / "a.avi", [WINDOW] * 3, 25.0) == 3
    with pytest.raises(Error, match="no frame"):
        picture_files.write_video(tmp_path / "b.avi", [], 25.0)

    def failing():
        yield WINDOW
        raise RuntimeError("the net failed")

    with pytest.raises(RuntimeError):
        picture_files.write_video(tmp_path / "c.avi", failing(), 25.0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.avi"]
