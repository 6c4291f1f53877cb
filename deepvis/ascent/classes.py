"""Which unit a class is: by its number or label, where the net scores it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepvis.errors import Error, UnknownNameError
from deepvis.net import Net
from deepvis.results import LayerInfo
from deepvis.units import Unit


@dataclass(frozen=True, eq=False)
class Classes:
    """A model's classes: ``blob`` has one number for each, None for the last softmax; ``labels`` are their names."""

    labels: Sequence[str] | None = None
    blob: str | None = None

    def number(self, which: int | str) -> int:
        """The class of that number or label, or of one of a label's names between commas. Raises UnknownNameError."""
        if isinstance(which, int):
            return which
        if not self.labels:
            raise UnknownNameError(f"no labels are known, so {which!r} names no class; give its number")
        wanted = which.strip().casefold()
        names = [label.strip().casefold() for label in self.labels]
        found = [index for index, name in enumerate(names) if name == wanted]
        if not found:
            found = [index for index, name in enumerate(names) if wanted in map(str.strip, name.split(","))]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownNameError(
                f"{len(found)} classes are called {which!r}: {', '.join(map(str, found))}; give the number of one"
            )
        close = difflib.get_close_matches(wanted, names, 3, 0.6) or [name for name in names if wanted in name][:3]
        hint = " or ".join(repr(self.labels[names.index(name)]) for name in close)
        raise UnknownNameError(f"no class is labelled {which!r}" + (f"; did you mean {hint}?" if hint else ""))

    def unit(self, net: Net, which: int | str) -> Unit:
        """Where the net scores a class: below the softmax; and where that is the mean of a map, the map.

        Of a map that has an in-place ReLU, the gradient starts below it, so that a class that the ReLU silences can
        still be climbed. Raises UnknownNameError.
        """
        index = self.number(which)
        blob = self.blob or _softmax(net)
        if blob is None:
            raise UnknownNameError("this net has no softmax, so which blob scores classes is not known; name a unit")
        net.shape(blob)  # raises, with the names that are near
        maker = _maker(net, blob)
        if maker is not None and maker.type == "Softmax":
            blob = maker.bottoms[0]
        maker = _maker(net, blob)
        if maker is not None and maker.type == "Pooling" and _is_mean(net, maker.bottoms[0], blob):
            blob = maker.bottoms[0]
        count = net.shape(blob)[1]
        if index >= count:
            raise UnknownNameError(f"no class {index}: {blob!r} scores {count}, from 0 to {count - 1}")
        return Unit(blob, index)


def _softmax(net: Net) -> str | None:
    tops = [layer.tops[0] for layer in net.layers if layer.type == "Softmax" and layer.tops]
    return tops[-1] if tops else None


def _maker(net: Net, blob: str) -> LayerInfo | None:
    """The layer that makes a blob, not one that works in place on it."""
    return next((each for each in net.layers if blob in each.tops and not each.in_place), None)


def _is_mean(net: Net, bottom: str, top: str) -> bool:
    """Whether pooling makes one number a channel, the mean over the map: a layer's kind of pooling is found out."""
    shape, pooled = net.shape(bottom), net.shape(top)
    if len(shape) != 4 or pooled[2:] != (1, 1):
        return False
    values = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    try:
        found = net.forward(start=bottom, end=top, **{bottom: values})[top]
    except Error:
        return False
    return bool(np.allclose(found[:, :, 0, 0], values.mean(axis=(2, 3)), rtol=1e-4))
