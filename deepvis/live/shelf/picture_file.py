"""A picture file known by its header before it is decoded, read no finer than it is needed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deepvis.errors import FormatError, LimitError
from deepvis.render import Picture, fitted

FILE_BYTES_LIMIT = 512 * 2**20
PIXELS_LIMIT = 2**28  # 64 x 64 tiles of 256 pixels squared; the classic's largest sheet has 211 million

_HEAD_BYTES = 2**20  # within which a header states the size


@dataclass(frozen=True)
class Part:
    """A rectangle of a picture file, in its own pixels."""

    top: int
    left: int
    height: int
    width: int

    def cut(self, picture: Picture, by: int) -> Picture:
        """The part of the 1/by picture; pixels that the part shares with its neighbours are left out."""
        top, left = -(-self.top // by), -(-self.left // by)
        bottom, right = (self.top + self.height) // by, (self.left + self.width) // by
        return picture[top : max(bottom, top + 1), left : max(right, left + 1)]

    def reduction(self, height: int, width: int) -> int:
        """By how much decoding may reduce, so that twice the pixels are left in each direction to average over."""
        enough = (by for by in (8, 4, 2) if self.height // by >= 2 * height + 2 and self.width // by >= 2 * width + 2)
        return next(enough, 1)

    def target(self, height: int, width: int, enlarge: bool = False) -> tuple[int, int]:
        """(height, width) in which the part is shown in a room of this size."""
        high, wide, scale = fitted(self.height, self.width, height, width)
        return (self.height, self.width) if scale >= 1 and not enlarge else (high, wide)


class PictureFile:
    """A picture file whose size is known from its header before anything is decoded.

    `height` and `width` are in pixels. Opening and decoding raise FormatError for what is no JPEG, PNG or WebP
    file, LimitError for a picture that is absurdly large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.exists() and not path.is_file():  # reading a pipe might never end
                raise FormatError(f"{path}: expected a picture file, found a folder or a device")
            if path.stat().st_size > FILE_BYTES_LIMIT:
                raise LimitError(f"{path}: over {FILE_BYTES_LIMIT // 2**20} MiB, too large for a picture")
            with path.open("rb") as file:
                self._head = file.read(_HEAD_BYTES)
        except OSError as error:
            raise FormatError(f"{path}: cannot read the picture: {error.strerror or error}") from error
        size = header_size(self._head)
        if size is None or min(size) < 1:
            raise FormatError(f"{path}: expected a JPEG, PNG or WebP picture, found another header or a broken one")
        self.height, self.width = size
        if self.height * self.width > PIXELS_LIMIT:
            raise LimitError(
                f"{path}: its header promises {self.height} x {self.width} pixels (height x width), over the limit of "
                f"{PIXELS_LIMIT // 2**20} million; make the picture smaller"
            )
        # the other decoders would decode all of it and then drop pixels
        self.reducible = self._head[:2] == b"\xff\xd8"

    @property
    def whole(self) -> Part:
        """All of it."""
        return Part(0, 0, self.height, self.width)

    def read(self, part: Part, height: int, width: int, *, enlarge: bool = False) -> Picture:
        """A part of the picture shown in a room of (height, width) with its aspect kept."""
        target = part.target(height, width, enlarge)
        by = part.reduction(*target) if self.reducible else 1
        return resized(part.cut(self.decode(by), by), target)

    def decode(self, by: int = 1) -> Picture:
        """The picture, or the 1/by of it (2, 4, 8; only JPEG), sizes rounded up: (H, W, 3), perhaps a view."""
        flag = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
        try:
            small = len(self._head) < _HEAD_BYTES
            data = np.frombuffer(self._head, np.uint8) if small else np.fromfile(self.path, np.uint8)
            if header_size(data[:_HEAD_BYTES].tobytes()) != (self.height, self.width):
                raise FormatError(f"{self.path}: it changed while it was being read")
            bgr = cv2.imdecode(data, flag.get(by, cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION)
        except (OSError, cv2.error) as error:
            raise FormatError(f"{self.path}: OpenCV cannot decode this picture: {error}") from error
        if bgr is None:
            raise FormatError(f"{self.path}: OpenCV cannot decode this picture; it is broken or cut short")
        if bgr.shape != (-(-self.height // by), -(-self.width // by), 3):
            raise FormatError(f"{self.path}: the header says {self.height} x {self.width}, decoded are {bgr.shape}")
        return np.asarray(bgr[:, :, ::-1], np.uint8)


def header_size(data: bytes) -> tuple[int, int] | None:
    """(height, width) that the header of a JPEG, PNG or WebP file states; None where it is none of them."""
    head = data[:32]
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return height, width
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp_size(head)
    return _jpeg_size(data) if head[:2] == b"\xff\xd8" else None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[27:30], "little"), 1 + int.from_bytes(head[24:27], "little")
    if kind == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits >> 14 & 0x3FFF), 1 + (bits & 0x3FFF)
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return height & 0x3FFF, width & 0x3FFF
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """From the frame header, the first segment of type C0 to CF that is no table (C4, C8, CC)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return height, width
        elif marker in (0xD9, 0xDA):  # the end, or pixels, before any frame header
            return None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def resized(picture: Picture, size: tuple[int, int]) -> Picture:
    """(H, W, 3), perhaps a view, → a copy of exactly this (height, width): averaged down, or its pixels repeated."""
    smaller = size[0] < picture.shape[0] or size[1] < picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size[::-1], interpolation=how), np.uint8)
