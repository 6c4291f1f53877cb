"""Where an ascent starts: an input of noise, of the mean, or an image."""

from __future__ import annotations

from typing import Literal

import numpy as np

from deepvis.ascent.checks import number
from deepvis.errors import ShapeError, UnknownNameError
from deepvis.preprocess import Floats, Picture, Preprocess

Start = Literal["mean_plus_rand", "randu", "mean"]
STARTS: tuple[Start, ...] = ("mean_plus_rand", "randu", "mean")
_NOISE = 10.0  # grey levels, standard deviation


def grey_level(preprocess: Preprocess) -> Floats:
    """By how much the input changes for one grey level: (C, 1, 1), or (C, H, W) where preprocessing has a picture."""
    low, high = preprocess.bounds()
    return (high - low) / np.float32(255)


def start_at(start: Start | Picture | Floats, preprocess: Preprocess, seed: int = 0) -> Floats:
    """The input (1, C, H, W) to begin with: the named kind, drawn from ``seed``, or an image (H, W, 3) uint8 RGB.

    Floats are taken as the input itself, (1, C, H, W) or (C, H, W): an earlier result, to go on with.
    "mean" is 0 everywhere, so black for a net without a mean; "mean_plus_rand" adds noise of 10 grey levels, and
    "randu" is noise over all grey levels: the draws of the classic toolbox with that seed.
    Raises UnknownNameError, Error, ShapeError.
    """
    number("start", "seed", seed, 0, 2**32 - 1, whole=True)
    if not isinstance(start, str):
        return preprocess.apply(start) if start.dtype != np.float32 else _as_input(start, preprocess)
    if start not in STARTS:
        raise UnknownNameError(f"no start {start!r}: expected an image or one of {', '.join(STARTS)}")
    random = np.random.RandomState(seed)
    shape = (preprocess.channels, *preprocess.size)
    if start == "mean":
        return np.zeros((1, *shape), np.float32)
    if start == "mean_plus_rand":
        return (random.normal(0, _NOISE, shape) * grey_level(preprocess)).astype(np.float32)[None]
    low, _ = preprocess.bounds()
    return (low + random.uniform(0, 255, shape) * grey_level(preprocess)).astype(np.float32)[None]


def _as_input(x: Picture | Floats, preprocess: Preprocess) -> Floats:
    shape = (1, preprocess.channels, *preprocess.size)
    if x.shape not in (shape, shape[1:]):
        raise ShapeError(f"start: the input has shape {x.shape}, expected {shape}")
    return np.array(x, np.float32).reshape(shape)
