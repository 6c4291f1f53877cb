"""The viewer's state: one frozen value that keys and the mouse change and panes read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from deepvis.live.scene import Scene

FILTERS = ("raw", "gray", "norm", "normblur")
SCALES: tuple[Literal["layer", "unit", "fixed"], ...] = ("layer", "unit", "fixed")
OVERLAYS: tuple[Literal["off", "map", "back"], ...] = ("off", "map", "back")
OPACITIES = (0.25, 0.5, 0.75, 1.0)
SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
MAGNIFICATIONS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
WELCOME = "h for help"

Area = Literal["top", "bottom"]
Rule = Literal["gradient", "deconv", "guided"]
RULES: tuple[Rule, ...] = ("gradient", "deconv", "guided")
Ascent = Literal["off", "noise", "frame"]
ASCENTS: tuple[Ascent, ...] = ("off", "noise", "frame")
Part = tuple[float, float, float, float]  # top, left, bottom, right as shares of what the net sees


@dataclass(frozen=True)
class Playback:
    """What is asked of a video: frames stepped and seconds jumped by hand, both in total, the speed (a number of
    SPEEDS) and whether it begins again at its end.
    """

    step: int = 0
    seek: float = 0.0
    speed: int = SPEEDS.index(1.0)
    loop: bool = True


@dataclass(frozen=True)
class AscentWish:
    """What is asked of the live ascent: where it starts, which preset (counted, not wrapped), which regulariser the
    keys change, how many steps each was made stronger or weaker, and how often it was begun anew.
    """

    start: Ascent = "off"
    preset: int = 0
    regulariser: int = 0
    strengths: tuple[int, ...] = ()
    restarts: int = 0


@dataclass(frozen=True)
class State:
    """What is looked at and how. `layer` counts the scene's layers, `unit` the layer's units.

    cursor: "top" is the layer bar, "bottom" the grid of units. origin: the (layer, unit) at which backward
    passes start while it is frozen, or None while it follows the cursor. file: steps made through the picture
    files, not wrapped to their number. pointer: where the mouse is, (row, column) in the window. point: the position
    in the unit's map that the keys point at. box: the part of the input that units are ranked by; corner: where a drag
    began, (row, column) as shares. magnify: a number of MAGNIFICATIONS for the grid; centre: what of it is in the
    middle, as shares. saves, reloads: how often these were asked for. message: shown at the end of the status line
    until the next key.
    """

    layer: int = 0
    unit: int = 0
    cursor: Area = "top"
    back: bool = False
    rule: Rule = "gradient"
    filter: str = "raw"
    origin: tuple[int, int] | None = None
    show_back: bool = False
    compare: bool = False
    boost: int = 0
    gamma: int = 0
    scale: Literal["layer", "unit", "fixed"] = "layer"
    colour_map: str = "gray"
    zoom: int = 0
    magnify: int = 0
    centre: tuple[float, float] = (0.5, 0.5)
    pattern: bool = False
    unit_pictures: bool = True
    overlay: Literal["off", "map", "back"] = "off"
    opacity: int = 2
    histogram: bool = False
    similar: bool = False
    box: Part | None = None
    corner: tuple[float, float] | None = None
    point: tuple[int, int] | None = None
    pointer: tuple[int, int] | None = None
    labels: bool = True
    help: bool = False
    hud: int = 0
    live: bool = False
    paused: bool = False
    file: int = 0
    stretch: bool = False
    playback: Playback = Playback()
    ascent: AscentWish = AscentWish()
    saves: int = 0
    reloads: int = 0
    message: str = WELCOME
    quit: bool = False

    @property
    def start(self) -> tuple[int, int]:
        """(layer, unit) at which a backward pass starts."""
        return self.origin or (self.layer, self.unit)

    @property
    def back_shown(self) -> bool:
        """Whether there is a unit to go back from: in the layer bar only a frozen one counts."""
        return (self.back or self.compare) and (self.cursor == "bottom" or self.origin is not None)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that signals are wanted by; the view's own is the last."""
        others = tuple(rule for rule in RULES if rule != self.rule) if self.compare else ()
        return (*others, self.rule)

    @property
    def classes_shown(self) -> bool:
        """Whether the most probable classes are listed: in the grid the unit is enlarged in their place."""
        return self.labels and self.cursor == "top"

    @property
    def instruments(self) -> tuple[str, ...]:
        """What is shown in the column on the right beside ready-made pictures, from the top."""
        on = {
            "ascent": self.ascent.start != "off",
            "ranking": self.box is not None,
            "similar": self.similar,
            "histogram": self.histogram,
        }
        return tuple(name for name, shown in on.items() if shown)


def column_shown(state: State, scene: Scene) -> bool:
    """Whether the window has a column on the right: with ready-made pictures always, as ever."""
    return scene.has_unit_pictures or bool(state.instruments)


def initial(scene: Scene) -> State:
    """The view to begin with, as the settings say."""
    settings = scene.settings
    return State(
        boost=settings.boost_default_index,
        gamma=settings.gamma_default_index,
        labels=settings.show_label_predictions,
        unit_pictures=settings.show_unit_jpgs,
        scale=settings.scale,
        colour_map=settings.colour_map,
        opacity=min(range(len(OPACITIES)), key=lambda at: abs(OPACITIES[at] - settings.overlay_opacity)),
        stretch=settings.stretch,
        playback=Playback(
            speed=min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - settings.speed)), loop=settings.loop
        ),
        ascent=AscentWish(preset=scene.presets.index(settings.ascent_preset) if scene.presets else 0),
    )


def reset(state: State, scene: Scene) -> State:
    """The view as at the start; what feeds it (camera or files, paused, cropped) stays."""
    return replace(
        initial(scene),
        live=state.live,
        paused=state.paused,
        file=state.file,
        stretch=state.stretch,
        playback=state.playback,
        saves=state.saves,
        reloads=state.reloads,
        pointer=state.pointer,
        message=WELCOME,
    )


def go_to_layer(state: State, layer: int, scene: Scene) -> State:
    """Another layer, clamped to those there are; the unit's number stays as far as the layer has it."""
    layer = min(max(layer, 0), len(scene.layers) - 1)
    state = state if layer == state.layer else replace(state, point=None)
    return replace(state, layer=layer, unit=min(state.unit, scene.layers[layer].units - 1))


def go_to_unit(state: State, unit: int, scene: Scene) -> State:
    """A unit of the layer, with the cursor in the grid."""
    return replace(state, cursor="bottom", unit=min(max(unit, 0), scene.layers[state.layer].units - 1))


def centred(state: State, scene: Scene) -> State:
    """With the selected unit in the middle of the grid, if that is enlarged."""
    if not state.magnify:
        return state
    grid = scene.grid(state.layer, column_shown(state, scene))
    top, left, bottom, right = grid.box(state.unit)
    return replace(state, centre=((top + bottom) / 2 / grid.size[0], (left + right) / 2 / grid.size[1]))


def move(state: State, rows: int, columns: int, scene: Scene) -> State:
    """Move the cursor by so many rows or columns.

    In the layer bar columns are layers and a step down enters the grid at the same unit. In the grid columns
    run on from row to row, and going above the first row returns to the layer bar. While the keys point at a position
    of the unit's map, that moves instead.
    """
    if state.point is not None:
        layer = scene.layers[state.layer]
        y, x = state.point[0] + rows, state.point[1] + columns
        return replace(state, point=(min(max(y, 0), layer.height - 1), min(max(x, 0), layer.width - 1)))
    if state.cursor == "top":
        return replace(state, cursor="bottom") if rows > 0 else go_to_layer(state, state.layer + columns, scene)
    across = scene.grid(state.layer, column_shown(state, scene)).columns
    unit = state.unit + columns + rows * across
    if rows < 0 and unit < 0:
        return replace(state, cursor="top", unit=state.unit % across)
    return centred(go_to_unit(state, unit, scene), scene)
