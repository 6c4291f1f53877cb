"""Figure 5: features of layers from the first to the last, at the true relative size of what their units see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepvis.ascent import Objective, unit
from deepvis.ascent.stored import Outcome
from deepvis.errors import Error
from deepvis.figures.choice import Depth, classes_of, depths, living, units_of
from deepvis.figures.common import HEAD, SMALL, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.figures.gallery import Piece
from deepvis.figures.styles import IMAGES, map_style, page_styles
from deepvis.units import Unit

USES = frozenset({"layers", "units", "classes", "preset"})
_LAYERS = 8
_WHOLE, _QUICK_WHOLE, _MOST = 4, 2, 8  # channels of a layer that sees all, and of one that sees little
_INPUT = 1.3  # inches of a picture of the whole input
_LEFT, _TOP, _EDGE, _BETWEEN, _GAP = 1.5, 0.6, 0.15, 0.14, 0.02
_LEAST_ROW = 0.62
_LARGE = 0.55  # inches of an enlarged picture beside those that are hard to see


@dataclass(frozen=True, eq=False)
class _Channel:
    name: str
    objective: Objective
    pieces: list[Piece]


@dataclass(frozen=True, eq=False)
class _Row:
    depth: Depth
    channels: list[_Channel]


def draw(desk: Desk) -> Drawing:
    """A row a layer, the last on top; each channel has four images, two by two."""
    rows = _rows(desk)
    desk.gallery.check([channel.objective for row in rows for channel in row.channels])
    shown = {
        row.depth.blob: desk.gallery.show([piece for channel in row.channels for piece in channel.pieces])
        for row in rows
    }
    scale = _INPUT / max(desk.model.preprocess.shown_size)
    wide = _LEFT + (_QUICK_WHOLE if desk.choices.quick else _WHOLE) * (2 * _INPUT + _GAP + _BETWEEN) + _EDGE
    wide = max(wide, *(_LEFT + _width(row, scale) + _EDGE for row in rows))
    heights = [_height(row, scale) for row in rows]
    page = Page(wide, _TOP + sum(heights) + _EDGE)
    page.words(
        f"Figure 5. {desk.title}: features of layers, at the true relative size of what they see", _EDGE, 0.12, HEAD
    )
    top, lines = _TOP, []
    for row, height in zip(reversed(rows), reversed(heights), strict=True):
        found = shown[row.depth.blob]
        _draw_row(page, row, found, top, height, scale)
        for at, channel in enumerate(row.channels):
            values = ", ".join(f"{each.objective:.4g}" for each in found[at * IMAGES : (at + 1) * IMAGES])
            lines.append(f"{channel.name}: {values}")
        top += height
    return Drawing(page.figure, tuple(lines))


def _rows(desk: Desk) -> list[_Row]:
    model = desk.model
    named = units_of(model, desk.choices.units)
    layers = desk.choices.layers or tuple(dict.fromkeys(each.layer for each in named))
    found = []
    for depth in depths(model, layers, _LAYERS):
        own = [each.channel for each in named if each.layer == depth.blob and each.channel is not None]
        if depth.blob in model.card.class_labels_layers and not own:
            # A class is the mean of a map in some nets: its picture is of the whole input, whatever a position sees.
            found.append(_Row(replace(depth, sees=model.preprocess.shown_size), _classes(desk)))
            continue
        most = (_QUICK_WHOLE if desk.choices.quick else _WHOLE) if _large(desk, depth) else _MOST
        channels = own or living(
            model, depth.blob, most // 2 if desk.choices.quick and not _large(desk, depth) else most
        )
        found.append(_Row(depth, [_channel(desk, depth, channel) for channel in channels]))
    if not found:
        raise Error("figure 5: none of the named units is in the named layers")
    return found


def _large(desk: Desk, depth: Depth) -> bool:
    """Whether so few channels fit into the page's width as of the whole input."""
    return max(depth.sees) > max(desk.model.preprocess.shown_size) / 2


def _classes(desk: Desk) -> list[_Channel]:
    """The classes of figure 4, with the same pictures."""
    most = _QUICK_WHOLE if desk.choices.quick else _WHOLE
    return [
        _Channel(each.name, each.objective, [Piece(each.objective, style, seed) for style, seed in page_styles(desk)])
        for each in classes_of(desk.model, desk.choices.classes, most)
    ]


def _channel(desk: Desk, depth: Depth, channel: int) -> _Channel:
    height, width = (*desk.model.net.shape(depth.blob), 1, 1)[2:4]
    named = Unit(depth.blob, channel)
    if not depth.has_maps:
        styles = page_styles(desk)
    elif depth.is_whole:
        styles = [(map_style(desk, has_position=False), seed) for seed in range(IMAGES)]
    else:
        named = Unit(depth.blob, channel, (height // 2, width // 2))
        styles = [(map_style(desk, has_position=True), seed) for seed in range(IMAGES)]
    objective = unit(named)
    return _Channel(str(named), objective, [Piece(objective, style, seed, crop=True) for style, seed in styles])


def _sizes(row: _Row, scale: float) -> tuple[float, float, int]:
    """Height and width of a picture in inches, and how many times it is shown enlarged beside, 1 for not."""
    height, width = (side * scale for side in row.depth.sees)
    return height, width, max(1, int(_LARGE / max(height, width)))


def _height(row: _Row, scale: float) -> float:
    height, _, times = _sizes(row, scale)
    return max(_LEAST_ROW, 2 * height + _GAP, 2 * times * height + _GAP if times > 1 else 0) + _BETWEEN + 0.12


def _width(row: _Row, scale: float) -> float:
    _, width, times = _sizes(row, scale)
    one = len(row.channels) * (2 * width + _GAP + _BETWEEN)
    return one + (_BETWEEN + len(row.channels) * (2 * times * width + _GAP + _BETWEEN) if times > 1 else 0)


def _draw_row(page: Page, row: _Row, shown: Sequence[Outcome], top: float, height: float, scale: float) -> None:
    high, wide, times = _sizes(row, scale)
    sees = "{} × {}".format(*row.depth.sees)
    more = f"\nright: × {times}" if times > 1 else ""
    page.words(f"{row.depth.blob}\nsees {sees}{more}", _LEFT - 0.12, top + height / 2, ha="right", va="center")
    left = _LEFT
    for size, kind in ((1, "true"), (times, "enlarged"))[: 2 if times > 1 else 1]:
        for at, channel in enumerate(row.channels):
            y = top + (height - 2 * high * size - _GAP) / 2
            if high * size > 0.3:
                name = channel.name.removeprefix(f"{row.depth.blob}:").split("@")[0]
                page.words(name, left, y - 0.02, SMALL, va="bottom")
            for number in range(IMAGES):
                down, across = divmod(number, 2)
                picture = shown[at * IMAGES + number].picture
                x, below = left + across * (wide * size + _GAP), y + down * (high * size + _GAP)
                label = f"{kind} {channel.name} {number}"
                page.picture(picture, x, below, wide * size, high * size, name=label)
            left += 2 * wide * size + _GAP + _BETWEEN
        left += _BETWEEN
