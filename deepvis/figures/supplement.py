"""The supplement's plain ascent: without regularisation, a net is soon sure of a class that nobody sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepvis.ascent.loop import difference, stretched
from deepvis.ascent.starts import start_at
from deepvis.figures.choice import Class, classes_of
from deepvis.figures.common import HEAD, SMALL, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.figures.figure3 import plain_style
from deepvis.figures.gallery import Piece
from deepvis.preprocess import Floats

USES = frozenset({"classes"})
_CLASSES, _QUICK_CLASSES = 4, 2
_SIDE, _GAP, _TOP, _LEFT = 1.7, 0.06, 0.95, 1.3  # inches
_COLUMNS = ("the start: noise", "the end", "what was changed, amplified")


def draw(desk: Desk) -> Drawing:
    """A row a class: the noise, what became of it, and the difference; with the net's own probability of the class."""
    classes = classes_of(desk.model, desk.choices.classes, _QUICK_CLASSES if desk.choices.quick else _CLASSES)
    desk.gallery.check([each.objective for each in classes])
    style = plain_style(desk)
    ends = desk.gallery.inputs([Piece(each.objective, style) for each in classes])
    preprocess = desk.model.preprocess
    start = start_at("mean_plus_rand", preprocess, 0)
    page = Page(_LEFT + len(_COLUMNS) * (_SIDE + _GAP) + _GAP, _TOP + len(classes) * (_SIDE + 0.24) + 0.1)
    page.words(f"{desk.title}: plain gradient ascent, without regularisation", 0.1, 0.12, HEAD)
    for number, name in enumerate(_COLUMNS):
        page.words(name, _LEFT + number * (_SIDE + _GAP), _TOP - 0.06, SMALL, va="bottom")
    lines = []
    for row, (each, end) in enumerate(zip(classes, ends, strict=True)):
        top = _TOP + row * (_SIDE + 0.24)
        before, after = _probability(desk, each, start), _probability(desk, each, end)
        page.words(each.name, _LEFT - 0.1, top + _SIDE / 2, ha="right", va="center")
        change = difference(end, preprocess) - difference(start, preprocess)
        shown = (preprocess.to_image(start), preprocess.to_image(end), stretched(change))
        for number, picture in enumerate(shown):
            x = _LEFT + number * (_SIDE + _GAP)
            page.picture(picture, x, top, _SIDE, _SIDE, name=f"{each.name} {number}")
            if number < 2:
                page.words(f"probability {(before, after)[number]:.3f}", x, top + _SIDE + 0.02, SMALL)
        change_of = float(np.sqrt(np.mean(np.square(change))))
        lines.append(f"{each.name}: probability {before:.4f} → {after:.4f}, changed by {change_of:.3g} grey levels RMS")
    return Drawing(page.figure, tuple(lines))


def _probability(desk: Desk, each: Class, x: Floats) -> float:
    blob = str(desk.model.class_blob)
    inputs: dict[str, Any] = {desk.model.input_blob: x}
    scores = desk.model.net.forward(end=blob, **inputs)[blob]
    return float(scores.reshape(-1)[each.number])
