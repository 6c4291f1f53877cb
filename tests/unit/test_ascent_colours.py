"""Natural colours of a gradient."""

from __future__ import annotations

import numpy as np
import pytest

from deepvis.ascent.colours import mixing, natural
from deepvis.errors import Error, ShapeError


def gradient(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, channels, 5, 6)).astype(np.float32)


def test_mixing_makes_correlated_colours_of_unit_size() -> None:
    colours = mixing(3).astype(np.float64)
    covariance = colours @ colours.T
    assert np.trace(covariance) == pytest.approx(3, rel=1e-5)
    assert covariance.min() > 0.7
    assert covariance[0, 2] == covariance.min()  # red and blue, the ends of the spectrum
    np.testing.assert_array_equal(mixing(1), [[1]])


def test_powers() -> None:
    x, colours = gradient(), mixing(3)
    wanted = np.einsum("ij,kj,nkhw->nihw", colours, colours, x)
    np.testing.assert_allclose(natural(x), wanted, atol=1e-4)
    np.testing.assert_allclose(natural(natural(x, 0.5), 0.5), wanted, atol=1e-4)
    np.testing.assert_array_equal(natural(x, 0), x)
    np.testing.assert_array_equal(natural(gradient(1)), gradient(1))


@pytest.mark.parametrize("strength", [0.3, 0.5, 1.0])
def test_its_own_adjoint_and_always_a_climb(strength: float) -> None:
    x, y = gradient(), gradient()[::-1]
    assert np.vdot(natural(x, strength), y) == pytest.approx(np.vdot(x, natural(y, strength)), rel=1e-4)
    assert np.vdot(natural(x, strength), x) > 0


def test_more_brightness_and_less_colour() -> None:
    grey, opposed = np.ones((1, 3, 1, 1), np.float32), np.array([1, 0, -1], np.float32).reshape(1, 3, 1, 1)
    ratios = [
        np.linalg.norm(natural(grey, strength)) / np.linalg.norm(natural(opposed, strength))
        for strength in (0.0, 0.5, 1.0)
    ]
    assert ratios[0] * 2 < ratios[1] and ratios[1] * 2 < ratios[2]


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="strength"):
        natural(gradient(), 2)
    with pytest.raises(ShapeError, match="expected"):
        natural(gradient()[0])
    with pytest.raises(ShapeError, match="expected"):
        natural(np.zeros((1, 4, 2, 2), np.float32))
