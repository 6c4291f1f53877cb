"""Regularised gradient ascent: x ← r(x + η ∂a/∂x), a step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from deepvis.ascent.diagnosis import explain
from deepvis.ascent.objective import Objective
from deepvis.ascent.presets import Preset, preset
from deepvis.ascent.regularisers import blur
from deepvis.ascent.starts import Start, grey_level, start_at
from deepvis.ascent.steps import Situation
from deepvis.errors import ShapeError, UnknownNameError
from deepvis.net import Net
from deepvis.preprocess import Floats, Picture, Preprocess
from deepvis.units import Unit

_MID_GREY = 127.5
_Pixels = TypeVar("_Pixels", Picture, Floats)


@dataclass(frozen=True)
class Step:
    """What one step found, at the picture that it started from.

    objective: the unit's activation, or its channel's mean; layer_max: the unit, or channel by mean, with the largest
    in the layer. learning_rate: of the step policy, 0 where the picture stayed as it was; ``reason`` then says why.
    """

    iteration: int
    objective: float
    gradient_norm: float
    learning_rate: float
    layer_max: Unit
    is_layer_max: bool
    reason: str = ""


class Ascent:
    """Changes a picture step by step so that a unit is excited more. Owns a clone of the net; for one thread at a time.

    Works in the net's input space, mean subtracted. It may go on for ever: what a preset changes over its iterations
    then stays at its last value.
    """

    def __init__(
        self,
        net: Net,
        input_blob: str,
        preprocess: Preprocess,
        unit: Unit,
        preset: Preset | str = "classic",
        start: Start | Picture = "mean_plus_rand",
        seed: int = 0,
    ) -> None:
        """Begin at ``start``, a kind of noise or an image (H, W, 3) uint8 RGB. Raises UnknownNameError, ShapeError.

        ``unit``: a channel at a position, a number of a fully connected layer, or, for a channel of a map without a
        position, the mean over the map. ``seed`` draws the start and the jitter.
        """
        if input_blob not in net.inputs:
            raise UnknownNameError(f"{input_blob!r} is not an input of this net; inputs: {', '.join(net.inputs)}")
        expected = (preprocess.channels, *preprocess.size)
        if net.shape(input_blob)[1:] != expected:
            raise ShapeError(
                f"the input {input_blob!r} has shape {net.shape(input_blob)}, but preprocessing makes (1, "
                f"{expected[0]}, {expected[1]}, {expected[2]}); give it the net's size"
            )
        self._net = net.clone()
        self._input = input_blob
        self._preprocess = preprocess
        self._objective = Objective(self._net, unit)
        self._seed = self._objective.seed()
        self._bounds = preprocess.bounds()
        self._grey_level = grey_level(preprocess)
        self.use(preset)
        self._x = np.clip(start_at(start, preprocess, seed), *self._bounds)
        self._random = np.random.default_rng(seed)
        self._measured = self._x
        self._iteration = 0
        self._reason = ""

    @property
    def unit(self) -> Unit:
        """The unit that is excited."""
        return self._objective.unit

    @property
    def preset(self) -> Preset:
        """The preset in use."""
        return self._preset

    @property
    def iteration(self) -> int:
        """The number of the next step, from 0."""
        return self._iteration

    @property
    def x(self) -> Floats:
        """The picture as the net's input (1, C, H, W), within the pixels' range. Not to be written to."""
        return self._x

    @property
    def measured(self) -> Floats:
        """The input at which the last step's numbers were taken: ``x`` as it was before that step."""
        return self._measured

    def use(self, style: Preset | str) -> None:
        """Go on with another preset, or with the same and other parameters (``dataclasses.replace``)."""
        self._preset = preset(style) if isinstance(style, str) else style
        self._reason = ""

    def rewind(self) -> None:
        """Count iterations from 0 again, keeping the picture: what the preset anneals begins anew."""
        self._iteration = 0

    def step(self) -> Step:
        """Measure the unit and its gradient, and move the picture. A unit that gives no gradient is no error."""
        iteration, x, style = self._iteration, self._x, self._preset
        shift = self._shift()
        seen: dict[str, Any] = {self._input: np.roll(x, shift, (2, 3)) if any(shift) else x}
        acts = self._net.forward(end=self.unit.layer, **seen)[self._objective.blob]
        gradient = self._gradient(shift)
        value, strongest = self._objective.value(acts), self._objective.strongest(acts)
        rate, norm = 0.0, 0.0
        if gradient is not None:
            norm = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
        if gradient is not None and 0 < norm < np.inf and np.isfinite(value):
            rate = self._move(gradient, value, style, iteration)
        elif not self._reason:
            self._reason = explain(self._net, self._objective, value, gradient)
        self._measured = x
        self._iteration += 1
        return Step(iteration, value, norm, rate, strongest, self._objective.is_strongest(strongest), self._reason)

    def picture(self, crop: bool = False) -> Picture:
        """The picture as it is, (H, W, 3); ``crop`` to the part that the unit sees."""
        return self._cropped(self._preprocess.to_image(self._x), crop)

    def stretched_picture(self, crop: bool = False) -> Picture:
        """The picture's difference from the mean, on mid-grey and with its contrast stretched, (H, W, 3)."""
        pixels = self._preprocess.to_pixels(self._x)
        pixels -= _MID_GREY if self._preprocess.mean is None else self._preprocess.to_pixels(np.zeros_like(self._x))
        return stretched(self._cropped(pixels, crop))

    def sees(self) -> tuple[slice, slice]:
        """The rows and columns of the picture that the unit depends on: all, unless it is one position of a map."""
        rows, columns = (slice(0, extent) for extent in self._preprocess.size)
        if self._objective.is_spatial and self._objective.position is not None:
            row, column = self._objective.position
            unit = f"{self._objective.blob}:{self._objective.channel}@{row},{column}"
            rows, columns = self._net.cone_box(unit, self._input)
        return (columns, rows) if self._preprocess.transpose else (rows, columns)

    def _shift(self) -> tuple[int, int]:
        """How far the picture is shifted for this pass. With one position, a shift would smear what it sees."""
        jitter = 0 if self._objective.is_spatial else self._preset.jitter
        if not jitter:
            return 0, 0
        down, right = self._random.integers(-jitter, jitter, 2, endpoint=True)
        return int(down), int(right)

    def _gradient(self, shift: tuple[int, int]) -> Floats | None:
        """The objective's gradient at the input, where the picture lies unshifted; None where none arrives."""
        self._net.backward(self.unit.layer, self._seed)
        if self._input not in self._net.diffs:
            return None
        gradient = self._net.diffs[self._input].copy()
        return np.roll(gradient, (-shift[0], -shift[1]), (2, 3)) if any(shift) else gradient

    def _move(self, gradient: Floats, value: float, style: Preset, iteration: int) -> float:
        """Go one step and regularise; the learning rate, 0 where the picture stayed."""
        along = blur(gradient, style.gradient_blur) if style.gradient_blur else gradient
        now = Situation(along, value, style.done(iteration), self._grey_level)
        with np.errstate(over="ignore", invalid="ignore"):
            x = style.regularisers_at(iteration).apply(self._x + style.step.step(now), gradient, iteration)
        if not np.all(np.isfinite(x)):
            self._reason = f"a step of preset {style.name} leads to numbers that are not finite; use a smaller one"
            return 0.0
        self._x, self._reason = np.clip(x, *self._bounds), ""
        return style.step.learning_rate(now)

    def _cropped(self, picture: _Pixels, crop: bool) -> _Pixels:
        rows, columns = self.sees() if crop else (slice(None), slice(None))
        return np.ascontiguousarray(picture[rows, columns])


def stretched(difference: Floats) -> Picture:
    """A difference from the mean in grey levels (H, W, 3) → a picture: all but 0.5 % of it within the contrast."""
    size = float(np.percentile(np.abs(difference), 99.5))
    gain = np.clip(127 / size, 0.8, 200) if size > 0 else 1.0
    return np.clip(np.rint(128 + difference * np.float32(gain)), 0, 255).astype(np.uint8)
