"""Sheets by their pixels, and as the viewer opens them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.album import write_jpeg
from deepvis.ascent.sheets import LayerSheet, montage, sheet, square_side, squares
from deepvis.errors import ShapeError
from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.live.shelf.unit_pictures import SheetTiles, UnitColumn, UnitSprite

GREY = (128, 128, 128)


def plain(value: int, side: int = 20) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def test_a_sheet_of_nine_has_two_pixels_between() -> None:
    made = sheet([plain(10 * i + 10) for i in range(9)])
    assert made.shape == (3 * 20 + 2 * 2, 64, 3)
    for i in range(9):
        row, column = divmod(i, 3)
        part = made[row * 22 : row * 22 + 20, column * 22 : column * 22 + 20]
        assert (part == 10 * i + 10).all()
    lines = [20, 21, 42, 43]
    assert (made[lines] == 0).all() and (made[:, lines] == 0).all()
    assert (made == 0).all(axis=2).sum() == 64 * 64 - 9 * 400


@given(st.integers(1, 30), st.integers(1, 12))
def test_a_sheet_is_square_and_what_is_absent_is_grey(count: int, cell: int) -> None:
    made = sheet([plain(200, cell)] * count)
    side = math.ceil(math.sqrt(count))
    assert square_side(count) == side
    assert made.shape == (side * (cell + 2) - 2,) * 2 + (3,)
    assert (made == 200).all(axis=2).sum() == count * cell**2
    assert (made == GREY).all(axis=2).sum() == (side**2 - count) * cell**2


@given(st.integers(1, 60), st.lists(st.integers(1, 12), min_size=4, max_size=4))
def test_the_classic_cuts_the_sheet_of_preset_c_out_of_a_montage(cell: int, counts: list[int]) -> None:
    runs = [[plain(40 * k + i + 3, cell) for i in range(count)] for k, count in enumerate(counts)]
    made = montage(runs)
    height, width = made.shape[:2]
    assert height == width and height % 2 == 0
    half, trim = height // 2, 3
    corners = [made[row : row + half, column : column + half] for row in (0, half) for column in (0, half)]
    for corner, pictures in zip(corners, runs, strict=True):
        assert (corner[trim:-trim, trim:-trim] == sheet(pictures[:9], 3)).all()
        around = corner.copy()
        around[trim:-trim, trim:-trim] = 0
        assert not around.any()


def test_the_viewer_shows_the_third_sheet_of_a_montage(tmp_path: Path) -> None:
    runs = [[plain(60 * k + 20 + 3 * i, 100) for i in range(9)] for k in range(4)]
    folder = tmp_path / "regularized_opt" / "block1__dw"
    write_jpeg(folder / "block1__dw_0007_montage.jpg", montage(runs))
    write_jpeg(folder / "block1__dw_0007.jpg", sheet(runs[2]))
    loader = PictureLoader(UnitFiles(tmp_path))
    first = loader.load(UnitSprite("block1/dw", 7, 100, 100))
    assert first.shape == (100, 100, 3) and abs(first.astype(int) - 140).max() <= 12, "first of the lower left sheet"
    column = loader.load(UnitColumn("block1/dw", 7, 3 * 304, 304))
    assert abs(column[:304].astype(int) - sheet(runs[2])).max() <= 12
    assert loader.problem is None
    (folder / "block1__dw_0007_montage.jpg").unlink()
    alone = PictureLoader(UnitFiles(tmp_path)).load(UnitColumn("block1/dw", 7, 3 * 304, 304))
    assert abs(alone[:304].astype(int) - sheet(runs[2])).max() <= 12


@pytest.mark.parametrize(("units", "most"), [(1, 999), (7, 999), (16, 999), (17, 100)])
def test_the_viewer_finds_each_unit_in_the_sheet_of_a_layer(tmp_path: Path, units: int, most: int) -> None:
    made = LayerSheet(units, 30, most)
    side = math.ceil(math.sqrt(units))
    assert made.picture.shape[0] == made.picture.shape[1] == side * made.cell <= most
    for unit in range(units):
        if unit != 3:
            made.put(unit, plain(10 * unit + 60, 30))
    write_jpeg(tmp_path / "regularized_opt" / "fc" / "whole_layer.jpg", made.picture)
    loader = PictureLoader(UnitFiles(tmp_path))
    tiles = loader.load(SheetTiles("fc", units, made.cell, made.cell))
    assert loader.problem is None and len(tiles) == units
    for unit in range(units):
        wanted = 128 if unit == 3 else 10 * unit + 60
        assert abs(int(np.median(tiles[unit])) - wanted) <= 3, unit


def test_small_and_oblong_pictures_become_equal_squares() -> None:
    small, oblong = np.full((11, 11, 3), 200, np.uint8), np.full((11, 5, 3), 90, np.uint8)
    one, other = squares([small, oblong])
    assert one.shape == other.shape == (110, 110, 3), "enlarged by a whole number to 100 or more"
    assert (one == 200).all()
    assert (other[:, 30:80] == 90).all() and (other[:, :30] == 128).all() and (other[:, 80:] == 128).all()
    (large,) = squares([np.zeros((227, 227, 3), np.uint8)])
    assert large.shape == (227, 227, 3)


def test_pictures_of_unequal_size_are_refused() -> None:
    with pytest.raises(ShapeError, match="squares"):
        sheet([plain(1, 4), plain(1, 5)])
    with pytest.raises(ShapeError, match="four"):
        montage([[plain(1)]] * 3)
