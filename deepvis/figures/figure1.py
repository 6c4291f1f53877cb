"""Figure 1: one channel on several pictures: what the net gets, the channel's map, and the map over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from deepvis.errors import Error, ShapeError
from deepvis.figures.choice import eyes, striking, units_of
from deepvis.figures.common import HEAD, SMALL, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.preprocess import Floats
from deepvis.render import Picture, overlay, to_bytes, to_rgb
from deepvis.units import Unit

USES = frozenset({"units", "images"})
_MOST = 6  # pictures
_SIDE, _GAP, _LEFT, _TOP = 1.35, 0.08, 0.7, 0.75  # inches
_ROWS = ("input", "map", "both")


@dataclass(frozen=True, eq=False)
class _Column:
    name: str
    seen: Picture
    values: Floats


def draw(desk: Desk) -> Drawing:
    """A column a picture; then the one that excites the channel most once more, mirrored, and small in a corner."""
    seen = {path.name: desk.seen(path) for path in desk.images()[:_MOST]}
    unit = _unit(desk, list(seen.values()))
    columns = [_column(desk, unit, name, picture) for name, picture in seen.items()]
    best = max(columns, key=lambda column: float(column.values.max()))
    columns.append(_column(desk, unit, "mirrored", np.ascontiguousarray(best.seen[:, ::-1])))
    columns.append(_column(desk, unit, "smaller", _smaller(best.seen)))
    lines = [f"{column.name}: {unit} at most {column.values.max():.4g}" for column in columns]
    return Drawing(_page(desk.title, unit, columns).figure, tuple(lines))


def _unit(desk: Desk, seen: Sequence[Picture]) -> Unit:
    named = desk.choices.units or tuple(filter(None, [eyes(desk.model)]))
    if not named:
        return striking(desk.model, [desk.model.preprocess.apply(picture) for picture in seen])
    if len(named) > 1:
        raise Error(f"figure 1 shows one channel; {len(named)} units are named: {', '.join(named)}")
    unit = units_of(desk.model, named)[0]
    shape = desk.model.net.shape(unit.layer)
    if len(shape) != 4 or shape[2:] == (1, 1):
        raise ShapeError(f"figure 1: {unit.layer!r} has shape {shape}; name a channel of a layer with maps")
    return Unit(unit.layer, unit.channel)


def _column(desk: Desk, unit: Unit, name: str, seen: Picture) -> _Column:
    values = desk.model.forward(seen, end=unit.layer)[unit.layer][0, unit.channel]
    return _Column(name, seen, values.T if desk.model.preprocess.transpose else values)


def _smaller(picture: Picture) -> Picture:
    """The picture at three fifths of its size in the lower right corner, on its mean colour."""
    height, width = (round(side * 0.6) for side in picture.shape[:2])
    made = np.empty_like(picture)
    made[:] = picture.mean(axis=(0, 1))
    made[-height:, -width:] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return made


def _page(title: str, unit: Unit, columns: Sequence[_Column]) -> Page:
    # One scale for all maps: how much a picture excites the channel is part of what is to be seen.
    low = min(float(column.values.min()) for column in columns)
    high = max(float(column.values.max()) for column in columns)
    step = _SIDE + _GAP
    page = Page(_LEFT + len(columns) * step + _GAP, _TOP + len(_ROWS) * step + 0.15)
    page.words(
        f"Figure 1. {title}: {unit} on several pictures; brighter is more active, on one scale", _GAP, 0.12, HEAD
    )
    for row, name in enumerate(_ROWS):
        page.words(name, _LEFT - 0.1, _TOP + row * step + _SIDE / 2, ha="right", va="center")
    for number, column in enumerate(columns):
        left = _LEFT + number * step
        page.words(f"{column.name}\nmost {column.values.max():.3g}", left, _TOP - 0.06, SMALL, va="bottom")
        values = (column.values - np.float32(low)) / np.float32(high - low or 1)
        shown = (column.seen, to_rgb(to_bytes(values)), overlay(column.seen, values))
        for row, picture in enumerate(shown):
            page.picture(picture, left, _TOP + row * step, _SIDE, _SIDE, name=f"{_ROWS[row]} {column.name}")
    return page
