"""Ready-made pictures of units on disk: what lies where, and what of it is shown.

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

from deepvis.errors import ShapeError
from deepvis.live.shelf.picture_file import Part, PictureFile
from deepvis.render import Picture, blank, paste

Kind = Literal["sheet", "optimised", "max_im", "max_deconv"]
Form = Literal["montage", "whole", "several"]
Stamp = tuple[int, int] | None  # (time of change in ns, bytes) of a file

SUFFIXES = (".jpg", ".png", ".webp")
SEVERAL = 9  # images of a unit's own folder that are used

_NO_REMAP: Mapping[str, str] = MappingProxyType({})
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
