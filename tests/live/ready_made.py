"""Ready-made pictures of units for tests: plain ones, sheets of all units, montages."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader

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


def near(picture: np.ndarray, rgb: tuple[int, int, int], within: int = 12) -> bool:
    return bool((abs(picture.astype(int) - rgb) <= within).all())
