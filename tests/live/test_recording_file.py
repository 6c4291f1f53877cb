"""Recordings from strangers: read or refused by line, in bounded space."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis.errors import FormatError, LimitError
from deepvis.live.controls.events import Key
from deepvis.live.records.recording import Recording, Step, read_recording
from deepvis.live.records.recording_file import LINE_LIMIT, MAGIC

HEAD = f"{MAGIC}: 1\n---\n"


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text, match",
    [
        ("", "no line '---'"),
        ("hello: 1\n---\n", r":1: expected 'deepvis_recording: 1'"),
        (f"{MAGIC}: 99\n---\n", "version 1"),
        (f"{MAGIC}: 1\n? [a]\n: b\n---\n", "YAML"),
        (f"{MAGIC}: 1\n1: b\n---\n", "words as keys"),
        (f"{MAGIC}: 1\na: &x [1]\nb: *x\n---\n", "anchors"),
        (f"{MAGIC}: 1\na: !!python/object/apply:os.getcwd []\n---\n", "tags"),
        (f"{MAGIC}: 1\na: {'[' * 5000}\n---\n", "YAML"),
        (f"{MAGIC}: 1\na: [\n---\n", "YAML"),
        (HEAD + "- {frame: 1}\n", ":3: frame: the first frame needs its place"),
        (HEAD + "- {frame: [a, 0]}\n- {frame: -1}\n", ":4: frame: expected a number"),
        (HEAD + "- {frame: [a, 0]}\n- {frame: true}\n", ":4: frame: expected a number"),
        (HEAD + "- {frame: [a, 0]}\n- {frame: [2020-01-01, 0]}\n", ":4: frame"),
        (HEAD + f"- {{frame: [{'a' * 20000}, 0]}}\n", ":3: frame: expected a path"),
        (HEAD + '- {frame: ["a\\0b", 0]}\n', ":3: frame: expected a path"),
        (HEAD + "- {frame: ['camera:0', 0]}\n", ":3: .*cannot be played again"),
        (HEAD + "- {frame: ['https://somewhere/else', 0]}\n", ":3: .*cannot be played again"),
        (HEAD + f"- {{frame: [a, {'9' * 10000}]}}\n", ":3: "),
        (HEAD + "- {frame: [a, 0], now: 3}\n", ":3: expected frame or e, found 'now'"),
        (HEAD + "- {}\n", ":3: expected frame or e"),
        (HEAD + "- frame: [a, 0]\n", ":3: expected one line"),
        (HEAD + "{frame: [a, 0]}\n", ":3: expected one line"),
        (HEAD + "- {e: [{k: &a b}]}\n", ":3: tags"),
        (HEAD + "- {e: [{k: !!binary aGFsbG8=}]}\n", ":3: tags"),
        (HEAD + "- {e: {k: b}}\n", ":3: e: expected a list"),
        (HEAD + "- {e: [{jump: 3}]}\n", ":3: 'jump' is no kind of event"),
        (HEAD + "- {e: [{k: 3}]}\n", ":3: .*a digit needs quotes"),
        (HEAD + "- {e: [{m: [dance, 1, 2]}]}\n", ":3: the mouse does not 'dance'"),
        (HEAD + "- {e: [{m: [press, 1]}]}\n", ":3: expected {m: "),
        (HEAD + "- {e: [{m: [press, 1, 1.5]}]}\n", ":3: expected {m: "),
        (HEAD + "- {e: [{m: [press, 1, true]}]}\n", ":3: expected numbers"),
        (HEAD + "- {e: [{m: [press, 1, 99999999]}]}\n", ":3: expected a row"),
        (HEAD + "- {e: [{w: [1, 1, 0]}]}\n", ":3: .*notches"),
        (HEAD + "- {e: [{w: up}]}\n", ":3: expected {w: "),
        (HEAD + "- {e: [{s: [0, 1]}]}\n", ":3: expected a size"),
        (HEAD + "- {e: [b]}\n", ":3: expected one event"),
        (HEAD + f"- {{e: [{'[' * 3000}]}}\n", ":3: "),
        (HEAD + "...\n- {frame: [a, 0]}\n", ":4: expected nothing"),
        (HEAD.encode() + b"- {e: [{k: \xff}]}\n", ":3: expected text in UTF-8"),
        (HEAD + "- {e: [{k: \x00}]}\n", ":3: "),
    ],
)
def test_a_hostile_file_is_refused_by_line(tmp_path, text, match):
    with pytest.raises(FormatError, match=match) as caught:
        read_recording(written(tmp_path / "a.yaml", text))
    assert str(caught.value).startswith(f"{tmp_path / 'a.yaml'}:")


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=200), st.text("-{}[]frame: e,k0'\"\n&*!#.", max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = written(tmp_path_factory.getbasetemp() / "any.yaml", HEAD.encode() + data)
    with contextlib.suppress(FormatError, LimitError):
        assert isinstance(read_recording(path), Recording)


def test_a_file_without_end_of_line_is_not_read_whole(tmp_path):
    with pytest.raises(LimitError, match=":3: a line of above"):
        read_recording(written(tmp_path / "a.yaml", HEAD + "#" * (LINE_LIMIT + 5)))
    with pytest.raises(LimitError, match="no line '---'"):
        read_recording(written(tmp_path / "a.yaml", f"{MAGIC}: 1\n" + "a: 1\n" * 300_000))
    with pytest.raises(FormatError, match="cannot read"):
        read_recording(tmp_path)


def test_by_hand_comments_blank_lines_and_a_missing_last_line_end_are_fine(tmp_path):
    text = f"{MAGIC}: 1\r\n---\r\n# from the talk\r\n\r\n- {{ frame: [ 'a b.jpg', 2 ] }}\r\n- {{ e: [ {{ k: ' ' }} ] }}"
    steps = read_recording(written(tmp_path / "a.yaml", text)).steps
    assert steps == [Step("a b.jpg", 2), Step("a b.jpg", 2, (Key(" "),))]
