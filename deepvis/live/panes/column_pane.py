"""The column on the right: the selected unit's ready-made pictures, and the instruments that are on."""

from __future__ import annotations

from deepvis.live.layout import Box
from deepvis.live.panes.common import FAINT, WHITE, fill, note, piece
from deepvis.live.panes.listing import PICTURES, cells, heading, rows
from deepvis.live.shelf.unit_pictures import Nothing, UnitColumn
from deepvis.live.view import View
from deepvis.render import Picture, Style, apply_colours, histogram_picture, paste, resize_to_fit, text, to_rgb


def column_pane(view: View, pane: Picture) -> None:
    """Each part in its place."""
    for name, cell in cells(view).items():
        part = piece(pane, cell)
        if name == PICTURES:
            _pictures(view, part)
        elif name == "ascent":
            _ascent(view, part)
        elif name == "histogram":
            _histogram(view, part)
        else:
            _list(view, name, part, cell)


def _pictures(view: View, pane: Picture) -> None:
    upright = view.scene.settings.jpgvis_stack_vert and pane.shape[0] > pane.shape[1]
    request = UnitColumn(view.layer.blob, view.state.unit, pane.shape[0], pane.shape[1], upright)
    found = view.shelf.get(request) if view.shelf else None
    if found is None:
        fill(pane, view.scene.settings.stale_background)
    elif not isinstance(found, Nothing):
        paste(pane, found)


def _ascent(view: View, pane: Picture) -> None:
    style = Style(view.layout.cap, view.scene.settings.control_colour)
    ascended = view.ascended
    told = 2 * style.line + style.cap // 2 if pane.shape[0] > 6 * style.line else 0  # the lines' height
    room = pane[: pane.shape[0] - told]
    if view.state.cursor == "top" and view.state.origin is None:
        note(pane, ("\u2193 picks the unit", "whose preferred image grows"), Style(style.cap, FAINT))
        return
    if ascended is None:
        fill(room, view.scene.settings.stale_background)
        return
    below = room.shape[0]
    if ascended.picture is not None:
        picture = resize_to_fit(ascended.picture, *room.shape[:2])
        paste(room, picture)
        below = picture.shape[0]
    if ascended.words:
        note(room, (ascended.words,), Style(style.cap, WHITE))
    if told and ascended.picture is not None:
        lines = (f"{ascended.unit} = {ascended.value:.4g} after {ascended.iteration}", ascended.settings)
        for number, line in enumerate(lines, 1):
            line = text.shorten(line, style, pane.shape[1] - style.cap)
            text.draw(pane, line, below + style.line * number, style.cap // 2, style)


def _histogram(view: View, pane: Picture) -> None:
    if view.current is None:
        fill(pane, view.scene.settings.stale_background)
        return
    unit = view.current.acts[view.state.unit] if view.state.cursor == "bottom" else None
    style = Style(max(8, round(view.layout.cap * 0.85)), view.scene.settings.control_colour)
    paste(pane, histogram_picture(view.current.acts, unit, pane.shape[0], pane.shape[1], style))


def _list(view: View, name: str, pane: Picture, cell: Box) -> None:
    style = Style(view.layout.cap, view.scene.settings.control_colour)
    lines, tiles = heading(view, name), view.tiles
    for number, line in enumerate(lines):
        shown = Style(style.cap, view.scene.settings.layer_colour_cursor if number == 0 else FAINT)
        line = text.shorten(line, shown, pane.shape[1] - style.cap)
        text.draw(pane, line, round(style.cap * (1.6 + 1.75 * number)), style.cap // 2, shown)
    for row in rows(view, name, cell):
        side = row.bottom - row.top - 3
        if tiles is not None and row.unit < len(tiles):
            tile = apply_colours(tiles[row.unit], view.state.colour_map) if view.coloured else tiles[row.unit]
            paste(pane, to_rgb(resize_to_fit(tile, side, side)), row.top, style.cap // 2)
        label = view.scene.label(view.state.layer, row.unit)
        words = f"{row.unit}  {row.words}" + (f"  {label}" if label else "")
        left = style.cap + side
        ink = Style(style.cap, view.scene.settings.layer_colour_cursor if row.unit == view.state.unit else style.colour)
        words = text.shorten(words, ink, pane.shape[1] - left - style.cap // 2)
        text.draw(pane, words, row.top + (side + style.cap) // 2, left, ink)
