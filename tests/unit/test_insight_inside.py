"""Ranking units by a part of the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.insight import rank_by_box

RNG = np.random.default_rng(0)


def test_a_unit_that_fires_inside_comes_first_and_one_that_fires_outside_last():
    acts = RNG.random((5, 6, 6)).astype(np.float32) * 0.01
    acts[3, 1:3, 2:5] = 2
    acts[1, 4:, :] = 2
    ranking = rank_by_box(acts, (slice(1, 3), slice(2, 5)))
    assert (ranking.order[0], ranking.order[-1]) == (3, 1)
    assert ranking.inside_mean[3] == pytest.approx(2)
    assert ranking.score[1] < 0 < ranking.score[3]


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**25 - 1))
def test_means_and_score_are_the_formulas(units, height, width, bits):
    acts = np.random.default_rng(bits).normal(1, 3, (units, height, width)).astype(np.float32)
    mask = np.array([bits >> n & 1 for n in range(height * width)], bool).reshape(height, width)
    ranking = rank_by_box(acts, mask)
    for unit in range(units):
        inside = acts[unit][mask].mean() if mask.any() else 0
        outside = acts[unit][~mask].mean() if (~mask).any() else 0
        assert ranking.inside_mean[unit] == pytest.approx(inside, abs=1e-4)
        assert ranking.outside_mean[unit] == pytest.approx(outside, abs=1e-4)
        spread = acts.astype(np.float64).std()
        if spread > 0.01:
            assert ranking.score[unit] == pytest.approx((inside - outside) / spread, rel=1e-3, abs=1e-3)
    assert sorted(ranking.order) == list(range(units))
    assert (np.diff(ranking.score[ranking.order]) <= 0).all()


def test_slices_and_their_mask_are_the_same_place():
    acts = RNG.normal(size=(4, 5, 7)).astype(np.float32)
    mask = np.zeros((5, 7), bool)
    mask[2:4, 1:] = True
    by_slices, by_mask = rank_by_box(acts, (slice(2, 4), slice(1, 7))), rank_by_box(acts, mask)
    np.testing.assert_array_equal(by_slices.score, by_mask.score)


def test_scores_do_not_depend_on_the_layers_scale_and_equal_ones_keep_their_order():
    acts = RNG.random((6, 4, 4)).astype(np.float32)
    acts[4] = acts[2]
    place = (slice(0, 2), slice(0, 2))
    small, large = rank_by_box(acts, place), rank_by_box(acts * 1000, place)
    np.testing.assert_allclose(small.score, large.score, rtol=1e-3, atol=1e-5)
    order = small.order.tolist()
    assert order.index(4) == order.index(2) + 1


@pytest.mark.filterwarnings("error")
def test_everything_inside_ranks_by_the_mean_and_a_flat_layer_by_nothing():
    acts = RNG.random((5, 3, 3)).astype(np.float32)
    ranking = rank_by_box(acts, (slice(0, 3), slice(0, 3)))
    assert not ranking.outside_mean.any()
    assert ranking.order.tolist() == np.argsort(-acts.mean(axis=(1, 2))).tolist()
    flat = rank_by_box(np.full((4, 3, 3), 0.1), (slice(0, 1), slice(0, 1)))
    assert flat.order.tolist() == [0, 1, 2, 3]
    assert not flat.score.any()
    assert rank_by_box(np.zeros((0, 3, 3)), (slice(0, 1), slice(0, 1))).order.size == 0


@pytest.mark.filterwarnings("error")
def test_broken_values_count_as_nothing():
    acts = np.zeros((3, 2, 2), np.float32)
    acts[0, 0, 0], acts[1, 0, 0], acts[2, 0, 0] = np.nan, np.inf, 1
    ranking = rank_by_box(acts, (slice(0, 1), slice(0, 1)))
    assert ranking.order.tolist() == [2, 0, 1]
    assert np.isfinite(ranking.score).all()


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(n, h, w\).*\(3, 3\)"):
        rank_by_box(np.zeros((3, 3)), (slice(0, 1), slice(0, 1)))
    with pytest.raises(ValueError, match=r"mask is \(2, 2\)"):
        rank_by_box(np.zeros((1, 3, 3)), np.ones((2, 2), bool))
