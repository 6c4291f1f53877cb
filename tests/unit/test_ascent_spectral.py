"""The Fourier parameterisation: inverse, adjoint, amplitudes and colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.spectral import Spectral
from deepvis.errors import Error, ShapeError
from deepvis.preprocess import Order, Preprocess


def preprocess(size: tuple[int, int] = (12, 15), order: Order = "BGR", transpose: bool = False) -> Preprocess:
    return Preprocess(size, order, np.array([120], np.float32), input_scale=1 / 64, transpose=transpose)


settings = st.builds(
    preprocess,
    size=st.tuples(st.integers(1, 17), st.integers(1, 17)),
    order=st.sampled_from(["RGB", "BGR", "GRAY"]),
    transpose=st.booleans(),
)


def generators(runs: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(runs)]


@given(preprocess=settings, power=st.floats(0, 2), decorrelate=st.booleans(), seed=st.integers(0, 99))
def test_pull_is_the_adjoint_of_the_affine_map(
    preprocess: Preprocess, power: float, decorrelate: bool, seed: int
) -> None:
    spectral = Spectral(preprocess, power, decorrelate, bounded=False)
    random = np.random.default_rng(seed)
    parameters = random.normal(size=spectral.shape(2)).astype(np.float32)
    y = random.normal(size=(2, preprocess.channels, *preprocess.size)).astype(np.float32)
    x, zero = spectral.to_x(parameters), spectral.to_x(np.zeros_like(parameters))
    assert x.shape == y.shape and x.dtype == np.float32
    one = float(np.vdot((x - zero).astype(np.float64), y))
    back = spectral.pull(y, x)
    assert back.shape == parameters.shape and back.dtype == np.float32
    other = float(np.vdot(parameters.astype(np.float64), back))
    scale = float(np.linalg.norm(parameters) * np.linalg.norm(back) + np.linalg.norm(x) * np.linalg.norm(y))
    assert one == pytest.approx(other, abs=1e-5 * scale)


@pytest.mark.parametrize("order", ["RGB", "BGR", "GRAY"])
def test_pull_is_the_gradient_where_pixels_are_bounded(order: Order) -> None:
    spectral = Spectral(preprocess(order=order), 1.2)
    random = np.random.default_rng(3)
    parameters = random.normal(size=spectral.shape(2)).astype(np.float32)
    way = random.normal(size=parameters.shape).astype(np.float32)
    x = spectral.to_x(parameters)
    y = random.normal(size=x.shape).astype(np.float32)
    ahead, behind = (spectral.to_x(parameters + np.float32(step) * way).astype(np.float64) for step in (0.01, -0.01))
    wanted = float(np.vdot((ahead - behind) / 0.02, y))
    assert float(np.vdot(spectral.pull(y, x), way)) == pytest.approx(wanted, rel=2e-3, abs=2e-2)


def test_penalties_are_pulled_as_if_there_were_no_bounds() -> None:
    bounded, free = Spectral(preprocess(), 1.2), Spectral(preprocess(), 1.2, bounded=False)
    x = bounded.to_x(bounded.noise(generators(2), 3.0))
    y = np.random.default_rng(9).normal(size=x.shape).astype(np.float32)
    np.testing.assert_array_equal(bounded.pull_evenly(y), free.pull(y, x))
    y -= y.mean(axis=(2, 3), keepdims=True)
    assert np.abs(bounded.pull_evenly(y)[:, :, 0, 0]).max() < 1e-3 < np.abs(bounded.pull(y, x)[:, :, 0, 0]).max()


@given(preprocess=settings, power=st.floats(0, 2), bounded=st.booleans(), seed=st.integers(0, 99))
def test_an_image_comes_back(preprocess: Preprocess, power: float, bounded: bool, seed: int) -> None:
    spectral = Spectral(preprocess, power, bounded=bounded)
    picture = np.random.default_rng(seed).integers(3, 252, (*preprocess.shown_size, 3), np.uint8)
    x = preprocess.apply(picture)
    parameters = spectral.from_x(x)
    assert parameters.shape == spectral.shape(1)
    np.testing.assert_allclose(spectral.to_x(parameters), x, atol=2e-3)


def test_black_and_white_come_back_nearly() -> None:
    pre = preprocess()
    spectral = Spectral(pre)
    picture = np.zeros((12, 15, 3), np.uint8)
    picture[:, 7:] = 255
    back = pre.to_image(spectral.to_x(spectral.from_x(pre.apply(picture))))
    assert np.abs(back.astype(int) - picture).max() <= 2


def test_pixels_stay_within_black_and_white() -> None:
    pre = preprocess()
    spectral = Spectral(pre)
    x = spectral.to_x(spectral.noise(generators(2), 1000.0))
    low, high = pre.bounds()
    assert np.all(np.isfinite(x)) and x.min() >= low.min() - 1e-5 and x.max() <= high.max() + 1e-5
    assert np.all(np.isfinite(spectral.pull(x, x)))


def test_no_parameters_are_the_mean_or_else_grey() -> None:
    for mean, level in ((120.0, 120.0), (0.0, 127.5)):
        pre = Preprocess((5, 6), mean=np.array([mean], np.float32))
        spectral = Spectral(pre)
        pixels = pre.to_pixels(spectral.to_x(np.zeros(spectral.shape(1), np.float32)))
        np.testing.assert_allclose(pixels, level, atol=1e-2)


def test_amplitudes_fall_with_the_frequency() -> None:
    pre = Preprocess((64, 64), "GRAY", np.array([127.5], np.float32))
    for power in (0.0, 1.0, 1.5):
        spectral = Spectral(pre, power, bounded=False)
        x = spectral.to_x(spectral.noise(generators(40), 1.0))[:, 0]
        strength = np.sqrt(np.square(np.abs(np.fft.rfft2(x))).mean(axis=0))
        fall = np.log(strength[0, 4] / strength[0, 16]) / np.log(4)
        assert fall == pytest.approx(power, abs=0.15)


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5])
def test_unit_noise_is_of_unit_size(power: float) -> None:
    pre = Preprocess((96, 97), "RGB", np.array([127.5], np.float32))
    spectral = Spectral(pre, power, bounded=False)
    level = spectral.to_x(spectral.noise(generators(30), 1.0)) / 255
    assert float(np.sqrt(np.square(level * 4, dtype=np.float64).mean())) == pytest.approx(1, abs=0.1)


def test_colours_hang_together_as_in_pictures() -> None:
    for order in ("RGB", "BGR"):
        pre = Preprocess((48, 48), order, np.array([127.5], np.float32))
        found = []
        for decorrelate in (True, False):
            spectral = Spectral(pre, 0.0, decorrelate, bounded=False)
            x = spectral.to_x(spectral.noise(generators(4), 1.0))
            x = x if order == "RGB" else x[:, ::-1]
            red, green, blue = x.transpose(1, 0, 2, 3).reshape(3, -1)
            found.append([np.corrcoef(one, other)[0, 1] for one, other in ((red, green), (green, blue), (red, blue))])
        assert 0.9 < found[0][0] < 1 and 0.9 < found[0][1] < 1 and found[0][2] < min(found[0][:2])
        assert np.abs(found[1]).max() < 0.05


def test_a_run_does_not_depend_on_the_others() -> None:
    spectral = Spectral(preprocess())
    parameters = spectral.noise(generators(3), 1.0)
    np.testing.assert_array_equal(parameters[2:], spectral.noise([np.random.default_rng(2)], 1.0))
    np.testing.assert_allclose(spectral.to_x(parameters)[1:2], spectral.to_x(parameters[1:2]), atol=1e-6)


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="power"):
        Spectral(preprocess(), -1)
    spectral = Spectral(preprocess())
    with pytest.raises(Error, match="deviation"):
        spectral.noise(generators(1), -1)
    with pytest.raises(ShapeError, match="expected"):
        spectral.to_x(np.zeros(spectral.shape(1)[1:], np.float32))
    with pytest.raises(ShapeError, match="float32"):
        spectral.to_x(np.zeros(spectral.shape(1)))
    assert spectral.noise([]).shape == spectral.shape(0)
