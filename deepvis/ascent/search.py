"""Presets drawn at random, as the paper found its own: 300 combinations looked at side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deepvis.ascent.presets import Preset
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.steps import Constant, Progress, Rms, StepPolicy

COMBINATIONS = 300
POLICIES = ("rms", "constant", "progress")


@dataclass(frozen=True)
class Range:
    """What a parameter is drawn from: 0, so off, in a share ``off`` of the draws, else ``low`` to ``high``, evenly or
    evenly in the logarithm; or, with ``among``, one of these.
    """

    low: float = 0.0
    high: float = 0.0
    off: float = 0.0
    logarithmic: bool = False
    among: tuple[int, ...] = ()

    def draw(self, random: np.random.Generator) -> float:
        """Draw it, to three digits, so that a preset can be read. Always takes the same number of draws."""
        share, place = random.random(2)
        if share < self.off:
            return 0.0
        if self.among:
            return self.among[int(place * len(self.among))]
        if self.logarithmic:
            return float(f"{self.low * (self.high / self.low) ** place:.3g}")
        return float(f"{self.low + (self.high - self.low) * place:.3g}")

    def __str__(self) -> str:
        """In words."""
        if self.among:
            words = "one of " + ", ".join(map(str, self.among))
        else:
            words = f"{self.low:g} to {self.high:g}" + (", logarithmic" if self.logarithmic else "")
        return words + (f"; off in {self.off:.0%}" if self.off else "")


# Around the paper's four presets and the styles of presets.yaml. The order is that of the draws: append only.
RANGES: Mapping[str, Range] = {
    "step": Range(0.1, 20, logarithmic=True),  # rms: grey levels
    "last step": Range(0.05, 1, logarithmic=True),  # rms: as a share of the first
    "lr": Range(1, 10_000, logarithmic=True),  # constant
    "desired_prog": Range(0.1, 10, logarithmic=True),  # progress
    "decay": Range(1e-5, 0.3, off=0.25, logarithmic=True),
    "blur_radius": Range(0.3, 3, off=0.25),
    "last blur": Range(0.1, 1),  # as a share of the first
    "blur_every": Range(among=(1, 2, 4, 8)),
    "small_norm_percentile": Range(5, 90, off=0.5),
    "px_abs_benefit_percentile": Range(5, 95, off=0.5),
    "jitter": Range(among=(2, 4, 8, 16), off=0.5),
    "gradient_blur": Range(0.3, 1.5, off=0.7),
}
_MOST_LR = 1e8


def combination(number: int, seed: int, iterations: int, policy: str) -> Preset:
    """The preset with a number from 1 of a search with a seed: the same whatever else is drawn."""
    random = np.random.default_rng([seed, number])
    drawn = {name: each.draw(random) for name, each in RANGES.items()}
    blurs = drawn["blur_radius"] > 0
    regularisers = Regularisers(
        decay=drawn["decay"],
        blur_radius=drawn["blur_radius"],
        blur_every=int(drawn["blur_every"]) if blurs else 0,
        small_norm_percentile=drawn["small_norm_percentile"],
        px_abs_benefit_percentile=drawn["px_abs_benefit_percentile"],
    )
    return Preset(
        name=f"{number:04d}",
        iterations=iterations,
        step=_step(policy, drawn),
        regularisers=regularisers,
        blur_radius_end=_digits(drawn["blur_radius"] * drawn["last blur"]) if blurs else None,
        jitter=int(drawn["jitter"]),
        gradient_blur=drawn["gradient_blur"],
        about=f"combination {number} of a search with seed {seed}",
    )


def combinations(count: int, seed: int, iterations: int, policy: str) -> list[Preset]:
    """The presets of a search. More of them begin with the same ones."""
    return [combination(number, seed, iterations, policy) for number in range(1, count + 1)]


def parameters(style: Preset) -> dict[str, float]:
    """A preset's numbers under one name each, those that are off left out."""
    body = style.as_mapping()
    step = body.pop("step")
    numbers = {key: value for key, value in {**step, **body}.items() if key not in ("about", "iterations", "policy")}
    return {key: float(value) for key, value in numbers.items() if value}


def _step(policy: str, drawn: Mapping[str, float]) -> StepPolicy:
    if policy == "constant":
        return Constant(drawn["lr"])
    if policy == "progress":
        return Progress(_MOST_LR, drawn["desired_prog"])
    return Rms(drawn["step"], _digits(drawn["step"] * drawn["last step"]))


def _digits(value: float) -> float:
    return float(f"{value:.3g}")
