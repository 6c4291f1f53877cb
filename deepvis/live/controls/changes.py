"""What single keys do to the state, where that takes more than a line: pure functions (state, scene) → state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from deepvis.live.scene import Scene
from deepvis.live.state import (
    ASCENTS,
    FILTERS,
    MAGNIFICATIONS,
    OPACITIES,
    OVERLAYS,
    SCALES,
    SPEEDS,
    AscentWish,
    Part,
    State,
    centred,
)
from deepvis.render.colour import COLOUR_MAPS

Change = Callable[[State, Scene], State]
T = TypeVar("T")
REGULARISERS = ("decay", "blur", "small norm", "contribution")  # those that keys weaken and strengthen
STRONGEST = 20  # steps that a regulariser is made stronger or weaker; long before that nothing changes any more
MIDDLE: Part = (1 / 3, 1 / 3, 2 / 3, 2 / 3)


def toggle_live(state: State, scene: Scene) -> State:
    """Camera or video / picture files."""
    if state.live:
        return replace(state, live=False) if scene.has_files else replace(state, message="no picture files")
    if not scene.has_live:
        return replace(state, message="no camera or video: start with --source camera:0")
    return replace(state, live=True)


def toggle_pause(state: State, _scene: Scene) -> State:
    """Freeze or run what runs by itself."""
    return replace(state, paused=not state.paused, message="" if state.paused else "frozen: f runs on")


def step_file(step: int) -> Change:
    """Another picture file; from the camera the first press only returns to the files."""

    def change(state: State, scene: Scene) -> State:
        if not scene.has_files:
            return replace(state, message="no picture files")
        return replace(state, live=False) if state.live else replace(state, file=state.file + step)

    return change


def next_hud(state: State, _scene: Scene) -> State:
    """No times, those of the steps, those of the layers."""
    return replace(state, hud=(state.hud + 1) % 3)


def next_zoom(state: State, _scene: Scene) -> State:
    """Grid, selected unit, backward view."""
    return replace(state, zoom=(state.zoom + 1) % (3 if state.back else 2))


def toggle_pattern(state: State, scene: Scene) -> State:
    """Grid of activations / of ready-made pictures."""
    if not scene.has_unit_pictures and not state.pattern:
        return replace(state, message="no pictures of units: name their folder with the setting unit_jpg_dir")
    return replace(state, pattern=not state.pattern)


def easy_back(state: State, _scene: Scene) -> State:
    """off → gradient raw → gradient norm → deconv raw → off; from anything else off."""
    if not state.back:
        return replace(state, back=True, rule="gradient", filter="raw")
    if (state.rule, state.filter) == ("gradient", "raw"):
        return replace(state, filter="norm")
    if (state.rule, state.filter) == ("gradient", "norm"):
        return replace(state, rule="deconv", filter="raw")
    return replace(state, back=False)


def expert_back(state: State, _scene: Scene) -> State:
    """off → gradient → deconv → off, whatever the filter."""
    if not state.back:
        return replace(state, back=True, rule="gradient")
    return replace(state, rule="deconv") if state.rule == "gradient" else replace(state, back=False)


def toggle_guided(state: State, _scene: Scene) -> State:
    """The backward view by the guided rule, or none."""
    on = state.back and state.rule == "guided"
    return replace(state, back=False) if on else replace(state, back=True, rule="guided")


def next_filter(state: State, _scene: Scene) -> State:
    """How the backward view is shown."""
    return replace(state, filter=_next(FILTERS, state.filter))


def show_back(state: State, _scene: Scene) -> State:
    """Leave the ready-made pictures, or else swap activations and signals in the grid."""
    if state.pattern:
        return replace(state, pattern=False)
    showing = not state.show_back
    return replace(state, show_back=showing, back=state.back or showing)


def freeze_origin(state: State, _scene: Scene) -> State:
    """Freeze or release where backward passes start."""
    return replace(state, origin=(state.layer, state.unit) if state.origin is None else None)


def next_boost(state: State, scene: Scene) -> State:
    """The next boost of single units."""
    return replace(state, boost=(state.boost + 1) % len(scene.settings.boost_choices))


def next_gamma(state: State, scene: Scene) -> State:
    """The next gamma."""
    return replace(state, gamma=(state.gamma + 1) % len(scene.settings.gamma_choices))


def next_scale(state: State, _scene: Scene) -> State:
    """The next range that brightness stands for."""
    return replace(state, scale=_next(SCALES, state.scale))


def next_colours(state: State, _scene: Scene) -> State:
    """The next colour map."""
    return replace(state, colour_map=_next(COLOUR_MAPS, state.colour_map))


def next_overlay(state: State, _scene: Scene) -> State:
    """Nothing, the unit's map, the backward view over the input."""
    overlay = _next(OVERLAYS, state.overlay)
    need = "pick a unit with \u2193" if state.cursor == "top" else ""
    if overlay == "back" and not state.back:
        need = "turn on the backward view with b"
    return replace(state, overlay=overlay, message=need if overlay != "off" else "")


def opacity(step: int) -> Change:
    """A fainter or stronger overlay."""
    return lambda state, _: replace(state, opacity=_stepped(state.opacity, step, OPACITIES))


def magnify(step: int) -> Change:
    """A larger or smaller grid, around the selected unit."""

    def change(state: State, scene: Scene) -> State:
        return centred(replace(state, magnify=_stepped(state.magnify, step, MAGNIFICATIONS)), scene)

    return change


def toggle_box(state: State, scene: Scene) -> State:
    """A box on the input that units are ranked by: what the pointed position sees, or else the middle; or none."""
    if state.box is not None:
        return replace(state, box=None)
    sees = scene.layers[state.layer].sees
    if state.point is None or sees is None:
        return replace(state, box=MIDDLE)
    high, wide = scene.input_size
    top, left, bottom, right = sees.box(state.point, (high, wide))
    return replace(state, box=(top / high, left / wide, bottom / high, right / wide))


def toggle_point(state: State, scene: Scene) -> State:
    """Point at the middle of the unit's map, or leave pointing."""
    layer = scene.layers[state.layer]
    if state.point is not None:
        return replace(state, point=None)
    if (layer.height, layer.width) == (1, 1):
        return replace(state, message="units of this layer have one position, which sees everything")
    return replace(state, point=(layer.height // 2, layer.width // 2), cursor="bottom")


def next_ascent(state: State, _scene: Scene) -> State:
    """No ascent, from noise, from the present frame."""
    start = _next(ASCENTS, state.ascent.start)
    need = "live ascent wants a unit: pick one with \u2193" if state.cursor == "top" and start != "off" else ""
    return replace(state, ascent=replace(state.ascent, start=start), message=need)


def next_preset(state: State, scene: Scene) -> State:
    """Another preset; its regularisers are as it says."""
    number = (state.ascent.preset + 1) % max(len(scene.presets), 1)
    return _with_ascent(state, replace(state.ascent, preset=number, strengths=()))


def next_regulariser(state: State, _scene: Scene) -> State:
    """Another regulariser for the keys to change."""
    number = (state.ascent.regulariser + 1) % len(REGULARISERS)
    return _with_ascent(state, replace(state.ascent, regulariser=number))


def strengthen(step: int) -> Change:
    """The chosen regulariser weaker or stronger."""

    def change(state: State, _scene: Scene) -> State:
        wish = state.ascent
        strengths = list(wish.strengths or (0,) * len(REGULARISERS))
        strengths[wish.regulariser] = min(max(strengths[wish.regulariser] + step, -STRONGEST), STRONGEST)
        return _with_ascent(state, replace(wish, strengths=tuple(strengths)))

    return change


def restart(state: State, _scene: Scene) -> State:
    """Begin the ascent anew."""
    return _with_ascent(state, replace(state.ascent, restarts=state.ascent.restarts + 1))


def _with_ascent(state: State, wish: AscentWish) -> State:
    off = wish.start == "off"
    return replace(state, ascent=wish, message="live ascent is off: 6 begins it" if off else "")


def step_frame(step: int) -> Change:
    """One frame of a video back or on, and stay there."""

    def change(state: State, scene: Scene) -> State:
        playback = replace(state.playback, step=state.playback.step + step)
        return replace(_running(state, scene), playback=playback, paused=True) if state.live else _running(state, scene)

    return change


def seek(seconds: float) -> Change:
    """Back or on in a video."""

    def change(state: State, scene: Scene) -> State:
        playback = replace(state.playback, seek=state.playback.seek + seconds)
        return replace(state, playback=playback) if state.live else _running(state, scene)

    return change


def speed(step: int) -> Change:
    """A video slower or faster."""

    def change(state: State, scene: Scene) -> State:
        number = _stepped(state.playback.speed, step, SPEEDS)
        state = replace(_running(state, scene), playback=replace(state.playback, speed=number))
        return replace(state, message=state.message or f"speed {SPEEDS[number]:g}")

    return change


def toggle_loop(state: State, scene: Scene) -> State:
    """Whether a video begins again at its end."""
    loop = not state.playback.loop
    state = replace(_running(state, scene), playback=replace(state.playback, loop=loop))
    return replace(state, message=state.message or ("begins again at its end" if loop else "stays at its end"))


def _running(state: State, _scene: Scene) -> State:
    return state if state.live else replace(state, message="no video is running: c goes to it")


def _next(those: tuple[T, ...], now: T) -> T:
    """The one after `now`, round and round."""
    return those[(those.index(now) + 1) % len(those)]


def _stepped(now: int, step: int, of: tuple[float, ...]) -> int:
    return min(max(now + step, 0), len(of) - 1)
