"""The window's whole picture from the view: panes, then what lies over them."""

from __future__ import annotations

from deepvis.live import panes
from deepvis.live.help import help_overlay
from deepvis.live.view import View
from deepvis.render import Picture, blank


def compose(view: View) -> Picture:
    """(height, width, 3) RGB as the layout says."""
    layout = view.scene.layout
    picture = blank(layout.height, layout.width)
    panes.input_pane(view, panes.piece(picture, layout.input))
    panes.aux_pane(view, panes.piece(picture, layout.aux))
    panes.back_pane(view, panes.piece(picture, layout.back))
    panes.control_pane(view, panes.piece(picture, layout.control))
    panes.layers_pane(view, panes.piece(picture, layout.layers))
    panes.status_pane(view, panes.piece(picture, layout.status))
    panes.problem_banner(view, picture)
    if view.state.help:
        help_overlay(picture, view.scene)
    return picture
