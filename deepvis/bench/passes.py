"""The passes that are timed: forward, and forward with back again, by deepvis and by each rival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from deepvis.bench.rivals import Rival
from deepvis.bench.timing import Timing, take_turns
from deepvis.bench.work import Work, total_work
from deepvis.net import Net
from deepvis.results import LayerInfo
from deepvis.views import Array

OURS = "deepvis"


@dataclass(frozen=True)
class Pass:
    """A way through the net: forward all of it, or forward to ``blob`` and back from its unit to the input.

    ``cone``: only what that one unit, at the blob's centre, depends on.
    """

    blob: str | None = None
    unit: int = 0
    cone: bool = False

    @property
    def title(self) -> str:
        """What a table calls it."""
        if self.blob is None:
            return "forward"
        return f"forward + backward from {self.blob}" + (", one unit's cone" if self.cone else "")


@dataclass(frozen=True)
class Measured:
    """A pass with a batch of so many images, timed. ``rivals`` hold every variant, by the rival's name."""

    what: Pass
    batch: int
    work: Work
    ours: Timing
    rivals: dict[str, dict[str, Timing]]

    def best(self, rival: str) -> Timing:
        """The fastest of a rival's variants, by median."""
        return min(self.rivals[rival].values(), key=lambda timing: timing.median)


def seed(net: Net, blob: str, unit: int) -> str:
    """Name one unit at its blob's centre, in the grammar of `deepvis.units`."""
    shape = net.shape(blob)
    place = f"@{shape[2] // 2},{shape[3] // 2}" if len(shape) == 4 else "@0,0"
    return f"{blob}:{unit}{place}"


def our_pass(net: Net, what: Pass, x: Array) -> Callable[[], object]:
    """One call does the whole pass."""
    name = net.inputs[0]
    if what.blob is None:
        return lambda: net.forward(None, None, **{name: x})
    blob, unit = what.blob, seed(net, what.blob, what.unit)
    if what.cone:
        return lambda: (net.forward_cone(unit, x), net.backward_cone(unit))
    seeds = [unit] * len(x)

    def run() -> Array:
        net.forward(None, blob, **{name: x})
        return net.backward(blob, seeds)

    return run


def measure(net: Net, what: Pass, x: Array, rivals: Sequence[Rival], rounds: int) -> Measured:
    """Time a pass, all contenders in turns. The net must have the shape of ``x``."""
    contenders = {(OURS, ""): our_pass(net, what, x)}
    for rival in rivals:
        if what.cone or (what.blob is not None and not rival.supports_backward):
            continue
        for variant in rival.variants():
            contenders[rival.name, variant] = _rival_pass(rival, variant, what, x)
    labels = {f"{name}/{variant}": (name, variant) for name, variant in contenders}
    timings = take_turns({label: contenders[key] for label, key in labels.items()}, rounds)
    by_rival: dict[str, dict[str, Timing]] = {}
    for label, (name, variant) in labels.items():
        if name != OURS:
            by_rival.setdefault(name, {})[variant] = timings[label]
    return Measured(what, len(x), pass_work(net, what), timings[f"{OURS}/"], by_rival)


def _rival_pass(rival: Rival, variant: str, what: Pass, x: Array) -> Callable[[], object]:
    if what.blob is None:
        return lambda: rival.forward(variant, x)
    blob, unit = what.blob, what.unit
    return lambda: rival.forward_backward(variant, x, blob, unit)


def pass_work(net: Net, what: Pass) -> Work:
    """What a pass has to do, both directions together."""
    if what.cone:
        return Work()
    layers = net.layers if what.blob is None else _below(net, what.blob)
    one_way = total_work(net, layers)
    ways = 1 if what.blob is None else 2
    return Work(ways * one_way.operations, ways * one_way.weight_bytes)


def _below(net: Net, blob: str) -> list[LayerInfo]:
    """The layers that lead to a blob."""
    wanted, found = {blob}, []
    for layer in reversed(net.layers):
        if wanted & set(layer.tops):
            wanted |= set(layer.bottoms)
            found.append(layer)
    return found


def randomize(net: Net, rng_seed: int = 0) -> None:
    """Give a net without trained weights random ones under which activations keep their size (He et al. 2015)."""
    random = np.random.default_rng(rng_seed)
    for layer in net.layers:
        for index, blob in enumerate(net.params.get(layer.name, [])):
            if index == 0 and layer.type in ("Convolution", "Deconvolution", "InnerProduct"):
                blob[...] = random.standard_normal(blob.shape, np.float32) * np.sqrt(2 * len(blob) / blob.size)
            elif layer.type in ("Convolution", "Deconvolution", "InnerProduct"):
                blob[...] = random.standard_normal(blob.shape, np.float32) * 0.1
