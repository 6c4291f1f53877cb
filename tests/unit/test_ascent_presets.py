"""Step policies by their formulas, and presets as the paper's Table 1 has them."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml

import deepvis.ascent
from deepvis.ascent import Constant, Preset, Progress, Progress01, Regularisers, Rms, preset, presets, read_presets
from deepvis.ascent.presets import preset_of
from deepvis.ascent.steps import POLICIES, AdamStep, Situation
from deepvis.errors import Error, FormatError, UnknownNameError

KEYED = "x:\n  iterations: 5\n  step: {policy: rms, first: 4, last: 1}\n  "
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
        ("- a\n", ":1: expected 'key: value' lines"),
        ("# no more\n", "there is nothing in it; expected presets by name"),
        ("x: [", ":1: not valid YAML"),
        ("A: {iterations: 5}\nA: 3\n", ":2: 'A' was already given in line 1"),
        ("x: 3\n", ":1: x: expected 'key: value' lines"),
        ("x: {step: {policy: constant, lr: 1}}\n", "x: the key 'iterations' is missing"),
        ("x: {iterations: 5, step: {policy: leap}}\n", "x: step: expected a policy, one of constant, progress"),
        ("x: {iterations: 5, step: {policy: constant}}\n", "x: step: the key 'lr' is missing"),
        ("x: {iterations: 5, step: {policy: constant, lr: -1}}\n", "lr: expected a number of at least 0, found -1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1, max_lr: 3}}\n", "unknown key 'max_lr'"),
        ("x: {iterations: 0, step: {policy: constant, lr: 1}}\n", "iterations: expected a whole number of at least 1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, decai: 1}\n", "did you mean 'decay'"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, decay: yes}\n", "decay: expected a number from 0 to 1"),
        ("x: {iterations: 5, step: {policy: constant, lr: 1}, about: 7}\n", "about: expected a sentence, found 7"),
        (KEYED + "decay: 2\n", ":4: x: regularisers: decay: expected a number from 0 to 1, found 2"),
        (KEYED + "decai: 2\n", ":4: x: unknown key 'decai'; did you mean 'decay'?"),
        (KEYED + "scale: wide\n", ":4: x: preset x: scale: expected a number from 0 to 0.9, found 'wide'"),
        (KEYED + "levels: 2.5\n", ":4: x: preset x: levels: expected a whole number from 0 to 16, found 2.5"),
        (KEYED + "window_at: [0.5]\n", ":4: x: preset x: window_at: expected the row and the column"),
        (KEYED + "window_at: [0.5, 2]\n", ":4: x: preset x: window_at: expected a number from 0 to 1, found 2"),
        (KEYED + "window_at: middle\n", ":4: x: preset x: window_at: expected [row, column] as shares"),
        (KEYED + "tv_evenly: 1\n", ":4: x: preset x: tv_evenly: expected true or false, found 1"),
        (KEYED + "prior: [a.npz]\n", ":4: x: preset x: prior: expected a file's name"),
        (KEYED + "power: 1\n", ":4: x: preset x: power: a spectrum is climbed with the step policy adam, found rms"),
        (KEYED + "step: {policy: adam, rate: -1}\n", ":4: 'step' was already given in line 3"),
        ("x:\n  iterations: 5\n  step: {policy: adam}\n", ":3: x: step: the key 'rate' is missing"),
        (
            "x:\n  iterations: 5\n  step: {policy: adam, rate: 1, parameter_decay: 2}\n",
            ":3: x: step: step policy adam: parameter_decay: expected a number from 0 to 1, found 2",
        ),
        ("x: {iterations: 5, step: !!python/name:os.system a}\n", ":1: x: step: not a plain value"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_presets(path)
    assert "mine.yaml" in str(caught.value) and message in str(caught.value)


def test_styles_for_nets_with_clipped_activations_too() -> None:
    found = {name: preset(name) for name in ("spectral", "spectral-relu", "spectral-centred", "pyramid", "painterly")}
    assert found == {
        "spectral": Preset(
            "spectral",
            200,
            AdamStep(0.05, 0.04),
            power=1.2,
            tv=0.08,
            jitter=16,
            scale=0.15,
            rotate=10,
            about=found["spectral"].about,
        ),
        "spectral-relu": Preset(
            "spectral-relu",
            200,
            AdamStep(0.05),
            power=1.0,
            tv=0.1,
            tv_evenly=False,
            jitter=16,
            scale=0.15,
            rotate=10,
            about=found["spectral-relu"].about,
        ),
        "spectral-centred": Preset(
            "spectral-centred",
            200,
            AdamStep(0.05, 0.05),
            power=1.2,
            tv=0.12,
            jitter=16,
            scale=0.2,
            rotate=12,
            window=0.8,
            about=found["spectral-centred"].about,
        ),
        "pyramid": Preset(
            "pyramid",
            150,
            Rms(4, 0.7),
            Regularisers(0.01, 0.4, 4),
            levels=5,
            natural_colours=0.5,
            tv=0.2,
            jitter=24,
            scale=0.2,
            rotate=10,
            window=0.8,
            about=found["pyramid"].about,
        ),
        "painterly": Preset(
            "painterly",
            150,
            Rms(6, 1.5),
            Regularisers(0.02, 1, 4),
            0.4,
            levels=3,
            natural_colours=0.5,
            jitter=16,
            scale=0.1,
            about=found["painterly"].about,
        ),
    }


def test_adam_moves_by_its_rate_and_remembers() -> None:
    policy = AdamStep(0.5, 0.1)
    level = np.array([2, 0.5, 1], np.float32).reshape(3, 1, 1)
    gradient = 1e-9 * np.random.RandomState(0).randn(1, 3, 4, 5)
    memory = policy.memory()
    first = policy.step(situation(gradient, grey=level), memory)
    np.testing.assert_allclose(first, 0.5 * np.sign(gradient) * level, rtol=1e-4)  # grey levels
    np.testing.assert_allclose(policy.step(situation(gradient, grey=level)), first)
    back = policy.step(situation(-gradient, grey=level), memory)
    assert np.abs(back).max() < 0.2 * np.abs(first).max()
    x = np.full((1, 3, 4, 5), 10, np.float32)
    policy.settle(x)
    np.testing.assert_allclose(x, 9)


def test_what_a_preset_is_as_plain_values_is_read_back() -> None:
    odd = Preset(
        "odd",
        9,
        AdamStep(1, 0.1),
        Regularisers(0.1),
        0.5,
        1,
        0.1,
        2,
        3,
        0.4,
        5,
        0.6,
        0.7,
        (0.1, 0.2),
        0.3,
        False,
        "absent.npz",
        0.4,
        "ab",
        1.5,
        False,
        "words",
    )
    for style in (*presets().values(), odd):
        plain = yaml.safe_load(yaml.safe_dump(style.as_mapping()))
        assert preset_of(style.name, plain) == style


def test_every_key_is_explained() -> None:
    text = (Path(deepvis.ascent.__file__).parent / "presets.yaml").read_text()
    head = text[: text.index("A:")]
    said = set(re.findall(r"^# +(\w+) ", head, re.MULTILINE))
    names = {each.name for kind in (Preset, Regularisers) for each in fields(kind)} - {"name", "regularisers"}
    assert names <= said | {"blur_radius_end"} and "blur_radius_end" in head
    for policy in POLICIES.values():
        wanted = ", ".join(each.name for each in fields(policy))
        assert f"{{policy: {policy.name}, {wanted}}}" in head


@pytest.fixture
def users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's presets are looked for."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(tmp_path / name))
    path = tmp_path / "deepvis" / "presets.yaml"
    path.parent.mkdir()
    return path


MINE = "mine: {iterations: 7, step: {policy: rms, first: 4, last: 1}, prior: birds.npz}\n"


def test_the_users_presets_come_after_those_that_are_brought(users_file: Path) -> None:
    without = list(presets())
    users_file.write_text("")
    assert list(presets()) == without
    users_file.write_text(MINE)
    assert list(presets()) == [*without, "mine"] and preset("mine").iterations == 7
    assert preset("mine").prior == str(users_file.parent / "birds.npz")
    users_file.write_text(MINE + "other: {iterations: 11, step: {policy: adam, rate: 1}}\n")
    assert preset("other").iterations == 11
    with pytest.raises(UnknownNameError, match="no preset 'othr'; did you mean 'other'"):
        preset("othr")
    users_file.unlink()
    assert list(presets()) == without


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("classic", ":2: 'classic' is taken by deepvis itself; choose another name"),
        ("A", ":2: 'A' is taken by deepvis itself"),
        ("auto", ":2: 'auto' is taken by deepvis itself"),
        ("a/b", ":2: preset 'a/b': expected a name of up to 40 letters, digits and _ . + -"),
        ("..", ":2: preset '..': expected a name"),
    ],
)
def test_a_user_takes_no_name_of_deepvis(users_file: Path, name: str, message: str) -> None:
    users_file.write_text(f"# mine\n{name}: {{iterations: 7, step: {{policy: rms, first: 4, last: 1}}}}\n")
    with pytest.raises(FormatError) as caught:
        presets()
    assert f"{users_file}{message}" in str(caught.value)


def test_a_mistake_of_the_user_is_named(users_file: Path) -> None:
    users_file.write_text(KEYED + "blurr_radius: 2\n")
    with pytest.raises(
        FormatError, match=r"presets\.yaml:4: x: unknown key 'blurr_radius'; did you mean 'blur_radius'"
    ):
        preset("classic")


def test_own_presets(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine: {iterations: 7, step: {policy: rms, first: 4, last: 1}, decay: 0.1, jitter: 3}\n")
    mine = read_presets(path)["mine"]
    assert (mine.name, mine.step, mine.regularisers, mine.jitter) == ("mine", Rms(4, 1), Regularisers(0.1), 3)


def test_a_policy_refuses_what_is_no_number() -> None:
    with pytest.raises(Error, match="step policy rms: last: expected a number of at least 0, found nan"):
        Rms(1, float("nan"))
