"""The layer bar: names in lines, as many as there is room for, scrolled so that the present one is seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from deepvis.live.layout import Layout, bar_margin
from deepvis.live.scene import Scene
from deepvis.render import Picture, Style, blank, text
from deepvis.render.picture import Colour

FAINT: Colour = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Name:
    """A layer's name in the bar: its baseline's left end in the pane, and its width in pixels."""

    layer: int
    row: int
    column: int
    width: int


@dataclass(frozen=True)
class Bar:
    """The names that are seen, and whether there are more above and below."""

    names: tuple[Name, ...]
    above: bool
    below: bool


def bar_of(scene: Scene, layout: Layout, here: int) -> Bar:
    """The bar while layer `here` is looked at."""
    lines, cap = layout.names, layout.caps["control"]
    line = next(n for n, names in enumerate(lines) if here in names)
    fit = max(1, (layout.control.height - round(cap * 0.75)) // Style(cap).line)
    first = min(max(0, line - fit // 2), max(0, len(lines) - fit))
    return _bar(scene.layers_titles, lines, first, fit, cap, layout.control.height)


@lru_cache(maxsize=64)
def _bar(
    titles: tuple[str, ...], lines: tuple[tuple[int, ...], ...], first: int, fit: int, cap: int, height: int
) -> Bar:
    style = Style(cap)
    seen = lines[first : first + fit]
    row = (height - style.line * (len(seen) - 1) + cap) // 2
    names = []
    for line in seen:
        column = bar_margin(cap)
        for layer in line:
            width = text.width(titles[layer], style)
            names.append(Name(layer, row, column, width))
            column += width + cap
        row += style.line
    return Bar(tuple(names), first > 0, first + fit < len(lines))


@lru_cache(maxsize=16)
def bar_picture(
    bar: Bar, titles: tuple[str, ...], cap: int, height: int, width: int, ink: Colour, background: Colour
) -> Picture:
    """The bar with every name as it looks when nothing is selected."""
    picture = blank(height, width, background)
    for name in bar.names:
        text.draw(picture, titles[name.layer], name.row, name.column, Style(cap, ink))
    arrows = ("\u2191" if bar.above else "") + ("\u2193" if bar.below else "")
    faint = Style(cap, FAINT)
    text.draw(picture, arrows, height - cap // 2, width - text.width(arrows, faint) - 4, faint)
    picture.flags.writeable = False
    return picture


def layer_at(bar: Bar, cap: int, row: int, column: int) -> int | None:
    """The layer whose name is at a pixel of the bar."""
    for name in bar.names:
        if -cap // 2 <= column - name.column < name.width + cap // 2 and -cap * 1.4 <= row - name.row < cap * 0.4:
            return name.layer
    return None
