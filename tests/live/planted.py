"""Views made by hand: scenes of any layers, and results in which the tests know every number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fakes import frame, scene

from deepvis.live.compose import compose
from deepvis.live.layout import Box
from deepvis.live.panes.common import piece
from deepvis.live.scene import Layer, Scene
from deepvis.live.seeing.study import Findings
from deepvis.live.seeing.wants import Result, Wants
from deepvis.live.state import State
from deepvis.live.view import View
from deepvis.render import Picture
from deepvis.results import ReceptiveField

GREEN, YELLOW = (127, 255, 127), (255, 204, 51)

LAYERS = (
    Layer("conv1/7x7_s2", "conv1/7x7_s2", 64, 12, 16, ReceptiveField((7, 7), (2, 2), (-3, -3))),
    Layer("one", "one", 1, 9, 9, ReceptiveField((3, 5), (3, 2), (0, -1))),
    Layer("row", "row", 5, 1, 40, ReceptiveField((24, 3), (0, 1), (0, -1))),
    Layer("column", "column", 7, 30, 1, None),
    Layer("many", "many", 900, 3, 3, ReceptiveField((11, 11), (8, 8), (0, 0))),
    Layer("fc6", "fc6", 130, 1, 1, ReceptiveField((24, 32), (0, 0), (0, 0), whole=True)),
    Layer("prob", "prob", 6, 1, 1),
)


def scene_of(layers: tuple[Layer, ...] = LAYERS, size: tuple[int, int] = (900, 600), **more: object) -> Scene:
    """A scene with these layers; there is nothing behind them."""
    return replace(scene(size), layers=layers, **more)  # type: ignore[arg-type]


def view_of(at: Scene, state: State, acts: np.ndarray | None = None, findings: Findings | None = None) -> View:
    """A view of a result with these activations (units, h, w) of the state's layer, or with small ones that differ."""
    layer = at.layers[state.layer]
    if acts is None:
        shape = (layer.units, layer.height, layer.width)
        acts = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    seen = frame()
    wants = Wants.of(state, at, seen)
    result = Result(wants, seen, acts.astype(np.float32), findings=findings or Findings())
    return View(state, at, result, (seen.image,) * at.pictures, seen)


def drawn(view: View, box: Box) -> Picture:
    """A pane as it comes on the screen."""
    return piece(compose(view), box)


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of what is true, ends not included; fails where nothing is."""
    assert mask.any(), "nothing is drawn"
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def has_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where a picture has exactly this colour."""
    return (picture == colour).all(axis=-1)


def greenish(picture: np.ndarray) -> np.ndarray:
    """Where text of the cursor's colour is, its smooth edges with it."""
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return green - np.maximum(red, blue) > 50
