"""One step of one run: from a gradient to the next picture."""

from __future__ import annotations

import numpy as np

from deepvis.ascent.canvas import Canvas
from deepvis.ascent.parts import Gear
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Way
from deepvis.ascent.steps import Situation
from deepvis.preprocess import Floats

_AS_THEY_ARE = np.ones(1, np.float32)  # parameters are not in grey levels


def begin(way: Way, x: Floats, canvas: Canvas) -> None:
    """Give a run its preset at its start x (1, C, h, w). Noise around the mean is the preset's own kind of noise."""
    is_noise = isinstance(way.run.start, str) and way.run.start == "mean_plus_rand"
    equip(way, way.style, x, canvas, fresh=is_noise)


def equip(way: Way, style: Preset, x: Floats, canvas: Canvas, fresh: bool = False) -> None:
    """Give a run a preset, and what that needs beside the picture x (1, C, h, w), which it may bring into its form;
    ``fresh``: or draw anew.
    """
    preprocess = canvas.preprocess
    gear = Gear(style.shapers(preprocess), style.penalties(preprocess), style.parameterisation(preprocess))
    way.style, way.gear = style, gear
    way.memory = style.step.memory()
    way.parameters = None
    if gear.parameterisation is not None:
        way.parameters = gear.parameterisation.noise([way.random]) if fresh else gear.parameterisation.from_x(x)
        x[...] = gear.parameterisation.to_x(way.parameters)


def move(way: Way, x: Floats, new: Floats, gradient: Floats, value: float, canvas: Canvas) -> float | None:
    """Go one step from x to ``new`` and regularise; the learning rate. None where there is no way on: ``new`` is then
    of no use, and the way's reason says why.
    """
    style = way.style
    along = _along(way, x, gradient)
    if along is None:
        way.reason = f"preset {style.name} leaves nothing of the gradient; check its window, or use a larger one"
        return None
    plain = way.gear.parameterisation is None
    now = Situation(along, value, style.done(way.iteration), canvas.grey_level if plain else _AS_THEY_ARE)
    with np.errstate(over="ignore", invalid="ignore"):
        if way.gear.parameterisation is None:
            style.step.step(now, way.memory, new)
            new += x
            style.step.settle(new)
            style.regularisers_at(way.iteration).apply_in_place(new, gradient, way.iteration)
            parameters = None
        else:
            parameters = _changed(way, now, new, gradient, canvas)
        finite = is_finite(new)
    if not finite:
        way.reason = f"a step of preset {style.name} leads to numbers that are not finite; use a smaller one"
        return None
    np.clip(new, *canvas.limits, out=new)
    way.parameters, way.reason = parameters, ""
    return style.step.learning_rate(now)


def is_finite(x: Floats) -> bool:
    """Whether all numbers are finite: their sum tells, unless it overflows."""
    return bool(np.isfinite(x.sum()) or np.isfinite(x).all())


def _along(way: Way, x: Floats, gradient: Floats) -> Floats | None:
    """What to go along, by what is changed; None where shaping leaves nothing."""
    gear = way.gear
    along = gradient
    for shaper in gear.shapers:
        along = shaper.shape(along)
    if gear.shapers and not along.any():
        return None
    pulls = [(each.gradient(x, way.random), each.evenly) for each in gear.penalties]
    if gear.parameterisation is None:
        return sum((pull for pull, _ in pulls), along)
    along = gear.parameterisation.pull(sum((pull for pull, evenly in pulls if not evenly), along), x)
    return sum((gear.parameterisation.pull_evenly(pull) for pull, evenly in pulls if evenly), along)


def _changed(way: Way, now: Situation, new: Floats, gradient: Floats, canvas: Canvas) -> Floats:
    """The parameters after a step, and in ``new`` the picture that they stand for. Regularisers work on the picture."""
    form, style = way.gear.parameterisation, way.style
    assert form is not None and way.parameters is not None
    parameters = way.parameters + style.step.step(now, way.memory)
    style.step.settle(parameters)
    new[...] = form.to_x(parameters)
    regularised = style.regularisers_at(way.iteration).apply(new, gradient, way.iteration)
    if regularised is not new and is_finite(regularised):
        parameters = form.from_x(np.clip(regularised, *canvas.limits))
        new[...] = form.to_x(parameters)
    return parameters
