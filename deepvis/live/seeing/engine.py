"""One net computing what the viewer wants to show: pure request → result, without threads or windows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from deepvis.live.seeing.inputs import Inputs
from deepvis.live.seeing.reach import Links, Reach
from deepvis.live.seeing.study import Findings, Study, rank
from deepvis.live.seeing.wants import Result, Times, Wants
from deepvis.live.sources import Frame
from deepvis.live.state import Rule
from deepvis.render import Picture
from deepvis.results import LayerRun, ReceptiveField

Floats = npt.NDArray[np.float32]
TOP = 5  # classes shown


class NetLike(Protocol):
    """What the viewer needs of a net (deepvis.Net has it)."""

    @property
    def inputs(self) -> Sequence[str]: ...
    @property
    def blobs(self) -> Mapping[str, Floats]: ...
    @property
    def diffs(self) -> Mapping[str, Floats]: ...
    @property
    def layers(self) -> Sequence[Links]: ...
    def forward(self, start: str | None = None, end: str | None = None, **inputs: Any) -> Any: ...
    def backward(self, start: str, seed: Any, rule: Rule = "gradient") -> Floats: ...
    def runs(self, direction: Any = "forward") -> Sequence[LayerRun]: ...
    def receptive_field(self, blob: str) -> ReceptiveField: ...


def units_of(blob: npt.NDArray[Any]) -> Floats:
    """A copy of the first image's blob (N, C, …) as (C, h, w), laid out as Layer.of says."""
    one = np.array(blob[0], np.float32)
    return one.reshape(one.shape[0], -1, one.shape[-1] if one.ndim > 1 else 1)


class Engine:
    """Owns a net and its preprocessing; used from one thread at a time.

    A frame goes forward to the deepest blob that is wanted, and further once a deeper one is.
    """

    def __init__(self, net: NetLike, inputs: Inputs, *, classes: str = "", seconds: float = 5.0) -> None:
        self._net = net
        self._inputs = inputs
        self._classes = classes
        self._reach = Reach(net.layers)
        self._seen: tuple[int, bool] | None = None
        self._went_back: tuple[Any, ...] | None = None
        self._last_rule: Rule | None = None
        self._top: tuple[tuple[float, int], ...] = ()
        self._signals: dict[Rule, tuple[Floats, ...]] = {}
        self._study = Study(seconds)
        self._studied: tuple[Any, ...] | None = None
        self._held: dict[str, tuple[float, float]] = {}
        self._passes, self._finished, self._fps = 0, 0.0, 0.0
        self._times = Times()

    def compute(self, wants: Wants, frame: Frame) -> Result:
        """Run what is not yet done for this frame, and copy out what is to be shown."""
        seen = (frame.serial, wants.stretch)
        ran = self._forward(seen, frame, wants)
        if wants.start is not None:
            ran = self._backward(seen, wants.start, wants) or ran
        if ran:
            now = time.monotonic()
            self._fps = 1 / max(now - self._finished, 1e-6) if self._finished else 0.0
            self._finished = now
            self._passes += 1
        acts = units_of(self._net.blobs[wants.layer])
        back = wants.start is not None
        return Result(
            wants=wants,
            frame=frame,
            acts=acts,
            classes=self._top,
            diffs=self._diffs(wants.layer) if back and wants.diffs else None,
            signals={rule: self._signals[rule] for rule in wants.rules} if back else {},
            findings=self._findings(seen, wants, acts),
            held=self._hold(wants.layer, acts),
            passes=self._passes,
            finished=self._finished,
            fps=self._fps,
            times=self._timed(wants, back),
        )

    def seen_parts(self, frame: Frame, stretch: bool) -> tuple[Picture, ...]:
        """The part of each of a frame's pictures that reaches the net, at its own resolution."""
        return self._inputs.seen(frame, stretch)

    def _forward(self, seen: tuple[int, bool], frame: Frame, wants: Wants) -> bool:
        """Make what is wanted of this frame and is not there yet; False if all of it is."""
        inputs: dict[str, Floats] = {}
        if seen != self._seen:
            begun = time.perf_counter()
            self._seen = self._went_back = None
            self._reach.clear()
            self._top = ()
            inputs = self._inputs.blobs_of(frame, wants.stretch)
            self._times = Times(capture=frame.capture_ms, preprocess=(time.perf_counter() - begun) * 1e3)
        begun = time.perf_counter()
        ran = False
        for blob in self._wanted(wants):
            ready = self._reach.is_fresh if wants.start and blob == wants.start[0] else self._reach.has
            if not inputs and ready(blob):
                continue
            self._seen = None  # should this fail, the frame begins anew
            start = self._reach.start_for(blob)
            self._net.forward(start=start, end=blob, **inputs)
            self._reach.ran(start, blob)
            inputs, ran = {}, True
        self._seen = seen
        if self._classes and not self._top and self._reach.has(self._classes):
            p = units_of(self._net.blobs[self._classes]).reshape(-1)
            self._top = tuple((float(p[k]), int(k)) for k in np.argsort(-p, kind="stable")[:TOP])
        if ran:
            forward = self._times.forward + (time.perf_counter() - begun) * 1e3
            self._times = replace(self._times, forward=forward)
        return ran

    def _wanted(self, wants: Wants) -> list[str]:
        """The blobs to be made, the deepest first, on whose way the others mostly lie. Where they do not, layers below
        the backward pass's start may run again for another blob, so the start is looked at once more.
        """
        start = [wants.start[0]] if wants.start else []
        classes = [self._classes] if wants.classes and self._classes else []
        return [*sorted([wants.layer, *start, *classes], key=self._reach.depth, reverse=True), *start]

    def _backward(self, seen: tuple[int, bool], start: tuple[str, int], wants: Wants) -> bool:
        """Carry signals back by each rule that is wanted and was not done yet; the view's own must be the last that
        ran where its signals on the way are to be looked at.
        """
        if self._went_back != (seen, start):
            self._signals, self._went_back, self._last_rule = {}, (seen, start), None
        again = wants.diffs and self._last_rule != wants.rule
        rules = [rule for rule in wants.rules if rule not in self._signals or (again and rule == wants.rule)]
        if not rules:
            return False
        begun = time.perf_counter()
        blob, unit = start
        # A unit's own activations: the gradient of half their square. As an array, since a blob may have any name,
        # such as one that ends like a position.
        seed = np.zeros_like(self._net.blobs[blob])
        seed[:, unit] = self._net.blobs[blob][:, unit]
        for rule in rules:
            self._net.backward(blob, seed, rule=rule)
            self._signals[rule] = self._inputs.signals_of(self._net.diffs)
            self._last_rule = rule
        self._times = replace(self._times, backward=(time.perf_counter() - begun) * 1e3 / len(rules))
        return True

    def _diffs(self, layer: str) -> Floats | None:
        try:
            return units_of(self._net.diffs[layer])
        except LookupError:  # above or beside the path of the pass
            return None

    def _findings(self, seen: tuple[int, bool], wants: Wants, acts: Floats) -> Findings:
        found = Findings()
        if wants.similar is not None:
            new, self._studied = self._studied != (seen, wants.layer), (seen, wants.layer)
            found = self._study.similar(wants.layer, acts, wants.similar, new)
        if wants.box is not None:
            sees = self._net.receptive_field(wants.layer)
            ranked = rank(acts, wants.box, sees, self._inputs.preprocess.shown_size)
            found = replace(found, ranking=ranked.ranking, no_ranking=ranked.no_ranking)
        return found

    def _hold(self, layer: str, acts: Floats) -> tuple[float, float]:
        """The range of all the layer's finite activations so far."""
        low, high = float(acts.min(initial=np.inf)), float(acts.max(initial=-np.inf))
        if np.isfinite(low) and np.isfinite(high):
            before = self._held.get(layer, (low, high))
            self._held[layer] = (min(low, before[0]), max(high, before[1]))
        return self._held.get(layer, (0.0, 0.0))

    def _timed(self, wants: Wants, back: bool) -> Times:
        times = self._times if back else replace(self._times, backward=0.0)
        if not wants.layers_timed:
            return times
        runs = [(run.layer, run) for run in self._net.runs("forward")]
        runs += [(f"{run.layer} back", run) for run in self._net.runs("backward")] if back else []
        return replace(times, layers=tuple((name, run.kernel, run.seconds * 1e3) for name, run in runs))
