"""The window's whole picture from the view: panes, then what lies over them."""

from __future__ import annotations

from collections.abc import Callable

from deepvis.live.panes.aux_pane import aux_pane
from deepvis.live.panes.back_pane import back_pane
from deepvis.live.panes.column_pane import column_pane
from deepvis.live.panes.common import piece
from deepvis.live.panes.control_pane import control_pane
from deepvis.live.panes.help import help_overlay
from deepvis.live.panes.input_pane import input_pane
from deepvis.live.panes.layers_pane import layers_pane
from deepvis.live.panes.over import hover_line, problem_banner, times, window_frames
from deepvis.live.panes.status_pane import status_pane
from deepvis.live.view import View
from deepvis.render import Picture, blank

DRAWN: dict[str, Callable[[View, Picture], None]] = {
    "input": input_pane,
    "aux": aux_pane,
    "back": back_pane,
    "control": control_pane,
    "layers": layers_pane,
    "column": column_pane,
    "status": status_pane,
}


def compose(view: View, *, sparing: bool = False) -> Picture:
    """(height, width, 3) RGB as the layout says. sparing: what cannot be drawn is left out instead of raising."""
    layout = view.layout
    picture = blank(layout.height, layout.width, view.scene.settings.window_background)

    def put(draw: Callable[[View, Picture], None], pane: Picture) -> None:
        try:
            draw(view, pane)
        except Exception:  # whatever it is, it was raised and told before
            if not sparing:
                raise

    for name, draw in DRAWN.items():
        box = getattr(layout, name)
        if box.height > 0 and box.width > 0:
            put(draw, piece(picture, box))
    for over in (window_frames, problem_banner, times, hover_line):
        put(over, picture)
    if view.state.help:
        help_overlay(picture, view)
    return picture
