"""The viewer's state: one frozen value that keys change and panes read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from deepvis.live.scene import Scene

BOOSTS = (0.0, 0.3, 0.5, 0.8, 1.0)  # for single units
GAMMAS = (1.0, 0.7, 0.5, 0.3)
FILTERS = ("raw", "gray", "norm", "normblur")
WELCOME = "h for help"

Area = Literal["top", "bottom"]
Rule = Literal["gradient", "deconv", "guided"]


@dataclass(frozen=True)
class State:
    """What is looked at and how. `layer` counts the scene's layers, `unit` the layer's units.

    cursor: "top" is the layer bar, "bottom" the grid of units. origin: the (layer, unit) at which backward
    passes start while it is frozen, or None while it follows the cursor. file: steps made through the picture
    files, not wrapped to their number. message: shown at the end of the status line until the next key.
    """

    layer: int = 0
    unit: int = 0
    cursor: Area = "top"
    back: bool = False
    rule: Rule = "gradient"
    filter: str = "raw"
    origin: tuple[int, int] | None = None
    show_back: bool = False
    boost: int = 0
    gamma: int = 0
    zoom: int = 0
    labels: bool = True
    help: bool = False
    live: bool = False
    paused: bool = False
    file: int = 0
    stretch: bool = False
    message: str = WELCOME
    quit: bool = False

    @property
    def start(self) -> tuple[int, int]:
        """(layer, unit) at which a backward pass starts."""
        return self.origin or (self.layer, self.unit)

    @property
    def back_shown(self) -> bool:
        """Whether there is a unit to go back from: in the layer bar only a frozen one counts."""
        return self.back and (self.cursor == "bottom" or self.origin is not None)

    @property
    def classes_shown(self) -> bool:
        """Whether the most probable classes are listed: in the grid the unit is enlarged in their place."""
        return self.labels and self.cursor == "top"


def reset(state: State) -> State:
    """The view as at the start; what feeds it (camera or files, paused, cropped) stays."""
    fresh = State()
    return replace(
        fresh,
        live=state.live,
        paused=state.paused,
        file=state.file,
        stretch=state.stretch,
    )


def go_to_layer(state: State, layer: int, scene: Scene) -> State:
    """Another layer, clamped to those there are; the unit's number stays as far as the layer has it."""
    layer = min(max(layer, 0), len(scene.layers) - 1)
    return replace(state, layer=layer, unit=min(state.unit, scene.layers[layer].units - 1))


def move(state: State, rows: int, columns: int, scene: Scene) -> State:
    """Move the cursor by so many rows or columns.

    In the layer bar columns are layers and a step down enters the grid at the same unit. In the grid columns
    run on from row to row, and going above the first row returns to the layer bar.
    """
    if state.cursor == "top":
        return replace(state, cursor="bottom") if rows > 0 else go_to_layer(state, state.layer + columns, scene)
    across = scene.grid(state.layer).columns
    unit = state.unit + columns + rows * across
    if rows < 0 and unit < 0:
        return replace(state, cursor="top", unit=state.unit % across)
    return replace(state, unit=min(max(unit, 0), scene.layers[state.layer].units - 1))
