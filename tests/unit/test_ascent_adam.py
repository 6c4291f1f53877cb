"""Adam against the formulas of its paper, and as runs of a batch see it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent.adam import Adam
from deepvis.errors import Error, ShapeError


def gradients(count: int = 6, runs: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, runs, 2, 5)).astype(np.float32)


def test_steps_are_the_papers() -> None:
    """With epsilon 0 a factor on the gradient has no effect, and the formulas are the paper's."""
    adam, mean, square = Adam(epsilon=0), 0.0, 0.0
    for at, gradient in enumerate(gradients().astype(np.float64), 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        wanted = 0.05 * (mean / (1 - 0.9**at)) / np.sqrt(square / (1 - 0.999**at))
        np.testing.assert_allclose(adam.step(gradient.astype(np.float32), 0.05), wanted, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e6, 1e30])
def test_the_scale_of_the_objective_has_no_effect(scale: float) -> None:
    plain, scaled = Adam(), Adam()
    for gradient in gradients():
        found = scaled.step((gradient.astype(np.float64) * scale).astype(np.float32), 0.1)
        np.testing.assert_allclose(found, plain.step(gradient, 0.1), rtol=1e-3, atol=1e-6)


def test_what_hardly_matters_hardly_moves() -> None:
    gradient = np.array([[1.0, 1e-3, 1e-12]], np.float32)
    step = Adam(epsilon=1e-8).step(gradient, 1.0)[0]
    assert step[:2] == pytest.approx([1, 1], rel=1e-3)
    assert step[2] < 1e-3


def test_runs_do_not_depend_on_each_other() -> None:
    together, alone = Adam(), Adam()
    for gradient in gradients():
        found = together.step(gradient, 0.1)
        np.testing.assert_array_equal(found[1:2], alone.step(gradient[1:2], 0.1))


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_run_without_a_gradient_stays_and_keeps_its_history(bad: float) -> None:
    patient, steady = Adam(), Adam()
    for at, gradient in enumerate(gradients()):
        wanted = steady.step(gradient, 0.1)
        if at == 2:
            gap = gradient.copy()
            gap[1] = 0
            gap[1, 0, 0] = bad
            other = Adam()
            other.restore(patient.state())
            assert not other.step(gap, 0.1)[1].any()
            np.testing.assert_array_equal(other.step(gradient, 0.1)[1], wanted[1])
        patient.step(gradient, 0.1)


def test_it_climbs() -> None:
    """Concave with curvatures 1 and 1000: plain ascent needs thousands of steps."""
    target, curvature = np.array([[3.0, -2.0]], np.float32), np.array([1.0, 1000.0], np.float32)
    x, adam = np.zeros((1, 2), np.float32), Adam()
    for at in range(400):
        x += adam.step((target - x) * curvature, 0.1 * 0.99**at)
    np.testing.assert_allclose(x, target, atol=0.05)


@given(runs=st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True), mask=st.booleans())
def test_some_runs_go_on_alone(runs: list[int], mask: bool) -> None:
    runs = sorted(runs)
    every, some = Adam(), Adam()
    for gradient in gradients(3, 5):
        every.step(gradient, 0.1)
        some.step(gradient, 0.1)
    some.keep(np.isin(np.arange(5), runs) if mask else runs)
    last = gradients(4, 5)[-1]
    np.testing.assert_array_equal(some.step(last[runs], 0.1), every.step(last, 0.1)[runs])


def test_state_goes_on_where_it_was() -> None:
    first, second = Adam(), Adam()
    assert first.state() == {}
    for gradient in gradients()[:3]:
        first.step(gradient, 0.1)
    saved = first.state()
    wanted = first.step(gradients()[3], 0.1)
    second.restore(saved)
    np.testing.assert_array_equal(second.step(gradients()[3], 0.1), wanted)
    second.restore({})
    np.testing.assert_array_equal(second.step(gradients()[0], 0.1), Adam().step(gradients()[0], 0.1))


def test_wrong_arguments() -> None:
    with pytest.raises(Error, match="first_decay"):
        Adam(first_decay=1.0)
    with pytest.raises(Error, match="epsilon"):
        Adam(epsilon=-1)
    adam = Adam()
    adam.step(gradients()[0], 0.1)
    with pytest.raises(ShapeError, match="expected"):
        adam.step(gradients()[0][:2], 0.1)
    state = adam.state()
    with pytest.raises(ShapeError, match="square"):
        adam.restore({name: array for name, array in state.items() if name != "square"})
    with pytest.raises(ShapeError, match="has shapes"):
        adam.restore({**state, "steps": state["steps"][:1]})
