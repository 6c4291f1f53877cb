"""What the mouse does to the state: a pure function (view, event) → state, or a key that it stands for."""

from __future__ import annotations

from dataclasses import replace

from deepvis.live.controls.events import Mouse
from deepvis.live.controls.pointing import Target, target
from deepvis.live.state import MAGNIFICATIONS, State, go_to_layer, go_to_unit
from deepvis.live.view import View

LEAST_DRAG = 0.02  # of the input's height and width: less is a click


def moved(view: View, event: Mouse) -> State:
    """The state after a mouse event."""
    state = view.state
    at = target(view, event.row, event.column)
    if event.kind == "press":
        return _pressed(view, at, event)
    if event.kind == "release":
        return replace(_released(state, at), pointer=(event.row, event.column))
    if event.kind == "drag":
        return replace(_dragged(view, at, event), pointer=(event.row, event.column))
    if event.kind == "wheel":
        return _wheeled(view, at, event)
    if event.kind == "leave":
        return replace(state, pointer=None, corner=None)
    return replace(state, pointer=(event.row, event.column))


def _pressed(view: View, at: Target, event: Mouse) -> State:
    state = replace(view.state, message="", pointer=(event.row, event.column))
    if at.layer is not None:
        return replace(go_to_layer(state, at.layer, view.scene), cursor="top")
    if at.pane in ("grid", "list") and at.unit is not None:
        return go_to_unit(state, at.unit, view.scene)
    if at.pane == "unit":
        return replace(state, point=None if state.point == at.position else at.position)
    if at.share is not None:
        return replace(state, corner=at.share)
    return state


def _released(state: State, at: Target) -> State:
    if state.corner is None:
        return state
    box = _box(state, at)
    clicked = box is None or box[2] - box[0] < LEAST_DRAG or box[3] - box[1] < LEAST_DRAG
    return replace(state, corner=None, box=None if clicked else box)


def _dragged(view: View, at: Target, event: Mouse) -> State:
    state = view.state
    if state.corner is not None:
        box = _box(state, at)
        return state if box is None else replace(state, box=box)
    if state.magnify and state.pointer is not None and at.pane == "grid":
        place, high, wide = view.place, *view.grid.size
        down, across = (event.row - state.pointer[0]) / place.scale, (event.column - state.pointer[1]) / place.scale
        middle = (place.top + place.height / place.scale / 2, place.left + place.width / place.scale / 2)
        return replace(state, centre=((middle[0] - down) / high, (middle[1] - across) / wide))
    return state


def _box(state: State, at: Target) -> tuple[float, float, float, float] | None:
    """From where the drag began to where the mouse is; None while it is not on the input."""
    if state.corner is None or at.share is None:
        return state.box if state.corner is not None else None
    (y0, x0), (y1, x1) = state.corner, at.share
    return min(y0, y1), min(x0, x1), max(y0, y1), max(x0, x1)


def _wheeled(view: View, at: Target, event: Mouse) -> State:
    state = replace(view.state, pointer=(event.row, event.column))
    step = 1 if event.wheel > 0 else -1
    if at.pane == "bar":
        return go_to_layer(state, state.layer - step, view.scene)
    if at.pane != "grid":
        return state
    number = min(max(state.magnify + step, 0), len(MAGNIFICATIONS) - 1)
    box = view.layout.layers
    centre = view.place.centred_to_keep(event.row - box.top, event.column - box.left, MAGNIFICATIONS[number])
    return replace(state, magnify=number, centre=centre)
