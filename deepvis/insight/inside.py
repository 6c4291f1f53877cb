"""Which units answer to a part of the picture, and not to the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Units by how much more active they are inside a box; `order` begins with the most, the rest are by unit (n,)."""

    order: npt.NDArray[np.int_]
    inside_mean: Floats
    outside_mean: Floats
    score: Floats


def rank_by_box(acts: npt.ArrayLike, inside: tuple[slice, slice] | npt.NDArray[np.bool_]) -> Ranking:
    """Rank the units of `acts` (n, h, w) by their activation at the positions `inside`: rows and columns, or a mask.

    score = (mean inside − mean outside) / s, s being the standard deviation of all of the layer's activations, so that
    scores of different layers compare; equal scores are in the order of the units. A mean over no positions is 0: with
    nothing outside the score is that of the mean inside. In a layer without spread every score is 0. NaN and infinities
    count as 0. ValueError where `acts` or the mask has another shape.
    """
    x = np.asarray(acts, np.float32)
    if x.ndim != 3:
        raise ValueError(f"units are ranked from maps (n, h, w); these are {x.shape}")
    mask = np.zeros(x.shape[1:], bool)
    if isinstance(inside, tuple):
        mask[inside] = True
    elif inside.shape == mask.shape:
        mask = inside.astype(bool)
    else:
        raise ValueError(f"the mask is {inside.shape}, the maps are {mask.shape}")
    rows = x.reshape(x.shape[0], mask.size)
    with np.errstate(invalid="ignore", over="ignore"):
        means, spread = _means_and_spread(rows, mask.reshape(-1))
        if not (np.isfinite(means).all() and np.isfinite(spread)):
            rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0)
            means, spread = _means_and_spread(rows, mask.reshape(-1))
    score = (means[:, 0] - means[:, 1]) / np.float32(spread) if spread > 0 else np.zeros(len(rows), np.float32)
    return Ranking(np.argsort(-score, kind="stable"), means[:, 0], means[:, 1], score)


def _means_and_spread(rows: Floats, mask: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """(n, 2) means inside and outside, and the standard deviation of all values."""
    shares = np.stack([mask, ~mask]).astype(np.float32)
    counts = shares.sum(axis=1)
    # einsum stays in this thread: on a busy machine BLAS waits longer for its threads than this takes
    sums = np.stack([np.einsum("np,p->n", rows, share) for share in shares], axis=1)
    means: Floats = sums / np.maximum(counts, 1)
    if not rows.size:
        return means, 0.0
    mean = float((means.astype(np.float64) * counts).sum() / rows.size)
    flat = rows.reshape(-1)
    variance = float(np.einsum("i,i->", flat, flat)) / rows.size - mean * mean
    # below what float32 can tell, all values are the same
    return means, variance**0.5 if variance > 1e-6 * mean * mean else 0.0
