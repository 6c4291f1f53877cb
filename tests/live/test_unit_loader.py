"""The loader of ready-made pictures: by a thread, newest first, as files are now, within bounds."""

from __future__ import annotations

import os
import threading
import time

import cv2
from ready_made import BLUE, RED, colour, loader_of, near, plain, sheet_of, write
from waiting import wait_for

from deepvis.live.shelf import unit_loader
from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.live.shelf.unit_pictures import NOTHING, SheetTiles, UnitColumn, UnitSprite


def test_tiles_out_of_many_files_come_by_and_by(tmp_path, monkeypatch):
    monkeypatch.setattr(unit_loader, "SLICE", -1.0)  # one file at a time
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
