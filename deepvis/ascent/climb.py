"""Regularised gradient ascent of many runs at once: x ← r(x + η ∂a/∂x), a step of all of them at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.ascent import saved, window
from deepvis.ascent.binding import Bound
from deepvis.ascent.canvas import Canvas
from deepvis.ascent.classes import Classes
from deepvis.ascent.cures import CURES, Cure, other_seed, warm_bound, warm_up
from deepvis.ascent.diagnosis import explain
from deepvis.ascent.moving import begin, equip, move
from deepvis.ascent.parts import Drawn
from deepvis.ascent.passes import Box, Measured, Passes
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Run, Step, Way
from deepvis.ascent.steps import norm
from deepvis.errors import Error, ShapeError, UnknownNameError
from deepvis.net import Net
from deepvis.preprocess import Floats, Preprocess


class Climb:
    """Runs that go through one net as a batch. Owns a clone of the net; for one thread at a time.

    A run's numbers are those that it would have alone, up to rounding. It is over when it has made its preset's
    iterations, or when its objective gets no gradient and no cure helped. Works in the net's input space, mean
    subtracted.
    """

    def __init__(
        self,
        net: Net,
        input_blob: str,
        preprocess: Preprocess,
        runs: Sequence[Run],
        *,
        classes: Classes | None = None,
        cures: Sequence[Cure] = CURES,
        cone: bool = True,
        endless: bool = False,
        record: bool = True,
    ) -> None:
        """Begin at each run's start. Raises UnknownNameError, ShapeError.

        ``cures``: what may be tried where a unit gets no gradient, in this order. ``cone``: where all runs excite one
        position each, the same one of one blob, compute and keep only what it sees. ``endless``: go on after the
        preset's iterations, with its last values, and after gradients of 0. ``record``: keep each iteration's numbers
        and the best picture.
        """
        _check_input(net, input_blob, preprocess)
        if not runs:
            raise Error("an ascent needs at least one run")
        for cure in cures:
            if cure not in CURES:
                raise UnknownNameError(f"no cure {cure!r}: expected some of {', '.join(CURES)}")
        self._net = net.clone()
        self._net.reshape(**{name: (len(runs), *net.shape(name)[1:]) for name in net.inputs if net.shape(name)})
        self._input, self._cures, self._endless, self._record = input_blob, tuple(cures), endless, record
        self._options = {"cures": list(cures), "cone": cone, "endless": endless, "record": record}
        self._passes = Passes(self._net, input_blob)
        bounds = [Bound(self._net, run.objective, classes) for run in runs]
        self._canvas = Canvas(preprocess, self._passes.cone(bounds) if cone else None, runs)
        self._ways: list[Way] = []
        for i, (run, bound) in enumerate(zip(runs, bounds, strict=True)):
            x = self._canvas.x[i : i + 1]
            way = Way(run, bound, run.preset, run.seed, np.random.default_rng(run.seed), x)
            begin(way, x, self._canvas)
            way.begun = x.copy()
            self._ways.append(way)
        self._last: list[Step] = [_nothing(way) for way in self._ways]

    @property
    def ways(self) -> Sequence[Way]:
        """Where each run stands. Not to be written to."""
        return self._ways

    @property
    def over(self) -> bool:
        """Whether all runs are."""
        return all(way.over for way in self._ways)

    @property
    def input_blob(self) -> str:
        """The input that takes the pictures."""
        return self._input

    @property
    def options(self) -> dict[str, Any]:
        """What it was made with beside the runs."""
        return dict(self._options)

    @property
    def preprocess(self) -> Preprocess:
        """How the net takes pictures."""
        return self._canvas.preprocess

    @property
    def kept(self) -> Box:
        """The rows and columns of the input that are kept and optimised."""
        return self._canvas.kept

    @property
    def x(self) -> Floats:
        """The pictures as the net's input (N, C, H, W), within the pixels' range; the mean where nothing is kept. Not
        to be written to.
        """
        return self._canvas.framed(self._canvas.x)

    @property
    def measured(self) -> Floats:
        """The inputs at which the last step's numbers were taken: ``x`` as it was before that step."""
        return self._canvas.framed(self._canvas.other)

    def begun(self, run: int) -> Floats:
        """The input (1, C, H, W) that a run started from."""
        return self._canvas.framed(self._ways[run].begun)

    def best(self, run: int) -> Floats:
        """The input (1, C, H, W) at which a run's objective was largest; before the first step, its start."""
        found = self._ways[run].best
        return self._canvas.framed(self._canvas.x[run : run + 1] if found is None else found)

    def sees(self, run: int) -> Box:
        """The rows and columns of the input that a run's objective depends on: all, but for one position of a map."""
        one = self._ways[run].bound.one
        if one is None or not one.many:
            return window.whole(self._canvas.size)
        row, column = one.position or (0, 0)
        return self._net.cone_box(f"{one.blob}:{one.channel}@{row},{column}", self._input)

    def use(self, run: int, style: Preset) -> None:
        """Go on with another preset, or with the same and other parameters (``dataclasses.replace``)."""
        self._canvas.fit(style)
        self._ways[run].reason = ""
        equip(self._ways[run], style, self._canvas.x[run : run + 1], self._canvas)

    def rewind(self, run: int) -> None:
        """Count a run's iterations from 0 again, keeping its picture: what the preset anneals begins anew."""
        self._ways[run].iteration = 0

    def step(self) -> list[Step]:
        """Measure each run's objective and gradient, and move its picture. A run that is over repeats its last step.

        A unit that gives no gradient is no error: the step's reason says why, and the way's log what was done.
        """
        if self.over:
            return list(self._last)
        # One position stands still: a shift would smear what it sees.
        drawn: list[list[Drawn]] = [
            [] if way.over or way.bound.is_spatial else [each.draw(way.random) for each in way.style.transforms()]
            for way in self._ways
        ]
        found = self._measure(self._canvas.seen(drawn))
        for i, way in enumerate(self._ways):
            if way.over:
                self._canvas.other[i] = self._canvas.x[i]
            else:
                self._last[i] = self._advance(i, way, found, drawn[i])
        self._canvas.swap()
        return list(self._last)

    def state(self) -> saved.State:
        """All that changes, as plain arrays: ``restore`` of a Climb made with the same arguments goes on from there,
        with the same numbers bit for bit.
        """
        return saved.state_of(self._canvas, self._ways)

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from what ``state`` gave. Raises FormatError where it is of other runs, or of another version."""
        saved.restore(state, self._canvas, self._ways)
        self._last = [way.last_step() or _nothing(way) for way in self._ways]

    def _measure(self, seen: Floats) -> Measured:
        bounds = [way.bound for way in self._ways]
        if not any(way.warm for way in self._ways):
            return self._passes.measure(seen, bounds, cone=self._canvas.cone)
        aims = [warm_bound(self._net, way.bound) if way.warm else way.bound for way in self._ways]
        return self._passes.measure(seen, bounds, aims)

    def _advance(self, i: int, way: Way, found: Measured, drawn: list[Drawn]) -> Step:
        """One run's step, from the canvas's x to the other."""
        x, new = self._canvas.x[i : i + 1], self._canvas.other[i : i + 1]
        value = found.values[i]
        gradient = self._canvas.gradient(found, i, drawn)
        size = 0.0 if gradient is None else norm(gradient)
        rate: float | None = None
        if gradient is not None and 0 < size < np.inf and np.isfinite(value):
            if self._endless or way.iteration < way.style.iterations - 1:
                rate = move(way, x, new, gradient, value, self._canvas)
            else:
                way.status = "finished"
        else:
            way.reason = way.reason or self._explained(i, way, value, gradient)
            way.status = way.status if self._endless else "stopped"
        if rate is None:
            new[...] = x
        strongest = found.strongest[i]
        is_max = way.bound.is_strongest(strongest)
        step = Step(way.iteration, value, size, rate or 0.0, strongest, is_max, way.reason)
        if self._record:
            way.note(x, step)
        was_warm, way.warm = way.warm, max(0, way.warm - 1)
        way.iteration += 1
        if way.status == "stopped":
            self._cure(way, new, curable=np.isfinite(value) and gradient is not None and size == 0, warm=was_warm)
        return step

    def _explained(self, i: int, way: Way, value: float, gradient: Floats | None) -> str:
        if self._canvas.cone is not None:  # what a cone leaves out is needed for an explanation
            frame = np.ascontiguousarray(self._canvas.framed(self._canvas.x))
            self._passes.measure(frame, [each.bound for each in self._ways])
        return explain(self._net, way.bound, value, gradient, i)

    def _cure(self, way: Way, new: Floats, curable: bool, warm: int) -> None:
        """Try what is left to try, so that the run goes on."""
        for cure in self._cures if curable else ():
            # The mean that gets no gradient either is no help.
            if cure == "warm_up" and not warm and warm_up(way):
                way.status, way.reason = "climbing", ""
                return
            if cure == "other_seeds" and other_seed(way):
                way.begin_again()
                new[...] = self._canvas.start(way.run, way.seed)
                begin(way, new, self._canvas)
                way.begun = new.copy()
                return
        way.log.append(f"iteration {way.iteration - 1}: {way.reason}. Stopped.")


def _nothing(way: Way) -> Step:
    """What stands for a last step where there was none."""
    return Step(0, float("nan"), 0.0, 0.0, None, False, way.reason)


def _check_input(net: Net, input_blob: str, preprocess: Preprocess) -> None:
    if input_blob not in net.inputs:
        raise UnknownNameError(f"{input_blob!r} is not an input of this net; inputs: {', '.join(net.inputs)}")
    expected = (preprocess.channels, *preprocess.size)
    if net.shape(input_blob)[1:] != expected:
        raise ShapeError(
            f"the input {input_blob!r} has shape {net.shape(input_blob)}, but preprocessing makes (1, "
            f"{expected[0]}, {expected[1]}, {expected[2]}); give it the net's size"
        )
