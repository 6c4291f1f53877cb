"""Step policies by their formulas, and presets as the paper's Table 1 has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepvis.ascent import Constant, Progress, Progress01, Regularisers, Rms, preset, presets, read_presets
from deepvis.ascent.steps import Situation
from deepvis.errors import Error, FormatError, UnknownNameError

ONE = np.ones((1, 1, 1), np.float32)


def situation(gradient: np.ndarray, objective: float = 0.0, done: float = 0.0, grey: np.ndarray = ONE) -> Situation:
    return Situation(gradient.astype(np.float32), objective, done, grey)


def test_classic_policies() -> None:
    gradient = np.full((1, 3, 2, 2), 0.5)  # squared norm 3
    assert Constant(100).learning_rate(situation(gradient)) == 100
    assert Progress(max_lr=100, desired_prog=2).learning_rate(situation(gradient)) == pytest.approx(2 / 3)
    assert Progress(max_lr=0.1, desired_prog=2).learning_rate(situation(gradient)) == 0.1
    early = Progress01(max_lr=100, early_prog=0.3, late_prog_mult=0.6)
    assert early.learning_rate(situation(gradient, objective=0.1)) == pytest.approx(0.3 / 3)
    assert early.learning_rate(situation(gradient, objective=0.9)) == pytest.approx(0.06 / 3)
    assert Progress01(0.01, 0.3, 0.6).learning_rate(situation(gradient, objective=0.9)) == 0.01
    for policy in (Constant(7), Progress(100, 2), early):
        now = situation(gradient, 0.5)
        np.testing.assert_allclose(policy.step(now), policy.learning_rate(now) * now.gradient, rtol=1e-6)


def test_progress_at_gradients_whose_square_a_float32_cannot_hold() -> None:
    tiny = situation(np.full((1, 1, 2, 2), 1e-25))
    assert Progress(max_lr=1e60, desired_prog=2).learning_rate(tiny) == pytest.approx(2 / 4e-50, rel=1e-3)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e15])
@pytest.mark.parametrize("grey", [[1.0, 1.0, 1.0], [0.0078125] * 3, [0.017, 0.0175, 0.0174]])
def test_rms_moves_by_so_many_grey_levels_where_the_unit_sees(scale: float, grey: list[float]) -> None:
    level = np.array(grey, np.float32).reshape(3, 1, 1)
    gradient = np.zeros((1, 3, 20, 20))
    gradient[:, :, 4:9, 6:13] = scale * np.random.RandomState(0).randn(1, 3, 5, 7)
    gradient[:, :, 15, 15] = 1e-5 * scale  # under a thousandth of the largest: not seen
    moved = Rms(12, 3).step(situation(gradient, grey=level)) / level
    seen = moved[:, :, 4:9, 6:13].astype(np.float64)
    assert np.sqrt(np.mean(seen**2)) == pytest.approx(12, rel=1e-3)
    # In pixels, the step goes along the gradient by pixels, so by grey level once more.
    along = (gradient * level).ravel()
    assert np.dot(moved.ravel(), along) / np.linalg.norm(moved) / np.linalg.norm(along) == pytest.approx(1, abs=1e-5)


def test_rms_anneals_geometrically() -> None:
    gradient = np.ones((1, 1, 3, 3))
    rates = [Rms(12, 3).learning_rate(situation(gradient, done=done)) for done in (0, 0.5, 1)]
    assert rates == pytest.approx([12, 6, 3])
    np.testing.assert_allclose(Rms(12, 3).step(situation(gradient, done=1)), 3, rtol=1e-5)


def test_table_1() -> None:
    """Table 1 of the paper, with the step sizes that its authors published."""
    found = {name: (p.iterations, p.step, p.regularisers) for name, p in presets().items() if name in "ABCD"}
    assert found == {
        "A": (500, Progress(100, 2), Regularisers(0, 0.5, 4, small_norm_percentile=50)),
        "B": (750, Constant(100), Regularisers(0.3, small_norm_percentile=20)),
        "C": (1000, Constant(100), Regularisers(0.0001, 1.0, 4)),
        "D": (1000, Progress(1e8, 2), Regularisers(0, 0.5, 4, px_abs_benefit_percentile=90)),
    }
    for name in found:
        style = preset(name)
        assert (style.jitter, style.gradient_blur, style.regularisers_at(300)) == (0, 0, style.regularisers)


def test_styles_for_any_net() -> None:
    for name in ("classic", "softer", "gentle"):
        style = preset(name)
        assert isinstance(style.step, Rms) and style.iterations == 200 and style.about
    classic = preset("classic")
    radii = [classic.regularisers_at(i).blur_radius for i in (0, 100, 199, 5000)]
    assert radii == pytest.approx([3, 3 * (0.5 / 3) ** (100 / 199), 0.5, 0.5])
    assert (preset("softer").jitter, preset("softer").gradient_blur) == (16, 0.7)
    assert preset("gentle").step == Rms(0.15, 0.15)


def test_unknown_preset() -> None:
    with pytest.raises(UnknownNameError, match="no preset 'E'; presets: A, B"):
        preset("E")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "expected presets by name, found"),
        ("x: [", "this is not YAML"),
        ("x: 3\n", "x: expected keys with values, found 3"),
        ("x: {step: {policy: constant, lr: 1}}\n", "x: the key 'iterations' is missing"),
        ("x: {iterations: 5, step: {policy: leap}}\n", "x: step: expected a policy, one of constant, progress"),
        ("x: {iterations: 5, step: {policy: constant}}\n", "x: step: the key 'lr' is missing"),
        ("x: {iterations: 5, step: {policy: constant, lr: -1}}\n", "lr: expected a number of at least 0, found -1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1, max_lr: 3}}\n", "unknown key 'max_lr'"),
        ("x: {iterations: 0, step: {policy: constant, lr: 1}}\n", "iterations: expected a whole number of at least 1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, decai: 1}\n", "did you mean 'decay'"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, decay: yes}\n", "decay: expected a number from 0 to 1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, about: 7}\n", "about: expected a sentence, found 7"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_presets(path)
    assert "mine.yaml" in str(caught.value) and message in str(caught.value)


def test_own_presets(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine: {iterations: 7, step: {policy: rms, first: 4, last: 1}, decay: 0.1, jitter: 3}\n")
    mine = read_presets(path)["mine"]
    assert (mine.name, mine.step, mine.regularisers, mine.jitter) == ("mine", Rms(4, 1), Regularisers(0.1), 3)


def test_a_policy_refuses_what_is_no_number() -> None:
    with pytest.raises(Error, match="step policy rms: last: expected a number of at least 0, found nan"):
        Rms(1, float("nan"))
