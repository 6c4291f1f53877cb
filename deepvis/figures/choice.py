"""Layers, units and classes: those that were named, or some that show a net well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepvis.ascent import Classes, Objective, klass, unit
from deepvis.ascent.binding import Bound
from deepvis.ascent.starts import start_at
from deepvis.ascent.targets import find_target
from deepvis.errors import StateError, UnknownNameError
from deepvis.models import Model, sample_images
from deepvis.pictures import read_picture
from deepvis.preprocess import Floats
from deepvis.units import Unit, parse

# What a stranger recognises at a glance, in the order in which they are shown.
FAVOURITES = ("flamingo", "leopard", "strawberry", "golden retriever", "school bus", "jack-o'-lantern", "gorilla")
# Channels known to answer to eyes and faces.
EYES = {"efficientnet_lite0": "block9/dw:486", "caffenet": "conv5:151"}
_KINDS = ("Convolution", "Deconvolution", "InnerProduct", "Eltwise", "Concat")  # whose blobs are features


@dataclass(frozen=True)
class Class:
    """A class by its number; ``label`` is None where the model has none for it."""

    number: int
    label: str | None

    @property
    def name(self) -> str:
        """The label's first name, or the number."""
        return self.label.split(",")[0] if self.label else f"class {self.number}"

    @property
    def objective(self) -> Objective:
        """Its score."""
        return klass(self.number)


@dataclass(frozen=True)
class Depth:
    """A layer for a page of features: (height, width) in pixels of what one position sees, cut at the input's size."""

    blob: str
    sees: tuple[int, int]
    has_maps: bool
    is_whole: bool


def spread(count: int, most: int) -> list[int]:
    """At most ``most`` of the numbers from 0 to count - 1, evenly, with both ends."""
    if most >= count:
        return list(range(count))
    if most < 2:
        return [0] * min(most, count)
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def classes_of(model: Model, names: Sequence[str], most: int) -> list[Class]:
    """The named classes, by label or number; or those of FAVOURITES that there are; or some.

    Raises UnknownNameError.
    """
    known = Classes(model.labels, model.class_blob)
    blob = model.class_blob
    if blob is None:
        raise UnknownNameError(f"{model.name}: no blob with classes is known; name it with class_blob in the card")
    count = model.net.shape(blob)[1]

    def found(number: int) -> Class:
        if number >= count:
            raise UnknownNameError(f"no class {number}: {blob!r} scores {count}, from 0 to {count - 1}")
        return Class(number, model.labels[number] if model.labels and number < len(model.labels) else None)

    if names:
        return [found(int(name) if name.isascii() and name.isdecimal() else known.number(name)) for name in names]
    favourites = []
    for name in FAVOURITES:
        try:
            favourites.append(found(known.number(name)))
        except UnknownNameError:
            continue
    return favourites[:most] or [found(number) for number in spread(count, most)]


def units_of(model: Model, names: Sequence[str]) -> list[Unit]:
    """Named channels, such as conv5:151. Raises UnknownNameError, ShapeError, FormatError."""
    classes = Classes(model.labels, model.class_blob)
    found = []
    for name in names:
        named = parse(name)
        part = Bound(model.net, unit(named), classes).parts[0]
        found.append(Unit(part.blob, named.channel, named.position))
    return found


def depths(model: Model, names: Sequence[str], most: int) -> list[Depth]:
    """The named layers in the net's order, or some from the first to the last that see ever more."""
    if names:
        blobs = {find_target(model.net, Classes(), unit(Unit(name, 0))).layer or name for name in names}
        return [_depth(model, blob) for blob in model.net.blobs if blob in blobs]
    # Of each blob, not what works in place on it.
    makers = {top: layer.type for layer in model.net.layers if not layer.in_place for top in layer.tops}
    best: dict[object, Depth] = {}
    for blob, kind in makers.items():
        if kind not in _KINDS or len(model.net.shape(blob)) not in (2, 4) or model.card.hidden(blob):
            continue
        try:
            depth = _depth(model, blob)
        except StateError:
            continue
        # Of maps that see as much, the one with most channels: squeezed ones mix what these tell apart.
        key = model.net.receptive_field(blob).size if depth.has_maps else blob
        if key not in best or model.net.shape(blob)[1] >= model.net.shape(best[key].blob)[1]:
            best[key] = depth
    order = list(model.net.blobs)
    found = sorted(best.values(), key=lambda depth: order.index(depth.blob))
    if not found:
        raise UnknownNameError(f"{model.name}: no layer with features was found; name some with --layers")
    return [found[at] for at in spread(len(found), most)]


def living(model: Model, blob: str, most: int) -> list[int]:
    """Channels of a layer, spread evenly over those that answer to the noise that ascents start from.

    Where there are too few, those that answer to the sample pictures, and then any, follow.
    """
    noise = [start_at("mean_plus_rand", model.preprocess, seed) for seed in range(2)]
    pictures = [model.preprocess.apply(read_picture(path)) for path in sample_images()]
    awake, seen = (_answering(model, blob, inputs) for inputs in (noise, pictures))
    channels = model.net.shape(blob)[1]
    groups = [np.flatnonzero(awake), np.flatnonzero(seen & ~awake), np.flatnonzero(~seen & ~awake)]
    chosen: list[int] = []
    for group in groups:
        chosen += [int(group[at]) for at in spread(len(group), most - len(chosen))]
        if len(chosen) >= min(most, channels):
            break
    return sorted(chosen)


def striking(model: Model, inputs: Sequence[Floats]) -> Unit:
    """A channel that tells pictures, and places in them, apart, in the last layer whose maps can show where."""
    scores = model.card.class_labels_layers
    maps = [each for each in depths(model, (), 1000) if each.has_maps and not each.is_whole and each.blob not in scores]
    if not maps:
        raise UnknownNameError(f"{model.name}: no layer has maps that could follow anything")
    fine = [depth for depth in maps if min(model.net.shape(depth.blob)[2:]) >= 7] or maps
    blob = fine[-1].blob
    found = np.stack([_maps(model, blob, x) for x in inputs], axis=1)
    flat = found.reshape(found.shape[0], -1)
    score = (flat.max(axis=1) - flat.mean(axis=1)) / (flat.std(axis=1) + 1e-12)
    # Of the channels with one small hot place, one that is strong; scores differ little among these.
    score *= np.sqrt(np.maximum(flat.max(axis=1), 0) / max(float(flat.max()), 1e-12))
    return Unit(blob, int(score.argmax()))


def eyes(model: Model) -> str | None:
    """The channel of a known net that answers to eyes or faces."""
    return EYES.get(model.card.prototxt.stem)


def _depth(model: Model, blob: str) -> Depth:
    shape = model.net.shape(blob)
    height, width = model.preprocess.size
    has_maps = len(shape) == 4 and shape[2:] != (1, 1)
    field = model.net.receptive_field(blob)
    sees = (height, width) if field.whole else (math.ceil(field.size[0]), math.ceil(field.size[1]))
    cut = min(sees[0], height), min(sees[1], width)
    if model.preprocess.transpose:
        cut = cut[::-1]
    return Depth(blob, cut, has_maps, not has_maps or (sees[0] >= height and sees[1] >= width))


def _answering(model: Model, blob: str, inputs: Sequence[Floats]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which channels of a blob are above 0 somewhere; of one that has values below 0, which vary at all."""
    found = np.zeros(model.net.shape(blob)[1], bool)
    for x in inputs:
        acts = _maps(model, blob, x).reshape(len(found), -1)
        found |= (
            acts.max(axis=1) > 0 if acts.min() >= 0 else acts.std(axis=1) > 0 if acts.shape[1] > 1 else acts[:, 0] != 0
        )
    return found


def _maps(model: Model, blob: str, x: Floats) -> Floats:
    """A blob's values of one picture, (C, …)."""
    inputs: dict[str, Any] = {model.input_blob: x}
    return model.net.forward(end=blob, **inputs)[blob][0]
