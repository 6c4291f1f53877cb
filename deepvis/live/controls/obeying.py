"""An event and the view it happened in → the state after it."""

from __future__ import annotations

from deepvis.live.controls.actions import UNIT, press
from deepvis.live.controls.events import Key, Mouse
from deepvis.live.controls.mouse import moved
from deepvis.live.controls.pointing import target
from deepvis.live.state import State
from deepvis.live.view import View


def obeyed(view: View, event: Key | Mouse) -> tuple[State, Key | Mouse]:
    """The state after the event, and what to record of it: a click on a list is the key of the unit that stood there,
    since lists follow what the net sees.
    """
    if isinstance(event, Mouse) and event.kind == "press":
        at = target(view, event.row, event.column)
        if at.pane == "list" and at.unit is not None:
            event = Key(f"{UNIT}{at.unit}")
    if isinstance(event, Key):
        return press(view.state, event.name, view.scene), event
    return moved(view, event), event
