"""Everything a picture of the viewer is made from, in one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from deepvis.live.ascending import Ascended
from deepvis.live.layout import Layout
from deepvis.live.panes.gridplace import GridPlace
from deepvis.live.scene import Layer, Scene
from deepvis.live.seeing.study import Findings
from deepvis.live.seeing.wants import Result, Wants
from deepvis.live.shelf.unit_pictures import NOTHING, Nothing, Request, SheetTiles, UnitSprite
from deepvis.live.sources import Frame
from deepvis.live.state import MAGNIFICATIONS, State, column_shown
from deepvis.render import Grid, Picture, backward_tiles, forward_tiles, unit_bytes
from deepvis.render.scale import scaled_tiles


class Shelf(Protocol):
    """Gives ready-made pictures of units: a PictureLoader, or what stands in for it. None: not there yet."""

    def get(self, request: Request) -> Picture | Nothing | None: ...


@dataclass(frozen=True)
class Pace:
    """How fast the viewer is: frames drawn a second, milliseconds to draw one, and frames that were left out."""

    fps: float = 0.0
    shown: float = 0.0
    draw: float = 0.0
    skipped: int = 0


@dataclass(frozen=True, eq=False)
class View:
    """The state, the net, the newest frame and the newest result, which may be of an earlier frame or layer.

    shown: the part of each of the newest frame's pictures that reaches the net. ascended: the newest picture of the
    live ascent. problems: one line each, drawn over the picture.
    """

    state: State
    scene: Scene
    result: Result | None = None
    shown: tuple[Picture, ...] = ()
    frame: Frame | None = None
    ascended: Ascended | None = None
    shelf: Shelf | None = None
    problems: tuple[str, ...] = ()
    pace: Pace = field(default_factory=Pace)

    @property
    def layer(self) -> Layer:
        """The layer that is looked at."""
        return self.scene.layers[self.state.layer]

    @property
    def layout(self) -> Layout:
        """Where the panes lie."""
        return self.scene.layout(column_shown(self.state, self.scene))

    @property
    def wants(self) -> Wants | None:
        """What the net would have to compute for this view."""
        return Wants.of(self.state, self.scene, self.frame) if self.frame else None

    @property
    def current(self) -> Result | None:
        """The result if it is of the layer that is looked at."""
        return self.result if self.result is not None and self.result.wants.layer == self.layer.blob else None

    @cached_property
    def grid(self) -> Grid:
        """How the tiles of the layer that is looked at are laid out."""
        grid = self.scene.grid(self.state.layer, column_shown(self.state, self.scene))
        if not self.state.pattern:
            return grid
        high, wide = self.tiles.shape[1:3] if self.tiles is not None else self._pattern_room(grid)
        return Grid(grid.count, high, wide, grid.rows, grid.columns)

    @property
    def place(self) -> GridPlace:
        """How the grid lies in the large pane."""
        box = self.layout.layers
        enlarged = MAGNIFICATIONS[self.state.magnify]
        return GridPlace.of(self.grid, box.height, box.width, enlarged, self.state.centre)

    @cached_property
    def scaled(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
        """Activations as brightness 0..1 (n, h, w), and the lowest and highest value that it stands for, for the whole
        layer or for each unit.
        """
        state, settings, result = self.state, self.scene.settings, self.current
        if result is None:
            return None
        boost, gamma = settings.boost_choices[state.boost], settings.gamma_choices[state.gamma]
        tiles, low, high = scaled_tiles(
            result.acts,
            scale=state.scale,
            fixed=settings.fixed_range or result.held,
            anchored=state.colour_map == "diverging",
            boost=boost,
            gamma=gamma,
        )
        return tiles, np.asarray(low, np.float32), np.asarray(high, np.float32)

    @cached_property
    def tiles(self) -> npt.NDArray[np.uint8] | None:
        """The units of the layer that is looked at, (n, h, w) grey levels or (n, h, w, 3) colours, scaled as the state
        says; None where there is nothing to show yet.
        """
        state, result = self.state, self.current
        if state.pattern:
            return None if isinstance(self._sheet, Nothing) else self._sheet
        if result is None:
            return None
        boost, gamma = self.scene.settings.boost_choices[state.boost], self.scene.settings.gamma_choices[state.gamma]
        if state.show_back:
            if self.back_current is None or result.diffs is None:
                return None
            return unit_bytes(backward_tiles(result.diffs, boost, gamma))
        if (state.scale, state.colour_map) == ("layer", "gray"):
            return unit_bytes(forward_tiles(result.acts, boost, gamma))
        return unit_bytes(self.scaled[0].copy()) if self.scaled else None

    @property
    def coloured(self) -> bool:
        """Whether grey levels stand for colours of the colour map."""
        return self.state.colour_map != "gray" and not self.state.show_back and not self.state.pattern

    @property
    def findings(self) -> Findings:
        """What was found out about the units of the layer that is looked at."""
        return self.current.findings if self.current is not None else Findings()

    def _pattern_room(self, grid: Grid) -> tuple[int, int]:
        box = self.layout.layers
        return max(box.height // grid.rows - 2, 1), max(box.width // grid.columns - 2, 1)

    @cached_property
    def _sheet(self) -> Picture | Nothing | None:
        """The layer's ready-made pictures as tiles."""
        grid = self.scene.grid(self.state.layer, column_shown(self.state, self.scene))
        request = SheetTiles(self.layer.blob, grid.count, *self._pattern_room(grid))
        return NOTHING if self.shelf is None else self.shelf.get(request)

    @property
    def pattern_missing(self) -> bool:
        """Whether it is known that there are no ready-made pictures of this layer."""
        return isinstance(self._sheet, Nothing)

    @property
    def sprite(self) -> Picture | None:
        """The selected unit's ready-made picture as sharp as there is for the large pane."""
        box = self.layout.layers
        request = UnitSprite(self.layer.blob, self.state.unit, box.height, box.width, self.layer.units)
        found = self.shelf.get(request) if self.shelf else None
        return None if found is None or isinstance(found, Nothing) else found

    @property
    def back_current(self) -> Result | None:
        """The result if its backward pass is the one that is looked at."""
        wants = self.wants
        if self.result is None or wants is None or wants.start is None:
            return None
        got = self.result.wants
        same = got.start == wants.start and wants.rule == got.rule and set(wants.rules) <= set(got.rules)
        return self.result if same else None

    @property
    def classes_current(self) -> Result | None:
        """The result if the classes were asked of it, or were known anyway."""
        return self.result if self.result and (self.result.wants.classes or self.result.classes) else None

    @property
    def value(self) -> tuple[float, tuple[int, int]] | None:
        """The selected unit's highest activation and where in its map that is."""
        if self.current is None:
            return None
        unit = self.current.acts[self.state.unit]
        at = int(np.nan_to_num(unit, nan=-np.inf).argmax())
        y, x = divmod(at, unit.shape[1])
        return float(unit[y, x]), (y, x)
