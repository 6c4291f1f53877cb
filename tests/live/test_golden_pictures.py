"""Whole pictures of the viewer's modes against those that were looked at: layout, normalisation, colours, words.

DEEPVIS_UPDATE_GOLDEN=1 writes them anew under tests/golden, to be looked at before they are kept.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import engine, frame, scene

from deepvis.live.compose import compose
from deepvis.live.controls.actions import press
from deepvis.live.headless import view_of
from deepvis.live.shelf.unit_pictures import NOTHING, SheetTiles, UnitColumn, UnitSprite
from deepvis.live.state import State
from deepvis.live.view import View

GOLDEN = Path(__file__).parent.parent / "golden"
MODES = {
    "first": "",
    "unit": "down right right b T",
    "signals": "o o o down b d u u u a",
    "labelled": "o o down right z",
    "norm": "down right b b t",
    "normblur": "down right b m m m",
    "zoomed-back": "down right b z z",
    "compare": "down right v",
    "colours": "down right r \\ \\ \\ \\ \\ x",
    "enlarged": "o down down down = = = 4",
    "box": "o down 3 1",
    "help": "h",
}


class Shelf:
    """Ready-made pictures: each unit in a colour of its own, the column in three."""

    def get(self, request):
        if isinstance(request, SheetTiles):
            tones = np.linspace(40, 250, request.units).astype(np.uint8)
            tiles = np.zeros((request.units, request.height, request.width, 3), np.uint8)
            tiles[..., 0], tiles[..., 1] = tones[:, None, None], tones[::-1, None, None]
            return tiles
        if isinstance(request, UnitSprite):
            return np.full((60, 60, 3), (10 * request.unit, 200, 90), np.uint8)
        if isinstance(request, UnitColumn):
            column = np.full((request.height, request.width, 3), 51, np.uint8)
            for number, colour in enumerate(((220, 60, 60), (60, 220, 60), (60, 60, 220))):
                top = number * request.height // 3
                column[top : top + request.width - 8, : request.width - 8] = colour
            return column
        return NOTHING


def drawn(keys: str, **more: object) -> np.ndarray:
    at, state = scene((600, 400), has_live=True, **more), State()
    for key in keys.split():
        state = press(state, key, at)
    return compose(replace(view_of(engine(), at, state, frame()), shelf=Shelf()))


def compare(name: str, picture: np.ndarray) -> None:
    path = GOLDEN / f"viewer_{name}.png"
    if os.environ.get("DEEPVIS_UPDATE_GOLDEN"):
        cv2.imwrite(str(path), picture[..., ::-1])
    golden = cv2.imread(str(path))
    assert golden is not None, f"{path} is missing"
    difference = np.abs(picture.astype(int) - golden[..., ::-1].astype(int)).max(axis=2)
    # OpenCV's versions resize with rounding of their own
    assert (difference > 12).mean() < 0.002


@pytest.mark.parametrize("name", MODES)
def test_a_mode_looks_as_it_did(name):
    compare(name, drawn(MODES[name]))


@pytest.mark.parametrize(("name", "keys"), [("pattern", "down right s"), ("pattern-zoomed", "down right s z")])
def test_ready_made_pictures_look_as_they_did(name, keys):
    compare(name, drawn(keys, has_unit_pictures=True))


def test_a_problem_looks_as_it_did():
    at = scene((600, 400))
    compare("problem", compose(View(State(), at, problems=("camera 0 has given no picture for 2 s",))))
