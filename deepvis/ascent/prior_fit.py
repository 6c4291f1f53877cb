"""Fit a prior of natural patches to pictures: principal components, then a mixture of Gaussians by EM."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.ascent.prior import Doubles, PatchPrior
from deepvis.errors import Error
from deepvis.preprocess import Picture, as_rgb

_EACH = 1000  # patches at most from one picture
_LEAST_A_COMPONENT = 50
_NOISE = 1 / 12  # grey levels squared: what rounding to 8 bits adds to every value
_DIRECTIONS = 4


def fit_prior(
    images: Iterable[Picture],
    *,
    patch: int = 8,
    components: int = 12,
    dimensions: int = 40,
    patches: int = 30_000,
    iterations: int = 25,
    shorter_side: int = 256,
    grey: bool = False,
    seed: int = 0,
) -> PatchPrior:
    """Fit the distribution of ``patch`` x ``patch`` patches of pictures (H, W, 3) uint8 RGB, read one after another.

    Larger pictures are first brought to ``shorter_side`` pixels, so that what a net would see of them is what is
    learnt. ``patches``: how many are drawn from all at most. ``grey``: for nets of one channel. The same pictures and
    ``seed`` give the same prior. Takes some seconds. Raises Error where the pictures are too few or empty.
    """
    channels = 1 if grey else 3
    number("patch prior", "patch", patch, 2, 32, whole=True)
    number("patch prior", "components", components, 1, 256, whole=True)
    number("patch prior", "dimensions", dimensions, 1, min(512, channels * patch**2 - 1), whole=True)
    number("patch prior", "patches", patches, 1, 1_000_000, whole=True)
    number("patch prior", "iterations", iterations, 1, whole=True)
    number("patch prior", "shorter_side", shorter_side, patch, whole=True)
    random = np.random.default_rng(seed)
    drawn = _drawn(images, patch, patches, shorter_side, grey, random)
    needed = max(components * _LEAST_A_COMPONENT, 2 * dimensions)
    if len(drawn) < needed:
        raise Error(
            f"patch prior: found {len(drawn)} patches of {patch}x{patch}, expected at least {needed}; "
            "give more or larger pictures, or ask for fewer components"
        )
    values = drawn.astype(np.float64)
    mean = values.mean(axis=0)
    values -= mean
    variances, vectors = np.linalg.eigh(values.T @ values / len(values))
    if variances[-1] <= _NOISE:
        raise Error("patch prior: the pictures are of one colour each, so there is nothing to learn")
    basis = vectors[:, : -dimensions - 1 : -1].T.copy()
    floor = max(float(variances[:-dimensions].mean()), _NOISE)
    inside = values @ basis.T
    weights, means, covariances = _mixture(inside, _first_shares(inside, components, random), iterations, floor)
    return PatchPrior(channels, mean, basis, floor, weights, means, covariances)


def _drawn(
    images: Iterable[Picture], patch: int, most: int, shorter_side: int, grey: bool, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Patches (P, C · patch · patch): so many at most, each of those seen with the same chance."""
    kept = np.zeros((0, (1 if grey else 3) * patch * patch), np.uint8)
    seen = 0
    for image in images:
        found = _patches(as_rgb(image), patch, shorter_side, grey, random)
        room = min(len(found), most - len(kept))
        kept = np.concatenate([kept, found[:room]]) if room else kept
        # Those that come when it is full take the place of a random one, or of none: a reservoir.
        later = found[room:]
        places = random.integers(0, seen + room + np.arange(1, len(later) + 1))
        for place, one in zip(places, later, strict=True):
            if place < most:
                kept[place] = one
        seen += len(found)
    return kept


def _patches(
    picture: Picture, patch: int, shorter_side: int, grey: bool, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Some of a picture's patches, at random places; none of a picture that is smaller than one."""
    shrink = shorter_side / min(picture.shape[:2])
    if shrink < 1:
        size = [max(patch, round(extent * shrink)) for extent in picture.shape[1::-1]]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    planes = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[None] if grey else picture.transpose(2, 0, 1)
    _, height, width = planes.shape
    if min(height, width) < patch:
        return np.zeros((0, len(planes) * patch * patch), np.uint8)
    count = min(_EACH, (height - patch + 1) * (width - patch + 1))
    windows = np.lib.stride_tricks.sliding_window_view(planes, (patch, patch), (1, 2))
    rows = random.integers(0, height - patch + 1, count)
    columns = random.integers(0, width - patch + 1, count)
    return np.ascontiguousarray(windows[:, rows, columns].transpose(1, 0, 2, 3)).reshape(count, -1)


def _first_shares(inside: Doubles, components: int, random: np.random.Generator) -> Doubles:
    """Shares (P, K) to begin with: patches grouped by contrast, then by which of a few directions they point along.

    Contrast is what natural patches differ in most; EM starting from groups at random takes long to find that.
    """
    split = min(_DIRECTIONS, components)
    order = np.argsort(np.einsum("pd,pd->p", inside[:, 1:], inside[:, 1:]), kind="stable")
    group = np.empty(len(inside), np.intp)
    group[order] = np.arange(len(inside)) * components // len(inside) // split * split
    scale = inside.std(axis=0) + np.sqrt(_NOISE)
    along = np.abs((inside / scale) @ random.normal(size=(inside.shape[1], split)))
    number_in_group = np.minimum(along.argmax(axis=1), components - 1 - group)
    shares = np.zeros((len(inside), components))
    shares[np.arange(len(inside)), group + number_in_group] = 1
    return shares


def _mixture(inside: Doubles, shares: Doubles, iterations: int, floor: float) -> tuple[Doubles, Doubles, Doubles]:
    """Weights (K,), means (K, D) and covariances (K, D, D) of a mixture of Gaussians, from first shares (P, K)."""
    weights, means, covariances = _maximised(inside, shares, floor)
    for _ in range(iterations):
        inverses = np.linalg.inv(np.linalg.cholesky(covariances))
        logs = np.empty_like(shares)
        for k, inverse in enumerate(inverses):
            white = (inside - means[k]) @ inverse.T
            height = np.log(weights[k]) + np.log(np.diagonal(inverse)).sum()
            logs[:, k] = height - 0.5 * np.einsum("pd,pd->p", white, white)
        logs -= logs.max(axis=1, keepdims=True)
        shares = np.exp(logs)
        shares /= shares.sum(axis=1, keepdims=True)
        weights, means, covariances = _maximised(inside, shares, floor)
    return weights, means, covariances


def _maximised(inside: Doubles, shares: Doubles, floor: float) -> tuple[Doubles, Doubles, Doubles]:
    """The most likely mixture given who belongs where; ``floor`` keeps a component of few patches from collapsing."""
    dimensions = inside.shape[1]
    sums = shares.sum(axis=0)
    means = shares.T @ inside / np.maximum(sums, 1)[:, None]
    covariances = np.empty((len(sums), dimensions, dimensions))
    for k, total in enumerate(sums):
        away = inside - means[k]
        spread = (away * shares[:, k, None]).T @ away
        covariances[k] = (spread + dimensions * floor * np.eye(dimensions)) / (total + dimensions)
    weights = np.maximum(sums, 1e-3)
    return weights / weights.sum(), means, covariances
