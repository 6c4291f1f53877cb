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

    def apply(self, x: Floats, gradient: Floats, iteration: int) -> Floats:
        """Regularise an input (1, C, H, W); ``gradient``, of that shape, is the one that the step went along."""
        if self.decay:
            x = x * np.float32(1 - self.decay)
        if self.blur_radius and self.blur_every and iteration % self.blur_every == 0:
            x = blur(x, self.blur_radius)
        if self.small_val_percentile:
            x = _zero_below(x, np.abs(x), self.small_val_percentile)
        if self.small_norm_percentile:
            squared_norm = np.einsum("nchw,nchw->nhw", x, x)[:, None]
            x = _zero_below(x, np.sqrt(squared_norm), self.small_norm_percentile)
        if self.px_benefit_percentile:
            x = _zero_below(x, _contribution(x, gradient), self.px_benefit_percentile)
        if self.px_abs_benefit_percentile:
            x = _zero_below(x, np.abs(_contribution(x, gradient)), self.px_abs_benefit_percentile)
        return x


def blur(x: Floats, sigma: float) -> Floats:
    """Blur each plane of (1, C, H, W) as scipy.ndimage.gaussian_filter does: cut at 4 sigma, edges reflected."""
    side = 2 * int(4 * sigma + 0.5) + 1
    planes = [cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_REFLECT) for plane in x[0]]
    return np.stack(planes)[None]


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


def _zero_below(x: Floats, measure: Floats, percent: float) -> Floats:
    """Set to 0 where a measure, of each value or each pixel, is less than its percentile."""
    return np.where(measure < np.float32(percentile(measure, percent)), np.float32(0), x)


def _contribution(x: Floats, gradient: Floats) -> Floats:
    """To first order, by how much the objective would grow with each pixel (1, 1, H, W) set to 0."""
    return -np.einsum("nchw,nchw->nhw", gradient, x)[:, None]
