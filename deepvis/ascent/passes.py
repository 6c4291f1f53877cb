"""Passes of a batch: each image's objective and its gradient at the input, by as little of the net as will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepvis.ascent.binding import Bound
from deepvis.errors import ShapeError
from deepvis.net import Net
from deepvis.preprocess import Floats
from deepvis.units import Unit

Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Measured:
    """What a pass found, for each image: the objective, the layer's strongest (None where not the whole layer was
    computed), and the gradient (N, C, h, w) at the ``box`` of the input, 0 elsewhere; None where nothing arrived.
    """

    values: list[float]
    strongest: list[Unit | None]
    gradient: Floats | None
    box: Box | None


class Passes:
    """Passes of one net whose batch has an image for each run."""

    def __init__(self, net: Net, input_blob: str) -> None:
        """Use this net as its own."""
        self._net, self._input = net, input_blob

    def cone(self, bounds: Sequence[Bound]) -> Box | None:
        """The part of the input that all objectives depend on; None unless each is one unit, all at one position."""
        ones = [bound.one for bound in bounds]
        places = {(one.start, one.position) if one is not None and one.many else None for one in ones}
        first = ones[0]
        if len(places) != 1 or first is None or not first.many or first.start != first.blob:
            return None
        return self._net.cone_box(first.unit, self._input)

    def measure(
        self, x: Floats, bounds: Sequence[Bound], aims: Sequence[Bound] | None = None, cone: Box | None = None
    ) -> Measured:
        """Run the net on x (N, C, H, W): the values of ``bounds``, the gradients of ``aims``, by default the same.

        With ``cone``, what the method of that name gave, only that part of the net is run.
        """
        if cone is not None:
            return self._measure_cone(x, bounds, cone)
        aims = bounds if aims is None else aims
        blobs = list(dict.fromkeys(part.blob for bound in [*bounds, *aims] for part in bound.parts))
        activations = self._forward(x, blobs)
        for name, values in activations.items():
            if len(values) != len(x):
                raise ShapeError(f"{name!r} has shape {values.shape}, expected {len(x)} images: the net mixes them")
        images = [{name: values[i] for name, values in activations.items()} for i in range(len(x))]
        found = [bound.value(image) for bound, image in zip(bounds, images, strict=True)]
        strongest = [bound.strongest(image) for bound, image in zip(bounds, images, strict=True)]
        return Measured(found, strongest, self._gradient(aims, activations), None)

    def _measure_cone(self, x: Floats, bounds: Sequence[Bound], cone: Box) -> Measured:
        ones = [bound.one for bound in bounds]
        units = [one.unit for one in ones if one is not None]
        given: dict[str, Any] = {self._input: x}
        values = self._net.forward_cone(units, **given)
        # The weight goes on the seed: the signal is linear in it.
        weights = [one.weight for one in ones if one is not None]
        found = self._net.backward_cone(units, weights, wrt=self._input)
        weighted = [weight * float(value) for weight, value in zip(weights, values, strict=True)]
        return Measured(weighted, [None] * len(units), found.signal, cone)

    def _forward(self, x: Floats, blobs: list[str]) -> Mapping[str, Floats]:
        net = self._net
        if len(blobs) == 1:
            given: dict[str, Any] = {self._input: x}
            return net.forward(end=blobs[0], **given)
        # All of them by one pass: a second one would make what the first computed out of date.
        net.blobs[self._input][...] = x
        last = max(index for index, layer in enumerate(net.layers) if set(layer.tops) & set(blobs))
        net._forward_range(0, last)
        return {name: net.blobs[name] for name in blobs}

    def _gradient(self, bounds: Sequence[Bound], activations: Mapping[str, Floats]) -> Floats | None:
        starts = {part.start: part.blob for bound in bounds for part in bound.parts}
        ones = [bound.one for bound in bounds]
        if len(starts) == 1 and all(one is not None for one in ones):
            # By name, so that the engine leaves out what a single position does not reach.
            gradient = self._backward(next(iter(starts)), [one.unit for one in ones if one is not None])
            for image, one in enumerate(ones):
                if gradient is not None and one is not None and one.weight != 1:
                    gradient[image] *= np.float32(one.weight)
            return gradient
        signals = {start: np.zeros_like(activations[blob]) for start, blob in starts.items()}
        for image, bound in enumerate(bounds):
            for part in bound.parts:
                part.add_signal(activations[part.blob][image], signals[part.start][image])
        return self._backward_all(self._highest_first(starts), signals)

    def _backward_all(self, starts: list[tuple[str, str]], signals: dict[str, Floats]) -> Floats | None:
        """Signals from several places: each down to the next, where all its ways lead there, else down to the input."""
        total: Floats | None = None
        for at, (start, blob) in enumerate(starts):
            below, onto = starts[at + 1] if at + 1 < len(starts) else ("", "")
            if below == onto and below and below != blob and self._all_ways_through(blob, below):
                signals[below] += self._net.backward(start, signals[start], end=below)
                continue
            gradient = self._backward(start, signals[start])
            if gradient is not None:
                total = gradient if total is None else total + gradient
        return total

    def _backward(self, start: str, signal: Floats | list[str]) -> Floats | None:
        arrived = self._net.backward(start, signal)
        if len(self._net.inputs) == 1:
            return arrived
        return self._net.diffs[self._input].copy() if self._input in self._net.diffs else None

    def _highest_first(self, starts: Mapping[str, str]) -> list[tuple[str, str]]:
        makers = {name: i for i, layer in reversed(list(enumerate(self._net.layers))) for name in layer.tops}
        return sorted(starts.items(), key=lambda each: -makers.get(each[1], -1))

    def _all_ways_through(self, blob: str, below: str) -> bool:
        """Whether every way down from a blob to the input leads through another blob."""
        makers: dict[str, set[str]] = {}
        for layer in self._net.layers:
            for top in layer.tops:
                makers.setdefault(top, set()).update(set(layer.bottoms) - {top})
        waiting, seen, met = [blob], {blob, below}, False
        while waiting:
            name = waiting.pop()
            if name in self._net.inputs:
                return False
            bottoms = makers.get(name, set())
            met = met or below in bottoms
            waiting += bottoms - seen
            seen |= bottoms
        return met
