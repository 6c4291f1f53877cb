"""Ready-made pictures of the units of one small layer, in the folders that the viewer reads, to be photographed.

What they are made of is little: a few short ascents a unit, and the places in the sample pictures where it fires most.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deepvis.ascent import Ascent
from deepvis.live.records.picture_files import write_picture
from deepvis.live.state import Rule
from deepvis.models import Model
from deepvis.render import Picture, blank, paste, to_bytes
from deepvis.units import Unit

SEEDS, ITERATIONS = 4, 40
MOST, APART = 9, 3  # places a unit, and how many positions at least between two in one picture
RULE: Rule = "guided"  # of the signals in max_deconv: deconv itself shows next to nothing on this net
EDGE = 2  # positions at each edge of a map that see too much padding
GAP = 2  # pixels between the images of a sheet
MID_GREY = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class _Place:
    """Where a unit fires: how much, in which picture, at which position of its map."""

    value: float
    picture: int
    position: tuple[int, int]


def make_sheets(model: Model, layer: str, pictures: list[Picture], root: Path) -> None:
    """Write regularized_opt, max_im and max_deconv of a map `layer`, unless the last file of each is there already."""
    units = model.net.shape(layer)[1]
    whole, last = _path(root, "regularized_opt", layer), _path(root, "max_deconv", layer, units - 1)
    if not whole.exists():
        _make_optimised(model, layer, units, root)
    if not last.exists():
        _make_strongest(model, layer, pictures, root)


def _path(root: Path, kind: str, layer: str, unit: int | None = None) -> Path:
    name = layer.replace("/", "__")
    return root / kind / name / ("whole_layer.jpg" if unit is None else f"{name}_{unit:04d}.jpg")


def _make_optimised(model: Model, layer: str, units: int, root: Path) -> None:
    height, width = model.net.shape(layer)[2:]
    tiles = []
    for unit in range(units):
        grown = [_grown(model, Unit(layer, unit, (height // 2, width // 2)), seed) for seed in range(SEEDS)]
        tiles.append(grown[0])
        write_picture(_path(root, "regularized_opt", layer, unit), sheet(grown))
    write_picture(_path(root, "regularized_opt", layer), sheet(tiles, gap=0))


def _make_strongest(model: Model, layer: str, pictures: list[Picture], root: Path) -> None:
    places = _strongest(model, layer, pictures)
    crops: dict[tuple[int, _Place], tuple[Picture, Picture]] = {}
    for number, picture in enumerate(pictures):
        model.forward(picture, end=layer)
        for unit, found in enumerate(places):
            crops |= {(unit, place): _seen(model, layer, unit, place) for place in found if place.picture == number}
    for unit, found in enumerate(places):
        write_picture(_path(root, "max_im", layer, unit), sheet([crops[unit, place][0] for place in found]))
        write_picture(_path(root, "max_deconv", layer, unit), sheet([crops[unit, place][1] for place in found]))


def sheet(images: list[Picture], gap: int = GAP) -> Picture:
    """Images of one size in a square grid, mid-grey where there is none."""
    side = isqrt(len(images) - 1) + 1
    height, width = images[0].shape[:2]
    whole = blank(side * (height + gap) - gap, side * (width + gap) - gap, MID_GREY)
    for number, image in enumerate(images):
        row, column = divmod(number, side)
        paste(whole, image, row * (height + gap), column * (width + gap))
    return whole


def _grown(model: Model, unit: Unit, seed: int) -> Picture:
    """An image of the size that a position sees, grown from noise to excite the unit."""
    ascent = Ascent(model.net, model.input_blob, model.preprocess, unit, "centre", seed=seed)
    for _ in range(ITERATIONS):
        ascent.step()
    return ascent.stretched_picture(crop=True)


def _strongest(model: Model, layer: str, pictures: list[Picture]) -> list[list[_Place]]:
    """For each unit its strongest places, the strongest first."""
    found: list[list[_Place]] = [[] for _ in range(model.net.shape(layer)[1])]
    for number, picture in enumerate(pictures):
        model.forward(picture, end=layer)
        for unit, acts in enumerate(np.array(model.net.blobs[layer][0])):
            found[unit] += [_Place(value, number, at) for value, at in _peaks(acts)]
    return [sorted(places, key=lambda place: -place.value)[:MOST] for places in found]


def _peaks(acts: npt.NDArray[np.float32]) -> list[tuple[float, tuple[int, int]]]:
    """The highest values of a map that lie apart from each other."""
    inside, peaks = acts[EDGE:-EDGE, EDGE:-EDGE], []
    acts = np.pad(inside, EDGE, constant_values=-np.inf)
    for _ in range(MOST):
        y, x = (int(at) for at in np.unravel_index(acts.argmax(), acts.shape))
        if not np.isfinite(acts[y, x]):
            break
        peaks.append((float(acts[y, x]), (y, x)))
        acts[max(0, y - APART) : y + APART + 1, max(0, x - APART) : x + APART + 1] = -np.inf
    return peaks


def _seen(model: Model, layer: str, unit: int, place: _Place) -> tuple[Picture, Picture]:
    """What a position sees of the picture that the net holds, and the signal that comes back from there."""
    field = model.net.receptive_field(layer)
    signal = model.net.backward(layer, str(Unit(layer, unit, place.position)), rule=RULE)
    shown = model.preprocess.to_image(model.net.blobs[model.input_blob])
    top, left = (int(o + at * s) for o, s, at in zip(field.offset, field.stride, place.position, strict=True))
    size = int(field.size[0]), int(field.size[1])
    back = model.preprocess.signal(signal)
    seen = np.abs(back[max(top, 0) : top + size[0], max(left, 0) : left + size[1]])
    # the viewer itself makes the very peak white, which leaves these small pictures grey
    bright = to_bytes(back / (2 * float(np.percentile(seen, 99)) + 1e-12) + 0.5)
    return _cut(shown, top, left, size), _cut(bright, top, left, size)


def _cut(picture: Picture, top: int, left: int, size: tuple[int, int]) -> Picture:
    """A part that may reach over the edges, where it is mid-grey."""
    part = blank(*size, MID_GREY)
    inside = picture[max(top, 0) : top + size[0], max(left, 0) : left + size[1]]
    paste(part, inside, max(-top, 0), max(-left, 0))
    return part
