"""Figure 4: what classes look like to the net: several with four images each, and one with nine in every style."""

from __future__ import annotations

from collections.abc import Sequence

from deepvis.ascent import Preset
from deepvis.ascent.stored import Outcome
from deepvis.ascent.suitable import is_paper_net
from deepvis.errors import UnknownNameError
from deepvis.figures.choice import Class, classes_of
from deepvis.figures.common import HEAD, SMALL, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.figures.gallery import Piece
from deepvis.figures.styles import IMAGES, class_styles, page_styles

USES = frozenset({"classes", "preset"})
_CLASSES, _QUICK_CLASSES = 6, 4
_NINE = 9
_ACROSS = 2  # classes side by side
_SIDE, _GAP, _EDGE, _TOP = 1.5, 0.05, 0.15, 0.5  # inches
_NAME, _FOOT = 0.24, 0.17  # above a class's images, and below them
_CELL = 0.95


def draw(desk: Desk) -> Drawing:
    """Two classes a row, each with its images side by side; below them the sheets."""
    classes = classes_of(desk.model, desk.choices.classes, _QUICK_CLASSES if desk.choices.quick else _CLASSES)
    featured = _featured(desk, classes)
    images, styles = page_styles(desk), class_styles(desk)
    numbers = [desk.judge.number(each.number, each.label) if desk.judge else 0 for each in classes]
    desk.gallery.check([each.objective for each in [*classes, featured]])

    pieces = [Piece(each.objective, style, seed) for each in classes for style, seed in images]
    shown = desk.gallery.show(pieces)
    nine = [Piece(featured.objective, style, seed) for style in styles for seed in range(_NINE)]
    sheets = desk.gallery.show(nine)

    rows = -(-len(classes) // _ACROSS)
    block = IMAGES * (_SIDE + _GAP) + 2 * _EDGE
    high = _NAME + _SIDE + _FOOT
    below = _TOP + rows * high + 0.1
    page = Page(_ACROSS * block, below + 0.55 + 3 * (_CELL + _GAP) + _EDGE)
    page.words(f"Figure 4. {desk.title}: inputs that excite classes most", _EDGE, 0.12, HEAD)
    lines = []
    for at, each in enumerate(classes):
        left, top = at % _ACROSS * block + _EDGE, _TOP + at // _ACROSS * high
        page.words(each.name, left, top + 0.05)
        for number, (style, seed) in enumerate(images):
            found = shown[at * IMAGES + number]
            x = left + number * (_SIDE + _GAP)
            page.picture(found.picture, x, top + _NAME, _SIDE, _SIDE, name=f"{each.name} {number}")
            verdict = desk.judge.of(found.picture, numbers[at]) if desk.judge else None
            page.words(
                f"{style.name}" + (f", other {verdict}" if verdict else ""), x, top + _NAME + _SIDE + 0.02, SMALL
            )
            lines.append(_line(each, style, seed, found) + (f", {desk.judge.name} {verdict}" if desk.judge else ""))
    _sheets(page, below, featured, styles, sheets)
    return Drawing(page.figure, tuple(lines))


def _featured(desk: Desk, classes: Sequence[Class]) -> Class:
    """The class with a sheet in every style: the first; of the paper's nets the paper's."""
    if is_paper_net(desk.model.card) and not desk.choices.classes:
        try:
            return classes_of(desk.model, ["gorilla"], 1)[0]
        except UnknownNameError:
            pass
    return classes[0]


def _line(each: Class, style: Preset, seed: int, found: Outcome) -> str:
    words = f" ({found.words})" if found.words else ""
    return f"{each.name}, {style.name}, seed {seed}: objective {found.objective:.4g}{words}"


def _sheets(page: Page, top: float, featured: Class, styles: Sequence[Preset], shown: Sequence[Outcome]) -> None:
    """Three by three pictures a style, side by side."""
    page.words(f"{featured.name}, nine images in each style", _EDGE, top)
    width = 3 * (_CELL + _GAP)
    for number, style in enumerate(styles):
        left = _EDGE + number * (width + _EDGE)
        page.words(style.name, left, top + 0.25, SMALL)
        for seed in range(_NINE):
            row, column = divmod(seed, 3)
            x, y = left + column * (_CELL + _GAP), top + 0.45 + row * (_CELL + _GAP)
            page.picture(shown[number * _NINE + seed].picture, x, y, _CELL, _CELL, name=f"sheet {style.name} {seed}")
