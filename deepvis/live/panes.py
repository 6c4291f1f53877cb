"""The panes: each a pure function of the view that draws into its own piece of the window's picture."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from deepvis.live.layout import Box, bar_margin
from deepvis.live.state import BOOSTS, GAMMAS
from deepvis.live.view import View
from deepvis.render import (
    Picture,
    Style,
    backward_picture,
    blank,
    colour_bytes,
    fitted,
    mosaic,
    outline,
    paste,
    resize_to_fit,
    text,
    to_bytes,
    to_rgb,
)
from deepvis.render.picture import BACKGROUND, STALE, Colour

CURSOR: Colour = (0.5, 1.0, 0.5)
SELECTED: Colour = (1.0, 1.0, 1.0)
ORIGIN_NAME: Colour = (0.8, 0.8, 1.0)
ORIGIN_TILE: Colour = (0.2, 0.2, 1.0)
BACK_PAD: Colour = (0.2, 0.2, 0.5)
NORMAL: Colour = (0.8, 0.8, 0.8)
FAINT: Colour = (0.5, 0.5, 0.5)
SURE: Colour = (0.5, 1.0, 0.5)
BLACK: Colour = (0.0, 0.0, 0.0)
ALARM: Colour = (0.55, 0.1, 0.1)


def piece(picture: Picture, box: Box) -> Picture:
    """The part of the window's picture that belongs to a pane, to be drawn into."""
    return picture[box.top : box.top + box.height, box.left : box.left + box.width]


def _note(pane: Picture, lines: tuple[str, ...], style: Style) -> None:
    """A few words in the middle of an otherwise empty pane."""
    row = (pane.shape[0] - style.line * (len(lines) - 1) + style.cap) // 2
    for line in lines:
        line = text.shorten(line, style, pane.shape[1] - style.cap)
        text.draw(pane, line, row, (pane.shape[1] - text.width(line, style)) // 2, style)
        row += style.line


def _shade(pane: Picture, top: int, left: int, bottom: int, right: int, factor: float = 0.25) -> None:
    """Darken a rectangle in place so that text over a picture can be read."""
    part = pane[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    part[...] = (part * np.float32(factor)).astype(np.uint8)


def input_pane(view: View, pane: Picture) -> None:
    """What reaches the net of the newest frame, at the frame's own resolution."""
    if view.shown is None:
        _note(pane, ("waiting for a picture",), Style(view.scene.layout.cap, FAINT))
        return
    net_height, net_width = view.scene.input_shape[-2:]
    height, width, _ = fitted(net_height, net_width, pane.shape[0], pane.shape[1])
    smaller = view.shown.shape[0] > height
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    picture = np.asarray(cv2.resize(view.shown, (width, height), interpolation=how), np.uint8)
    paste(pane, picture)


def control_pane(view: View, pane: Picture) -> None:
    """The layer names in rows: the one looked at, the cursor and a frozen origin stand out by colour and weight."""
    state, scene = view.state, view.scene
    cap, lines = scene.layout.cap, scene.layout.names
    pitch = Style(cap).line
    here = next(n for n, line in enumerate(lines) if state.layer in line)
    fit = max(1, (pane.shape[0] - round(cap * 0.75)) // pitch)
    first = min(max(0, here - fit // 2), max(0, len(lines) - fit))
    titles = tuple(tuple(scene.layers[number].title for number in line) for line in lines[first : first + fit])
    plain, places = _name_bar(titles, cap, pane.shape[0], pane.shape[1], (first > 0, first + fit < len(lines)))
    pane[...] = plain
    marks: dict[int, Colour] = {}
    if state.origin:
        marks[state.origin[0]] = ORIGIN_NAME
    if state.cursor == "top" or state.layer not in marks:
        marks[state.layer] = CURSOR if state.cursor == "top" else SELECTED
    shown = [number for line in lines[first : first + fit] for number in line]
    for number, (row, column) in zip(shown, places, strict=True):
        if number in marks:
            title = scene.layers[number].title
            style = Style(cap, marks[number], bold=True)
            room = pane[row - cap - cap // 3 : row + cap // 2, column : column + text.width(title, style)]
            room[...] = colour_bytes(BACKGROUND)
            text.draw(pane, title, row, column, style)


@lru_cache(maxsize=16)
def _name_bar(
    titles: tuple[tuple[str, ...], ...], cap: int, height: int, width: int, more: tuple[bool, bool]
) -> tuple[Picture, tuple[tuple[int, int], ...]]:
    """The bar with every name as it looks when nothing is selected, and the (row, column) of each."""
    style = Style(cap, NORMAL)
    bar = blank(height, width)
    places = []
    row = (height - style.line * (len(titles) - 1) + cap) // 2
    for line in titles:
        column = bar_margin(cap)
        for title in line:
            places.append((row, column))
            column += text.draw(bar, title, row, column, style) + cap
        row += style.line
    arrows = ("\u2191" if more[0] else "") + ("\u2193" if more[1] else "")  # names above or below
    faint = Style(cap, FAINT)
    text.draw(bar, arrows, height - cap // 2, width - text.width(arrows, faint) - 4, faint)
    bar.flags.writeable = False
    return bar, tuple(places)


def _why_no_tiles(view: View) -> tuple[str, ...]:
    state = view.state
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
    """The grid of all units, or by the zoom one unit, or the backward view, in the large pane."""
    state, scene = view.state, view.scene
    if state.zoom == 2 and state.back:
        back_pane(view, pane)
        return
    tiles = view.tiles
    if tiles is None:
        why = _why_no_tiles(view)
        pane[...] = colour_bytes(BACKGROUND if why or view.result is None else STALE)
        _note(pane, why, Style(scene.layout.cap, FAINT))
        return
    if state.zoom == 1:
        paste(pane, to_rgb(resize_to_fit(tiles[state.unit], *pane.shape[:2])))
    else:
        _grid(view, pane, tiles)
    label = scene.label(state.layer, state.unit)
    if label and state.cursor == "bottom":
        style = Style(scene.layout.cap, NORMAL)
        row, column = round(style.cap * 1.7), round(style.cap * 2.5)
        margin = style.cap // 2
        right = column + text.width(label, style) + margin
        _shade(pane, row - style.cap - margin, column - margin, row + margin, right)
        text.draw(pane, label, row, column, style)


def _grid(view: View, pane: Picture, tiles: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    state, scene = view.state, view.scene
    grid = scene.grid(state.layer)
    marks: dict[int, Colour] = {}
    if state.cursor == "bottom":
        marks[state.unit] = CURSOR
    if state.origin and state.origin[0] == state.layer:
        marks[state.origin[1]] = ORIGIN_TILE
    picture = mosaic(tiles, grid, BACK_PAD if state.show_back else BACKGROUND)
    picture = resize_to_fit(picture, *pane.shape[:2])
    paste(pane, picture)
    for unit, colour in marks.items():
        outline(pane[: picture.shape[0], : picture.shape[1]], grid, unit, colour)


def aux_pane(view: View, pane: Picture) -> None:
    """With the cursor in the grid its unit enlarged, else the five most probable classes."""
    state, scene = view.state, view.scene
    style = Style(scene.layout.cap, FAINT)
    if state.cursor == "bottom":
        tiles = view.tiles
        if tiles is None:
            pane[...] = colour_bytes(BACKGROUND if view.result is None or _why_no_tiles(view) else STALE)
            return
        unit = resize_to_fit(tiles[state.unit], *pane.shape[:2])
        paste(pane, unit)
        if tiles.shape[1:3] == (1, 1) and not state.show_back and view.current is not None:
            value = float(view.current.acts[state.unit, 0, 0])
            ink = BLACK if int(unit.reshape(-1)[0]) > 110 else SELECTED
            both = (scene.label(state.layer, state.unit), _number(value))
            _note(pane, tuple(words for words in both if words), Style(style.cap, ink))
        return
    if view.result is None or not state.classes_shown:
        return
    if view.classes_current is None:
        pane[...] = colour_bytes(STALE)
        return
    if not view.result.classes:
        _note(pane, ("this net names no classes", "\u2193 enters the grid of units"), style)
        return
    row, column = round(style.cap * 2.0), round(style.cap * 0.85)
    for probability, number in view.result.classes:
        name = scene.labels[number] if number < len(scene.labels) else f"class {number}"
        share = min(max(probability, 0.0), 1.0)
        colour = tuple(s * share + f * (1 - share) for s, f in zip(SURE, FAINT, strict=True))
        line = Style(style.cap, (colour[0], colour[1], colour[2]))
        words = text.shorten(f"{probability:.2f} {name}", line, pane.shape[1] - 2 * column)
        text.draw(pane, words, row, column, line)
        bar = pane[row + style.cap // 2 : row + style.cap // 2 + max(2, style.cap // 4), column:-column]
        bar[...] = colour_bytes((0.26, 0.26, 0.26))
        bar[:, : round(share * bar.shape[1])] = colour_bytes(line.colour)
        row += round(style.line * 1.6)


def back_pane(view: View, pane: Picture) -> None:
    """The signal that the backward pass brought to the input."""
    state = view.state
    style = Style(view.scene.layout.cap, FAINT)
    if not state.back:
        _note(pane, ("backward view off", "b turns it on"), style)
        return
    if not state.back_shown:
        _note(pane, ("\u2193 picks the unit", "to go back from"), style)
        return
    result = view.back_current
    if result is None or result.signal is None:
        pane[...] = colour_bytes(STALE)
        return
    picture = resize_to_fit(to_bytes(backward_picture(result.signal, state.filter)), *pane.shape[:2])
    paste(pane, picture)
    if not result.signal.any():
        _note(pane, ("this unit is silent here:", "no signal reaches the input"), Style(style.cap, SELECTED))


def status_line(view: View) -> str:
    """The words of the status line."""
    state, scene = view.state, view.scene
    layer = scene.layers[state.layer]
    parts = [f"{'back' if state.show_back else 'fwd'} {layer.title}:{state.unit}"]
    if scene.precision != "fp32":
        parts.append(scene.precision.replace("-", " "))
    back = "off"
    if state.back:
        start, unit = state.start
        rule = "bprop" if state.rule == "gradient" else state.rule
        back = f"{rule} (from {scene.layers[start].title}_{unit}, disp {state.filter})"
    parts.append(f"Back: {back}")
    parts.append(f"Boost: {BOOSTS[state.boost]:g}/{GAMMAS[state.gamma]:g}")
    if view.fps > 0:
        parts.append(f"FPS: {view.fps:.1f}")
    if view.current is not None and state.cursor == "bottom" and not state.show_back:
        parts.append(f"max {_number(float(np.max(view.current.acts[state.unit], initial=-math.inf)))}")
    if view.frame:
        parts.append(view.frame.name)
    if state.message:
        parts.append(state.message)
    return " | ".join(parts)


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def status_pane(view: View, pane: Picture) -> None:
    """One line: what is shown, how, how fast."""
    style = view.scene.layout.style
    line = text.shorten(status_line(view), style, pane.shape[1] - 2 * style.cap)
    text.draw(pane, line, (pane.shape[0] + style.cap) // 2, style.cap, style)


def problem_banner(view: View, picture: Picture) -> None:
    """What went wrong, across the foot of the large pane; nothing where nothing did."""
    if not view.problems:
        return
    style = Style(view.scene.layout.cap, SELECTED)
    pane = piece(picture, view.scene.layout.layers)
    room = pane.shape[1] - 2 * style.cap
    lines: list[str] = []
    for problem in view.problems:
        words = problem.split()
        lines += [" ".join(words[n] for n in line) for line in text.wrap(words, style, room)[:6]]
    top = max(0, pane.shape[0] - style.line * len(lines) - style.cap)
    pane[top:] = colour_bytes(ALARM)
    row = top + round(style.cap * 1.6)
    for words_of_line in lines:
        text.draw(pane, text.shorten(words_of_line, style, room), row, style.cap, style)
        row += style.line
