"""Centre bias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.centre import centred, decayed_outside, window
from deepvis.errors import Error, ShapeError


@given(height=st.integers(1, 60), width=st.integers(1, 60), sigma=st.floats(0.1, 4))
def test_window(height: int, width: int, sigma: float) -> None:
    weights = window(height, width, sigma)
    assert weights.shape == (height, width) and weights.dtype == np.float32
    np.testing.assert_allclose(weights, weights[::-1, ::-1], rtol=1e-5, atol=1e-7)
    assert weights.max() <= 1 and weights.min() >= 0
    row, column = np.unravel_index(int(weights.argmax()), weights.shape)
    assert abs(row - (height - 1) / 2) <= 0.5 and abs(column - (width - 1) / 2) <= 0.5


def test_sigma_is_in_half_sides_and_the_centre_may_move() -> None:
    weights = window(2001, 1001, 0.8)
    assert weights[1000, 0] == pytest.approx(0.458, abs=0.005)
    assert weights[0, 500] == pytest.approx(0.458, abs=0.005)
    assert weights[0, 0] == pytest.approx(0.21, abs=0.005)
    moved = window(100, 100, 0.5, (0.25, 0.9))
    assert np.unravel_index(int(moved.argmax()), moved.shape) in [(24, 89), (25, 89), (24, 90), (25, 90)]


def test_gradient_under_a_window() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 2, 3, 9, 7)).astype(np.float32)
    weights = window(9, 7, 0.5)
    np.testing.assert_array_equal(centred(x, weights)[1, 2], x[1, 2] * weights)
    assert np.vdot(centred(x, weights), y) == pytest.approx(np.vdot(x, centred(y, weights)), rel=1e-4)


def test_decay_outside() -> None:
    x, weights = np.ones((1, 1, 41, 41), np.float32), window(41, 41, 0.3)
    found = decayed_outside(x, weights, 0.2)[0, 0]
    assert found[20, 20] == pytest.approx(1) and found[0, 0] == pytest.approx(0.8, abs=1e-3)
    np.testing.assert_allclose(found, 1 - 0.2 * (1 - weights), rtol=1e-6)
    np.testing.assert_array_equal(decayed_outside(x, weights, 0), x)


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="sigma"):
        window(5, 5, 0)
    with pytest.raises(Error, match="share"):
        decayed_outside(np.zeros((1, 1, 5, 5), np.float32), window(5, 5, 1), 2)
    with pytest.raises(ShapeError, match="do not fit"):
        centred(np.zeros((1, 1, 5, 6), np.float32), window(5, 5, 1))
