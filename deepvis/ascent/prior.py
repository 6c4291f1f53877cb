"""A prior of natural pictures from a user's own: how likely the 8x8 patches of a picture are.

The patches' distribution is a mixture of Gaussians, and a picture's likelihood that of its patches (Zoran & Weiss,
"From learning models of natural image patches to whole image restoration", 2011). For speed it is so in the patches'
first principal components only; what these leave out has the same variance in all directions (Tipping & Bishop,
"Probabilistic principal component analysis", 1999). deepvis.ascent.prior_fit fits one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deepvis.ascent.prior_file import read_arrays, write_arrays
from deepvis.errors import FormatError, ShapeError
from deepvis.preprocess import Floats

Doubles = npt.NDArray[np.float64]
_SLACK = 1e-3  # of 1, for what was rounded on its way to a file
_LARGEST = {"components": 256, "dimensions": 512, "values": 4096}
_ARRAYS = ("channels", "mean", "basis", "residual_variance", "weights", "means", "covariances")


@dataclass(frozen=True, eq=False)
class PatchPrior:
    """How likely patches of pixels (grey levels 0 to 255) are: M = channels · side · side values, in the order C, H, W.

    mean (M,); basis (D, M) with rows of length 1 at right angles; residual_variance of what the basis leaves out;
    the mixture's weights (K,), means (K, D) and covariances (K, D, D) within the basis.
    """

    channels: int
    mean: Doubles
    basis: Doubles
    residual_variance: float
    weights: Doubles
    means: Doubles
    covariances: Doubles

    def __post_init__(self) -> None:
        """Refuse what is no distribution. Raises FormatError."""
        problem = _problem(self)
        if problem:
            raise FormatError(f"patch prior: {problem}; fit it anew")

    @property
    def side(self) -> int:
        """A patch's height and width in pixels."""
        return math.isqrt(self.mean.size // self.channels)

    def save(self, path: Path) -> None:
        """Write a .npz of plain arrays, atomically."""
        write_arrays(path, {name: np.asarray(getattr(self, name), np.float64) for name in _ARRAYS})

    @classmethod
    def read(cls, path: Path) -> PatchPrior:
        """Read what ``save`` wrote. Raises FormatError, LimitError, OSError."""
        arrays = read_arrays(path, _ARRAYS)
        numbers = {name: arrays.pop(name) for name in ("channels", "residual_variance")}
        for name, array in numbers.items():
            if array.shape != () or not np.isfinite(array):
                raise FormatError(f"{path}: {name}: expected one number, found an array of shape {array.shape}")
        try:
            return cls(
                channels=int(numbers["channels"]), residual_variance=float(numbers["residual_variance"]), **arrays
            )
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from None

    def evaluate(self, pixels: Floats, random: np.random.Generator) -> tuple[Doubles, Floats]:
        """The log likelihood (N,) in nats of one grid of patches of each picture, and its gradient (N, C, H, W).

        ``pixels`` (N, C, H, W) in grey levels, RGB for a prior of colours: PixelSpace makes them from inputs. The grid
        is drawn at a random offset, and each pixel is in at most one patch of it: on average over the iterations it is
        in overlapping ones, for 1/64 of the time. Pixels beyond the last whole patch get 0. Raises ShapeError.
        """
        side = self.side
        if pixels.ndim != 4 or pixels.shape[1] != self.channels or min(pixels.shape[2:]) < side:
            raise ShapeError(
                f"patch prior: pictures have shape {pixels.shape}, expected (N, {self.channels}, H, W) of at least "
                f"{side}x{side}; a prior for grey nets is fitted on grey pictures"
            )
        height, width = pixels.shape[2:]
        top, left = (int(random.integers(0, min(side, extent - side + 1))) for extent in (height, width))
        down, across = (height - top) // side, (width - left) // side
        rows, columns = slice(top, top + down * side), slice(left, left + across * side)
        values, gradient = np.zeros(len(pixels)), np.zeros_like(pixels)
        for at, picture in enumerate(pixels):
            tiles = picture[:, rows, columns].reshape(self.channels, down, side, across, side)
            patches = tiles.transpose(1, 3, 0, 2, 4).reshape(down * across, -1)
            logs, pulls = self._evaluated(patches)
            values[at] = logs.sum(dtype=np.float64)
            back = pulls.reshape(down, across, self.channels, side, side).transpose(2, 0, 3, 1, 4)
            gradient[at, :, rows, columns] = back.reshape(self.channels, down * side, across * side)
        return values, gradient

    def _evaluated(self, patches: Floats) -> tuple[Floats, Floats]:
        """Log likelihoods (P,) of patches (P, M), and their gradients (P, M)."""
        tools = self._tools
        centred = patches - tools.mean
        inside = centred @ tools.basis.T
        # Σ⁻¹ = L⁻ᵀ L⁻¹: lengths after L⁻¹ are Mahalanobis distances. All components in one product.
        white = (inside @ tools.whiten - tools.shift).reshape(len(patches), len(self.weights), -1)
        logs = tools.constants - np.float32(0.5) * np.einsum("pkd,pkd->pk", white, white)
        peak = logs.max(axis=1, keepdims=True)
        shares = np.exp(logs - peak)
        total = shares.sum(axis=1, keepdims=True)
        shares /= total
        white *= shares[:, :, None]
        by_inside = white.reshape(len(patches), -1) @ tools.whiten.T
        outside = np.einsum("pm,pm->p", centred, centred) - np.einsum("pd,pd->p", inside, inside)
        precision = np.float32(1 / self.residual_variance)
        # The gradient of the part outside the basis is (centred - inside @ basis) / variance.
        gradient = (inside * precision - by_inside) @ tools.basis - centred * precision
        return (peak + np.log(total))[:, 0] - np.float32(0.5) * precision * np.maximum(outside, 0), gradient

    @cached_property
    def _tools(self) -> _Tools:
        count, dimensions = self.means.shape
        inverses = np.linalg.inv(np.linalg.cholesky(self.covariances))
        whiten = inverses.transpose(2, 0, 1).reshape(dimensions, count * dimensions)
        shift = np.einsum("kij,kj->ki", inverses, self.means).reshape(-1)
        half_logs = np.log(np.diagonal(inverses, axis1=1, axis2=2)).sum(axis=1)
        rest = (self.mean.size - dimensions) * math.log(2 * math.pi * self.residual_variance)
        constants = np.log(self.weights) + half_logs - 0.5 * (dimensions * math.log(2 * math.pi) + rest)
        return _Tools(*(each.astype(np.float32) for each in (self.mean, self.basis, whiten, shift, constants)))


@dataclass(frozen=True, eq=False)
class _Tools:
    """What an evaluation multiplies with: L⁻¹ of all components side by side (D, K·D), L⁻¹ of their means (K·D,), and
    the logarithms of the components' weights and heights (K,).
    """

    mean: Floats
    basis: Floats
    whiten: Floats
    shift: Floats
    constants: Floats


def _problem(prior: PatchPrior) -> str:
    """What is wrong with a prior's arrays, "" for nothing."""
    if prior.channels not in (1, 3):
        return f"channels: expected 1 or 3, found {prior.channels}"
    if prior.basis.ndim != 2 or prior.weights.ndim != 1:
        return f"basis and weights have {prior.basis.ndim} and {prior.weights.ndim} axes, expected 2 and 1"
    (dimensions, values), (count,) = prior.basis.shape, prior.weights.shape
    sizes = {"components": count, "dimensions": dimensions, "values": values}
    for name, size in sizes.items():
        if not 1 <= size <= _LARGEST[name]:
            return f"it has {size} {name}, expected 1 to {_LARGEST[name]}"
    side = math.isqrt(values // prior.channels)
    if prior.channels * side * side != values or dimensions >= values:
        return (
            f"basis has shape {prior.basis.shape}, expected (D, {prior.channels} · side · side) with D less than that"
        )
    shapes = {"mean": (values,), "means": (count, dimensions), "covariances": (count, dimensions, dimensions)}
    for name, shape in shapes.items():
        found = getattr(prior, name)
        if found.shape != shape:
            return f"{name} has shape {found.shape}, expected {shape}"
    if not all(np.all(np.isfinite(getattr(prior, name))) for name in _ARRAYS):
        return "some numbers are not finite"
    if not prior.residual_variance > 0 or not np.all(prior.weights > 0) or abs(prior.weights.sum() - 1) > _SLACK:
        return "expected a residual variance above 0 and weights above 0 that sum to 1"
    if np.abs(prior.basis @ prior.basis.T - np.eye(dimensions)).max() > _SLACK:
        return "basis: expected rows of length 1 at right angles"
    try:
        np.linalg.cholesky(prior.covariances)
    except np.linalg.LinAlgError:
        return "covariances: expected positive definite matrices"
    return ""
