"""Figure 3: each regulariser alone, in even steps from none (left) to too much (right)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepvis.ascent import Objective, Preset, Regularisers, Rms, preset
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.suitable import is_paper_net
from deepvis.errors import Error
from deepvis.figures.choice import classes_of
from deepvis.figures.common import HEAD, SMALL, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.figures.gallery import Piece
from deepvis.figures.styles import is_clipped

USES = frozenset({"classes", "units"})
_COLUMNS, _QUICK_COLUMNS = 7, 5
_SIDE, _GAP, _LEFT, _TOP = 1.35, 0.06, 1.35, 0.55  # inches
_EVERY = 4  # iterations between blurs
_ITERATIONS = 200
_STEP, _SMALL_STEP = 4.0, 0.5  # grey levels; large ones drive a clipped activation to where it has no gradient


@dataclass(frozen=True)
class Sweep:
    """A regulariser: its names in the classic tool and in the paper, and what is too much of it."""

    key: str
    symbol: str
    title: str
    most: float


SWEEPS = (
    Sweep("decay", "θ_decay", "L2 decay", 0.3),
    Sweep("blur_radius", "θ_b_width", "Gaussian blur", 3.0),
    Sweep("small_norm_percentile", "θ_n_pct", "clip small norm", 95.0),
    Sweep("px_abs_benefit_percentile", "θ_c_pct", "clip small\ncontribution", 95.0),
)


def draw(desk: Desk) -> Drawing:
    """A row a regulariser; all pictures have the same start and steps."""
    name, objective = _subject(desk)
    desk.gallery.check([objective])
    style = plain_style(desk)
    count = _QUICK_COLUMNS if desk.choices.quick else _COLUMNS
    values = [[float(value) for value in np.linspace(0, sweep.most, count)] for sweep in SWEEPS]
    pieces = [
        Piece(objective, _with(style, sweep.key, value))
        for sweep, row in zip(SWEEPS, values, strict=True)
        for value in row
    ]
    made = iter(desk.gallery.show(pieces))
    step = _SIDE + _GAP
    page = Page(_LEFT + count * step + _GAP, _TOP + len(SWEEPS) * (step + 0.16) + 0.1)
    page.words(f"Figure 3. {desk.title}, {name}: each regulariser alone, from none to too much", 0.1, 0.12, HEAD)
    lines = []
    for row, (sweep, strengths) in enumerate(zip(SWEEPS, values, strict=True)):
        top = _TOP + row * (step + 0.16)
        page.words(f"{sweep.title}\n{sweep.symbol}", _LEFT - 0.1, top + _SIDE / 2, ha="right", va="center")
        for column, value in enumerate(strengths):
            left, shown = _LEFT + column * step, next(made)
            page.picture(shown.picture, left, top, _SIDE, _SIDE, name=f"{sweep.key} {value:g}")
            page.words(f"{value:.3g}", left + _SIDE / 2, top + _SIDE + 0.02, SMALL, ha="center")
            lines.append(f"{sweep.key} {value:.3g}: objective {shown.objective:.4g} {shown.words}".rstrip())
    return Drawing(page.figure, tuple(lines))


def plain_style(desk: Desk) -> Preset:
    """Steps without any regulariser, of one size: those of the paper's C for its nets, else in grey levels."""
    if is_paper_net(desk.model.card):
        found = preset("C")
        return Preset("plain", found.iterations, found.step)
    step = _SMALL_STEP if is_clipped(desk.model) else _STEP
    return Preset("plain", _ITERATIONS, Rms(step, step))


def _subject(desk: Desk) -> tuple[str, Objective]:
    """A class, or a unit that was named."""
    chosen = [*desk.choices.units, *desk.choices.classes]
    if len(chosen) > 1:
        raise Error(f"figure 3 shows one unit or class; {len(chosen)} are named: {', '.join(chosen)}")
    if desk.choices.units:
        return chosen[0], parse_objective(chosen[0])
    found = classes_of(desk.model, desk.choices.classes, 1)[0]
    return found.name, found.objective


def _with(style: Preset, key: str, value: float) -> Preset:
    """The style with one regulariser."""
    if not value:
        return style
    strength: dict[str, Any] = {"blur_every": _EVERY, key: value}
    return replace(style, regularisers=Regularisers(**strength))
