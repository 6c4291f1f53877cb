"""How colours hang together in natural pictures: red, green and blue rise and fall together.

In steps by single channels, ascent finds rainbow colours first; in uncorrelated colours scaled as in pictures, it finds
plausible ones (Olah, Mordvintsev & Schubert, "Feature Visualization", Distill 2017).
"""

from __future__ import annotations

import numpy as np

from deepvis.ascent.checks import number
from deepvis.errors import ShapeError
from deepvis.preprocess import Floats

# A square root of the correlation of colours over ImageNet's pixels, columns by size: brightness, red against blue,
# green against both. The numbers are those published with "Feature Visualization", in its library Lucid.
_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def mixing(channels: int) -> Floats:
    """The matrix (C, C) from uncorrelated colours to RGB, each channel of variance 1 on average; 1 for grey."""
    if channels != 3:
        return np.eye(channels, dtype=np.float32)
    return (_ROOT / np.sqrt(np.square(_ROOT).sum() / channels)).astype(np.float32)


def natural(gradient: Floats, strength: float = 1.0) -> Floats:
    """A gradient by pixels (N, C, H, W), RGB or grey, times the correlation of colours to the power ``strength``.

    1 is the step that uncorrelated colours would take; 0.5 lets more colour through; 0 is none of it. Its own adjoint.
    """
    number("colours", "strength", strength, 0, 1)
    if gradient.ndim != 4 or gradient.shape[1] not in (1, 3):
        raise ShapeError(f"colours: gradient has shape {gradient.shape}, expected (N, 3, H, W) or (N, 1, H, W)")
    if gradient.shape[1] == 1 or strength == 0:
        return gradient
    root = mixing(3).astype(np.float64)
    sizes, axes = np.linalg.eigh(root @ root.T)
    matrix = (axes * sizes**strength @ axes.T).astype(np.float32)
    return np.matmul(matrix, gradient.reshape(*gradient.shape[:2], -1)).reshape(gradient.shape)
