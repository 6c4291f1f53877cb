"""Laplacian-pyramid gradients: large shapes grow as fast as fine texture.

A picture's gradient is mostly fine detail. Taken apart into bands an octave wide (Burt & Adelson, 1983), each brought
to the same size, it draws at all scales at once (Mordvintsev, Olah & Tyka, the DeepDream notebook, 2015).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.ascent.checks import number
from deepvis.errors import ShapeError
from deepvis.preprocess import Floats


def laplacian(x: Floats, levels: int) -> list[Floats]:
    """The bands of a batch (N, C, H, W), finest first: each what its half-size copy cannot show, the last the rest.

    Each is (N, C, h, w) at its own size. Fewer come where the picture is too small to be halved further.
    """
    number("pyramid", "levels", levels, 1, whole=True)
    if x.ndim != 4:
        raise ShapeError(f"pyramid: pictures have shape {x.shape}, expected (N, C, H, W)")
    planes = x.reshape(-1, *x.shape[2:])
    bands: list[Floats] = []
    while len(bands) < levels - 1 and min(planes.shape[1:]) > 1:
        smaller = np.stack([cv2.pyrDown(plane) for plane in planes]) if len(planes) else planes[:, ::2, ::2]
        bands.append(planes - _grown(smaller, planes.shape[1:]))
        planes = smaller
    return [band.reshape(*x.shape[:2], *band.shape[1:]) for band in [*bands, planes]]


def joined(bands: list[Floats]) -> Floats:
    """The batch that ``laplacian`` took apart, whatever was done to its bands."""
    x = bands[-1]
    for band in bands[-2::-1]:
        planes = x.reshape(-1, *x.shape[2:])
        x = band + _grown(planes, band.shape[2:]).reshape(band.shape)
    return x


def normalised(gradient: Floats, levels: int) -> Floats:
    """A gradient (N, C, H, W) with each band of each picture brought to a root mean square of 1; 0 stays 0."""
    bands = laplacian(gradient, levels)
    for at, band in enumerate(bands):
        bands[at] = band * _one_over_rms(band)
    return joined(bands)


def _one_over_rms(band: Floats) -> Floats:
    """(N, 1, 1, 1), 0 for an empty band; what is less than rounding errors of the whole is no band."""
    peak = np.abs(band).max(axis=(1, 2, 3), initial=0).astype(np.float64)
    safe = np.where((peak > 0) & np.isfinite(peak), peak, 1)
    scaled = band / safe[:, None, None, None].astype(np.float32)  # first: squares of tiny numbers would vanish
    rms = np.sqrt(np.einsum("nchw,nchw->n", scaled, scaled, dtype=np.float64) / max(1, band[:1].size)) * safe
    factor = np.divide(1, rms, out=np.zeros_like(rms), where=(peak > 0) & np.isfinite(peak))
    return factor.astype(np.float32)[:, None, None, None]


def _grown(planes: npt.NDArray[np.float32], size: tuple[int, ...]) -> Floats:
    """Planes (P, h, w) at twice their size, or one pixel less."""
    grown = [cv2.pyrUp(plane, dstsize=(size[1], size[0])) for plane in planes]
    return np.stack(grown) if grown else np.zeros((0, *size), np.float32)
