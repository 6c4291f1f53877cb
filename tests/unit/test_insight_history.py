"""The last seconds of a layer: units planted to be alike, dead or doubled are found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis.insight import MapHistory
from deepvis.insight import history as module
from deepvis.insight.history import coarse_shape

SHAPES = [(12, 13, 13), (12, 20, 31), (12, 1, 1), (12, 40, 40)]


def frames(shape: tuple[int, ...], count: int = 40, seed: int = 0) -> np.ndarray:
    """Maps of which 5 is like 2, 7 is the double of 4 and 9 its half, 1 is never above 0, 3 never changes."""
    rng = np.random.default_rng(seed)
    acts = np.maximum(rng.normal(0.5, 1, (count, *shape)), 0).astype(np.float32)
    acts[:, 5] = acts[:, 2] + 0.1 * acts[:, 6]
    acts[:, 7], acts[:, 9] = acts[:, 4] * 2, acts[:, 4] / 2 + 1
    acts[:, 1] = -np.abs(acts[:, 1])
    acts[:, 3] = 0.3
    return acts


def filled(acts: np.ndarray, **options: float) -> MapHistory:
    history = MapHistory(**options)
    for number, maps in enumerate(acts):
        history.add(maps, number / 30)
    return history


def pearson(acts: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.corrcoef(acts.swapaxes(0, 1).reshape(acts.shape[1], -1).astype(np.float64))


@pytest.mark.parametrize("shape", SHAPES)
def test_planted_units_are_found(shape):
    history = filled(frames(shape))
    assert history.similar(2, 1)[0][0] == 5
    assert history.similar(2, 1)[0][1] > 0.9
    assert {unit for unit, _ in history.similar(4, 2)} == {7, 9}
    assert np.flatnonzero(history.dead()).tolist() == [1, 3]
    assert history.duplicates() == [[4, 7, 9]]
    assert [2, 5] in history.duplicates(threshold=0.9)


@pytest.mark.parametrize("shape", [(12, 13, 13), (12, 1, 1), (12, 7, 3)])
def test_similarity_is_pearsons_over_places_and_times_without_the_unit_and_the_unchanging(shape):
    acts = frames(shape)
    wanted = pearson(acts)
    history = filled(acts)
    for unit in (0, 4, 11):
        found = history.similar(unit, 99)
        assert sorted(other for other, _ in found) == [n for n in range(12) if n not in (unit, 3)]
        for other, value in found:
            assert value == pytest.approx(wanted[unit, other], abs=1e-4)
        assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)
        assert history.similar(unit, 3) == found[:3]
    assert history.similar(3, 5) == []
    assert history.similar(99, 5) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1.5), st.integers(0, 3)), min_size=4, max_size=40))
def test_asking_in_between_and_forgetting_leave_what_the_last_seconds_say(steps):
    """Against a history that is given only what the other still keeps."""
    rng = np.random.default_rng(len(steps))
    history, seen, now = MapHistory(seconds=3, most_frames=6), [], 0.0
    for step, unit in steps:
        now += step
        seen.append((rng.normal(100, 1, (4, 4, 4)).astype(np.float32), now))
        history.add(*seen[-1])
        history.similar(unit, 3)
    kept = [item for item in seen if item[1] >= now - 3][-6:]
    assert len(history) == len(kept)
    fresh = MapHistory(seconds=3)
    for item in kept:
        fresh.add(*item)
    for unit in range(4):
        for (one, value), (other, wanted) in zip(history.similar(unit, 3), fresh.similar(unit, 3), strict=True):
            assert value == pytest.approx(wanted, abs=1e-3)
            assert one == other
    assert (history.dead() == fresh.dead()).all()


def test_units_far_from_zero_are_compared_as_well_as_others():
    acts = np.random.default_rng(0).normal(size=(60, 6, 8, 8)).astype(np.float32)
    acts[:, 1] = acts[:, 0] + 0.5 * acts[:, 2]
    wanted = pearson(acts)
    found = dict(filled(acts + 500).similar(0, 9))
    for other, value in found.items():
        assert value == pytest.approx(wanted[0, other], abs=2e-3)


def test_maps_are_averaged_by_area():
    """A map that splits evenly keeps the correlation of its blocks' means; one that does not keeps each mean."""
    acts = frames((12, 28, 28))
    blocks = acts.reshape(40, 12, 14, 2, 14, 2).mean(axis=(3, 5))
    for unit, value in filled(acts).similar(0, 99):
        assert value == pytest.approx(pearson(blocks)[0, unit], abs=1e-4)
    rng = np.random.default_rng(0)
    flat = np.broadcast_to(rng.random((40, 5, 1, 1)), (40, 5, 23, 37)).astype(np.float32)
    for unit, value in filled(flat).similar(0, 99):
        assert value == pytest.approx(pearson(flat)[0, unit], abs=1e-3)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 400))
def test_coarse_maps_are_no_larger_than_asked(height, width, most):
    rows, columns = coarse_shape(height, width, most)
    assert 1 <= rows <= height and 1 <= columns <= width
    assert rows * columns <= most
    if height * width <= most:
        assert (rows, columns) == (height, width)


def test_a_unit_that_fired_once_comes_to_life_and_is_forgotten_again():
    history = MapHistory(seconds=1)
    quiet = np.zeros((2, 30, 30), np.float32)
    quiet[1, 0, 0] = 1
    for number in range(10):
        history.add(quiet, number / 10)
    assert history.dead().tolist() == [True, False]
    spark = quiet.copy()
    spark[0, 3, 29] = 1e-6  # would vanish in an average
    history.add(spark, 1.0)
    assert history.dead().tolist() == [False, False]
    for number in range(15):
        history.add(quiet, 1.1 + number / 10)
    assert history.dead().tolist() == [True, False]


def test_another_shape_an_earlier_time_and_clear_start_anew():
    acts = frames((12, 5, 5), 5)
    history = filled(acts)
    assert len(history) == 5
    history.add(np.ones((3, 2, 2)), 1.0)
    assert len(history) == 1 and history.dead().shape == (3,)
    history.add(np.ones((3, 2, 2)), 0.5)
    assert len(history) == 1
    history.clear()
    assert len(history) == 0
    assert history.dead().size == 0 and history.similar(0, 3) == [] and history.duplicates() == []


def test_memory_is_bounded_for_layers_of_many_large_maps(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 12 * 25 * 4 * 8)
    history = filled(frames((12, 5, 5)))
    assert len(history) == 8
    assert history.duplicates() == [[4, 7, 9]]
    assert len(filled(frames((12, 5, 5)), most_frames=3)) == 3


def test_too_little_to_compare_gives_no_answer():
    """Two pictures again and again make any two single numbers go up and down together."""
    numbers = np.random.default_rng(0).random((2, 30, 1, 1)).astype(np.float32)
    history = filled(np.tile(numbers, (20, 1, 1, 1)))
    assert history.similar(0, 5) == []
    assert history.duplicates() == []


def test_units_that_only_agree_where_duplicates_are_first_looked_for_are_no_duplicates(monkeypatch):
    monkeypatch.setattr(module, "MOST_COLUMNS", 40)
    acts = np.random.default_rng(0).random((20, 6, 14, 14)).astype(np.float32) * 0.1
    flat = acts.swapaxes(0, 1).reshape(6, 20 * 196)
    step = 99  # the first step of at least 3920 / 40 that shares no factor with 196
    flat[1, ::step] = flat[0, ::step] = np.random.default_rng(1).random(flat[0, ::step].size)
    flat[5] = flat[4]
    acts = np.ascontiguousarray(flat.reshape(6, 20, 14, 14).swapaxes(0, 1))
    assert np.corrcoef(flat[0, ::step], flat[1, ::step])[0, 1] > 0.9999
    assert filled(acts).duplicates() == [[4, 5]]


@pytest.mark.filterwarnings("error")
def test_broken_values_do_no_harm():
    acts = frames((12, 6, 6))
    acts[:, 0] = np.nan
    acts[5, 8, 0, 0] = np.inf
    history = filled(acts)
    assert np.flatnonzero(history.dead()).tolist() == [0, 1, 3]
    assert history.duplicates() == [[4, 7, 9]]
    assert all(np.isfinite(value) for _, value in history.similar(2, 20))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(n, h, w\).*\(3, 3\)"):
        MapHistory().add(np.zeros((3, 3)), 0.0)
