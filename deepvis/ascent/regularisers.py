"""The paper's regularisers: projections of the input towards pictures, each off at 0."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deepvis.ascent.checks import number
from deepvis.preprocess import Floats


@dataclass(frozen=True)
class Regularisers:
    """What is done to the input after each step, in this order. The names are the classic toolbox's.

    decay: the share that every value loses (θ_decay). blur_radius: sigma in pixels of a Gaussian blur in every
    blur_every-th iteration, the first included (θ_b_width, θ_b_every). Then what lies under a percentile becomes 0:
    values by size (small_val), pixels by the norm over their channels (small_norm, θ_n_pct), and pixels by what they
    contribute to the objective, signed (px_benefit) or by size (px_abs_benefit, θ_c_pct). Percentiles are 0 to 100.
    """

    decay: float = 0.0
    blur_radius: float = 0.0
    blur_every: int = 0
    small_val_percentile: float = 0.0
    small_norm_percentile: float = 0.0
    px_benefit_percentile: float = 0.0
    px_abs_benefit_percentile: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot work now, not at the first step."""
        number("regularisers", "decay", self.decay, 0, 1)
        number("regularisers", "blur_radius", self.blur_radius, 0, 1000)
        number("regularisers", "blur_every", self.blur_every, 0, whole=True)
        for name in ("small_val", "small_norm", "px_benefit", "px_abs_benefit"):
            number("regularisers", f"{name}_percentile", getattr(self, f"{name}_percentile"), 0, 100)

    @property
    def needs_whole(self) -> bool:
        """Whether a pixel's fate depends on all the others: percentiles of a part are not those of the whole."""
        return any(
            (
                self.small_val_percentile,
                self.small_norm_percentile,
                self.px_benefit_percentile,
                self.px_abs_benefit_percentile,
            )
        )

    def blurs_in(self, iteration: int) -> bool:
        """Whether an iteration is one of those with a blur."""
        return bool(self.blur_radius and self.blur_every and iteration % self.blur_every == 0)

    def apply(self, x: Floats, gradient: Floats, iteration: int) -> Floats:
        """Regularise inputs (N, C, H, W), each by itself: a new array, or x where nothing is to be done.

        ``gradient``, of that shape, is the one that the step went along.
        """
        if not (self.decay or self.blurs_in(iteration) or self.needs_whole):
            return x
        x = x.copy()
        self.apply_in_place(x, gradient, iteration)
        return x

    def apply_in_place(self, x: Floats, gradient: Floats, iteration: int) -> None:
        """Regularise inputs (N, C, H, W), each by itself."""
        if self.decay:
            x *= np.float32(1 - self.decay)
        if self.blurs_in(iteration):
            blur(x, self.blur_radius, out=x)
        if not self.needs_whole:
            return
        for i in range(len(x)):  # a picture at a time: it stays in the processor's cache
            self._clip(x[i], gradient[i])

    def _clip(self, x: Floats, gradient: Floats) -> None:
        """What lies under a percentile becomes 0, in one picture (C, H, W)."""
        if self.small_val_percentile:
            _zero_below(x, np.abs(x), self.small_val_percentile)
        if self.small_norm_percentile:
            _zero_below(x, _norm(x), self.small_norm_percentile)
        if self.px_benefit_percentile:
            _zero_below(x, _contribution(x, gradient), self.px_benefit_percentile)
        if self.px_abs_benefit_percentile:
            _zero_below(x, np.abs(_contribution(x, gradient)), self.px_abs_benefit_percentile)


def blur(x: Floats, sigma: float, out: Floats | None = None) -> Floats:
    """Blur each plane of (N, C, H, W) as scipy.ndimage.gaussian_filter does: cut at 4 sigma, edges reflected.

    ``out``, contiguous, may be x itself.
    """
    out = np.empty_like(x) if out is None else out
    radius = reach(sigma)
    side = (2 * radius + 1, 2 * radius + 1)
    planes = x.reshape(-1, *x.shape[2:]), out.reshape(-1, *x.shape[2:])
    for plane, into in zip(*planes, strict=True):
        cv2.GaussianBlur(plane, side, sigma, dst=into, borderType=cv2.BORDER_REFLECT)
    return out


def reach(sigma: float) -> int:
    """How far a blur looks, in pixels."""
    return int(4 * sigma + 0.5)


def percentile(values: Floats, percent: float) -> float:
    """NumPy's linearly interpolated percentile, by one selection: np.percentile makes several, and takes longer."""
    flat = values.reshape(-1)
    at = percent / 100 * (flat.size - 1)
    below = int(at)
    parted = np.partition(flat, below)
    low = float(parted[below])
    if at == below:
        return low
    return low + (float(parted[below + 1 :].min()) - low) * (at - below)


def _zero_below(x: Floats, measure: Floats, percent: float) -> None:
    """Set (C, H, W) to 0 where a measure, of each value or each pixel, is less than its percentile."""
    x *= measure >= np.float32(percentile(measure, percent))


def _norm(x: Floats) -> Floats:
    """Of each pixel (H, W), over its channels."""
    squares = np.einsum("chw,chw->hw", x, x)
    return np.sqrt(squares, out=squares)


def _contribution(x: Floats, gradient: Floats) -> Floats:
    """To first order, by how much the objective would grow with each pixel (H, W) set to 0."""
    contribution = np.einsum("chw,chw->hw", gradient, x)
    return np.negative(contribution, out=contribution)
