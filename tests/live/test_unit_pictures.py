"""Ready-made pictures of units, made to size: tiles, sprites and columns."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ready_made import BACKGROUND, BLUE, GREEN, RED, WHITE, colour, loader_of, montage_of, near, plain, sheet_of, write

from deepvis.live.shelf import unit_pictures
from deepvis.live.shelf.unit_pictures import NOTHING, SheetTiles, UnitColumn, UnitSprite


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_sheet_is_cut_into_one_tile_a_unit(tmp_path, suffix):
    write(tmp_path / "regularized_opt/conv1" / f"whole_layer{suffix}", sheet_of(10, 32, 48))
    tiles = loader_of(tmp_path).load(SheetTiles("conv1", 10, 16, 16))
    assert tiles.shape == (10, 10, 16, 3) and tiles.dtype == np.uint8  # the aspect is kept
    assert all(near(tiles[unit, 2:-2, 2:-2], colour(unit)) for unit in range(10))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(1, 50))
def test_tiles_fit_their_room_are_not_enlarged_and_hold_nothing_of_their_neighbours(units, tall, broad, height, width):
    with tempfile.TemporaryDirectory() as root:
        write(Path(root) / "regularized_opt/c/whole_layer.png", sheet_of(units, tall, broad))
        loader = loader_of(Path(root))
        tiles = loader.load(SheetTiles("c", units, height, width))
        sprite = loader.load(UnitSprite("c", units - 1, height, width, units))
    assert tiles.shape[1] <= min(height, tall) and tiles.shape[2] <= min(width, broad)
    if tall <= height and broad <= width:
        assert tiles.shape[1:3] == (tall, broad)
    else:
        assert tiles.shape[1] == height or tiles.shape[2] == width
    assert all((tiles[unit] == colour(unit)).all() for unit in range(units))
    assert sprite.shape == tiles.shape[1:] and (sprite == colour(units - 1)).all()


def test_tiles_are_averages_and_no_more_is_decoded_than_needed(tmp_path, monkeypatch):
    write(tmp_path / "regularized_opt/fc6/whole_layer.jpg", sheet_of(121, 227, 227))
    decoded, decode = [], cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *a: decoded.append(decode(*a)) or decoded[-1])
    tiles = loader_of(tmp_path).load(SheetTiles("fc6", 121, 11, 11))
    assert [picture.shape[0] for picture in decoded] == [math.ceil(11 * 227 / 8)]
    assert all(near(tiles[unit], colour(unit), 25) for unit in range(121))
    stripes = plain((0, 0, 0), 40, 40)
    stripes[::2] = 200
    write(tmp_path / "regularized_opt/c/whole_layer.png", stripes)
    assert near(loader_of(tmp_path).load(SheetTiles("c", 1, 10, 10)), (100, 100, 100), 1)


def test_a_sheet_that_is_no_grid_for_so_many_units_and_a_room_of_no_pixels_are_told_of(tmp_path):
    path = write(tmp_path / "regularized_opt/c/whole_layer.png", plain(RED, 64, 66))
    loader = loader_of(tmp_path)
    assert loader.load(SheetTiles("c", 10, 9, 9)) is NOTHING
    assert str(path) in loader.problem and "64 x 66" in loader.problem and "4 x 4" in loader.problem
    for request in (SheetTiles("c", 1, 0, 9), UnitColumn("c", 0, 9, -1), UnitSprite("c", 0, 0, 0)):
        assert loader.load(request) is NOTHING and "fits into" in loader.problem


def test_a_sprite_is_as_sharp_as_there_is(tmp_path, monkeypatch):
    write(tmp_path / "regularized_opt/c/whole_layer.jpg", sheet_of(9, 64, 64))
    loader = loader_of(tmp_path)
    sprite = loader.load(UnitSprite("c", 4, 300, 300, 9))
    assert sprite.shape == (64, 64, 3) and near(sprite[4:-4, 4:-4], colour(4))
    monkeypatch.setattr(unit_pictures, "SHARP_PIXELS", 100 * 100)  # for a sheet too large to decode it all ...
    sprite = loader.load(UnitSprite("c", 5, 300, 300, 9))
    assert sprite.shape == (32, 32, 3) and near(sprite[2:-2, 2:-2], colour(5))
    write(tmp_path / "regularized_opt/c/c_0006_montage.png", montage_of(colour(6), 80))
    sprite = loader.load(UnitSprite("c", 6, 300, 300, 9))  # ... the unit's own image is sharper
    assert sprite.shape == (80, 80, 3) and near(sprite, colour(6))
    assert loader.load(UnitSprite("c", 3, 300, 300)) is NOTHING and "unknown number" in loader.problem
    assert loader.load(UnitSprite("c", 9, 300, 300, 9)) is NOTHING and "unit 9" in loader.problem


def test_without_a_sheet_tiles_come_out_of_each_units_own_pictures(tmp_path):
    write(tmp_path / "regularized_opt/c/c_0000_montage.png", montage_of(colour(0)))
    write(tmp_path / "regularized_opt/c/c_0002.png", plain(colour(2), 20, 10))
    write(tmp_path / "c/unit_0003/opt_1.png", plain(colour(3)))
    (tmp_path / "regularized_opt/c/c_0004.png").write_bytes(b"no picture")
    loader = loader_of(tmp_path)
    tiles = loader.load(SheetTiles("c", 6, 10, 10))
    assert tiles.shape == (6, 10, 10, 3)
    assert near(tiles[0], colour(0)) and near(tiles[2, :, :5], colour(2)) and near(tiles[3], colour(3))
    assert all(near(part, BACKGROUND, 0) for part in (tiles[1], tiles[2, :, 5:], tiles[4], tiles[5]))
    assert "c_0004.png" in loader.problem
    write(tmp_path / "c/unit_0003/opt_1.png", plain(BLUE))
    assert near(loader.load(SheetTiles("c", 6, 10, 10))[3], BLUE)
    sprite = loader.load(UnitSprite("c", 0, 100, 100, 6))
    assert sprite.shape == (20, 20, 3) and near(sprite, colour(0))


def test_a_column_shows_the_montages_lower_left_then_top_images_then_deconvs(tmp_path):
    write(tmp_path / "regularized_opt/c/c_0007_montage.png", montage_of(WHITE))
    write(tmp_path / "max_im/c/c_0007.png", plain(RED, 31, 62))
    write(tmp_path / "max_deconv/c/c_0007.png", plain(BLUE, 200, 200))
    loader = loader_of(tmp_path)
    for vertical, shape in ((True, (300, 100)), (False, (100, 300))):
        column = loader.load(UnitColumn("c", 7, *shape, vertical))
        assert column.shape == (*shape, 3)
        thirds = np.split(column, 3, axis=0 if vertical else 1)
        third = thirds[0][1:-1, 1:-1]
        assert near(third[:30, :30], WHITE) and near(third[34:], GREEN) and near(third[:, 34:], GREEN)
        assert near(thirds[1][:50], RED) and near(thirds[1][50:], BACKGROUND, 0)
        assert near(thirds[2], BLUE)
    (tmp_path / "regularized_opt/c/c_0007_montage.png").unlink()
    column = loader.load(UnitColumn("c", 7, 300, 100))
    assert near(column[:50], RED) and near(column[100:200], BLUE) and near(column[200:], BACKGROUND, 0)
    assert loader.load(UnitColumn("c", 8, 300, 100)) is NOTHING and loader.problem is None


@pytest.mark.parametrize(("height", "width"), [(120, 90), (91, 91), (16, 16)])
def test_what_is_no_montage_is_shown_whole(tmp_path, height, width):
    picture = plain(RED, height, width)
    picture[height // 2 :] = BLUE
    write(tmp_path / "regularized_opt/c/c_0000_montage.png", picture)
    write(tmp_path / "regularized_opt/d/d_0000.png", picture)
    for layer in "cd":
        column = loader_of(tmp_path).load(UnitColumn(layer, 0, 3 * height, width))
        assert (column[:height] == picture).all()
