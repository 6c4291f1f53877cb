"""One step of one run: from a gradient to the next picture."""

from __future__ import annotations

import numpy as np

from deepvis.ascent.canvas import Canvas
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Way
from deepvis.ascent.steps import Situation, norm
from deepvis.preprocess import Floats


def equip(way: Way, style: Preset, x: Floats, canvas: Canvas) -> None:
    """Give a run a preset, and what that needs beside the picture x (1, C, h, w), which it may bring into its form."""
    way.style = style
    way.memory = style.step.memory()
    way.parameterisation = style.parameterisation(canvas.preprocess)
    way.parameters = None
    if way.parameterisation is not None:
        way.parameters = way.parameterisation.from_x(x)
        x[...] = way.parameterisation.to_x(way.parameters)


def move(way: Way, x: Floats, new: Floats, gradient: Floats, value: float, canvas: Canvas) -> float | None:
    """Go one step from x to ``new`` and regularise; the learning rate. None where that leads to numbers that are not
    finite: ``new`` is then of no use, and the way's reason says so.
    """
    style, iteration = way.style, way.iteration
    along = gradient
    for penalty in style.penalties():
        along = along + penalty.gradient(x, norm(gradient) / gradient.size**0.5)
    for shaper in style.shapers():
        along = shaper.shape(along)
    if way.parameterisation is not None:
        along = way.parameterisation.pull(along, x)
    now = Situation(along, value, style.done(iteration), canvas.grey_level)
    parameters: Floats | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        if way.parameterisation is not None and way.parameters is not None:
            parameters = way.parameters + style.step.step(now, way.memory)
            new[...] = way.parameterisation.to_x(parameters)
        else:
            style.step.step(now, way.memory, new)
            new += x
            style.regularisers_at(iteration).apply_in_place(new, gradient, iteration)
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
