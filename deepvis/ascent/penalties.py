"""What is climbed beside the objective: a picture that changes little from pixel to pixel, and one that is likely."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from deepvis.ascent.pixels import PixelSpace
from deepvis.ascent.prior import PatchPrior
from deepvis.ascent.variation import total_variation
from deepvis.errors import Error
from deepvis.preprocess import Floats

_SMOOTHING = 1.0  # grey levels


@dataclass(frozen=True, eq=False)
class Smooth:
    """Against total variation."""

    space: PixelSpace
    strength: float
    evenly: bool

    def gradient(self, x: Floats, random: np.random.Generator) -> Floats:  # noqa: ARG002
        """``strength`` times what total variation falls by, by the input."""
        _, rise = total_variation(self.space.to_pixels(x), _SMOOTHING)
        return self.space.pull_to_x(np.float32(-self.strength) * rise)


@dataclass(frozen=True, eq=False)
class Likely:
    """Towards patches that a prior finds likely."""

    space: PixelSpace
    prior: PatchPrior
    strength: float
    evenly: bool = False

    def gradient(self, x: Floats, random: np.random.Generator) -> Floats:
        """``strength`` for a pixel that lies one standard deviation off the prior's components, by the input."""
        _, rise = self.prior.evaluate(self.space.to_pixels(x), random)
        return self.space.pull_to_x(np.float32(self.strength * self.prior.residual_variance**0.5) * rise)


def read_prior(path: str, digest: str, channels: int) -> PatchPrior:
    """A prior from its file. Raises Error where it is not there, is not the one with this SHA-256 (if one is given), or
    is of pictures with other channels than the net's; FormatError.
    """
    try:
        found, has = _read(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        raise Error(f"prior: cannot read {path}: {error.strerror or error}; fit one: deepvis prior fit") from error
    if digest and digest != has:
        raise Error(f"prior: {path} has changed: expected SHA-256 {digest}, found {has}; fit it from the same pictures")
    if found.channels != channels:
        grey = " --grey" * (channels == 1)
        raise Error(
            f"prior: {path} is of {found.channels} channels, and the net takes {channels}; deepvis prior fit{grey}"
        )
    return found


def digest_of(path: str) -> str:
    """The SHA-256 of a prior's file, "" where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> tuple[PatchPrior, str]:  # noqa: ARG001
    return PatchPrior.read(Path(path)), digest_of(path)
