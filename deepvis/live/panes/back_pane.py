"""The back pane: the signal that the backward pass brought to the input."""

from __future__ import annotations

import numpy as np

from deepvis.live.panes.common import FAINT, WHITE, fill, note
from deepvis.live.seeing.wants import Result
from deepvis.live.state import Rule
from deepvis.live.view import View
from deepvis.render import Picture, Style, backward_picture, paste, resize_to_fit, to_bytes


def back_picture(view: View, result: Result | None, rule: Rule) -> Picture | None:
    """The signal by a rule as the filter shows it, of two pictures side by side; None where it is not there."""
    if result is None or rule not in result.signals:
        return None
    settings, state = view.scene.settings, view.state
    pictures = [
        to_bytes(backward_picture(signal, state.filter, settings.blur_radius)) for signal in result.signals[rule]
    ]
    return pictures[0] if len(pictures) == 1 else np.concatenate(pictures, axis=1)


def back_pane(view: View, pane: Picture) -> None:
    """The backward view, or why there is none."""
    state = view.state
    style = Style(view.layout.cap, FAINT)
    if not state.back:
        note(pane, ("backward view off", "b turns it on"), style)
        return
    if not state.back_shown:
        note(pane, ("\u2193 picks the unit", "to go back from"), style)
        return
    result = view.back_current
    picture = back_picture(view, result, state.rule)
    if result is None or picture is None:
        fill(pane, view.scene.settings.stale_background)
        return
    paste(pane, resize_to_fit(picture, *pane.shape[:2]))
    if not any(signal.any() for signal in result.signals[state.rule]):
        note(pane, ("this unit is silent here:", "no signal reaches the input"), Style(style.cap, WHITE))
