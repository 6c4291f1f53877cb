"""Ascents on tiny nets: they climb, they go on for ever, and what cannot climb says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ascent_nets import COLOUR, tiny

import deepvis
from deepvis import units
from deepvis.ascent import STARTS, Ascent, Constant, Preset, Regularisers, Rms, preset
from deepvis.errors import Error, ShapeError, UnknownNameError
from deepvis.preprocess import Preprocess

WHITENED = Preprocess(
    (32, 40),
    order="RGB",
    mean=np.array([0.485, 0.456, 0.406], np.float32),
    std=np.array([0.229, 0.224, 0.225], np.float32),
    raw_scale=1 / 255,
)
GREY = Preprocess((32, 40), order="GRAY", input_scale=1 / 256)


def ascent(unit: str = "fc2:3", style: Preset | str = "classic", net: deepvis.Net | None = None, **more) -> Ascent:
    return Ascent(net or tiny(), "picture", COLOUR, units.parse(unit), style, **more)


def objectives(of: Ascent, count: int) -> list[float]:
    return [of.step().objective for _ in range(count)]


CLIMBERS = [
    (unit, style)
    for style in ("classic", "softer", "gentle")
    for unit in ("fc2:3", "fc2:3@0,0", "conv1:2", "conv1:2@6,8", "pool1:5", "prob:1")
    if (unit, style) != ("prob:1", "softer")  # of random weights, the probabilities do not outlast the jitter
]


@pytest.mark.parametrize(("unit", "style"), CLIMBERS)
def test_climbs(unit: str, style: str) -> None:
    found = objectives(ascent(unit, style), 40)
    begun = found[1]  # the first blur takes away noise that may have excited the unit
    assert found[-1] > begun + (0.01 if style == "gentle" else 0.2) * abs(begun)


@pytest.mark.parametrize(("preprocess", "channels"), [(COLOUR, 3), (WHITENED, 3), (GREY, 1)])
def test_step_is_the_same_in_grey_levels_for_any_preprocessing(preprocess: Preprocess, channels: int) -> None:
    style = Preset("plain", 100, Rms(3, 3))
    image = np.full((32, 40, 3), 128, np.uint8)
    climbing = Ascent(tiny(channels), "picture", preprocess, units.parse("fc2:0"), style, start=image)
    before = preprocess.to_pixels(climbing.x)
    step = climbing.step()
    moved = (preprocess.to_pixels(climbing.x) - before).astype(np.float64)
    seen = np.abs(moved).max(axis=2) > 1e-3 * np.abs(moved).max()
    assert step.learning_rate == 3 and step.gradient_norm > 0
    assert np.sqrt(np.mean(moved[seen] ** 2)) == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize("preprocess", [COLOUR, WHITENED])
def test_stays_within_the_pixels_range(preprocess: Preprocess) -> None:
    style = Preset("huge", 10, Rms(500, 500))
    climbing = Ascent(tiny(), "picture", preprocess, units.parse("fc2:0"), style)
    climbing.step()
    pixels = preprocess.to_pixels(climbing.x)
    assert pixels.min() == pytest.approx(0, abs=1e-3) and pixels.max() == pytest.approx(255, abs=1e-3)


def test_objective_is_the_channels_mean_without_a_position() -> None:
    net = tiny()
    climbing = ascent("conv1:2", net=net)
    step = climbing.step()
    acts = net.forward(end="conv1", picture=climbing.measured)["conv1"]
    assert step.objective == pytest.approx(acts[0, 2].mean(), rel=1e-5)
    assert step.layer_max == units.Unit("conv1", int(acts[0].mean(axis=(1, 2)).argmax()))
    assert step.is_layer_max == (step.layer_max.channel == 2)


def test_layer_maximum_of_a_position() -> None:
    net = tiny()
    start = ascent(net=net).x
    acts = net.forward(end="conv1", picture=start)["conv1"][0]
    channel, row, column = np.unravel_index(acts.argmax(), acts.shape)
    strongest = f"conv1:{channel}@{row},{column}"
    step = ascent(strongest, net=net).step()
    assert str(step.layer_max) == strongest and step.is_layer_max
    assert not ascent(f"conv1:{(channel + 1) % 8}@{row},{column}", net=net).step().is_layer_max


def test_goes_on_after_its_iterations_with_the_last_values() -> None:
    climbing = ascent(style=replace(preset("classic"), iterations=5))
    steps = [climbing.step() for _ in range(9)]
    assert [step.iteration for step in steps] == list(range(9))
    assert [step.learning_rate for step in steps[4:]] == pytest.approx([3] * 5)
    climbing.rewind()
    again = climbing.step()
    assert (again.iteration, again.learning_rate) == (0, pytest.approx(12))


def test_parameters_change_on_the_way() -> None:
    climbing = ascent(style="gentle")
    climbing.step()
    style = replace(climbing.preset, step=Constant(0), regularisers=Regularisers(decay=1))
    climbing.use(style)
    assert climbing.step().learning_rate == 0 and not climbing.x.any()
    climbing.use("classic")
    assert climbing.preset == preset("classic") and climbing.step().learning_rate > 3


def test_owns_its_net() -> None:
    net = tiny()
    other = np.full((1, 3, 32, 40), 7, np.float32)
    net.forward(picture=other)
    ascent(net=net).step()
    np.testing.assert_array_equal(net.blobs["picture"], other)


def test_same_seed_same_pictures() -> None:
    def picture(seed: int) -> np.ndarray:
        climbing = ascent(style="softer", seed=seed)
        objectives(climbing, 5)
        return climbing.picture()

    np.testing.assert_array_equal(picture(4), picture(4))
    assert (picture(4) != picture(5)).any()


def test_starts() -> None:
    started = {kind: ascent(start=kind, seed=0).x for kind in STARTS}
    assert started["mean_plus_rand"].ravel()[:2] == pytest.approx([17.6405, 4.00157], abs=1e-4)
    assert not started["mean"].any()
    pixels = COLOUR.to_pixels(started["randu"])
    assert pixels.min() < 5 and pixels.max() > 250 and 120 < pixels.mean() < 135
    image = np.random.RandomState(0).randint(0, 256, (32, 40, 3)).astype(np.uint8)
    np.testing.assert_array_equal(ascent(start=image).picture(), image)
    noise = Ascent(tiny(), "picture", WHITENED, units.parse("fc2:0"), start="mean_plus_rand").x
    assert (WHITENED.to_pixels(noise) - WHITENED.to_pixels(0 * noise)).std() == pytest.approx(10, rel=0.05)
    with pytest.raises(Error, match="seed: expected a whole number from 0"):
        ascent(seed=-1)
    with pytest.raises(UnknownNameError, match="no start 'zeros'"):
        ascent(start="zeros")


@pytest.mark.parametrize("preprocess", [COLOUR, WHITENED, replace(COLOUR, transpose=True, size=(32, 40))])
def test_pictures(preprocess: Preprocess) -> None:
    style = Preset("plain", 10, Rms(1, 1))  # a blur would reach out of what the unit sees
    climbing = Ascent(tiny(), "picture", preprocess, units.parse("conv1:2@6,8"), style, start="mean")
    flat = climbing.stretched_picture()
    assert flat.shape == (*preprocess.shown_size, 3) and flat.dtype == np.uint8 and (flat == 128).all()
    for _ in range(3):
        climbing.step()
    small, large = climbing.picture(), climbing.stretched_picture()
    assert small.shape == large.shape and int(large.max()) - large.min() > int(small.max()) - small.min()
    rows, columns = climbing.sees()
    assert climbing.stretched_picture(crop=True).shape == (5, 5, 3)
    assert (climbing.picture(crop=True) == small[rows, columns]).all()
    outside = np.ones(large.shape[:2], bool)
    outside[rows, columns] = False
    assert (large[outside] == 128).all() and (large[rows, columns] != 128).any()


def test_a_silenced_unit_still_climbs() -> None:
    """Its gradient starts below its ReLU."""
    found = objectives(ascent("conv1:2@6,8", net=tiny(bias=-5)), 100)
    assert found[0] == 0 and found[-1] > 0


def test_a_dead_unit_is_explained() -> None:
    climbing = ascent("fc2:3", net=tiny(bias=-1e4))
    before = climbing.x.copy()
    for _ in range(2):
        step = climbing.step()
        assert (step.gradient_norm, step.learning_rate) == (0, 0)
        assert step.reason.startswith("fc2:3 gets no gradient from this start: activation 0")
        assert "relu1 (ReLU), above conv1, lets none through; try another seed" in step.reason
    np.testing.assert_array_equal(climbing.x, before)


def test_a_unit_named_by_its_relu_is_told_its_blob() -> None:
    reason = ascent("relu1:3@6,8", net=tiny(bias=-1e4)).step().reason
    assert "(pre-activation -1e+04)" in reason and "name conv1 to start below it" in reason


def test_a_saturated_softmax_is_explained() -> None:
    net = tiny()
    net.params["fc2"][1][...] = [0, 0, 0, 3e3, 0, 0, 0]
    reason = ascent("prob:3", net=net).step().reason
    assert "prob (Softmax) is saturated; choose its scores, fc2, instead" in reason


def test_numbers_that_are_not_finite_are_explained() -> None:
    net = tiny()
    net.params["fc2"][0][3] = np.nan
    step = ascent("fc2:3", net=net).step()
    assert step.learning_rate == 0 and "fc2:3 is nan, and 'fc2' is the first blob" in step.reason
    net = tiny()
    net.params["conv1"][0][...] = np.inf
    assert "'conv1' is the first blob" in ascent("fc2:3", net=net).step().reason


def test_an_infinite_step_leaves_the_picture() -> None:
    climbing = ascent(style=Preset("mad", 9, Constant(1e38), Regularisers(blur_radius=1, blur_every=1)))
    climbing.use(replace(climbing.preset, step=Constant(1e300)))
    before = climbing.x.copy()
    step = climbing.step()
    assert step.learning_rate == 0 and "preset mad leads to numbers that are not finite" in step.reason
    np.testing.assert_array_equal(climbing.x, before)
    climbing.use("classic")
    assert climbing.step().reason == ""


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("conv9:1", "conv9"),
        ("conv1", "names no channel"),
        ("conv1:8", "no channel 8 in 'conv1', which has 8"),
        ("conv1:2@14,0", r"no position \(14, 0\)"),
        ("fc2:1@0,1", r"no position \(0, 1\)"),
    ],
)
def test_units_that_are_not_there(unit: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        ascent(unit)


def test_input_that_does_not_fit() -> None:
    with pytest.raises(UnknownNameError, match="'data' is not an input of this net; inputs: picture"):
        Ascent(tiny(), "data", COLOUR, units.parse("fc2:3"))
    with pytest.raises(ShapeError, match="give it the net's size"):
        Ascent(tiny(), "picture", replace(COLOUR, size=(40, 32)), units.parse("fc2:3"))


def test_a_unit_that_the_picture_does_not_reach() -> None:
    net = deepvis.Net.from_text(
        'input: "a" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }'
        'input: "b" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }'
        'layer { name: "c" type: "Convolution" bottom: "b" top: "c"'
        "convolution_param { num_output: 2 kernel_size: 3 } }"
    )
    for unit in ("c:0", "c:1@2,2"):
        climbing = Ascent(net, "a", Preprocess((8, 8)), units.parse(unit))
        assert "does not depend on the picture" in climbing.step().reason
