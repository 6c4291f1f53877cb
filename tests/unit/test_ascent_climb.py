"""Many runs at once: each as if alone, killed and gone on with, in a cone, and what is done where one is dead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ascent_nets import COLOUR, smooth, tiny

import deepvis
from deepvis.ascent import Ascent, Climb, Constant, Preset, Regularisers, Rms, Run, channel, klass, preset, unit
from deepvis.ascent.cures import SEEDS, WARM_ITERATIONS, WARM_ROUNDS
from deepvis.errors import Error, FormatError, ShapeError, UnknownNameError


def short(name: str, iterations: int = 12) -> Preset:
    return replace(preset(name), iterations=iterations)


def climb(net: deepvis.Net, runs: list[Run], **more) -> Climb:
    return Climb(net, "picture", COLOUR, runs, **more)


def finish(climbing: Climb) -> list[list]:
    steps = []
    while not climbing.over:
        steps.append(climbing.step())
    return steps


def dead_but_at(net: deepvis.Net, channel: int, alive: bool = True) -> deepvis.Net:
    """A net whose conv1 is silent everywhere, but for one channel."""
    net.params["conv1"][1][...] = -1e4
    if alive:
        net.params["conv1"][1][channel] = 1
    return net


MANY = [
    Run(unit("fc2:3"), short("classic"), seed=0),
    Run(unit("fc2:3"), short("classic", 7), seed=1),
    Run(unit("conv1:2@6,8"), short("softer"), seed=0),
    Run(-channel("conv1:5"), short("softer"), seed=4),
    Run(klass(1) - 0.5 * klass(2), short("C"), "randu", seed=4),
    Run(unit("pool1:5"), short("A"), np.arange(3840, dtype=np.uint8).reshape(32, 40, 3)),
    Run(unit("fc2:0"), Preset("own", 9, Rms(3, 1), Regularisers(0.01, 1, 2, 5, 6, 7, 8))),
]


def test_each_run_is_as_it_would_be_alone() -> None:
    together = climb(tiny(), MANY)
    steps = finish(together)
    for i, run in enumerate(MANY):
        alone = climb(tiny(), [run])
        own = finish(alone)
        assert len(own) == run.preset.iterations and alone.ways[0].status == "finished"
        for mine, batch in zip(own, steps, strict=False):
            assert batch[i].objective == pytest.approx(mine[0].objective, rel=1e-5, abs=1e-6)
            assert batch[i].gradient_norm == pytest.approx(mine[0].gradient_norm, rel=1e-5)
            assert batch[i].learning_rate == pytest.approx(mine[0].learning_rate, rel=1e-5)
            assert batch[i].iteration == mine[0].iteration
            assert batch[i].layer_max == mine[0].layer_max or mine[0].layer_max is None  # alone, in its cone
        assert steps[-1][i] == steps[len(own) - 1][i]  # what is over repeats its last step
        np.testing.assert_allclose(together.x[i], alone.x[0], atol=1e-3)
        np.testing.assert_allclose(together.best(i), alone.best(0), atol=1e-3)


def test_a_climb_of_one_is_an_ascent() -> None:
    climbing, ascent = climb(tiny(), [MANY[0]]), Ascent(tiny(), "picture", COLOUR, "fc2:3", short("classic"))
    for _ in range(11):
        assert climbing.step() == [ascent.step()]
    np.testing.assert_array_equal(climbing.x, ascent.x)
    climbing.step()
    ascent.step()
    np.testing.assert_array_equal(climbing.measured, ascent.measured)
    np.testing.assert_array_equal(climbing.x, climbing.measured)  # the last iteration measures only


def test_making_small() -> None:
    steps = finish(climb(tiny(), [Run(-unit("fc2:3"), short("classic", 30))]))
    assert steps[-1][0].objective > steps[1][0].objective + 0.2 * abs(steps[1][0].objective)


def test_what_is_kept_of_each_iteration() -> None:
    climbing = climb(tiny(), [Run(unit("fc2:3"), short("classic"))])
    begun, pictures, steps = climbing.x.copy(), [], []
    while not climbing.over:
        steps += climbing.step()
        pictures.append(climbing.measured.copy())
    way = climbing.ways[0]
    assert [row.objective for row in way.rows] == [step.objective for step in steps]
    for row, x in zip(way.rows, pictures, strict=True):
        assert row.norm == pytest.approx(float(np.linalg.norm(x)), rel=1e-5)
        assert row.std == pytest.approx(float(x.std()), rel=1e-4)
        assert row.distance == pytest.approx(float(np.linalg.norm(x - begun)), rel=1e-5)
    best = int(np.argmax([step.objective for step in steps]))
    assert (way.best_iteration, way.best_value) == (best, steps[best].objective)
    np.testing.assert_array_equal(climbing.best(0), pictures[best])
    np.testing.assert_array_equal(climbing.begun(0), begun)
    assert way.first_max == next((i for i, step in enumerate(steps) if step.is_layer_max), -1)
    bare = climb(tiny(), [Run(unit("fc2:3"), short("classic"))], record=False)
    finish(bare)
    assert not bare.ways[0].rows
    np.testing.assert_array_equal(bare.x, climbing.x)


def through_files(state: dict, folder) -> dict:
    """As a killed program would find it."""
    np.savez(folder / "state.npz", allow_pickle=False, **state)
    with np.load(folder / "state.npz", allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.mark.parametrize("at", [0, 1, 8, 12])
def test_a_killed_climb_goes_on_bit_for_bit(at: int, tmp_path) -> None:
    whole, killed = climb(tiny(), MANY), climb(tiny(), MANY)
    steps = finish(whole)
    for _ in range(at):
        killed.step()
    state = through_files(killed.state(), tmp_path)
    resumed = climb(tiny(), MANY)
    resumed.step()  # whatever it did before
    resumed.restore(state)
    assert finish(resumed) == steps[at:]
    for name, values in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[name], values, err_msg=name)


def test_a_state_of_something_else_is_refused() -> None:
    state = climb(tiny(), MANY[:2]).state()
    with pytest.raises(FormatError, match="x has shape"):
        climb(tiny(), MANY[:1]).restore(state)
    with pytest.raises(FormatError, match="begin it anew"):
        climb(tiny(), MANY[:2]).restore({name: each for name, each in state.items() if name != "1.rows"})
    with pytest.raises(FormatError, match="begin it anew"):
        climb(tiny(), MANY[:2]).restore({**state, "facts": np.array("[]")})
    with pytest.raises(FormatError, match="begin it anew"):
        climb(tiny(), MANY[:2]).restore({**state, "facts": np.array("not JSON")})
    with pytest.raises(FormatError, match=r"1\.begun has shape"):
        climb(tiny(), MANY[:2]).restore({**state, "1.begun": np.zeros(3, np.float32)})


LOCAL = Preset("local", 40, Constant(3000), Regularisers(decay=0.001, blur_radius=0.6, blur_every=4))


@pytest.mark.parametrize("style", ["A", "B", "C", "D", "classic", "softer", "centre", "local"])
def test_a_cone_gives_the_same_as_the_whole_frame(style: str) -> None:
    used = LOCAL if style == "local" else replace(preset(style), iterations=20)
    runs = [Run(weight * unit(f"left:{i}@2,3"), used, seed=i) for i, weight in enumerate((1, -1, 2))]
    cone, frame = climb(smooth(), runs), climb(smooth(), runs, cone=False)
    for mine, theirs in zip(finish(cone), finish(frame), strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert a.objective == pytest.approx(b.objective, rel=1e-4, abs=1e-4)
            assert a.layer_max is None and b.layer_max is not None
    rows, columns = cone.sees(0)
    np.testing.assert_allclose(cone.x[..., rows, columns], frame.x[..., rows, columns], atol=1e-4 * 255)
    kept = [part.stop - part.start for part in cone.kept]
    if style == "local":
        assert kept[0] < 32 and kept[1] < 40
        assert rows.stop - rows.start < kept[0]  # with what the blurs carry in
    if style in "ABD":
        assert kept == [32, 40]  # percentiles are those of the whole picture


def test_without_blurs_the_cone_alone_is_kept() -> None:
    used = Preset("plain", 5, Constant(1))
    climbing = climb(smooth(), [Run(unit("left:1@2,3"), used)])
    assert climbing.kept == climbing.sees(0)
    finish(climbing)
    outside = climbing.x.copy()
    outside[..., climbing.kept[0], climbing.kept[1]] = 0
    assert climbing.x.shape == (1, 3, 32, 40) and climbing.x.any() and not outside.any()


def test_an_ascent_in_a_cone_takes_another_preset() -> None:
    ascent = Ascent(smooth(), "picture", COLOUR, "left:1@2,3", Preset("plain", 9, Rms(3, 3)), cone=True)
    first = ascent.step().objective
    assert ascent.x[..., 30, 30].any() == False  # noqa: E712
    for style in ("A", "classic"):
        ascent.use(style)
        for _ in range(5):
            last = ascent.step()
    assert last.reason == "" and last.objective > first and ascent.x.shape == (1, 3, 32, 40)


def test_a_dead_run_stops_and_the_others_go_on() -> None:
    runs = [Run(unit("fc2:3"), short("classic"), "mean"), Run(unit("conv1:1"), short("classic"), "mean")]
    climbing = climb(dead_but_at(tiny(), 0, alive=False), runs)
    steps = finish(climbing)
    dead, alive = climbing.ways
    assert dead.status == "stopped" and "fc2:3 gets no gradient" in dead.reason and len(dead.rows) == 1
    assert dead.log == [f"iteration 0: {dead.reason}. Stopped."]
    assert alive.status == "finished" and not alive.log and len(steps) == 12
    assert steps[0][0] == steps[-1][0] and not climbing.x[0].any() and climbing.x[1].any()


def test_other_seeds_are_tried_and_named() -> None:
    climbing = climb(dead_but_at(tiny(), 0, alive=False), [Run(unit("fc2:3"), short("classic"), seed=5)])
    finish(climbing)
    way = climbing.ways[0]
    assert way.status == "stopped" and len(way.log) == SEEDS + 1
    for number, line in enumerate(way.log[:-1], 1):
        assert "fc2:3 gets no gradient from this start" in line
        assert f"Other seed: begun again with seed {5 + 1000 * number}." in line
    assert way.log[-1].endswith("Stopped.")
    last = climb(tiny(), [Run(unit("fc2:3"), short("classic"), seed=5 + 1000 * SEEDS)])
    np.testing.assert_array_equal(climbing.x, last.x)
    bare = climb(dead_but_at(tiny(), 0, alive=False), [Run(unit("fc2:3"), short("classic"), seed=5)], cures=())
    finish(bare)
    assert len(bare.ways[0].log) == 1 and bare.ways[0].seed == 5


DEEP = """
input: "picture" input_shape { dim: 1 dim: 3 dim: 32 dim: 40 }
layer { name: "conv1" type: "Convolution" bottom: "picture" top: "conv1"
        convolution_param { num_output: 1 kernel_size: 1 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "conv2" type: "Convolution" bottom: "conv1" top: "conv2"
        convolution_param { num_output: 1 kernel_size: 3 pad: 1 weight_filler { type: "constant" value: 1 } } }
"""


def half_dead(others: float = 0.01) -> deepvis.Net:
    """A net that is dead at (4, 4), and awake where the picture is not dark; there the mean leads the way."""
    net = deepvis.Net.from_text(DEEP)
    net.params["conv1"][0][...] = others
    net.params["conv1"][1][...] = 0
    return net


def dark_corner() -> np.ndarray:
    image = np.full((32, 40, 3), 160, np.uint8)
    image[:6, :6] = 90
    return image


def test_a_warm_up_on_the_channels_mean_wakes_a_unit() -> None:
    # What the mean brightens, the blur carries into the dark corner.
    style = Preset("spreading", 60, Rms(20, 20), Regularisers(blur_radius=3, blur_every=1))
    runs = [Run(unit("conv2:0@3,3"), style, dark_corner())]
    cold = climb(half_dead(), runs, cures=())
    finish(cold)
    assert cold.ways[0].status == "stopped"
    warm = climb(half_dead(), runs)
    steps = finish(warm)
    way = warm.ways[0]
    assert way.status == "finished" and steps[-1][0].objective > 0
    assert 1 <= len(way.log) <= WARM_ROUNDS
    assert "conv2:0@3,3 gets no gradient from this start" in way.log[0]
    assert f'Warm-up: iterations 1 to {WARM_ITERATIONS} climb channel("conv2:0") instead.' in way.log[0]
    assert steps[0][0].objective == 0 and all(step[0].iteration == i for i, step in enumerate(steps))


def test_a_warm_up_that_helps_nothing_is_given_up() -> None:
    style = Preset("plain", 9, Rms(2, 2))
    climbing = climb(half_dead(), [Run(unit("conv2:0@3,3"), style, np.zeros((32, 40, 3), np.uint8))])
    finish(climbing)
    log = climbing.ways[0].log
    assert climbing.ways[0].status == "stopped" and len(log) == 2
    assert "Warm-up" in log[0] and log[1].endswith("Stopped.")


@pytest.mark.parametrize("at", [3, 9])
def test_a_cure_outlives_a_kill(at: int, tmp_path) -> None:
    style = Preset("spreading", 30, Rms(20, 20), Regularisers(blur_radius=3, blur_every=1))
    runs = [Run(unit("conv2:0@3,3"), style, dark_corner())]
    whole, killed, resumed = (climb(half_dead(), runs) for _ in range(3))
    steps = finish(whole)
    for _ in range(at):
        killed.step()
    resumed.restore(through_files(killed.state(), tmp_path))
    assert finish(resumed) == steps[at:]
    assert resumed.ways[0].log == whole.ways[0].log


def test_going_on_from_an_earlier_result() -> None:
    first = climb(tiny(), [Run(unit("fc2:3"), short("classic"))])
    finish(first)
    second = climb(tiny(), [Run(unit("fc2:3"), short("classic"), first.x)])
    np.testing.assert_array_equal(second.x, first.x)
    with pytest.raises(ShapeError, match=r"start: the input has shape \(2, 2\), expected \(1, 3, 32, 40\)"):
        climb(tiny(), [Run(unit("fc2:3"), short("classic"), np.zeros((2, 2), np.float32))])


def test_what_cannot_begin() -> None:
    with pytest.raises(Error, match="at least one run"):
        climb(tiny(), [])
    with pytest.raises(UnknownNameError, match="no cure 'prayer'"):
        climb(tiny(), MANY, cures=("prayer",))
    with pytest.raises(UnknownNameError, match="no labels are known"):
        climb(tiny(), [Run(klass("flamingo"), short("C"))])
