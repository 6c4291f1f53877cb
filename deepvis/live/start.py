"""The view to begin with, from what a user wrote: layer, unit, backward view, keys to press."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import cast

from deepvis.errors import UnknownNameError
from deepvis.live.controls.actions import is_key, press
from deepvis.live.headless import strongest_unit
from deepvis.live.scene import Scene
from deepvis.live.seeing.engine import Engine
from deepvis.live.sources import Frame
from deepvis.live.state import Rule, State

STRONGEST = "max"


@dataclass(frozen=True)
class Wish:
    """layer: a name, with or without :UNIT; unit: a number, or "max" for the strongest in the first frame."""

    layer: str | None = None
    unit: str | None = None
    back: str | None = None
    filter: str = "raw"
    keys: tuple[str, ...] = ()

    @property
    def needs_frame(self) -> bool:
        """Whether the first frame has to be seen to know what is meant."""
        return self.unit == STRONGEST or (self.layer or "").endswith(f":{STRONGEST}")

    @property
    def vague(self) -> bool:
        """Whether nothing in particular was asked for."""
        return self.layer is None and self.unit is None and not self.keys


def striking(wish: Wish, scene: Scene, state: State, engine: Engine, frame: Frame) -> State:
    """Something to see for who asked for nothing: a layer half-way up, and where its most probable class, or
    else that layer's strongest unit, comes from.
    """
    maps = [number for number, layer in enumerate(scene.layers) if layer.height > 1]
    layer = maps[len(maps) // 2] if maps else 0
    # the last layer is a softmax, whose gradient vanishes where it is sure: start at the scores below it
    scores = [number for number, layer in enumerate(scene.layers) if layer.blob in scene.labelled][:-1]
    origin = scores[-1] if scores else layer
    state = replace(state, layer=layer, origin=(origin, strongest_unit(engine, scene, origin, frame, state.stretch)))
    rule = cast(Rule, wish.back or "gradient")
    if wish.back == "off":
        return state
    return replace(state, back=True, rule=rule, filter=wish.filter if wish.filter != "raw" else "normblur")


def first_state(
    wish: Wish, scene: Scene, state: State, engine: Engine | None = None, frame: Frame | None = None
) -> State:
    """`state` changed as wished. Raises UnknownNameError for a layer, unit or key that does not exist.

    The engine and a frame are needed where the strongest unit is wished for.
    """
    number, unit = _place(wish, scene)
    state = replace(state, layer=number, filter=wish.filter)
    if unit is not None:
        state = replace(state, unit=_unit(unit, number, scene, state, engine, frame), cursor="bottom")
    if wish.back and wish.back != "off":
        # in the layer bar nothing would be shown
        state = replace(state, back=True, rule=cast(Rule, wish.back), cursor="bottom")
    for key in wish.keys:
        if not is_key(key):
            raise UnknownNameError(f"no action is on the key {key!r}; `deepvis keys` lists them")
        state = press(state, key, scene)
    return state


def _place(wish: Wish, scene: Scene) -> tuple[int, str | None]:
    if wish.layer is None:
        return 0, wish.unit
    number = scene.find(wish.layer)
    if number is not None:
        return number, wish.unit
    name, colon, unit = wish.layer.rpartition(":")
    number = scene.find(name)
    if colon and number is not None:
        return number, wish.unit or unit
    names = [layer.blob for layer in scene.layers]
    close = difflib.get_close_matches(name or wish.layer, names, 3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"
    raise UnknownNameError(f"no layer is called {wish.layer!r}; {hint}")


def _unit(unit: str, number: int, scene: Scene, state: State, engine: Engine | None, frame: Frame | None) -> int:
    layer = scene.layers[number]
    if unit == STRONGEST and engine is not None and frame is not None:
        return strongest_unit(engine, scene, number, frame, state.stretch)
    if unit.isdigit() and int(unit) < layer.units:
        return int(unit)
    raise UnknownNameError(
        f"no unit {unit!r} in {layer.title}: there are 0 to {layer.units - 1}, and 'max' for the strongest"
    )
