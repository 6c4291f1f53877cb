"""The input pane: what reaches the net, with what lies over it and the places that are pointed at."""

from __future__ import annotations

import cv2
import numpy as np

from deepvis.live.controls.pointing import input_rectangles, pointed_position
from deepvis.live.panes.common import FAINT, note, rectangle
from deepvis.live.state import OPACITIES
from deepvis.live.view import View
from deepvis.render import Picture, Style, backward_picture, overlay, paste


def input_pane(view: View, pane: Picture) -> None:
    """The part of the newest frame that reaches the net, at the frame's own resolution; of two pictures both."""
    if not view.shown:
        note(pane, ("waiting for a picture",), Style(view.layout.cap, FAINT))
        return
    for number, (top, left, height, width) in enumerate(input_rectangles(view.scene, view.layout)):
        shown = view.shown[min(number, len(view.shown) - 1)]
        how = cv2.INTER_AREA if shown.shape[0] > height else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(shown, (width, height), interpolation=how), np.uint8)
        picture = _overlaid(view, picture, number)
        paste(pane, picture, top, left)
        _marks(view, pane[top : top + height, left : left + width])


def _overlaid(view: View, picture: Picture, number: int) -> Picture:
    state, result = view.state, view.current
    opacity = OPACITIES[state.opacity]
    if state.overlay == "map" and state.cursor == "bottom" and view.scaled is not None and result is not None:
        tile = view.scaled[0][state.unit]
        if state.colour_map == "diverging":  # zero is in the middle, and stays clear
            return overlay(picture, tile, opacity, "diverging")
        peak = float(tile.max(initial=0.0))
        colours = "magma" if state.colour_map == "gray" else state.colour_map
        return overlay(picture, tile / peak if peak > 0 else tile, opacity, colours)
    back = view.back_current
    if state.overlay == "back" and state.back and back is not None and number < len(back.signals[state.rule]):
        shown = backward_picture(back.signals[state.rule][number], state.filter, view.scene.settings.blur_radius)
        if state.filter in ("norm", "normblur"):
            return overlay(picture, shown[..., 0], opacity)
        return overlay(picture, shown, opacity)
    return picture


def _marks(view: View, pane: Picture) -> None:
    """The part that the pointed position sees, and the box that units are ranked by."""
    high, wide = pane.shape[:2]
    scene, state = view.scene, view.state
    position, sees = pointed_position(view), view.layer.sees
    if position is not None and sees is not None:
        top, left, bottom, right = sees.box(position, scene.input_size)
        down, across = high / scene.input_size[0], wide / scene.input_size[1]
        rectangle(pane, top * down, left * across, bottom * down, right * across, scene.settings.layer_colour_cursor)
    if state.box is not None:
        top, left, bottom, right = (share * extent for share, extent in zip(state.box, (high, wide) * 2, strict=True))
        rectangle(pane, top, left, bottom, right, (1.0, 0.8, 0.2))
