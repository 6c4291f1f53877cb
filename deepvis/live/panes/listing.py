"""The right column's parts: which instrument lies where, and which unit each row of a list names."""

from __future__ import annotations

from dataclasses import dataclass

from deepvis.live.layout import Box
from deepvis.live.view import View

PICTURES = "pictures"


@dataclass(frozen=True)
class Row:
    """One row of a list: the unit, what is said of it, and its place within the cell."""

    unit: int
    words: str
    top: int
    bottom: int


def pictures_wanted(view: View) -> bool:
    """Whether the selected unit's ready-made pictures are to be shown."""
    state, settings = view.state, view.scene.settings
    layer = settings.jpgvis_remap.get(view.layer.blob, view.layer.blob)
    here = not settings.jpgvis_layers or layer in settings.jpgvis_layers
    return view.scene.has_unit_pictures and state.unit_pictures and state.cursor == "bottom" and here


def cells(view: View) -> dict[str, Box]:
    """The column's parts from the top, in the column's own pixels. Ready-made pictures get what instruments leave, but
    a third at least.
    """
    box, instruments = view.layout.column, view.state.instruments
    parts = dict.fromkeys(instruments, 1)
    if pictures_wanted(view):
        parts[PICTURES] = max(1, 3 - len(instruments))
    whole = sum(parts.values())
    places, done = {}, 0
    for name, share in parts.items():
        top, done = box.height * done // whole, done + share
        places[name] = Box(top, 0, box.height * done // whole - top, box.width)
    return places


def heading(view: View, name: str) -> tuple[str, ...]:
    """The lines above a list, or in its place."""
    found, unit = view.findings, f"{view.layer.title}:{view.state.unit}"
    if name == "ranking":
        if found.no_ranking:
            return ("units in the box", found.no_ranking)
        return ("units that fire in the box", "mean inside \u2013 outside, in spreads")
    if name == "similar":
        return (f"units like {unit}", _idle(view))
    return ()


def _idle(view: View) -> str:
    found = view.findings
    if found.dead is None:
        return "watching \u2026"
    twins = sum(len(group) for group in found.duplicates)
    return f"{int(found.dead.sum())} dead (red), {twins} alike (amber)"


def rows(view: View, name: str, cell: Box) -> list[Row]:
    """The rows of a list that there is room for."""
    found = view.findings
    listed: list[tuple[int, str]] = []
    if name == "ranking" and found.ranking is not None:
        ranking = found.ranking
        listed = [(int(unit), f"{float(ranking.score[unit]):+.2f}") for unit in ranking.order]
    elif name == "similar" and found.similar is not None:
        listed = [(unit, f"{much:+.3f}") for unit, much in found.similar]
    cap = view.layout.cap
    top = round(cap * (1.2 + 1.75 * len(heading(view, name))))
    pitch = round(cap * 2.4)
    most = max(0, (cell.height - top) // pitch)
    return [
        Row(unit, words, top + number * pitch, top + (number + 1) * pitch)
        for number, (unit, words) in enumerate(listed[:most])
    ]


def listed_unit(view: View, row: int) -> int | None:
    """The unit that a list names at a row of pixels of the column."""
    for name, cell in cells(view).items():
        for each in rows(view, name, cell):
            if each.top <= row - cell.top < each.bottom:
                return each.unit
    return None
