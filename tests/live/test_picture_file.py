"""Picture files: sizes come from headers, broken and absurd ones cost nothing but themselves."""

from __future__ import annotations

import os
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ready_made import BLUE, RED, loader_of, near, plain, write

from deepvis.live.shelf.picture_file import header_size
from deepvis.live.shelf.unit_pictures import NOTHING, UnitColumn, UnitSprite


def head(suffix: str, height: int, width: int) -> bytes:
    """The beginning of a file that promises a picture of this size."""
    if suffix == "png":
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(9)
    if suffix == "jpg":
        return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(20)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size + bytes(9)


@pytest.mark.parametrize(
    ("suffix", "height", "width"), [("png", 100000, 100000), ("jpg", 65500, 65501), ("webp", 2**24, 17)]
)
def test_a_header_that_promises_too_much_is_refused_before_decoding(tmp_path, monkeypatch, suffix, height, width):
    (tmp_path / "regularized_opt/c").mkdir(parents=True)
    path = tmp_path / f"regularized_opt/c/c_0000.{suffix}"
    path.write_bytes(head(suffix, height, width))
    decoded = []
    monkeypatch.setattr(cv2, "imdecode", lambda *a: decoded.append(a))
    loader = loader_of(tmp_path)
    assert loader.load(UnitColumn("c", 0, 300, 100)) is NOTHING
    assert f"{path}: its header promises {height} x {width}" in loader.problem
    assert not decoded


@pytest.mark.parametrize("data", [b"", b"<html>", head("jpg", 100, 100), head("jpg", 0, 9), head("png", 40, 40)])
def test_a_broken_file_costs_only_its_own_picture(tmp_path, data):
    (tmp_path / "regularized_opt/c").mkdir(parents=True)
    (tmp_path / "regularized_opt/c/c_0000_montage.jpg").write_bytes(data)
    write(tmp_path / "max_im/c/c_0000.png", plain(RED))
    loader = loader_of(tmp_path)
    assert near(loader.load(UnitColumn("c", 0, 300, 100))[:100], RED)
    assert "c_0000_montage.jpg" in loader.problem
    assert loader.load(UnitSprite("c", 0, 100, 100)) is NOTHING
    for unit in (1, 2, 3):
        loader.load(UnitColumn("c", unit, 300, 100))
    assert loader.problem is None  # told only while it is looked at
    write(tmp_path / "regularized_opt/c/c_0000_montage.jpg", plain(BLUE))
    assert near(loader.load(UnitColumn("c", 0, 300, 100))[:100], BLUE)
    assert near(loader.load(UnitSprite("c", 0, 100, 100)), BLUE)
    os.mkfifo(tmp_path / "max_im/c/c_0001.png")
    assert loader.load(UnitColumn("c", 1, 300, 100)) is NOTHING and "c_0001.png" in loader.problem


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([".jpg", ".png", ".webp"]), st.integers(1, 101))
def test_sizes_are_read_from_headers(height, width, suffix, quality):
    picture = np.zeros((height, width, 3), np.uint8)
    flags = [cv2.IMWRITE_WEBP_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, quality % 2]
    assert header_size(cv2.imencode(suffix, picture, flags)[1].tobytes()) == (height, width)


@given(
    st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", b"RIFF....WEBPVP8L", b"RIFF....WEBPVP8 "]),
    st.binary(max_size=60),
)
def test_no_header_is_beyond_reading(start, rest):
    size = header_size(start + rest)
    assert size is None or len(size) == 2
