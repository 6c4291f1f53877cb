"""A picture as its Fourier spectrum with natural amplitudes, and as colours that do not hang together.

In pixels, ascent finds fine noise first. Steps of the same size in each frequency, scaled as natural pictures are (an
amplitude of about 1/f: Field, "Relations between the statistics of natural images…", 1987) and in uncorrelated
colours, find large shapes in plausible colours (Olah, Mordvintsev & Schubert, "Feature Visualization", Distill 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.ascent.colours import mixing
from deepvis.ascent.pixels import PixelSpace
from deepvis.errors import ShapeError
from deepvis.preprocess import Floats, Preprocess

_EDGE = 1 / 512  # of the range: nearer to black or white an image has no finite parameters


class Spectral:
    """Parameters (N, C, h, w // 2 + 1, 2), real and imaginary parts of half a spectrum, and the inputs they stand for.

    (h, w) is the upright picture's size. Normal numbers of standard deviation 1 as parameters give a picture of
    standard deviation 1 in the units of the logistic function that ends it: pixels mostly from 0.27 to 0.73 of white.
    """

    def __init__(
        self, preprocess: Preprocess, power: float = 1.0, decorrelate: bool = True, bounded: bool = True
    ) -> None:
        """``power`` p of the amplitude 1/f^p; 0 treats all frequencies alike. ``decorrelate`` has no effect on grey.

        ``bounded``: the logistic function keeps pixels within black and white. Without, the map is affine, with the
        same slope at mid-grey.
        """
        number("spectral", "power", power, 0, 4)
        self._space = PixelSpace(preprocess)
        self._bounded = bounded
        height, width = self._space.size
        channels = self._space.channels
        self._colours = mixing(channels) if decorrelate else np.eye(channels, dtype=np.float32)
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
        amplitude = np.maximum(frequency, 1 / max(height, width)) ** -power
        # All but the first column, and the last of an even width, stand for two frequencies of the whole spectrum.
        self._times = np.full(width // 2 + 1, 2.0)
        self._times[0] = 1
        if width % 2 == 0:
            self._times[-1] = 1
        amplitude /= np.sqrt(np.square(amplitude * self._times).sum() / (height * width))
        self._amplitude = amplitude.astype(np.float32)
        self._pull = (amplitude * self._times).astype(np.float32)
        # All parameters 0 is the mean where that is a possible colour, and mid-grey where it is not.
        mean = self._space.mean() / np.float32(255)
        possible = bool(np.all((mean > _EDGE) & (mean < 1 - _EDGE)))
        self._middle = _unsquashed(mean if possible else np.full_like(mean, 0.5), bounded)

    def shape(self, runs: int) -> tuple[int, ...]:
        """The shape of the parameters of so many pictures."""
        return (runs, self._space.channels, *self._amplitude.shape, 2)

    def noise(self, randoms: Sequence[np.random.Generator], deviation: float = 0.02) -> Floats:
        """Parameters to begin with, one picture from each generator."""
        number("spectral", "deviation", deviation, 0)
        drawn = [random.normal(0, deviation, self.shape(1)[1:]).astype(np.float32) for random in randoms]
        return np.stack(drawn) if drawn else np.zeros(self.shape(0), np.float32)

    def from_x(self, x: Floats) -> Floats:
        """The parameters of inputs (N, C, H, W), such as images; black and white become nearly so."""
        level = self._space.to_pixels(x) / np.float32(255)
        if self._bounded:
            level = np.clip(level, _EDGE, 1 - _EDGE)
        mixed = _unsquashed(level, self._bounded) - self._middle
        plain = np.linalg.inv(self._colours).astype(np.float32) @ _flat(mixed)
        spectrum = np.fft.rfft2(plain.reshape(mixed.shape), norm="ortho").astype(np.complex64, copy=False)
        return _parts(spectrum / self._amplitude)

    def to_x(self, parameters: Floats) -> Floats:
        """The inputs (N, C, H, W) that parameters stand for."""
        self._check(parameters)
        spectrum = np.ascontiguousarray(parameters).view(np.complex64)[..., 0] * self._amplitude
        plain = np.fft.irfft2(spectrum, self._space.size, norm="ortho").astype(np.float32, copy=False)
        mixed = (self._colours @ _flat(plain)).reshape(plain.shape) + self._middle
        return self._space.to_x(_squashed(mixed, self._bounded) * np.float32(255))

    def pull(self, gradient: Floats, x: Floats) -> Floats:
        """A gradient (N, C, H, W) by the inputs x that ``to_x`` made → by the parameters, of their shape."""
        if not self._bounded:
            return self.pull_evenly(gradient)
        level = self._space.to_pixels(x) / np.float32(255)
        return self._pulled(self._space.pull_to_pixels(gradient) * np.float32(255) * (level * (1 - level)))

    def pull_evenly(self, gradient: Floats) -> Floats:
        """A gradient by the inputs → by the parameters as if pixels had no bounds.

        For penalties on what changes from pixel to pixel: through the bounded map, they are met best by a picture that
        is black or white all over. Through this one, they leave its brightness alone.
        """
        return self._pulled(self._space.pull_to_pixels(gradient) * np.float32(255 / 4))

    def _pulled(self, by_mixed: Floats) -> Floats:
        by_plain = (self._colours.T @ _flat(by_mixed)).reshape(by_mixed.shape)
        spectrum = np.fft.rfft2(by_plain, norm="ortho").astype(np.complex64, copy=False)
        spectrum *= self._pull
        return _parts(spectrum)

    def _check(self, parameters: Floats) -> None:
        expected = self.shape(len(parameters)) if parameters.ndim else self.shape(1)
        if parameters.shape != expected or parameters.dtype != np.float32:
            raise ShapeError(
                f"spectral parameters have shape {parameters.shape} of {parameters.dtype}, "
                f"expected (N, {', '.join(map(str, expected[1:]))}) of float32"
            )


def _squashed(mixed: Floats, bounded: bool) -> Floats:
    if not bounded:
        return mixed / 4 + np.float32(0.5)
    return np.reciprocal(1 + np.exp(-np.clip(mixed, -80, 80)))


def _unsquashed(level: Floats, bounded: bool) -> Floats:
    return np.log(level / (1 - level)) if bounded else (level - np.float32(0.5)) * 4


def _flat(x: Floats) -> Floats:
    return x.reshape(*x.shape[:2], -1)


def _parts(spectrum: npt.NDArray[np.complex64]) -> Floats:
    return np.ascontiguousarray(spectrum).view(np.float32).reshape(*spectrum.shape, 2)
