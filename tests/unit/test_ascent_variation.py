"""Total variation against plain loops, its gradient against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.variation import total_variation
from deepvis.errors import Error, ShapeError


def naive(picture: np.ndarray, smoothing: float) -> float:
    """One picture (C, H, W), pixel by pixel."""
    channels, height, width = picture.shape
    total = 0.0
    for row in range(height):
        for column in range(width):
            squares = 0.0
            for c in range(channels):
                if row + 1 < height:
                    squares += (picture[c, row + 1, column] - picture[c, row, column]) ** 2
                if column + 1 < width:
                    squares += (picture[c, row, column + 1] - picture[c, row, column]) ** 2
            total += math.sqrt(squares + smoothing**2) - smoothing
    return total


shapes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))


@given(shape=shapes, smoothing=st.floats(0.1, 5), seed=st.integers(0, 99))
def test_value_and_gradient(shape: tuple[int, ...], smoothing: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(0, 3, shape)
    values, gradient = total_variation(x.astype(np.float32), smoothing)
    assert values == pytest.approx([naive(picture, smoothing) for picture in x], rel=1e-4, abs=1e-4)
    assert gradient.shape == shape and gradient.dtype == np.float32
    way, step = random.normal(size=shape), 1e-5
    for at in range(shape[0]):
        ahead, behind = (naive(x[at] + sign * step * way[at], smoothing) for sign in (1, -1))
        assert float((gradient[at] * way[at]).sum()) == pytest.approx((ahead - behind) / (2 * step), rel=1e-3, abs=1e-3)


def test_the_gradient_is_bounded_and_has_no_units() -> None:
    x = np.random.default_rng(0).normal(0, 50, (2, 3, 9, 8)).astype(np.float32)
    _, gradient = total_variation(x, 2.0)
    assert np.abs(gradient).max() <= 4
    np.testing.assert_allclose(total_variation(x / 128, 2.0 / 128)[1], gradient, rtol=1e-4, atol=1e-5)


def test_flattens_noise_and_leaves_an_edge() -> None:
    random = np.random.default_rng(0)
    clean = np.zeros((1, 1, 24, 24), np.float32)
    clean[..., 12:] = 100
    x = clean + random.normal(0, 5, clean.shape).astype(np.float32)
    for _ in range(100):
        x = x - 0.2 * total_variation(x)[1]
    left, right = x[0, 0, :, :11], x[0, 0, :, 13:]
    assert left.std() < 1.5 and right.std() < 1.5
    assert right.mean() - left.mean() > 95


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="smoothing"):
        total_variation(np.zeros((1, 1, 2, 2), np.float32), 0)
    with pytest.raises(ShapeError, match="expected"):
        total_variation(np.zeros((3, 4, 4), np.float32))
    values, gradient = total_variation(np.zeros((0, 3, 4, 4), np.float32))
    assert values.shape == (0,) and gradient.shape == (0, 3, 4, 4)
