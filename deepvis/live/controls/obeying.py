"""An event and the view it happened in → the view after it."""

from __future__ import annotations

from dataclasses import replace

from deepvis.live.controls.actions import UNIT, press
from deepvis.live.controls.events import Event, Key, Mouse, Resize
from deepvis.live.controls.mouse import moved
from deepvis.live.controls.pointing import target
from deepvis.live.view import View


def obeyed(view: View, event: Event) -> tuple[View, Event]:
    """The view after the event, the same one where nothing changed, and what to record of it: a click on a list is the
    key of the unit that stood there, since lists follow what the net sees.
    """
    if isinstance(event, Resize):
        return replace(view, scene=replace(view.scene, size=(event.width, event.height))), event
    if isinstance(event, Mouse) and event.kind == "press":
        at = target(view, event.row, event.column)
        if at.pane == "list" and at.unit is not None:
            event = Key(f"{UNIT}{at.unit}")
    state = press(view.state, event.name, view.scene) if isinstance(event, Key) else moved(view, event)
    return view if state == view.state else replace(view, state=state), event
