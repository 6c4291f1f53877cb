"""Protobuf's binary format: a byte-literal case for all that can be wrong, and for what must pass."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from deepvis import _native, errors


def field(number: int, wire_type: int, content: bytes = b"") -> bytes:
    """One field: tag and content, with the length in front of wire type 2."""
    length = varint(len(content)) if wire_type == 2 else b""
    return varint(number << 3 | wire_type) + length + content


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def parse(data: bytes, kind: str = "LayerParameter") -> dict:
    return _native.parse_wire(kind, data, "x.caffemodel")


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        # Cut short.
        ("LayerParameter", b"\x0a", "at byte 1 (in LayerParameter): a number is cut off by the end"),
        (
            "LayerParameter",
            b"\x0a\x05ab",
            "declares 5 bytes at offset 0 but the file ends after 2 of them (at 4 bytes)",
        ),
        ("LayerParameter", b"\x80", "at byte 0 (in LayerParameter): a number is cut off by the end"),
        ("LayerParameter", b"\x50", "at byte 1 (in LayerParameter): a number is cut off"),
        ("ELUParameter", b"\x0d\x00\x00", "at byte 0 (in ELUParameter): field 'alpha' of ELUParameter is"),
        ("LayerParameter", b"\xf9\x3e\x00", "field 1007 of LayerParameter is cut off by the end of the file"),
        ("LayerParameter", b"\xfd\x3e\x00", "field 1007 of LayerParameter is cut off by the end of the file"),
        ("LayerParameter", b"\xfb\x3e\x08\x01", "the group that starts here is cut off by the end of"),
        # Past the message around it.
        (
            "NetParameter",
            b"\xa2\x06\x03\x0a\x05a" + b"x" * 9,
            "declares 5 bytes at offset 3 but the message around it ends",
        ),
        ("NetParameter", b"\xa2\x06\x01\x0a" + b"x" * 9, "cut off by the end of the message around it"),
        # Impossible tags.
        ("LayerParameter", b"\x00", "the field number 0 cannot be"),
        ("LayerParameter", b"\x02\x00", "the field number 0 cannot be"),
        ("LayerParameter", b"\xf8\xff\xff\xff\x7f\x00", "the field number 4294967295 cannot be"),
        ("LayerParameter", b"\x0e", "wire type 6 does not exist"),
        ("LayerParameter", b"\x0f", "wire type 7 does not exist"),
        ("LayerParameter", b"\x0c", "the end of a group that was not open"),
        ("LayerParameter", b"\xfb\x3e\x84\x3f", "the end of a group that was not open"),
        # Numbers.
        ("LayerParameter", b"\x50" + b"\xff" * 10 + b"\x01", "a number takes more than 10 bytes"),
        ("LayerParameter", b"\x0a" + b"\xff" * 9 + b"\x01", "declares 18446744073709551615 bytes"),
        # Runs.
        ("BlobProto", b"\x2a\x06" + b"\0" * 6, "the 6 bytes of 'data' are no whole number of 4-byte values"),
        ("BlobProto", b"\x42\x0c" + b"\0" * 12, "the 12 bytes of 'double_data' are no whole number of 8"),
        ("BlobShape", b"\x0a\x01\x80", "a number is cut off by the end of"),
    ],
)
def test_errors_say_where_and_what(kind, data, words):
    with pytest.raises(errors.FormatError) as caught:
        parse(data, kind)
    assert str(caught.value).startswith("x.caffemodel: ")
    assert words in str(caught.value)


def test_every_cut_of_a_message_is_an_error_or_a_shorter_message():
    data = field(100, 2, field(1, 2, b"conv") + field(7, 2, field(5, 2, floats(1, 2))))
    for length in range(1, len(data)):
        with pytest.raises(errors.FormatError):
            parse(data[:length], "NetParameter")


@pytest.mark.parametrize("number", [202 + 1, 204, 23333, 10001, 2**29 - 1])
@pytest.mark.parametrize(
    ("wire_type", "content"),
    [(0, b"\x96\x01"), (1, b"8 bytes!"), (2, b"\xff\xff any \x00"), (5, b"four"), (3, b"\x08\x01\x13\x14")],
)
def test_unknown_fields_are_skipped(number, wire_type, content):
    unknown = field(number, wire_type, content)
    if wire_type == 3:
        unknown += field(number, 4)
    assert parse(unknown + field(1, 2, b"conv") + unknown) == {"name": "conv"}


@pytest.mark.parametrize(
    ("kind", "number"), [("MemoryDataParameter", 10000), ("SoftmaxParameter", 3), ("LossParameter", 4)]
)
def test_fields_that_real_files_carry_are_skipped(kind, number):
    assert parse(field(number, 0, b"\x01"), kind) == {}


def test_a_known_number_with_another_wire_type_is_unknown():
    assert parse(field(1, 0, b"\x05") + field(10, 2, b"abc") + field(106, 5, b"four")) == {}
    assert parse(field(1, 5, b"four") + field(1, 2, b"a")) == {"name": "a"}


def test_an_enum_value_from_a_newer_schema_is_unknown():
    assert parse(field(10, 0, varint(9))) == {}
    assert parse(field(1002, 2, b"\x01\x07\x00"), "V1LayerParameter") == {"blob_share_mode": ["PERMISSIVE", "STRICT"]}


def test_repeated_numbers_packed_or_not_or_both():
    expected = np.array([1, 2, 3, 4], np.float32)
    one_each = b"".join(field(5, 5, floats(v)) for v in (1, 2, 3, 4))
    pieces = field(5, 2, floats(1, 2)) + field(5, 2) + field(5, 2, floats(3)) + field(5, 5, floats(4))
    for data in (field(5, 2, floats(1, 2, 3, 4)), one_each, pieces):
        np.testing.assert_array_equal(parse(data, "BlobProto")["data"], expected)
    assert parse(field(1, 0, b"\x07") + field(1, 2, b"\x08\x96\x01"), "BlobShape") == {"dim": [7, 8, 150]}
    assert parse(field(3, 2, b"\x01\x02"), "ConvolutionParameter") == {"pad": [1, 2]}


def test_integers_take_their_type():
    minus_one = b"\xff" * 9 + b"\x01"
    assert parse(field(1, 0, minus_one), "ScaleParameter") == {"axis": -1}
    assert parse(field(1, 0, b"\xff\xff\xff\xff\x0f"), "ScaleParameter") == {"axis": -1}
    assert parse(field(1, 0, minus_one), "ConvolutionParameter") == {"num_output": 2**32 - 1}
    assert parse(field(1, 0, minus_one), "BlobShape") == {"dim": [-1]}
    assert parse(field(2, 0, b"\x80\x80\x01"), "ConvolutionParameter") == {"bias_term": True}
    assert parse(field(1, 0, b"\x81\x00"), "ScaleParameter") == {"axis": 1}  # longer than need be


def test_a_singular_message_in_two_pieces_is_merged():
    data = (
        field(106, 2, field(1, 0, b"\x08"))
        + field(106, 2, field(3, 0, b"\x01"))
        + field(1, 2, b"a")
        + field(1, 2, b"b")
    )
    assert parse(data) == {"convolution_param": {"num_output": 8, "pad": [1]}, "name": "b"}


def test_groups_nest_to_a_limit():
    def groups(depth: int) -> bytes:
        return field(900, 3) * depth + field(900, 4) * depth

    assert parse(groups(100)) == {}
    for depth in (101, 200_000):
        with pytest.raises(errors.LimitError, match="nested more than 100 deep"):
            parse(groups(depth))


def test_a_small_file_cannot_ask_for_much_memory():
    with pytest.raises(errors.LimitError, match="more than 1000000 values"):
        parse(field(100, 2) * 1_000_001, "NetParameter")
    with pytest.raises(errors.LimitError, match="more than 1000000 values"):
        parse(field(1, 2, b"\0" * 1_000_001), "BlobShape")


def test_serialized_bytes_are_those_of_protobuf():
    message = {"name": "a", "phase": "TEST", "blobs": [{"shape": {"dim": [1, 300]}, "data": [1.0]}]}
    blob = field(5, 2, floats(1)) + field(7, 2, field(1, 2, b"\x01\xac\x02"))
    assert _native.serialize("LayerParameter", message) == field(1, 2, b"a") + field(7, 2, blob) + field(10, 0, b"\x01")
    assert _native.serialize("ScaleParameter", {"axis": -1}) == b"\x08" + b"\xff" * 9 + b"\x01"
    assert _native.serialize("NetParameter", {"layer": [{}]}) == b"\xa2\x06\x00"
