"""Laplacian pyramids: exact reconstruction, what a band holds, and the size of each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.pyramid import joined, laplacian, normalised
from deepvis.errors import Error, ShapeError


def waves(period: float, size: int = 128) -> np.ndarray:
    columns = np.arange(size)
    return np.broadcast_to(np.sin(2 * np.pi * columns / period), (1, 1, size, size)).astype(np.float32)


def rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.square(x, dtype=np.float64).mean()))


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 40), st.integers(1, 40)),
    levels=st.integers(1, 7),
    seed=st.integers(0, 99),
)
def test_bands_join_to_what_they_came_from(shape: tuple[int, ...], levels: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(0, 100, shape).astype(np.float32)
    bands = laplacian(x, levels)
    assert 1 <= len(bands) <= levels
    for finer, coarser in pairwise(bands):
        assert coarser.shape[2:] == tuple((extent + 1) // 2 for extent in finer.shape[2:])
    found = joined(bands)
    assert found.shape == x.shape and found.dtype == np.float32
    np.testing.assert_allclose(found, x, atol=1e-3)


def test_each_band_holds_its_own_scale() -> None:
    for period, fullest in ((2.5, 0), (8, 1), (17, 2), (64, 4)):
        # A coarse band has fewer values for the same waves: what it adds to the whole counts.
        bands = laplacian(waves(period), 5)
        energy = [np.square(band).sum() * 4**at for at, band in enumerate(bands)]
        assert int(np.argmax(energy)) == fullest, period


def test_normalised_bands_are_of_one_size() -> None:
    gradient = np.concatenate([1e-6 * (waves(2.5) + 0.01 * waves(64)), 300 * waves(12)])
    fine, _ = normalised(gradient, 5)
    spectrum = np.abs(np.fft.rfft(fine[0], axis=1)).mean(axis=0)
    assert spectrum[2] > 0.3 * spectrum[51]
    assert spectrum[2] < 30 * spectrum[51]


def test_the_scale_and_the_batch_have_no_effect() -> None:
    x = np.random.default_rng(0).normal(size=(3, 3, 33, 20)).astype(np.float32)
    found = normalised(x, 4)
    np.testing.assert_allclose(normalised((x * np.float64(1e-25)).astype(np.float32), 4), found, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(normalised(x[1:2], 4), found[1:2])
    assert rms(normalised(x, 1)) == pytest.approx(1, rel=1e-4)


def test_nothing_stays_nothing() -> None:
    x = np.zeros((2, 3, 17, 9), np.float32)
    x[1] = 1
    found = normalised(x, 3)
    assert not found[0].any()
    assert np.all(np.isfinite(found))


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="levels"):
        laplacian(np.zeros((1, 1, 4, 4), np.float32), 0)
    with pytest.raises(ShapeError, match="expected"):
        laplacian(np.zeros((4, 4), np.float32), 2)
    assert joined(laplacian(np.zeros((0, 3, 8, 8), np.float32), 3)).shape == (0, 3, 8, 8)
