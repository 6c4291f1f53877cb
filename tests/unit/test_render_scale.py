"""Scaling and colours of the classic toolbox, on numbers small enough to check by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepvis.render import backward_picture, backward_tiles, forward_tiles, to_bytes

ACTS = np.array([[[-2.0, 0.0]], [[2.0, 6.0]]], np.float32)  # two units of 1×2


def test_forward_is_one_affine_map_of_the_layer_and_does_not_anchor_zero():
    np.testing.assert_allclose(forward_tiles(ACTS), [[[0, 0.25]], [[0.5, 1.0]]], atol=1e-6)
    assert ACTS[0, 0, 0] == -2, "the caller's array is left alone"


def test_boost_raises_each_unit_by_its_own_maximum():
    half = forward_tiles(ACTS, boost=0.5)
    np.testing.assert_allclose(half, [[[0, 0.5]], [[0.5, 1.0]]], atol=1e-6)  # 0.25 ** (1 - 0.5)
    full = forward_tiles(ACTS, boost=1.0)
    np.testing.assert_allclose(full.max(axis=(1, 2)), [1, 1], atol=1e-6)


def test_gamma_comes_after_boost():
    tiles = forward_tiles(ACTS, boost=1.0, gamma=0.5)
    np.testing.assert_allclose(tiles, [[[0, 1.0]], [[0.5**0.5, 1.0]]], atol=1e-6)


def test_backward_is_green_above_and_red_below_zero():
    tiles = backward_tiles(np.array([[[-2.0, 0.0, 4.0]]], np.float32))
    np.testing.assert_allclose(tiles[0, 0], [[0.5, 0, 0], [0, 0, 0], [0, 1, 0]], atol=1e-6)


def test_bytes_are_truncated_not_rounded():
    assert to_bytes([0, 0.5, 0.999, 1.0, 2.0, -1.0, np.nan]).tolist() == [0, 127, 254, 255, 255, 0, 0]


@pytest.mark.parametrize("make", [forward_tiles, backward_tiles])
def test_a_constant_empty_or_broken_layer_is_drawn_all_the_same(make):
    assert np.isfinite(make(np.zeros((3, 2, 2)), 0.5, 0.7)).all()
    assert np.isfinite(make(np.array([[[np.nan, np.inf, 1.0]]]), 1.0, 0.3)).all()
    assert make(np.zeros((0, 2, 2))).shape[0] == 0


@given(
    arrays(np.float32, (3, 2, 4), elements=st.floats(-1e6, 1e6, width=32)),
    st.sampled_from([0, 0.3, 0.5, 0.8, 1]),
)
def test_tiles_stay_within_0_and_1(acts, boost):
    for tiles in (forward_tiles(acts, boost), backward_tiles(acts, boost)):
        assert tiles.min() >= 0
        assert tiles.max() <= 1 + 1e-5


SIGNAL = np.zeros((3, 1, 2), np.float32)
SIGNAL[0, 0, 0], SIGNAL[2, 0, 1] = 4, -2


def test_raw_puts_zero_at_mid_grey_and_scales_channels_jointly():
    picture = backward_picture(SIGNAL, "raw")
    np.testing.assert_allclose(picture[0], [[1, 0.5, 0.5], [0.5, 0.5, 0.25]], atol=1e-6)


def test_gray_is_the_centred_mean():
    np.testing.assert_allclose(backward_picture(SIGNAL, "gray")[0, :, 0], [1, 0.25], atol=1e-6)


def test_norm_is_stretched_from_the_smallest_to_the_largest():
    np.testing.assert_allclose(backward_picture(SIGNAL, "norm")[0], [[1, 1, 1], [0, 0, 0]], atol=1e-6)


def test_normblur_spreads_a_point():
    signal = np.zeros((1, 41, 41), np.float32)
    signal[0, 20, 20] = -3
    picture = backward_picture(signal, "normblur")[..., 0]
    assert picture[20, 20] == pytest.approx(1, abs=1e-6)
    assert picture[20, 24] == pytest.approx(np.exp(-0.5), abs=0.02)  # one sigma away


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("how", ["raw", "gray", "norm", "normblur"])
def test_any_number_of_input_channels_is_shown(channels, how):
    signal = np.random.default_rng(0).normal(size=(channels, 5, 7))
    picture = backward_picture(signal, how)
    assert picture.shape == (5, 7, 3)
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_unknown_filter_is_named():
    with pytest.raises(ValueError, match=r"'blurry'.*normblur"):
        backward_picture(SIGNAL, "blurry")
