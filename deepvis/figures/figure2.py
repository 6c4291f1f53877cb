"""Figure 2: the live tool at a unit, with what excites that unit most."""

from __future__ import annotations

from pathlib import Path

from deepvis.ascent import unit as unit_objective
from deepvis.ascent.album import write_jpeg
from deepvis.ascent.sheets import sheet, squares
from deepvis.ascent.targets import on_disk
from deepvis.errors import Error
from deepvis.figures.choice import eyes, striking, units_of
from deepvis.figures.common import HEAD, Drawing, Page
from deepvis.figures.desk import Desk
from deepvis.figures.gallery import Piece
from deepvis.figures.styles import map_style
from deepvis.units import Unit

USES = frozenset({"units", "images", "preset"})
_WIDE, _TOP = 11.0, 0.75  # inches
_SEEDS, _QUICK_SEEDS = 9, 4
_CAPTION = (
    "left: the input, the unit's map enlarged, and what in the input made it fire;\n"
    "middle: every unit of the layer, the selected one framed; right: pictures made to excite the unit"
)


def draw(desk: Desk) -> Drawing:
    """The viewer's window on the first picture."""
    if desk.viewer is None:
        raise Error("figure 2 is the live tool's window, and nothing draws it here; use `deepvis figure 2`")
    path = desk.images()[0]
    named = desk.choices.units or tuple(filter(None, [eyes(desk.model)]))
    unit = (
        units_of(desk.model, named[:1])[0]
        if named
        else striking(desk.model, [desk.model.preprocess.apply(desk.seen(path))])
    )
    window = desk.viewer(desk.model, unit, path, _shelf(desk, unit))
    page = Page(_WIDE, _TOP + _WIDE * window.shape[0] / window.shape[1])
    page.words(f"Figure 2. The live tool: {desk.title}, {unit} on {path.name}", 0.12, 0.1, HEAD)
    page.words(_CAPTION, 0.12, 0.35)
    page.picture(window, 0, _TOP, _WIDE, name="viewer")
    return Drawing(page.figure)


def _shelf(desk: Desk, unit: Unit) -> Path:
    """A folder, as the viewer reads them, with a sheet of optimised images of the unit."""
    style = map_style(desk, has_position=False)
    seeds = range(_QUICK_SEEDS if desk.choices.quick else _SEEDS)
    made = desk.gallery.show([Piece(unit_objective(Unit(unit.layer, unit.channel)), style, seed) for seed in seeds])
    name = on_disk(unit.layer)
    root = desk.gallery.cache / "units"
    pictures = squares([each.picture for each in made])
    write_jpeg(root / "regularized_opt" / name / f"{name}_{unit.channel:04d}.jpg", sheet(pictures))
    return root
