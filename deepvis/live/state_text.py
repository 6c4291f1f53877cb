"""A state as plain values, for recordings and saved views, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from deepvis.errors import FormatError
from deepvis.live.saving import plain
from deepvis.live.scene import Scene
from deepvis.live.state import State

T = TypeVar("T")
LEFT_OUT = ("quit", "help", "message", "pointer", "corner")  # what a view begins without


def state_as_plain(state: State) -> dict[str, Any]:
    """Only what differs from the state that a viewer without settings begins with."""
    return {
        field.name: plain(getattr(state, field.name))
        for field in fields(State)
        if field.name not in LEFT_OUT and getattr(state, field.name) != getattr(State(), field.name)
    }


def state_from_plain(values: Mapping[str, Any], scene: Scene, source: str) -> State:
    """The state of these values. Raises FormatError naming what is wrong; layers and units beyond the net's are
    refused too.
    """
    state = _filled(replace(State(), message=""), values, source)
    for layer, unit in ((state.layer, state.unit), *((state.origin,) if state.origin else ())):
        if not (0 <= layer < len(scene.layers) and 0 <= unit < scene.layers[layer].units):
            raise FormatError(f"{source}: this net has no unit {unit} in layer number {layer}")
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
            else _like(before, value, f"{source}: {key}")
        )
    return replace(start, **changes)  # type: ignore[type-var]


def _like(before: Any, value: Any, source: str) -> Any:
    """A value of the kind that stood there: numbers and words stay, lists become tuples of numbers."""
    if isinstance(before, bool) or isinstance(value, bool):
        good = isinstance(before, bool) and isinstance(value, bool)
    elif isinstance(before, int):
        good = isinstance(value, int) and 0 <= abs(value) < 10**6
    elif isinstance(before, float):
        good = isinstance(value, int | float)
    elif isinstance(before, str):
        good = isinstance(value, str) and len(value) < 100
    else:
        good = value is None or (isinstance(value, list) and len(value) < 10)
        good = good and all(isinstance(each, int | float) for each in value or ())
        value = tuple(value) if isinstance(value, list) else value
    if not good:
        raise FormatError(f"{source}: expected something like {before!r}, found {value!r:.80}")
    return value
