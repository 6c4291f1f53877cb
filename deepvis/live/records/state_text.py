"""A state as plain values, for recordings and saved views, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from deepvis.errors import FormatError
from deepvis.live.controls.changes import REGULARISERS, STRONGEST
from deepvis.live.records.saving import plain
from deepvis.live.scene import Scene
from deepvis.live.state import ASCENTS, FILTERS, MAGNIFICATIONS, OPACITIES, OVERLAYS, RULES, SCALES, SPEEDS, State
from deepvis.render.colour import COLOUR_MAPS

T = TypeVar("T")
LEFT_OUT = ("quit", "help", "message", "pointer", "corner")  # what a view begins without
FAR = 10**6  # beyond which no number of a state is
WORDS: dict[str, tuple[str, ...]] = {
    "cursor": ("top", "bottom"),
    "rule": RULES,
    "filter": FILTERS,
    "scale": SCALES,
    "colour_map": COLOUR_MAPS,
    "overlay": OVERLAYS,
    "start": ASCENTS,
}
LISTS: dict[str, tuple[int, type]] = {  # how many numbers of which kind
    "origin": (2, int),
    "point": (2, int),
    "centre": (2, float),
    "box": (4, float),
    "strengths": (len(REGULARISERS), int),
}
ABSENT: dict[str, tuple[object, ...]] = {"centre": (), "strengths": ((),)}  # in place of those numbers; else None


def state_as_plain(state: State) -> dict[str, Any]:
    """Only what differs from the state that a viewer without settings begins with."""
    return {
        field.name: plain(getattr(state, field.name))
        for field in fields(State)
        if field.name not in LEFT_OUT and getattr(state, field.name) != getattr(State(), field.name)
    }


def state_from_plain(values: Mapping[str, Any], scene: Scene, source: str) -> State:
    """The state of these values, one that keys could have led to. Raises FormatError naming what is wrong; layers,
    units and positions beyond the net's are refused too.
    """
    state = _filled(replace(State(), message=""), values, source)
    settings = scene.settings
    counts = {
        "boost": (state.boost, len(settings.boost_choices)),
        "gamma": (state.gamma, len(settings.gamma_choices)),
        "zoom": (state.zoom, 3),
        "magnify": (state.magnify, len(MAGNIFICATIONS)),
        "opacity": (state.opacity, len(OPACITIES)),
        "hud": (state.hud, 3),
        "playback: speed": (state.playback.speed, len(SPEEDS)),
        "ascent: regulariser": (state.ascent.regulariser, len(REGULARISERS)),
    }
    for name, (number, count) in counts.items():
        if not 0 <= number < count:
            raise FormatError(f"{source}: {name}: expected 0 to {count - 1}, found {number}")
    for layer, unit in ((state.layer, state.unit), *((state.origin,) if state.origin else ())):
        if not (0 <= layer < len(scene.layers) and 0 <= unit < scene.layers[layer].units):
            raise FormatError(f"{source}: this net has no unit {unit} in layer number {layer}")
    shown = scene.layers[state.layer]
    if state.point and not (0 <= state.point[0] < shown.height and 0 <= state.point[1] < shown.width):
        raise FormatError(f"{source}: point: {state.point} lies outside of {shown.height}\u00d7{shown.width} positions")
    if state.box and not (0 <= state.box[0] <= state.box[2] <= 1 and 0 <= state.box[1] <= state.box[3] <= 1):
        raise FormatError(f"{source}: box: expected top, left, bottom, right as shares, found {state.box}")
    if any(abs(steps) > STRONGEST for steps in state.ascent.strengths):
        raise FormatError(f"{source}: ascent: strengths: expected {-STRONGEST} to {STRONGEST} steps each")
    return state


def _filled(start: T, values: Any, source: str) -> T:
    if not isinstance(values, Mapping):
        raise FormatError(f"{source}: expected a mapping, found {values!r:.80}")
    known = {field.name for field in fields(start)} - set(LEFT_OUT)  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise FormatError(f"{source}: a state has no {key!r:.80}")
        before = getattr(start, key)
        changes[key] = (
            _filled(before, value, f"{source}: {key}")
            if is_dataclass(before)
            else _like(key, before, value, f"{source}: {key}")
        )
    return replace(start, **changes)  # type: ignore[type-var]


def _like(key: str, before: Any, value: Any, source: str) -> Any:
    """A value of the kind that stood there; lists become tuples of numbers."""
    expected = f"something like {before!r}"
    if isinstance(before, bool):
        good = isinstance(value, bool)
    elif key in LISTS:
        count, kind = LISTS[key]
        if isinstance(value, list):
            value = tuple(value)
        good = isinstance(value, tuple) and len(value) == count and all(_number(each, kind) for each in value)
        good = good or value in ABSENT.get(key, (None,))
        expected = f"{count} numbers"
    elif key in WORDS:
        good = isinstance(value, str) and value in WORDS[key]
        expected = f"one of {', '.join(WORDS[key])}"
    else:
        good = _number(value, type(before))
    if not good:
        raise FormatError(f"{source}: expected {expected}, found {value!r:.80}")
    return value


def _number(value: Any, kind: type) -> bool:
    kinds = (int,) if kind is int else (int, float)
    # NaN is in no range
    return isinstance(value, kinds) and not isinstance(value, bool) and -FAR < value < FAR
