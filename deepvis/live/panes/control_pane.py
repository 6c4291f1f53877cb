"""The layer bar's pane."""

from __future__ import annotations

from deepvis.live.panes.bar import bar_of, bar_picture
from deepvis.live.view import View
from deepvis.render import Picture, Style, colour_bytes, text
from deepvis.render.picture import Colour


def control_pane(view: View, pane: Picture) -> None:
    """The layer names in rows: the one looked at, the cursor and a frozen origin stand out by colour and weight."""
    state, scene, settings, cap = view.state, view.scene, view.scene.settings, view.layout.caps["control"]
    bar = bar_of(scene, view.layout, state.layer)
    pane[...] = bar_picture(
        bar, scene.layers_titles, cap, pane.shape[0], pane.shape[1], settings.control_colour, settings.window_background
    )
    marks: dict[int, Colour] = {}
    if state.origin:
        marks[state.origin[0]] = settings.control_colour_origin
    if state.cursor == "top" or state.layer not in marks:
        marks[state.layer] = (
            settings.control_colour_cursor if state.cursor == "top" else settings.control_colour_selected
        )
    for name in bar.names:
        if name.layer in marks:
            room = pane[name.row - cap - cap // 3 : name.row + cap // 2, name.column : name.column + name.width]
            room[...] = colour_bytes(settings.window_background)
            style = Style(cap, marks[name.layer], bold=True)
            text.draw(pane, scene.layers_titles[name.layer], name.row, name.column, style)
