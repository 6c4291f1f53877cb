"""Random messages: what Google's protobuf writes is read the same here, and the other way round."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis import _native, errors

ROOTS = ["NetParameter", "LayerParameter", "V1LayerParameter", "BlobProto", "Datum", "FillerParameter"]

many = settings(max_examples=120, deadline=None)


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_text_from_google(oracle, same, data, root):
    message = data.draw(oracle.messages(root))
    style = {
        "as_utf8": data.draw(st.booleans()),
        "as_one_line": data.draw(st.booleans()),
        "use_short_repeated_primitives": data.draw(st.booleans()),
        "pointy_brackets": data.draw(st.booleans()),
    }
    text = text_format.MessageToString(message, **style)
    same(_native.parse_text(root, text), message)


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_text_to_google(oracle, same, data, root):
    message = data.draw(oracle.messages(root))
    ours = _native.parse_wire(root, message.SerializeToString())
    same(ours, text_format.Parse(_native.print_text(root, ours), oracle.new(root)))


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_wire_from_google(oracle, same, data, root):
    message = data.draw(oracle.messages(root))
    same(_native.parse_wire(root, message.SerializeToString()), message)


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_wire_to_google(oracle, same, data, root):
    message = data.draw(oracle.messages(root))
    ours = _native.parse_wire(root, message.SerializeToString())
    written = _native.serialize(root, ours)
    same(ours, oracle.new(root).FromString(written))
    assert len(written) == message.ByteSize()


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_wire_merges_as_google_does(oracle, same, data, root):
    """Two messages in a row are one: of a singular field the later value, of a repeated one all."""
    first, second = data.draw(oracle.messages(root)), data.draw(oracle.messages(root))
    both = first.SerializeToString() + second.SerializeToString()
    same(_native.parse_wire(root, both), oracle.new(root).FromString(both))


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_damaged_wire_is_judged_as_google_judges_it(oracle, same, data, root):
    wire = bytearray(data.draw(oracle.messages(root)).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(wire)))
        change = data.draw(st.sampled_from(["cut", "insert", "replace"]))
        if change == "cut":
            del wire[at:]
        elif change == "insert":
            wire[at:at] = data.draw(st.binary(min_size=1, max_size=6))
        elif at < len(wire):
            wire[at] = data.draw(st.integers(0, 255))
    try:
        theirs = oracle.new(root).FromString(bytes(wire))
    except DecodeError:
        with pytest.raises(errors.FormatError):
            _native.parse_wire(root, bytes(wire))
        return
    same(_native.parse_wire(root, bytes(wire)), theirs)


@many
@given(data=st.data(), root=st.sampled_from(ROOTS))
def test_damaged_text_gives_an_error_with_a_place_or_googles_message(oracle, same, data, root):
    text = text_format.MessageToString(data.draw(oracle.messages(root)), as_utf8=True)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        insert = data.draw(
            st.sampled_from(["", "{", "}", "[", "]", ":", "-", "0x1F", "'", '"', "\\", "#", " ", "name"])
        )
        text = text[:at] + insert + text[at + data.draw(st.integers(0, 2)) :]
    try:
        ours = _native.parse_text(root, text, "x.prototxt")
    except errors.FormatError as error:
        source, line, column, _ = str(error).split(":", 3)
        assert source == "x.prototxt"
        assert 1 <= int(line) <= text.count("\n") + 1
        assert int(column) >= 1
        return
    try:
        theirs = text_format.Parse(text, oracle.new(root))
    except text_format.ParseError:
        return  # Python's parser is stricter here and there than the C++ one that Caffe uses
    same(ours, theirs)
