"""Adam: steps whose size does not depend on the gradient's (Kingma & Ba, "Adam", 2015)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.errors import ShapeError
from deepvis.preprocess import Floats


class Adam:
    """The steps of a batch of runs: the first axis counts runs, and each has its own history.

    So a run's steps do not depend on which others share its batch. The first gradient of a run that is not 0 becomes
    its unit: objectives may have any scale, 1e-12 for a probability that is almost 0 as 1e6 for a sum over a map.
    """

    def __init__(self, first_decay: float = 0.9, second_decay: float = 0.999, epsilon: float = 1e-8) -> None:
        """Forget the mean with ``first_decay`` and the mean square with ``second_decay``, shares kept a step, under 1.

        ``epsilon``, in root mean squares of the first gradient, keeps what hardly matters from moving.
        """
        below_1 = float(np.nextafter(1.0, 0.0))
        number("Adam", "first_decay", first_decay, 0, below_1)
        number("Adam", "second_decay", second_decay, 0, below_1)
        number("Adam", "epsilon", epsilon, 0)
        self._decays, self._epsilon = (first_decay, second_decay), epsilon
        self._mean: Floats | None = None
        self._square: Floats | None = None
        self._steps: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._unit: npt.NDArray[np.float64] = np.zeros(0)

    def step(self, gradient: Floats, rate: float) -> Floats:
        """What to add to the parameters (N, …) to climb: about ``rate`` each while the gradient keeps its sign.

        A run whose gradient is 0 or not finite gets 0, and keeps its history. Raises ShapeError when the shape changes.
        """
        if self._mean is None or self._square is None:
            self._mean, self._square = np.zeros_like(gradient), np.zeros_like(gradient)
            self._steps, self._unit = np.zeros(len(gradient), np.int64), np.zeros(len(gradient))
        if gradient.shape != self._mean.shape:
            raise ShapeError(f"Adam: gradient has shape {gradient.shape}, expected {self._mean.shape} as before")
        update = np.zeros_like(gradient)
        for run, each in enumerate(gradient):
            # Largest first: the squares of tiny numbers would vanish.
            peak = float(np.abs(each).max(initial=0))
            if not 0 < peak < np.inf:
                continue
            if not self._unit[run]:
                flat = each.reshape(-1) / np.float32(peak)
                self._unit[run] = peak * np.sqrt(float(np.dot(flat, flat)) / flat.size)
            self._steps[run] += 1
            update[run] = self._one(self._mean[run], self._square[run], each, run, rate)
        return update

    def keep(self, runs: npt.ArrayLike) -> None:
        """Go on with these runs alone: their numbers in the batch, or a mask."""
        if self._mean is None or self._square is None:
            return
        chosen = np.asarray(runs)
        self._mean, self._square = self._mean[chosen], self._square[chosen]
        self._steps, self._unit = self._steps[chosen], self._unit[chosen]

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Plain arrays, to be given to ``restore`` later; empty before the first step."""
        if self._mean is None or self._square is None:
            return {}
        return {
            "mean": self._mean.copy(),
            "square": self._square.copy(),
            "steps": self._steps.copy(),
            "unit": self._unit.copy(),
        }

    def restore(self, state: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on from what ``state`` gave. Raises ShapeError where the arrays do not belong together."""
        if not state:
            self._mean = self._square = None
            return
        try:
            mean, square, steps, unit = (np.asarray(state[name]) for name in ("mean", "square", "steps", "unit"))
        except KeyError as error:
            raise ShapeError(f"Adam: the saved state has no {error}; start the run anew") from None
        if mean.ndim < 1 or mean.shape != square.shape or steps.shape != mean.shape[:1] or unit.shape != steps.shape:
            raise ShapeError(
                f"Adam: the saved state has shapes {mean.shape}, {square.shape}, {steps.shape}, {unit.shape}; "
                "expected twice that of the parameters and twice one number a run"
            )
        self._mean, self._square = mean.astype(np.float32), square.astype(np.float32)
        self._steps, self._unit = steps.astype(np.int64), unit.astype(np.float64)

    def _one(self, mean: Floats, square: Floats, gradient: Floats, run: int, rate: float) -> Floats:
        """One run's step; ``mean`` and ``square`` are brought up to date in place."""
        first, second = self._decays
        # Divided by an array of float64 numbers, so that a unit beyond float32's range does no harm.
        scaled = (gradient / self._unit[run]).astype(np.float32, copy=False)
        mean *= np.float32(first)
        mean += np.float32(1 - first) * scaled
        square *= np.float32(second)
        scaled *= scaled
        scaled *= np.float32(1 - second)
        square += scaled
        count = int(self._steps[run])
        below = np.sqrt(square, out=scaled)
        below *= np.float32(1 / np.sqrt(1 - second**count))
        below += np.float32(self._epsilon)
        step = mean * np.float32(rate / (1 - first**count))
        return np.divide(step, below, out=step, where=below > 0)
