"""The pane in the middle of the left: the selected unit enlarged, or the most probable classes."""

from __future__ import annotations

from deepvis.live.controls.pointing import pointed_position, seeing_positions
from deepvis.live.panes.common import BLACK, FAINT, WHITE, fill, note, number, rectangle, shade
from deepvis.live.panes.layers_pane import why_no_tiles
from deepvis.live.view import View
from deepvis.render import Picture, Style, apply_colours, colour_bar, colour_bytes, paste, resize_to_fit, text
from deepvis.render.picture import Colour


def aux_pane(view: View, pane: Picture) -> None:
    """With the cursor in the grid its unit enlarged, else the five most probable classes."""
    if view.state.cursor == "bottom":
        _unit(view, pane)
    else:
        _classes(view, pane)


def _unit(view: View, pane: Picture) -> None:
    state, scene, settings, cap = view.state, view.scene, view.scene.settings, view.layout.cap
    tiles = view.tiles
    if tiles is None:
        fill(
            pane, settings.window_background if view.result is None or why_no_tiles(view) else settings.stale_background
        )
        return
    tile = apply_colours(tiles[state.unit], state.colour_map) if view.coloured else tiles[state.unit]
    unit = resize_to_fit(tile, *pane.shape[:2])
    paste(pane, unit)
    if tiles.shape[1:3] == (1, 1) and not state.show_back and view.current is not None:
        value = float(view.current.acts[state.unit, 0, 0])
        ink = BLACK if int(unit.reshape(-1, unit.shape[-1])[0].max()) > 110 else WHITE
        both = (scene.label(state.layer, state.unit), number(value))
        note(pane, tuple(words for words in both if words), Style(cap, ink))
    elif not state.pattern:
        _marks(view, pane, unit.shape[0], unit.shape[1])
    if (state.colour_map, state.scale) != ("gray", "layer") and not state.show_back and not state.pattern:
        _legend(view, pane)


def unit_size(view: View) -> tuple[int, int]:
    """(height, width) in pixels of the enlarged unit in its pane."""
    box, layer = view.layout.aux, view.layer
    scale = min(box.height / layer.height, box.width / layer.width)
    return max(1, int(layer.height * scale + 1e-6)), max(1, int(layer.width * scale + 1e-6))


def _marks(view: View, pane: Picture, high: int, wide: int) -> None:
    layer, ink = view.layer, view.scene.settings.layer_colour_cursor
    down, across = high / layer.height, wide / layer.width
    seeing, position = seeing_positions(view), pointed_position(view)
    if seeing is not None:
        rows, columns = seeing
        rectangle(pane, rows.start * down, columns.start * across, rows.stop * down, columns.stop * across, ink)
    elif position is not None:
        y, x = position
        rectangle(pane, y * down, x * across, (y + 1) * down, (x + 1) * across, ink)


def _legend(view: View, pane: Picture) -> None:
    """Which colour stands for which value."""
    if view.scaled is None:
        return
    _, low, high = view.scaled
    unit = view.state.unit
    ends = [float(end.reshape(-1)[unit if end.size > 1 else 0]) for end in (low, high)]
    style = Style(max(8, round(view.layout.cap * 0.8)), WHITE)
    margin, bottom = style.cap // 2, pane.shape[0]
    words = [number(end) for end in ends]
    widths = [text.width(word, style) for word in words]
    shade(pane, bottom - style.cap - 2 * margin, 0, bottom, pane.shape[1])
    text.draw(pane, words[0], bottom - margin, margin, style)
    text.draw(pane, words[1], bottom - margin, pane.shape[1] - margin - widths[1], style)
    room = pane.shape[1] - sum(widths) - 4 * margin
    if room > 8:
        paste(
            pane,
            colour_bar(view.state.colour_map, style.cap, room),
            bottom - style.cap - margin,
            widths[0] + 2 * margin,
        )


def _classes(view: View, pane: Picture) -> None:
    state, scene, settings, cap = view.state, view.scene, view.scene.settings, view.layout.caps["class"]
    if view.result is None or not state.classes_shown:
        return
    if view.classes_current is None:
        fill(pane, settings.stale_background)
        return
    if not view.result.classes:
        note(pane, ("this net names no classes", "\u2193 enters the grid of units"), Style(cap, FAINT))
        return
    row, column = round(cap * 2.0), round(cap * 0.85)
    for probability, which in view.result.classes:
        name = scene.labels[which] if which < len(scene.labels) else f"class {which}"
        share = min(max(probability, 0.0), 1.0)
        colour = tuple(
            s * share + f * (1 - share)
            for s, f in zip(settings.class_colour_likely, settings.class_colour_unlikely, strict=True)
        )
        ink: Colour = (colour[0], colour[1], colour[2])
        line = Style(cap, ink)
        words = text.shorten(f"{probability:.2f} {name}", line, pane.shape[1] - 2 * column)
        text.draw(pane, words, row, column, line)
        bar = pane[row + cap // 2 : row + cap // 2 + max(2, cap // 4), column:-column]
        bar[...] = colour_bytes((0.26, 0.26, 0.26))
        bar[:, : round(share * bar.shape[1])] = colour_bytes(ink)
        row += round(line.line * 1.6)
