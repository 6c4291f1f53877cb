"""Regularised gradient ascent of one picture, a step at a time."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from deepvis.ascent.classes import Classes
from deepvis.ascent.climb import Climb
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.objective import Objective
from deepvis.ascent.objective import unit as unit_objective
from deepvis.ascent.presets import Preset, preset
from deepvis.ascent.run import Run, Step
from deepvis.ascent.starts import Start
from deepvis.net import Net
from deepvis.preprocess import Floats, Picture, Preprocess
from deepvis.units import Unit

__all__ = ["Ascent", "Step", "difference", "stretched"]

_MID_GREY = 127.5
_Pixels = TypeVar("_Pixels", Picture, Floats)


class Ascent:
    """Changes a picture step by step so that a unit is excited more. Owns a clone of the net; for one thread at a time.

    It may go on for ever: what a preset changes over its iterations then stays at its last value. For many pictures,
    or one that is to be saved and gone on with, see `Climb`.
    """

    def __init__(
        self,
        net: Net,
        input_blob: str,
        preprocess: Preprocess,
        unit: Unit | Objective | str,
        preset: Preset | str = "classic",
        start: Start | Picture | Floats = "mean_plus_rand",
        seed: int = 0,
        *,
        classes: Classes | None = None,
        cone: bool = False,
    ) -> None:
        """Begin at ``start``, a kind of noise or an image (H, W, 3) uint8 RGB. Raises UnknownNameError, ShapeError.

        ``unit``: a channel at a position, a number of a fully connected layer, or, for a channel of a map without a
        position, the mean over the map; or any objective, or its formula. ``seed`` draws the start and the jitter.
        ``cone``: of one position, compute and keep only what it sees, for a fraction of the time; the layer's strongest
        unit is then not known.
        """
        objective = parse_objective(unit) if isinstance(unit, str) else unit
        objective = unit_objective(objective) if isinstance(objective, Unit) else objective
        run = Run(objective, _found(preset), start, seed)
        self._climb = Climb(
            net,
            input_blob,
            preprocess,
            [run],
            classes=classes,
            cures=(),
            cone=cone,
            endless=True,
            record=False,
        )

    @property
    def objective(self) -> Objective:
        """What is climbed."""
        return self._climb.ways[0].run.objective

    @property
    def unit(self) -> Unit:
        """The unit that is excited; of an objective with several, the first."""
        return self._climb.ways[0].bound.parts[0].named

    @property
    def preset(self) -> Preset:
        """The preset in use."""
        return self._climb.ways[0].style

    @property
    def iteration(self) -> int:
        """The number of the next step, from 0."""
        return self._climb.ways[0].iteration

    @property
    def x(self) -> Floats:
        """The picture as the net's input (1, C, H, W), within the pixels' range. Not to be written to, and good until
        the step after next.
        """
        return self._climb.x

    @property
    def measured(self) -> Floats:
        """The input at which the last step's numbers were taken: ``x`` as it was before that step."""
        return self._climb.measured

    def use(self, style: Preset | str) -> None:
        """Go on with another preset, or with the same and other parameters (``dataclasses.replace``)."""
        self._climb.use(0, _found(style))

    def rewind(self) -> None:
        """Count iterations from 0 again, keeping the picture: what the preset anneals begins anew."""
        self._climb.rewind(0)

    def step(self) -> Step:
        """Measure the unit and its gradient, and move the picture. A unit that gives no gradient is no error."""
        return self._climb.step()[0]

    def picture(self, crop: bool = False) -> Picture:
        """The picture as it is, (H, W, 3); ``crop`` to the part that the unit sees."""
        return self._cropped(self._climb.preprocess.to_image(self.x), crop)

    def stretched_picture(self, crop: bool = False) -> Picture:
        """The picture's difference from the mean, on mid-grey and with its contrast stretched, (H, W, 3)."""
        return stretched(self._cropped(difference(self.x, self._climb.preprocess), crop))

    def sees(self) -> tuple[slice, slice]:
        """The rows and columns of the picture that the unit depends on: all, unless it is one position of a map."""
        rows, columns = self._climb.sees(0)
        return (columns, rows) if self._climb.preprocess.transpose else (rows, columns)

    def _cropped(self, picture: _Pixels, crop: bool) -> _Pixels:
        rows, columns = self.sees() if crop else (slice(None), slice(None))
        return np.ascontiguousarray(picture[rows, columns])


def difference(x: Floats, preprocess: Preprocess) -> Floats:
    """By how much an input (1, C, H, W) differs from the mean, in grey levels (H, W, 3)."""
    pixels = preprocess.to_pixels(x)
    pixels -= _MID_GREY if preprocess.mean is None else preprocess.to_pixels(np.zeros_like(x))
    return pixels


def stretched(difference: Floats) -> Picture:
    """A difference from the mean in grey levels (H, W, 3) → a picture: all but 0.5 % of it within the contrast."""
    size = float(np.percentile(np.abs(difference), 99.5))
    gain = np.clip(127 / size, 0.8, 200) if size > 0 else 1.0
    return np.clip(np.rint(128 + difference * np.float32(gain)), 0, 255).astype(np.uint8)


def _found(style: Preset | str) -> Preset:
    return preset(style) if isinstance(style, str) else style
