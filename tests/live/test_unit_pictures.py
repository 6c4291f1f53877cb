"""Ready-made pictures of units: the right one is found in each layout, made to size, and kept within bounds."""

from __future__ import annotations

import math
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis.live import unit_pictures
from deepvis.live.unit_files import UnitFiles, header_size
from deepvis.live.unit_pictures import NOTHING, PictureLoader, SheetTiles, UnitColumn, UnitSprite

BACKGROUND = (51, 51, 51)
RED, GREEN, BLUE, WHITE = (250, 0, 0), (0, 250, 0), (0, 0, 250), (255, 255, 255)


def colour(unit: int) -> tuple[int, int, int]:
    return 30 + unit * 37 % 200, 30 + unit * 91 % 200, 30 + unit * 149 % 200


def plain(rgb: tuple[int, int, int], height: int = 30, width: int = 30) -> np.ndarray:
    return np.full((height, width, 3), rgb, np.uint8)


def write(path: Path, rgb: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), rgb[..., ::-1])
    return path


def sheet_of(units: int, height: int, width: int) -> np.ndarray:
    """A square grid of plain tiles, one colour a unit."""
    side = math.ceil(math.sqrt(units))
    sheet = np.zeros((side * height, side * width, 3), np.uint8)
    for unit in range(units):
        row, column = divmod(unit, side)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = colour(unit)
    return sheet


def montage_of(first: tuple[int, int, int], cell: int = 20) -> np.ndarray:
    """2 x 2 sheets of 3 x 3 images, white padding; the lower left one green but for its first image."""
    half = 3 * cell + 2 + 6
    montage = plain(WHITE, 2 * half, 2 * half)
    for row, column, ink in ((0, 0, RED), (0, 1, BLUE), (1, 1, RED), (1, 0, GREEN)):
        top, left = row * half + 3, column * half + 3
        montage[top : top + half - 6, left : left + half - 6] = ink
    montage[half + 3 : half + 3 + cell, 3 : 3 + cell] = first
    return montage


def loader_of(root: Path, **more) -> PictureLoader:
    return PictureLoader(UnitFiles(root, listing_seconds=0), recheck_seconds=0.02, **more)


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


def near(picture: np.ndarray, rgb: tuple[int, int, int], within: int = 12) -> bool:
    return bool((abs(picture.astype(int) - rgb) <= within).all())


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


def test_tiles_out_of_many_files_come_by_and_by(tmp_path, monkeypatch):
    monkeypatch.setattr(unit_pictures, "SLICE", -1.0)  # one file at a time
    for unit in range(4):
        write(tmp_path / f"regularized_opt/c/c_{unit:04d}.png", plain(colour(unit)))
    loader, request, seen = loader_of(tmp_path), SheetTiles("c", 4, 8, 8), []
    assert loader.get(request) is None

    def arrived():
        tiles = loader.get(request)
        if tiles is not None:
            seen.append(sum(near(tiles[unit], colour(unit)) for unit in range(4)))
        return seen and seen[-1] == 4

    wait_for(arrived)
    assert seen == sorted(seen) and loader.changed >= 4
    assert loader.stop(5)


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


def test_a_units_own_folder_is_shown_strongest_first_at_most_nine(tmp_path):
    for number in range(12):
        write(tmp_path / f"conv5/unit_0003/maxim_{number:03d}.png", plain(colour(number)))
    write(tmp_path / "conv5/unit_0003/opt_0_best_X.jpg", plain(GREEN))
    write(tmp_path / "conv5/unit_0003/opt_0_best_Xpm.jpg", plain(RED))
    (tmp_path / "conv5/unit_0003/info.txt").write_text("words")
    files = UnitFiles(tmp_path)
    assert files.kinds("conv5") == {"optimised", "max_im"}
    assert [path.name for path in files.max_im("conv5", 3).paths] == [f"maxim_{n:03d}.png" for n in range(9)]
    column = PictureLoader(files).load(UnitColumn("conv5", 3, 270, 90))
    assert near(column[:90], GREEN)
    for number in range(9):
        row, column_at = divmod(number, 3)
        middle = column[90 + 30 * row + 10 : 90 + 30 * row + 20, 30 * column_at + 10 : 30 * column_at + 20]
        assert near(middle, colour(number))
    assert near(column[180:], BACKGROUND, 0)


@pytest.mark.parametrize(
    ("folder", "begins"), [("3a__1x1", "3a__1x1"), ("3a/1x1", "3a/1x1"), ("3a/1x1", "3a__1x1"), ("3a/1x1", "1x1")]
)
def test_slashes_in_names(tmp_path, folder, begins):
    write(tmp_path / "regularized_opt" / folder / "whole_layer.png", sheet_of(4, 8, 8))
    write(tmp_path / "max_im" / folder / f"{begins}_0001.png", plain(RED))
    files = UnitFiles(tmp_path)
    assert files.kinds("3a/1x1") == {"sheet", "max_im"}
    assert files.max_im("3a/1x1", 1).paths[0].is_file()
    assert files.max_im("3a/1x1", 2) is None
    assert not files.has("3a/3x3")


def test_remapped_and_restricted_layers(tmp_path):
    for layer in ("conv1", "conv2"):
        write(tmp_path / f"regularized_opt/{layer}/{layer}_0000_montage.jpg", montage_of(RED))
    files = UnitFiles(tmp_path, {"pool1": "conv1", "pool2": "conv2"}, ["conv1"])
    assert [layer for layer in ("conv1", "pool1", "conv2", "pool2", "norm1") if files.has(layer)] == ["conv1", "pool1"]
    assert files.optimised("pool1", 0).paths[0].name == "conv1_0000_montage.jpg"
    lazy, keen = UnitFiles(tmp_path, listing_seconds=1000), UnitFiles(tmp_path, listing_seconds=0)
    assert lazy.has("conv2") and not lazy.has("pool2") and not keen.has("pool2")
    write(tmp_path / "max_deconv/pool2/pool2_0000.webp", plain(RED))
    assert not lazy.has("pool2") and keen.kinds("pool2") == {"max_deconv"}


@pytest.mark.parametrize("layer", ["..", ".", "", "a/../../out", "OUT", "a//b", "a\\b", "a\0b", "x" * 5000])
def test_names_of_layers_do_not_lead_out_of_the_root(tmp_path, layer):
    for folder in ("regularized_opt", "regularized_opt/a/b", ".", "out"):
        write(tmp_path / "in" / folder / "whole_layer.png", plain(RED))
    files = UnitFiles(tmp_path / "in")
    layer = layer.replace("OUT", str(tmp_path / "in/out"))
    assert not files.has(layer) and files.optimised(layer, 0) is None and files.sheet(layer) is None


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


def test_pictures_are_loaded_by_a_thread_that_begins_late_and_ends(tmp_path):
    def threads() -> int:
        return sum(thread.name == "deepvis-unit-pictures" for thread in threading.enumerate())

    write(tmp_path / "max_im/c/c_0000.png", plain(RED))
    loader, request = loader_of(tmp_path), UnitColumn("c", 0, 300, 100)
    assert loader.stop(0) and threads() == 0
    loader = loader_of(tmp_path)
    assert loader.changed == 0 and loader.get(request) is None and threads() == 1
    wait_for(lambda: loader.changed)
    column = loader.get(request)
    assert near(column[:100], RED) and not column.flags.writeable
    assert loader.stop(5) and threads() == 0
    assert loader.get(request) is column and loader.get(UnitColumn("c", 1, 9, 9)) is None and threads() == 0


def test_new_changed_and_vanished_files_are_noticed(tmp_path):
    loader, request = loader_of(tmp_path), UnitColumn("c", 0, 300, 100)
    wait_for(lambda: loader.get(request) is NOTHING)
    changed = loader.changed
    time.sleep(0.05)
    assert loader.get(request) is NOTHING  # while it looks again the old answer holds
    path = write(tmp_path / "max_im/c/c_0000.png", plain(RED))
    wait_for(lambda: loader.get(request) is not NOTHING)
    first = loader.get(request)
    assert near(first[:100], RED) and loader.load(request) is first and loader.changed == changed + 1
    write(path, plain(BLUE))
    os.utime(path, (1, 1))
    wait_for(lambda: near(loader.get(request)[:100], BLUE))
    path.unlink()
    wait_for(lambda: loader.get(request) is NOTHING)
    assert loader.stop(5)


def test_the_newest_is_loaded_first_and_the_oldest_dropped(tmp_path, monkeypatch):
    for unit in range(12):
        write(tmp_path / f"max_im/c/c_{unit:04d}.png", plain(colour(unit)))
    begun, go, order, decode = threading.Event(), threading.Event(), [], cv2.imdecode

    def slow(data, flags):
        begun.set()
        assert go.wait(20)
        picture = decode(data, flags)
        order.append(next(unit for unit in range(12) if near(picture[..., ::-1], colour(unit), 1)))
        return picture

    monkeypatch.setattr(cv2, "imdecode", slow)
    loader = loader_of(tmp_path)
    loader.get(UnitColumn("c", 0, 300, 100))
    assert begun.wait(20)
    for unit in [*range(1, 12), 9]:  # back to a unit that still waits
        assert loader.get(UnitColumn("c", unit, 300, 100)) is None
    go.set()
    wait_for(lambda: loader.changed == 5)
    assert order == [0, 9, 11, 10, 8]
    go.clear()
    begun.clear()
    loader.get(UnitColumn("c", 1, 300, 100))
    assert begun.wait(20) and not loader.stop(0.01)
    loader.get(UnitColumn("c", 2, 300, 100))
    go.set()
    assert loader.stop(5) and order[5:] == [1]  # whoever stops does not wait for the rest


def test_what_is_kept_is_bounded_and_what_was_last_asked_for_stays(tmp_path, monkeypatch):
    for unit in range(20):
        write(tmp_path / f"max_im/c/c_{unit:04d}.png", plain(colour(unit)))
    write(tmp_path / "regularized_opt/d/whole_layer.png", sheet_of(9, 120, 120))
    size = 300 * 100 * 3
    loader = PictureLoader(UnitFiles(tmp_path), 5 * size)
    first = loader.load(UnitColumn("c", 0, 300, 100))
    for unit in range(1, 20):
        loader.load(UnitColumn("c", unit, 300, 100))
        assert loader.get(UnitColumn("c", 0, 300, 100)) is first
        assert loader.kept_bytes <= 5 * size
    assert loader.kept_bytes > 3 * size
    for unit in range(9):
        assert near(loader.load(UnitSprite("d", unit, 90, 90, 9)), colour(unit))
        assert loader.kept_bytes <= 5 * size and loader.get(UnitColumn("c", 0, 300, 100)) is first
    assert loader.load(UnitColumn("c", 0, 3000, 1000)) is NOTHING and "limit" in loader.problem
    assert near(loader.load(UnitColumn("c", 0, 1, 1)), colour(0), 1)
    assert loader.load(SheetTiles("d", 9, 60, 60)) is not NOTHING
    assert PictureLoader(UnitFiles(tmp_path), 50000).load(SheetTiles("d", 9, 60, 60)) is NOTHING
