"""Random transforms: exact adjoints, and what each does to a picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.transforms import Transforms, Warp, apply_each, pull_each
from deepvis.errors import Error, ShapeError

warps = st.builds(
    Warp,
    shift=st.tuples(st.integers(-40, 40), st.integers(-40, 40)),
    size=st.one_of(st.just(1.0), st.floats(0.3, 2.5)),
    turn=st.one_of(st.just(0.0), st.floats(-3.2, 3.2)),
    padding=st.integers(0, 7),
)


def naive(plane: np.ndarray, warp: Warp) -> np.ndarray:
    """Each pixel from the four around the place where it lies, in double precision."""
    framed = np.pad(plane.astype(np.float64), warp.padding)
    height, width = plane.shape
    out = np.zeros((height, width))
    middle = (height - 1) / 2, (width - 1) / 2
    for row in range(height):
        for column in range(width):
            y, x = (row - middle[0]) / warp.size, (column - middle[1]) / warp.size
            y, x = math.cos(warp.turn) * y - math.sin(warp.turn) * x, math.sin(warp.turn) * y + math.cos(warp.turn) * x
            y = round((y + middle[0] + warp.padding - warp.shift[0]) * 32) / 32
            x = round((x + middle[1] + warp.padding - warp.shift[1]) * 32) / 32
            top, left = math.floor(y), math.floor(x)
            for r, c in ((0, 0), (0, 1), (1, 0), (1, 1)):
                weight = (1 - abs(y - top - r)) * (1 - abs(x - left - c))
                out[row, column] += weight * framed[(top + r) % framed.shape[0], (left + c) % framed.shape[1]]
    return out


@given(warp=warps, height=st.integers(1, 17), width=st.integers(1, 17), seed=st.integers(0, 99))
def test_pull_is_the_adjoint_of_apply(warp: Warp, height: int, width: int, seed: int) -> None:
    x, y = np.random.default_rng(seed).normal(size=(2, 2, 3, height, width)).astype(np.float32)
    ahead, back = warp.apply(x), warp.pull(y)
    assert ahead.shape == back.shape == x.shape and ahead.dtype == back.dtype == np.float32
    one = float(np.vdot(ahead.astype(np.float64), y))
    other = float(np.vdot(x.astype(np.float64), back))
    assert one == pytest.approx(other, abs=1e-5 * float(np.linalg.norm(x) * np.linalg.norm(y)))


def test_the_adjoint_at_full_size() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 1, 3, 224, 227)).astype(np.float32)
    for seed in range(5):
        warp = Transforms(jitter=24, scale=0.2, rotate=10, padding=16).draw(np.random.default_rng(seed))
        one, other = float(np.vdot(warp.apply(x), y)), float(np.vdot(x, warp.pull(y)))
        assert one == pytest.approx(other, rel=1e-4, abs=1e-5 * x.size**0.5)


@pytest.mark.parametrize(
    "warp",
    [
        Warp((3, -2), 1.0, 0.0, 0),
        Warp((0, 0), 1.2, 0.0, 0),
        Warp((0, 0), 1.0, 0.4, 3),
        Warp((2, 5), 0.6, -0.3, 2),
        Warp((-9, 1), 0.5, 2.0, 0),
    ],
)
def test_against_plain_loops(warp: Warp) -> None:
    x = np.random.default_rng(0).normal(size=(1, 2, 13, 10)).astype(np.float32)
    found = warp.apply(x)
    for channel in range(2):
        wanted = naive(x[0, channel], warp)
        close = np.isclose(found[0, channel], wanted, atol=1e-5)
        # A place half-way between two parts of a pixel may be rounded either way.
        assert close.mean() > 0.95
        np.testing.assert_allclose(found[0, channel], wanted, atol=0.15)


def test_a_shift_is_exact_and_goes_the_way_it_says() -> None:
    x = np.arange(20, dtype=np.float32).reshape(1, 1, 4, 5)
    np.testing.assert_array_equal(Warp((1, 2)).apply(x), np.roll(x, (1, 2), (2, 3)))
    framed = Warp((1, -2), padding=2).apply(x)
    np.testing.assert_array_equal(framed[0, 0, 1:, :3], x[0, 0, :3, 2:])
    assert not framed[0, 0, 0].any() and not framed[0, 0, :, 3:].any()
    np.testing.assert_array_equal(Warp().apply(x), x)


def test_size_and_turn_go_the_way_they_say() -> None:
    bar = np.zeros((1, 1, 41, 41), np.float32)
    bar[..., 20, 20:36] = 1
    larger = Warp(size=1.3, padding=20).apply(bar)[0, 0]
    assert larger[20, 38] > 0.5 and bar[0, 0, 20, 38] == 0
    turned = Warp(turn=math.pi / 2, padding=20).apply(bar)[0, 0]
    ends = turned[6:20, 20].min(), turned[21:35, 20].min()
    assert sorted(value > 0.9 for value in ends) == [False, True]


def test_memory_in_another_order() -> None:
    x = np.random.default_rng(0).normal(size=(2, 9, 8, 3)).astype(np.float32).transpose(0, 3, 1, 2)
    for warp in (Warp((1, 2)), Warp((1, 2), 1.1, 0.1, 2)):
        np.testing.assert_array_equal(warp.apply(x), warp.apply(np.ascontiguousarray(x)))
        np.testing.assert_array_equal(warp.pull(x), warp.pull(np.ascontiguousarray(x)))


def test_draws_stay_within_their_limits_and_repeat() -> None:
    transforms = Transforms(jitter=3, scale=0.1, rotate=5, padding=2)
    random = np.random.default_rng(0)
    drawn = [transforms.draw(random) for _ in range(400)]
    assert {warp.shift[0] for warp in drawn} == set(range(-3, 4)) == {warp.shift[1] for warp in drawn}
    assert 0.9 <= min(w.size for w in drawn) < 0.92 and 1.08 < max(w.size for w in drawn) <= 1.1
    assert -5 <= math.degrees(min(w.turn for w in drawn)) < -4.5
    assert all(warp.padding == 2 for warp in drawn)
    again = np.random.default_rng(0)
    assert [transforms.draw(again) for _ in range(400)] == drawn


def test_nothing_to_draw() -> None:
    assert not Transforms() and not Transforms(padding=4) and Transforms(jitter=1) and Transforms(rotate=1)
    assert Transforms(padding=4).draw(np.random.default_rng(0)) == Warp(padding=4)


def test_each_picture_under_its_own() -> None:
    x = np.random.default_rng(0).normal(size=(3, 3, 12, 11)).astype(np.float32)
    random = np.random.default_rng(1)
    each = [Transforms(4, 0.2, 20, 3).draw(random) for _ in range(3)]
    for at, warp in enumerate(each):
        np.testing.assert_array_equal(apply_each(each, x)[at], warp.apply(x)[at])
        np.testing.assert_array_equal(pull_each(each, x)[at], warp.pull(x)[at])
    with pytest.raises(ShapeError, match="one for each of the 3"):
        apply_each(each[:2], x)


def test_wrong_arguments() -> None:
    for wrong in ({"jitter": 1.5}, {"scale": 1}, {"rotate": -1}, {"padding": -1}):
        with pytest.raises(Error, match=next(iter(wrong))):
            Transforms(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="expected"):
        Warp(size=1.1).apply(np.zeros((3, 4, 4), np.float32))
    with pytest.raises(ShapeError, match="expected"):
        Warp(size=1.1).pull(np.zeros((1, 3, 0, 4), np.float32))
