"""Ready-made pictures of units on disk: what lies where, and reading a file no finer than it is needed.

Under the root lie, for a layer L and a unit %04d, as .jpg, .png or .webp:

    regularized_opt/L/whole_layer           one image a unit, in a square grid
    regularized_opt/L/L_%04d_montage        2 x 2 sheets of 3 x 3 images, the classic's four settings of ascent
    regularized_opt/L/L_%04d                one sheet or image, shown whole
    max_im/L/L_%04d, max_deconv/L/L_%04d    sheets of the top images and of their deconvs
    L/unit_%04d/opt*, maxim_%03d, deconv_%03d      an image a file, the strongest first, as the 2017 fork kept them

A "/" in a layer's name is "__" on disk; the classic's folders within folders are found too.
"""

from __future__ import annotations

import re
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from math import isqrt
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np

from deepvis.errors import FormatError, LimitError, ShapeError
from deepvis.render import Picture, blank, fitted, paste

Kind = Literal["sheet", "optimised", "max_im", "max_deconv"]
Form = Literal["montage", "whole", "several"]
Stamp = tuple[int, int] | None  # (time of change in ns, bytes) of a file

SUFFIXES = (".jpg", ".png", ".webp")
SEVERAL = 9  # images of a unit's own folder that are used
FILE_BYTES_LIMIT = 512 * 2**20
PIXELS_LIMIT = 2**28  # 64 x 64 tiles of 256 pixels squared; the classic's largest sheet has 211 million

_NO_REMAP: Mapping[str, str] = MappingProxyType({})
_HEAD_BYTES = 2**20  # within which a header states the size
_LISTINGS_KEPT = 1024
_WITNESSES = 8  # units' own folders looked into to learn which kinds there are
_ENDING = r"\.(?:jpg|png|webp)$"
_OWN = {"optimised": r"opt.*", "max_im": r"maxim_\d+", "max_deconv": r"deconv_\d+"}
_OWN_NAMES = {kind: re.compile(pattern + _ENDING) for kind, pattern in _OWN.items()}


@dataclass(frozen=True)
class Stored:
    """One kind of picture of one unit: a montage, a picture to be shown whole, or several, the strongest first."""

    form: Form
    paths: tuple[Path, ...]

    def first(self, height: int, width: int) -> Picture:
        """One image of a unit, as PictureFile.read() shows it in a room of (height, width)."""
        file = PictureFile(self.paths[0])
        return file.read(_first_of_montage(file) if self.form == "montage" else file.whole, height, width)

    def all(self, height: int, width: int) -> Picture:
        """All of it that a column shows, enlarged if need be: a sheet, or several images side by side in a square."""
        file = PictureFile(self.paths[0])
        if len(self.paths) == 1:
            return file.read(_lower_left(file) if self.form == "montage" else file.whole, height, width, enlarge=True)
        side = isqrt(len(self.paths) - 1) + 1
        cell = max(1, height // side - 1), max(1, width // side - 1)
        high, wide = file.whole.target(*cell, enlarge=True)
        sheet = blank(side * (high + 1) - 1, side * (wide + 1) - 1)
        for number, path in enumerate(self.paths):
            file = PictureFile(path)
            row, column = divmod(number, side)
            paste(sheet, file.read(file.whole, high, wide, enlarge=True), row * (high + 1), column * (wide + 1))
        return sheet


class UnitFiles:
    """Finds the pictures of units under `root`.

    `remap` names the layer whose pictures another layer shows (pool1 → conv1); `layers`, if given, are the only
    ones that have any, after remapping. Listings of folders are kept for `listing_seconds`, so that asking at every
    frame costs nothing and new files are seen all the same. May be used by several threads.
    """

    def __init__(
        self,
        root: Path,
        remap: Mapping[str, str] = _NO_REMAP,
        layers: Collection[str] | None = None,
        *,
        listing_seconds: float = 1.0,
    ) -> None:
        self.root = Path(root)
        self._remap = dict(remap)
        self._layers = None if layers is None else frozenset(layers)
        self._seconds = listing_seconds
        self._listings: OrderedDict[Path, tuple[float, frozenset[str]]] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, layer: str) -> bool:
        """Whether there is any picture for this layer."""
        return bool(self.kinds(layer))

    def kinds(self, layer: str) -> frozenset[Kind]:
        """The kinds of pictures that at least one unit of the layer has."""
        found: set[Kind] = {"sheet"} if self.sheet(layer) else set()
        for kind, folder in _FOLDERS.items():
            for place, stem in self._places(folder, layer):
                name = re.compile(rf"{re.escape(stem)}_\d+{'(?:_montage)?' if kind == 'optimised' else ''}{_ENDING}")
                if any(map(name.match, self._names(place))):
                    found.add(kind)
        for base in self._bases(layer, "."):
            own = (name for name in self._names(base) if name.startswith("unit_"))
            for unit in nsmallest(_WITNESSES, own):
                names = self._names(base / unit)
                found.update(kind for kind in _FOLDERS if any(map(_OWN_NAMES[kind].match, names)))
        return frozenset(found)

    def sheet(self, layer: str) -> Path | None:
        """The sheet of all units of the layer."""
        for base in self._bases(layer, "regularized_opt"):
            if name := _pick(self._names(base), "whole_layer"):
                return base / name
        return None

    def optimised(self, layer: str, unit: int) -> Stored | None:
        """The unit's optimised images: its montage, else its one picture, else those of its own folder."""
        return (
            self._one("montage", "regularized_opt", layer, f"_{unit:04d}_montage")
            or self._one("whole", "regularized_opt", layer, f"_{unit:04d}")
            or self._own("optimised", layer, unit)
        )

    def max_im(self, layer: str, unit: int) -> Stored | None:
        """The unit's top images."""
        return self._one("whole", "max_im", layer, f"_{unit:04d}") or self._own("max_im", layer, unit)

    def max_deconv(self, layer: str, unit: int) -> Stored | None:
        """The deconvs of the unit's top images."""
        return self._one("whole", "max_deconv", layer, f"_{unit:04d}") or self._own("max_deconv", layer, unit)

    def _one(self, form: Form, folder: str, layer: str, ending: str) -> Stored | None:
        for place, stem in self._places(folder, layer):
            if name := _pick(self._names(place), stem + ending):
                return Stored(form, (place / name,))
        return None

    def _own(self, kind: Kind, layer: str, unit: int) -> Stored | None:
        """What lies in the unit's own folder."""
        for base in self._bases(layer, "."):
            if (folder := f"unit_{unit:04d}") not in self._names(base):
                continue
            names = sorted(filter(_OWN_NAMES[kind].match, self._names(base / folder)), key=_by_number)
            # the same image twice: as another type of file, or as ascent's second scaling (best_X and best_Xpm)
            stems = {Path(name).stem: name for name in reversed(names)}
            kept = [stems[stem] for stem in reversed(stems) if not (stem.endswith("pm") and stem[:-2] in stems)]
            if kept:
                return Stored("several", tuple(base / folder / name for name in kept[:SEVERAL]))
        return None

    def _spellings(self, layer: str) -> tuple[str, ...]:
        """The layer's name as it may be spelt on disk; none where it has, or may have, no pictures."""
        name = self._remap.get(layer, layer)
        if self._layers is not None and name not in self._layers:
            return ()
        parts = name.split("/")
        # names come out of other people's nets, and must not lead out of the root
        if "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
            return ()
        return (name,) if len(parts) == 1 else (name.replace("/", "__"), name)

    def _bases(self, layer: str, folder: str) -> list[Path]:
        return [self.root / folder / name for name in self._spellings(layer)]

    def _places(self, folder: str, layer: str) -> list[tuple[Path, str]]:
        """(folder, what its files' names begin with)."""
        places = []
        for name in self._spellings(layer):
            base = self.root / folder / name
            parent, _, last = name.rpartition("/")
            if parent:  # the classic joined the name, slashes and all, to the folder of the same name
                places += [(base / parent, last), (base, last), (base, name.replace("/", "__"))]
            else:
                places.append((base, name))
        return places

    def _names(self, folder: Path) -> frozenset[str]:
        now = time.monotonic()
        with self._lock:
            at, names = self._listings.get(folder, (-1e9, frozenset()))
            if now - at < self._seconds:
                return names
        try:
            names = frozenset(path.name for path in folder.iterdir())
        except (OSError, ValueError):  # not there, not a folder, not allowed, or a name that no file can have
            names = frozenset()
        with self._lock:
            self._listings[folder] = now, names
            self._listings.move_to_end(folder)
            if len(self._listings) > _LISTINGS_KEPT:
                self._listings.popitem(last=False)
        return names


_FOLDERS: dict[Kind, str] = {"optimised": "regularized_opt", "max_im": "max_im", "max_deconv": "max_deconv"}


def _pick(names: frozenset[str], stem: str) -> str | None:
    return next((stem + suffix for suffix in SUFFIXES if stem + suffix in names), None)


def _by_number(name: str) -> list[tuple[int, str]]:
    return [(int(word), "") if word.isdigit() else (-1, word) for word in re.split(r"([0-9]+)", name) if word]


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


def _lower_left(file: PictureFile) -> Part:
    """The lower left of a montage's four sheets without the padding round it; all of it where it is no montage."""
    half = file.height // 2
    if file.height != file.width or file.height % 2 or half < 12:
        return file.whole
    return Part(half + 3, 3, half - 6, half - 6)


def _first_of_montage(file: PictureFile) -> Part:
    """The first of the 3 x 3 images of that sheet, which have a pixel or two between them; all of what is none."""
    sheet = _lower_left(file)
    side = (sheet.height - 2) // 3
    return sheet if sheet == file.whole else Part(sheet.top, sheet.left, side, side)


def sheet_cell(file: PictureFile, layer: str, units: int, unit: int) -> Part:
    """Where a unit lies in the sheet of all. Raises ShapeError if that is no square grid for so many units."""
    side = isqrt(units - 1) + 1
    if file.height % side or file.width % side:
        raise ShapeError(
            f"{file.path}: {file.height} x {file.width} pixels (height x width) are not {side} x {side} equal tiles; "
            f"for the {units} units of {layer} the sheet must be a square grid with {side} rows and columns"
        )
    row, column = divmod(unit, side)
    height, width = file.height // side, file.width // side
    return Part(row * height, column * width, height, width)


def stamp_of(path: Path) -> Stamp:
    """By which a file that was written anew is known; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
