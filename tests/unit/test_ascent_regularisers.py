"""Regularisers against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepvis.ascent import Regularisers
from deepvis.ascent.regularisers import blur, percentile
from deepvis.errors import Error


def pair(seed: int = 0, shape: tuple[int, ...] = (1, 3, 9, 11)) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    return random.randn(*shape).astype(np.float32), random.randn(*shape).astype(np.float32)


def naive_blur(plane: np.ndarray, sigma: float) -> np.ndarray:
    """SciPy's gaussian_filter with its defaults: kernel cut at 4 sigma, (d c b a | a b c d | d c b a)."""
    radius = int(4 * sigma + 0.5)
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)]
    for axis in (0, 1):
        extent = plane.shape[axis]
        out = np.zeros_like(plane, dtype=np.float64)
        for at in range(extent):
            for k, weight in zip(range(-radius, radius + 1), weights, strict=True):
                there = (at + k) % (2 * extent)
                there = there if there < extent else 2 * extent - 1 - there
                out.swapaxes(0, axis)[at] += weight / sum(weights) * plane.swapaxes(0, axis)[there]
        plane = out
    return plane


def naive_zero(x: np.ndarray, measure: np.ndarray, percent: float) -> np.ndarray:
    """Pixel by pixel: 0 where the measure (H, W) is under its percentile."""
    out, bound = x.copy(), np.percentile(measure, percent)
    for row in range(x.shape[2]):
        for column in range(x.shape[3]):
            if measure[row, column] < bound:
                out[0, :, row, column] = 0
    return out


@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("size", [(13, 17), (5, 4), (1, 6)])
def test_blur(sigma: float, size: tuple[int, int]) -> None:
    x, _ = pair(shape=(1, 2, *size))
    wanted = np.stack([naive_blur(plane, sigma) for plane in x[0].astype(np.float64)])[None]
    found = blur(x, sigma)
    assert found.shape == x.shape and found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-6)


@given(
    values=arrays(np.float32, st.integers(1, 60), elements=st.floats(-100, 100, width=32)),
    percent=st.floats(0, 100),
)
def test_percentile_is_numpys(values: np.ndarray, percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)), rel=1e-5, abs=1e-5)


def test_decay() -> None:
    x, gradient = pair()
    np.testing.assert_allclose(Regularisers(decay=0.3).apply(x, gradient, 5), 0.7 * x, rtol=1e-6)


def test_blur_comes_every_so_many_iterations_from_the_first() -> None:
    x, gradient = pair()
    regularisers = Regularisers(blur_radius=1, blur_every=3)
    blurred = [not np.array_equal(regularisers.apply(x, gradient, i), x) for i in range(7)]
    assert blurred == [True, False, False, True, False, False, True]
    assert Regularisers(blur_radius=1).apply(x, gradient, 0) is x


@pytest.mark.parametrize("percent", [20, 50, 95, 100])
def test_small_values(percent: float) -> None:
    x, gradient = pair()
    bound = np.percentile(np.abs(x), percent)
    wanted = [0 if abs(value) < bound else value for value in x.ravel()]
    found = Regularisers(small_val_percentile=percent).apply(x, gradient, 1)
    np.testing.assert_array_equal(found.ravel(), np.array(wanted, np.float32))


@pytest.mark.parametrize("percent", [20, 50, 90])
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_that_are_small_or_contribute_little(percent: float, channels: int) -> None:
    x, gradient = pair(shape=(1, channels, 9, 11))
    norm = np.zeros(x.shape[2:])
    benefit = np.zeros(x.shape[2:])
    for row in range(9):
        for column in range(11):
            norm[row, column] = math.sqrt(sum(float(v) ** 2 for v in x[0, :, row, column]))
            pair_here = zip(x[0, :, row, column], gradient[0, :, row, column], strict=True)
            benefit[row, column] = sum(-float(v) * float(g) for v, g in pair_here)
    for regularisers, measure in (
        (Regularisers(small_norm_percentile=percent), norm),
        (Regularisers(px_benefit_percentile=percent), benefit),
        (Regularisers(px_abs_benefit_percentile=percent), np.abs(benefit)),
    ):
        np.testing.assert_array_equal(regularisers.apply(x, gradient, 1), naive_zero(x, measure, percent))


def test_equal_values_all_stay() -> None:
    """The bound is strict: of a flat picture nothing is under its percentile."""
    x = np.ones((1, 3, 4, 4), np.float32)
    np.testing.assert_array_equal(Regularisers(small_norm_percentile=50).apply(x, x, 0), x)


def test_order_is_the_classics() -> None:
    x, gradient = pair(3)
    wanted = 0.8 * x
    wanted = np.stack([naive_blur(plane, 0.7) for plane in wanted[0].astype(np.float64)])[None]
    wanted = np.where(np.abs(wanted) < np.percentile(np.abs(wanted), 10), 0, wanted)
    wanted = naive_zero(wanted, np.sqrt((wanted[0] ** 2).sum(0)), 20)
    wanted = naive_zero(wanted, (gradient[0] * -wanted[0]).sum(0), 30)
    wanted = naive_zero(wanted, np.abs((gradient[0] * -wanted[0]).sum(0)), 40)
    before = x.copy()
    found = Regularisers(0.2, 0.7, 1, 10, 20, 30, 40).apply(x, gradient, 0)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_array_equal(x, before)


def test_off_leaves_everything() -> None:
    x, gradient = pair()
    assert Regularisers().apply(x, gradient, 0) is x


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decay", 1.5),
        ("decay", float("nan")),
        ("blur_every", 2.5),
        ("small_norm_percentile", 101),
        ("blur_radius", "1"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(Error, match=rf"{name}: expected"):
        Regularisers(**{name: value})  # type: ignore[arg-type]
