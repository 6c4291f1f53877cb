"""Ready-made pictures of units as panes show them, made to size from files."""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from deepvis.errors import Error, LimitError, ShapeError
from deepvis.live.shelf.picture_file import PictureFile, resized
from deepvis.live.shelf.unit_files import Stamp, Stored, UnitFiles, sheet_cell, stamp_of
from deepvis.render import Picture, blank, paste

SHARP_PIXELS = 2**26  # a sheet is decoded no finer than this to look at one unit


class Nothing(enum.Enum):
    """The type of NOTHING."""

    NOTHING = "nothing"


NOTHING: Final = Nothing.NOTHING  # there is no picture on disk, or none that can be read


@dataclass(frozen=True)
class SheetTiles:
    """All `units` of a layer as tiles (units, h, w, 3), each within (height, width) pixels and never enlarged.

    They are cut out of whole_layer, a square grid; without one they come out of each unit's own pictures, the
    background's colour standing where there is none.
    """

    layer: str
    units: int
    height: int
    width: int


@dataclass(frozen=True)
class UnitSprite:
    """One unit's image (h, w, 3) as sharp as there is, within (height, width) and never enlarged.

    `units`, the layer's number of them, is needed to cut it out of whole_layer.
    """

    layer: str
    unit: int
    height: int
    width: int
    units: int | None = None


@dataclass(frozen=True)
class UnitColumn:
    """A unit's optimised images, top images and their deconvs: (height, width, 3), each fitted into a third.

    Below each other, or beside each other if not `vertical`; missing ones leave their place to the next.
    """

    layer: str
    unit: int
    height: int
    width: int
    vertical: bool = True


Request = SheetTiles | UnitSprite | UnitColumn


@dataclass
class Made:
    """What came of a request; `complete` is False where more of it is still to be read."""

    value: Picture | Nothing
    problem: str = ""
    complete: bool = True

    def same(self, other: Made) -> bool:
        """Whether panes would look the same."""
        mine, theirs = self.value, other.value
        if mine is NOTHING or theirs is NOTHING:
            return mine is theirs and self.problem == other.problem
        return self.problem == other.problem and np.array_equal(mine, theirs)


@dataclass
class _Gathered:
    """Tiles of a layer without a sheet, as far as they were read."""

    request: SheetTiles
    tiles: Picture | None = None
    stamps: dict[int, Stamp] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)


class Maker:
    """Makes pictures from files. Keeps the last sheet it cut a single unit from, and tiles not yet complete."""

    def __init__(self, files: UnitFiles, limit_bytes: int) -> None:
        self._files, self._limit = files, limit_bytes
        self._sheet: tuple[Hashable, Picture] | None = None
        self._gathered: _Gathered | None = None

    @property
    def kept_bytes(self) -> int:
        """Memory held between requests."""
        sheet, gathered = self._sheet, self._gathered
        tiles = gathered.tiles if gathered else None
        return (0 if sheet is None else sheet[1].nbytes) + (0 if tiles is None else tiles.nbytes)

    def forget(self, but: Request | None) -> None:
        """Let go of that memory, except for what is begun of one request."""
        self._sheet = None
        if self._gathered and self._gathered.request != but:
            self._gathered = None

    def stamps(self, request: Request) -> dict[Path, Stamp]:
        """The files that a request is made from, as they are now."""
        files, layer = self._files, request.layer
        stored: list[Stored | None] = []
        sheet = None if isinstance(request, UnitColumn) else files.sheet(layer)
        if isinstance(request, UnitColumn):
            stored += [find(layer, request.unit) for find in (files.optimised, files.max_im, files.max_deconv)]
        elif isinstance(request, UnitSprite):
            stored.append(files.optimised(layer, request.unit))
        elif sheet is None:
            stored += [files.optimised(layer, unit) for unit in range(request.units)]
        paths = [path for each in stored if each for path in each.paths]
        return {path: stamp_of(path) for path in ([sheet] if sheet else []) + paths}

    def make(self, request: Request, stamps: Mapping[Path, Stamp], pause: Callable[[], bool]) -> Made:
        """What was asked for. `pause` tells when to leave the rest of many files for later."""
        if min(request.height, request.width) < 1:
            raise ShapeError(f"no picture fits into {request.height} x {request.width} pixels")
        if isinstance(request, UnitColumn):
            return self._column(request)
        if isinstance(request, UnitSprite):
            return Made(self._sprite(request, stamps))
        if request.units < 1:
            return Made(NOTHING)
        sheet = self._files.sheet(request.layer)
        return Made(self._cut(request, PictureFile(sheet))) if sheet else self._gather(request, stamps, pause)

    def _column(self, request: UnitColumn) -> Made:
        canvas = blank(request.height, request.width)
        problems: list[str] = []
        third = max(1, (request.height if request.vertical else request.width) // 3)
        room = (third, request.width) if request.vertical else (request.height, third)
        place = 0
        for find in (self._files.optimised, self._files.max_im, self._files.max_deconv):
            stored = find(request.layer, request.unit)
            if stored is None:
                continue
            try:
                picture = stored.all(*room)
            except Exception as error:  # one bad file does not cost the other pictures
                problems.append(words(error))
                continue
            paste(canvas, picture, *((place, 0) if request.vertical else (0, place)))
            place += third
        return Made(canvas if place else NOTHING, _together(problems))

    def _sprite(self, request: UnitSprite, stamps: Mapping[Path, Stamp]) -> Picture | Nothing:
        sheet, stored = self._files.sheet(request.layer), self._files.optimised(request.layer, request.unit)
        if sheet is None or (request.units is None and stored):
            return stored.first(request.height, request.width) if stored else NOTHING
        if request.units is None or not 0 <= request.unit < request.units:
            raise ShapeError(f"{sheet}: cannot cut out unit {request.unit} of {request.units or 'an unknown number'}")
        file = PictureFile(sheet)
        part = sheet_cell(file, request.layer, request.units, request.unit)
        target = part.target(request.height, request.width)
        by = part.reduction(*target) if file.reducible else 1
        while file.reducible and by < 8 and file.height * file.width > SHARP_PIXELS * by * by:
            if stored:  # sharper, and quicker read
                return stored.first(request.height, request.width)
            by *= 2
        key = sheet, stamps.get(sheet), by
        if self._sheet is None or self._sheet[0] != key:
            self._sheet = None  # two need not be held
            self._sheet = key, file.decode(by)
        piece = part.cut(self._sheet[1], by)
        return resized(piece, (min(target[0], piece.shape[0]), min(target[1], piece.shape[1])))

    def _check_room(self, request: SheetTiles, height: int, width: int) -> None:
        # while they come in, the tiles are there twice
        need = 2 * request.units * height * width * 3 + bookkeeping(request.units)
        if need > self._limit:
            raise LimitError(
                f"{request.layer}: {request.units} tiles of {height} x {width} pixels take {need / 2**20:.0f} MiB, "
                f"over the limit of {self._limit / 2**20:.0f}; make the limit larger or the tiles smaller"
            )

    def _cut(self, request: SheetTiles, file: PictureFile) -> Picture:
        cell = sheet_cell(file, request.layer, request.units, 0)
        target = cell.target(request.height, request.width)
        self._check_room(request, *target)
        by = cell.reduction(*target) if file.reducible else 1
        sheet = file.decode(by)
        tiles = np.empty((request.units, *target, 3), np.uint8)
        for unit in range(request.units):
            tiles[unit] = resized(sheet_cell(file, request.layer, request.units, unit).cut(sheet, by), target)
        return tiles

    def _gather(self, request: SheetTiles, stamps: Mapping[Path, Stamp], pause: Callable[[], bool]) -> Made:
        gathered = self._gathered
        if gathered is None or gathered.request != request:
            gathered = self._gathered = _Gathered(request)
        complete = True
        for unit in range(request.units):
            stored = self._files.optimised(request.layer, unit)
            stamp = stamps.get(stored.paths[0]) if stored else None
            if stamp == gathered.stamps.get(unit):
                continue
            gathered.problems.pop(unit, None)
            if gathered.tiles is not None:
                gathered.tiles[unit] = blank(1, 1)
            if stored:
                self._gather_one(gathered, unit, stored)
            gathered.stamps[unit] = stamp
            if pause():
                complete = False
                break
        tiles = gathered.tiles.copy() if gathered.tiles is not None else NOTHING
        return Made(tiles, _together(list(gathered.problems.values())), complete)

    def _gather_one(self, gathered: _Gathered, unit: int, stored: Stored) -> None:
        request = gathered.request
        room = (request.height, request.width) if gathered.tiles is None else gathered.tiles.shape[1:3]
        try:
            picture = stored.first(*room)
        except Exception as error:  # one bad file does not cost the other tiles
            gathered.problems[unit] = words(error)
            return
        if gathered.tiles is None:
            self._check_room(request, *picture.shape[:2])
            gathered.tiles = np.tile(blank(*picture.shape[:2]), (request.units, 1, 1, 1))
        paste(gathered.tiles[unit], picture)


def bookkeeping(files: int) -> int:
    """Bytes, estimated, that remembering so many files takes."""
    return 1024 + 256 * files


def words(error: Exception) -> str:
    """What to say of an error: its own message where it is one of deepvis's."""
    return str(error) if isinstance(error, Error) else f"{type(error).__name__}: {error}"


def _together(problems: list[str]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return problems[0] + more if problems else ""
