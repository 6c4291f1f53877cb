"""The large pane: the grid of all units, or one unit, or the backward view, or its three rules side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from deepvis.live.controls.pointing import pointed_position, seeing_positions
from deepvis.live.panes.back_pane import back_pane, back_picture
from deepvis.live.panes.common import FAINT, fill, note, rectangle, shaded_line
from deepvis.live.state import RULES
from deepvis.live.view import View
from deepvis.render import (
    Picture,
    Style,
    apply_colours,
    fitted,
    mosaic,
    outline,
    paste,
    resize_to_fit,
    side_by_side,
    text,
    to_rgb,
)
from deepvis.render.picture import Colour

DEAD: Colour = (0.55, 0.25, 0.25)
TWIN: Colour = (0.8, 0.6, 0.2)
RULE_NAMES = {"gradient": "gradient", "deconv": "deconv (Zeiler & Fergus)", "guided": "guided (Springenberg)"}


def why_no_tiles(view: View) -> tuple[str, ...]:
    """Why the grid is empty, in words; nothing where that will change by itself."""
    state = view.state
    if state.pattern:
        return ("no ready-made pictures of this layer", "s returns to the activations") if view.pattern_missing else ()
    if view.current is None or not state.show_back:
        return ()
    if not state.back:
        return ("the backward view is off", "b turns it on, a returns to the activations")
    if not state.back_shown:
        return ("no unit to go back from", "\u2193 picks one, d freezes it")
    if view.back_current is None or not view.back_current.wants.diffs:
        return ()
    start = view.scene.layers[state.start[0]].title
    return (f"no signal from {start} passes through this layer", "layers before it have one")


def layers_pane(view: View, pane: Picture) -> None:
    """What the zoom and the modes say."""
    state, scene, settings = view.state, view.scene, view.scene.settings
    if state.compare:
        _compare(view, pane)
        return
    if state.zoom == 2 and state.back:
        back_pane(view, pane)
        return
    tiles = view.tiles
    if tiles is None:
        why = why_no_tiles(view)
        fill(pane, settings.window_background if why or view.result is None else settings.stale_background)
        note(pane, why, Style(view.layout.cap, FAINT))
        return
    if state.zoom == 1:
        unit = tiles[state.unit]
        sprite = view.sprite if state.pattern else None
        unit = unit if sprite is None else sprite
        paste(
            pane,
            to_rgb(resize_to_fit(apply_colours(unit, state.colour_map) if view.coloured else unit, *pane.shape[:2])),
        )
    else:
        _grid(view, pane, tiles)
    label = scene.label(state.layer, state.unit)
    if label and state.cursor == "bottom":
        style = Style(view.layout.caps["label"], settings.label_colour)
        shaded_line(pane, label, round(style.cap * 1.7), round(style.cap * 2.5), style)


def _grid(view: View, pane: Picture, tiles: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    state, settings = view.state, view.scene.settings
    if view.coloured:
        tiles = apply_colours(tiles, state.colour_map)
    place = view.place
    backward = state.show_back and not state.pattern
    picture = place.picture(
        mosaic(tiles, place.grid, settings.layer_colour_back if backward else settings.window_background)
    )
    paste(pane, picture)
    marks: dict[int, Colour] = {}
    findings = view.findings
    if state.similar and findings.dead is not None and len(findings.dead) == place.grid.count:
        marks.update(dict.fromkeys(np.flatnonzero(findings.dead).tolist(), DEAD))
        marks.update({unit: TWIN for group in findings.duplicates for unit in group})
    if state.cursor == "bottom":
        marks[state.unit] = settings.layer_colour_cursor
    if state.origin and state.origin[0] == state.layer:
        marks[state.origin[1]] = settings.layer_colour_origin
    inside = pane[: picture.shape[0], : picture.shape[1]]
    for unit, colour in marks.items():
        if place.fitted:
            outline(inside, place.grid, unit, colour)
        else:
            rectangle(pane, *place.box(unit), colour)
    _positions(view, pane)


def _positions(view: View, pane: Picture) -> None:
    """The position that is pointed at, in its tile; or in every tile those that see the pixel under the mouse."""
    place, layer, ink = view.place, view.layer, view.scene.settings.layer_colour_cursor
    down, across = place.grid.height / layer.height, place.grid.width / layer.width

    def mark(unit: int, top: int, left: int, bottom: int, right: int) -> None:
        y, x, _, _ = place.grid.box(unit)
        rows = [(y + 1 + at * down - place.top) * place.scale for at in (top, bottom)]
        columns = [(x + 1 + at * across - place.left) * place.scale for at in (left, right)]
        if rows[1] > 0 and columns[1] > 0 and rows[0] < pane.shape[0] and columns[0] < pane.shape[1]:
            rectangle(pane, rows[0], columns[0], rows[1], columns[1], ink)

    seeing = seeing_positions(view)
    if seeing is not None:
        (rows, columns) = seeing
        units = range(place.grid.count) if place.grid.count <= 64 else [view.state.unit]
        for unit in units:
            mark(unit, rows.start, columns.start, rows.stop, columns.stop)
        return
    position = pointed_position(view)
    if position is not None and view.state.point is not None:
        mark(view.state.unit, *position, position[0] + 1, position[1] + 1)


def _compare(view: View, pane: Picture) -> None:
    """The input and what each rule brings back to it, as large as fits, close together."""
    cap, state = view.layout.cap, view.state
    back = view.back_current if state.back_shown else None
    high, wide = view.scene.input_size
    wide *= view.scene.pictures  # those of a pair stand side by side
    margin = 2 * cap  # the name below

    def sizes(at: tuple[int, int]) -> tuple[int, int, float]:
        return fitted(high, wide, pane.shape[0] // at[0] - margin, pane.shape[1] // at[1] - cap // 2)

    rows, columns = max(((2, 2), (1, 4), (4, 1)), key=lambda at: sizes(at)[2])
    room_high, room_wide, _ = sizes((rows, columns))
    draw: list[tuple[str, Callable[[], Picture | None]]] = [
        ("input", lambda: side_by_side(view.shown, room_high, room_wide) if view.shown else None)
    ]
    for rule in RULES:
        draw.append((RULE_NAMES[rule], lambda rule=rule: back_picture(view, back, rule)))  # type: ignore[misc]
    for number, (name, picture_of) in enumerate(draw):
        row, column = divmod(number, columns)
        top, left = row * (room_high + margin), column * (room_wide + cap // 2)
        room = pane[top : top + room_high, left : left + room_wide]
        picture = picture_of()
        if picture is None:
            words = ("\u2193 picks the unit", "to go back from") if number and not state.back_shown else ()
            if not words:
                fill(room, view.scene.settings.stale_background)
            note(room, words, Style(cap, FAINT))
        else:
            paste(room, resize_to_fit(picture, *room.shape[:2]))
        style = Style(cap, view.scene.settings.control_colour)
        name = text.shorten(name, style, room_wide - cap)
        text.draw(pane, name, top + room_high + round(cap * 1.4), left + cap // 2, style)
