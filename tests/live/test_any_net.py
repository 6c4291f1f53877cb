"""Any net is shown, and every number shown is the net's: of one picture or two, any channels, names and shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from prototxts import NETS, model_of

from deepvis import Net
from deepvis.live.build import Stage, stage_of
from deepvis.live.controls.events import Key
from deepvis.live.headless import Offline
from deepvis.live.panes.common import piece
from deepvis.live.seeing.engine import units_of
from deepvis.live.seeing.wants import Wants
from deepvis.live.settings import Settings
from deepvis.live.sources import Frame
from deepvis.live.state import RULES, State, initial
from deepvis.preprocess import Preprocess
from deepvis.render import Picture

SIZE = (700, 450)
PAIRS = {"two", "six", "siamese", "siamese_grey"}
GREY = {"grey", "two", "upright", "siamese_grey"}
BLANK = 10  # of a pane's standard deviation of grey levels, below which nothing is to be seen


def photo(seed: int, height: int = 50, width: int = 70) -> Picture:
    """Smooth colours, different everywhere and in every channel."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


ONE, OTHER = photo(1), photo(2, 64, 48)
SINGLE, PAIR = Frame(ONE, "one.png", 1), Frame(ONE, "pair", 2, second=OTHER)


@cache
def stage(name: str) -> Stage:
    return stage_of(model_of(NETS[name], name, scale=0.02), Settings(similar_seconds=60.0), size=SIZE)


@cache
def whole(name: str) -> Net:
    """The same net, run directly: its fillers draw the same numbers."""
    return model_of(NETS[name], name, scale=0.02).net


def inputs(name: str, frame: Frame) -> dict[str, np.ndarray]:
    """What the net is to get, put together here by other means than the viewer's."""
    net = whole(name)
    pictured = [blob for blob in net.inputs if len(net.shape(blob)) == 4]
    shape = net.shape(pictured[0])
    preprocess = Preprocess(shape[2:], "GRAY" if name in GREY else "BGR", input_scale=0.02)
    first = preprocess.apply(frame.image)
    second = first if frame.second is None else preprocess.apply(frame.second)
    if name.startswith("siamese"):
        return dict(zip(pictured, (first, second), strict=True))
    if name in PAIRS:
        return {pictured[0]: np.concatenate([first, second], axis=1)}
    if name == "five":
        return {pictured[0]: first[:, [0, 1, 2, 0, 1]]}
    return {pictured[0]: first}


def rgb(signal: np.ndarray) -> np.ndarray:
    """A signal (C, H, W) as the picture's channels: BGR turned round, grey three times."""
    if len(signal) == 1:
        return signal.repeat(3, axis=0)
    return signal[::-1] if len(signal) == 3 else signal


def arrived(name: str) -> list[np.ndarray]:
    """What the last backward pass brought to each picture."""
    net = whole(name)
    pictured = [blob for blob in net.inputs if len(net.shape(blob)) == 4]
    signals = [
        net.diffs[blob][0].copy() if blob in net.diffs else np.zeros(net.shape(blob)[1:], np.float32)
        for blob in pictured
    ]
    if name in PAIRS and len(signals) == 1:
        signals = list(np.split(signals[0], 2))
    return [rgb(signal) for signal in signals]


def run(name: str, frame: Frame) -> Net:
    net = whole(name)
    net.forward(**inputs(name, frame))
    return net


@pytest.mark.parametrize("frame", [SINGLE, PAIR], ids=["single", "pair"])
@pytest.mark.parametrize("name", NETS)
def test_activations_of_every_layer_are_the_nets(name, frame):
    shown, net = stage(name), run(name, frame)
    blobs = [layer.blob for layer in shown.scene.layers]
    assert blobs == [blob for blob in net.blobs if blob not in net.inputs]
    for layer in shown.scene.layers:
        acts = shown.engine.compute(Wants(frame.serial, False, layer.blob, classes=True), frame).acts
        assert acts.shape == (layer.units, layer.height, layer.width)
        assert layer.units == net.shape(layer.blob)[1]
        np.testing.assert_allclose(acts.reshape(-1), net.blobs[layer.blob].reshape(-1), rtol=1e-4, atol=1e-4)
        assert acts.std() > 0 or layer.blob == "info", "all that is alike says nothing about the numbers"


@pytest.mark.parametrize("frame", [SINGLE, PAIR], ids=["single", "pair"])
@pytest.mark.parametrize("name", NETS)
def test_signals_from_every_layer_by_every_rule_are_the_nets(name, frame):
    shown, net = stage(name), run(name, frame)
    for layer in shown.scene.layers:
        unit = layer.units - 1
        seed = np.zeros(net.shape(layer.blob), np.float32)
        seed[:, unit] = net.blobs[layer.blob][:, unit]
        for rule in RULES:
            wants = Wants(frame.serial, False, shown.scene.layers[0].blob, (layer.blob, unit), (rule,), diffs=True)
            result = shown.engine.compute(wants, frame)
            net.backward(layer.blob, seed, rule=rule)
            expected = arrived(name)
            assert len(result.signals[rule]) == len(expected) == shown.scene.pictures
            for got, want in zip(result.signals[rule], expected, strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4 * (np.abs(want).max() + 1e-6))
            if result.diffs is not None:
                np.testing.assert_allclose(result.diffs, units_of(net.diffs[wants.layer]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_the_second_picture_goes_to_the_second_half_of_the_net(name):
    shown = stage(name)
    assert shown.scene.pictures == 2
    mirrored = Frame(OTHER, "other way round", 3, second=ONE)
    twice = Frame(OTHER, "one alone", 4)
    last = shown.scene.layers[-1].blob
    found = [shown.engine.compute(Wants(f.serial, False, last), f).acts for f in (PAIR, mirrored, twice)]
    assert not np.allclose(found[0], found[1]) and not np.allclose(found[1], found[2])
    assert [part.shape[:2] for part in shown.engine.seen_parts(PAIR, True)] == [(50, 70), (64, 48)]
    same = shown.engine.seen_parts(twice, True)
    assert (same[0] == same[1]).all(), "without a second picture the first goes to both"
    if not name.startswith("siamese"):
        return
    one, other = (shown.engine.compute(Wants(4, False, blob), twice).acts for blob in ("feat", "feat_p"))
    np.testing.assert_array_equal(one, other)
    from_first, nothing = shown.engine.compute(Wants(2, False, "feat", ("feat", 1)), PAIR).signals["gradient"]
    assert from_first.any() and not nothing.any(), "an arm alone does not see the other's picture"
    nothing, from_second = shown.engine.compute(Wants(2, False, "feat", ("feat_p", 1)), PAIR).signals["gradient"]
    assert from_second.any() and not nothing.any()


def test_a_net_with_one_input_takes_no_notice_of_a_second_picture():
    shown = stage("colour")
    one, two = (shown.engine.compute(Wants(f.serial, False, "conv1"), f).acts for f in (SINGLE, PAIR))
    np.testing.assert_array_equal(one, two)


def looking(name: str, layer: int, unit: int, frame: Frame, keys: str = "") -> tuple[Offline, Picture]:
    viewer = Offline(stage(name), replace(initial(stage(name).scene), layer=layer, unit=unit, cursor="bottom"), 4)
    return viewer, viewer.draw(frame, [Key(key) for key in keys.split()])


MODES = {
    "grid": "",
    "zoom": "z",
    "colours": "\\ r",
    "backward": "b",
    "norms": "b m m m",
    "signals": "b a",
    "large": "b z z",
    "compare": "v",
    "similar": "2",
    "box": "3",
    "histogram": "1",
    "ascent": "6",
    "all": "b 1 2 3 5 5 x",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NETS)
def test_every_mode_shows_something(name, mode):
    scene = stage(name).scene
    every = list(enumerate(scene.layers))
    for number, layer in every if mode == "grid" else every[list(MODES).index(mode) % 3 :: 3]:
        frame = PAIR if number % 2 else SINGLE
        acts = stage(name).engine.compute(Wants(frame.serial, False, layer.blob), frame).acts
        unit = int(acts.reshape(len(acts), -1).max(axis=1).argmax())
        viewer, picture = looking(name, number, unit, frame, MODES[mode])
        view = viewer.view
        assert picture.shape == (*SIZE[::-1], 3)
        assert view.problems == ()
        assert piece(picture, view.layout.input).std() > BLANK
        assert piece(picture, view.layout.status).std() > BLANK
        assert piece(picture, view.layout.control).std() > BLANK
        if (layer.height, layer.width) != (1, 1) or mode in ("compare", "large"):
            assert piece(picture, view.layout.layers).std() > BLANK / 4
        if mode in ("backward", "norms", "compare", "all"):
            assert any(signal.any() for signal in view.back_current.signals["gradient"]) or layer.blob in ("info",)
        if mode == "backward" and view.back_current.signal.any():
            assert piece(picture, view.layout.back).std() > 1
        if mode in ("similar", "box", "histogram", "ascent", "all"):
            assert piece(picture, view.layout.column).std() > BLANK / 2


def test_the_part_that_each_picture_of_a_pair_is_seen_of_lies_beside_the_other():
    viewer, picture = looking("siamese", 0, 0, PAIR)
    pane = piece(picture, viewer.view.layout.input)
    half = pane.shape[1] // 2
    for part, image in ((pane[:half, :half], ONE), (pane[:half, half : 2 * half], OTHER)):
        shown = Preprocess((24, 24)).view(image)
        small = cv2.resize(part, (24, 24), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - shown).mean() < 12


@pytest.mark.parametrize("name", NETS)
def test_the_live_ascent_of_a_net_of_one_picture_climbs_and_any_other_says_that_it_cannot(name):
    viewer, picture = looking(name, 0, 1, SINGLE, "6")
    ascended = viewer.view.ascended
    assert ascended.unit == f"{stage(name).scene.layers[0].blob}:1"
    if name in PAIRS | {"five"}:
        assert ascended.picture is None
        assert ascended.words.startswith("live ascent grows one picture")
    else:
        assert (ascended.iteration, ascended.words) == (4, "")
        assert len(np.unique(ascended.picture)) > 5
    assert piece(picture, viewer.view.layout.column).std() > 5


def test_the_classes_are_the_nets_best():
    for name in NETS:
        viewer = Offline(stage(name), State())
        viewer.draw(SINGLE)
        classes = viewer.view.result.classes
        net = run(name, SINGLE)
        if "prob" in net.blobs:
            best = np.sort(net.blobs["prob"].reshape(-1))[::-1][:5]
            np.testing.assert_allclose([chance for chance, _ in classes], best, rtol=1e-4)
