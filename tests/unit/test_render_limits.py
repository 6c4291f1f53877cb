"""Brightness between chosen limits: of the layer, of each unit, or fixed, and anchored at zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from deepvis.render import forward_tiles, limits, scaled_tiles, unit_bytes

ACTS = np.array([[[-2.0, 0.0]], [[2.0, 6.0]]], np.float32)  # two units of 1×2
MAPS = arrays(np.float32, array_shapes(min_dims=3, max_dims=3, max_side=5), elements=st.floats(-1e6, 1e6, width=32))

pytestmark = pytest.mark.filterwarnings("error")


@given(MAPS, st.sampled_from([0, 0.3, 1]))
def test_the_layers_limits_make_the_classic_picture(acts, boost):
    before = acts.copy()
    tiles, low, high = scaled_tiles(acts, boost=boost)
    np.testing.assert_array_equal(tiles, forward_tiles(acts, boost))
    assert (low, high) == (acts.min(), acts.max())
    assert low.shape == high.shape == ()
    np.testing.assert_array_equal(acts, before)


@given(MAPS, st.sampled_from([0.7, 0.5, 0.3]))
def test_gamma_is_the_classics_up_to_rounding(acts, gamma):
    np.testing.assert_allclose(scaled_tiles(acts, gamma=gamma)[0], forward_tiles(acts, gamma=gamma), atol=1e-6)


def test_each_unit_fills_its_own_range():
    tiles, low, high = scaled_tiles(ACTS, scale="unit")
    np.testing.assert_allclose(tiles, [[[0, 1]], [[0, 1]]], atol=1e-6)
    assert (low.tolist(), high.tolist()) == ([-2, 2], [0, 6])


def test_fixed_limits_stay_and_cut():
    tiles, low, high = scaled_tiles(ACTS, scale="fixed", fixed=(0, 4))
    np.testing.assert_allclose(tiles, [[[0, 0]], [[0.5, 1]]], atol=1e-6)
    assert (low, high) == (0, 4)


def test_anchored_puts_zero_in_the_middle_of_symmetric_limits():
    tiles, low, high = scaled_tiles(ACTS, anchored=True)
    np.testing.assert_allclose(tiles, [[[1 / 3, 0.5]], [[2 / 3, 1]]], atol=1e-6)
    assert (low, high) == (-6, 6)
    tiles, low, high = scaled_tiles(ACTS, scale="unit", anchored=True)
    np.testing.assert_allclose(tiles, [[[0, 0.5]], [[2 / 3, 1]]], atol=1e-6)
    assert (low.tolist(), high.tolist()) == ([-2, -6], [2, 6])
    tiles, low, high = scaled_tiles(ACTS, scale="fixed", fixed=(-1, 4), anchored=True)
    np.testing.assert_allclose(tiles, [[[0.25, 0.5]], [[0.75, 1]]], atol=1e-6)
    assert (low, high) == (-4, 4)


def test_anchored_boost_and_gamma_act_on_the_distance_from_zero():
    acts = np.array([[[-1.0, 0.0, 0.25]], [[0.0, 4.0, -2.0]]], np.float32)
    tiles, _, _ = scaled_tiles(acts, anchored=True, boost=1.0)
    np.testing.assert_allclose(tiles, [[[0, 0.5, 0.625]], [[0.5, 1, 0.25]]], atol=1e-6)
    tiles, _, _ = scaled_tiles(acts, anchored=True, gamma=0.5)
    np.testing.assert_allclose(tiles[0], [[0.25, 0.5, 0.625]], atol=1e-6)


@given(
    MAPS,
    st.sampled_from(["layer", "unit", "fixed"]),
    st.booleans(),
    st.sampled_from([0, 0.5, 1]),
    st.sampled_from([1, 0.5, 0.3]),
)
def test_tiles_are_0_to_1_and_equal_values_are_dark_or_in_the_middle(acts, scale, anchored, boost, gamma):
    fixed = (-10.0, 1000.0)
    tiles, low, high = scaled_tiles(acts, scale=scale, fixed=fixed, anchored=anchored, boost=boost, gamma=gamma)
    assert tiles.shape == acts.shape
    assert tiles.dtype == low.dtype == high.dtype == np.float32
    assert tiles.min() >= 0
    assert tiles.max() <= 1 + 1e-5
    assert low.shape == high.shape == ((len(acts),) if scale == "unit" else ())
    asked = limits(acts, scale, fixed, anchored)
    np.testing.assert_array_equal(asked[0], low)
    np.testing.assert_array_equal(asked[1], high)
    if anchored:
        assert (np.sign(tiles - np.float32(0.5)) * np.sign(acts) >= 0).all()
        assert (tiles[acts == 0] == 0.5).all()
    same = np.full_like(acts, 0 if anchored else 7)
    flat = scaled_tiles(same, scale=scale, fixed=(7, 7), anchored=anchored, boost=boost, gamma=gamma)[0]
    assert (flat == (0.5 if anchored else 0)).all()
    assert set(unit_bytes(flat).ravel().tolist()) == {127 if anchored else 0}


@pytest.mark.parametrize("scale", ["layer", "unit", "fixed"])
@pytest.mark.parametrize("anchored", [False, True])
def test_broken_huge_and_empty_layers_are_drawn_all_the_same(scale, anchored):
    for acts in (np.array([[[np.nan, np.inf, 1.0]], [[-np.inf, -2, 3]]]), np.array([[[-3e38, 3e38]]], np.float32)):
        for gamma in (1, 0.5):
            tiles, low, high = scaled_tiles(acts, scale=scale, fixed=(-1, 1), anchored=anchored, boost=0.5, gamma=gamma)
            for numbers in (tiles, low, high):
                assert np.isfinite(numbers).all()
    tiles, low, high = scaled_tiles(np.zeros((0, 2, 2)), scale=scale, fixed=(0, 1), anchored=anchored)
    assert tiles.shape == (0, 2, 2)


def test_one_broken_value_does_not_move_the_others():
    acts = ACTS.copy()
    acts[0, 0, 1] = np.nan
    np.testing.assert_array_equal(scaled_tiles(acts)[0], scaled_tiles(ACTS)[0])


@pytest.mark.parametrize("fixed", [None, (2.0, 1.0), (0.0, np.inf)])
def test_fixed_limits_that_are_none_are_refused(fixed):
    with pytest.raises(ValueError, match="fixed limits are a finite low"):
        scaled_tiles(ACTS, scale="fixed", fixed=fixed)


def test_unknown_scale_is_named():
    with pytest.raises(ValueError, match=r"'row'.*layer, unit, fixed"):
        limits(ACTS, "row")
