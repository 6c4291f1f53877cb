"""The numbers and pictures that instruments show, from nets and maps in which they are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from fakes import FakeNet, engine, frame, scene, stage
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import LAYERS, drawn, extent, greenish, has_colour, scene_of, view_of
from prototxts import conv, data, fc, layer, model_of, relu, softmax

from deepvis.live.build import Stage, stage_of
from deepvis.live.compose import compose
from deepvis.live.controls.actions import BINDINGS, press
from deepvis.live.controls.events import Key, Mouse
from deepvis.live.headless import Offline
from deepvis.live.panes.back_pane import back_picture
from deepvis.live.panes.common import piece
from deepvis.live.panes.input_pane import input_pane
from deepvis.live.panes.layers_pane import DEAD, TWIN
from deepvis.live.panes.listing import cells, rows
from deepvis.live.panes.status_pane import status_line
from deepvis.live.seeing import study
from deepvis.live.seeing.wants import Wants
from deepvis.live.settings import Settings
from deepvis.live.sources import Frame
from deepvis.live.state import OPACITIES, RULES, State, initial
from deepvis.render import apply_colours, blank, colour_bytes, resize_to_fit

SIDE = 32
RED, GREEN, BLUE, RED_TWICE, DEAD_UNIT, NEARLY_RED, NOT_RED, STEADY = range(8)
PLANTED = (
    data(3, SIDE, SIDE)
    + conv("colour", "data", 8, 1)
    + relu("colour")
    + layer("Pooling", "means", "colour", "", "pooling_param { pool: AVE kernel_size: 4 stride: 4 }")
    + fc("scores", "means", 4)
    + softmax("scores")
)


def planted_stage() -> Stage:
    """Units that look at one colour each: one twice as much, one almost the same, one never, one always."""
    model = model_of(PLANTED, "planted", order="RGB", scale=1 / 255)
    weights, bias = model.net.params["colour"]
    weights[...] = bias[...] = 0
    for unit, (red, green, blue) in {
        RED: (1, 0, 0),
        GREEN: (0, 1, 0),
        BLUE: (0, 0, 1),
        RED_TWICE: (2, 0, 0),
        DEAD_UNIT: (-1, -1, -1),
        NEARLY_RED: (1, 0.3, 0),
        NOT_RED: (-1, 0, 0),
    }.items():
        weights[unit, :, 0, 0] = red, green, blue
    bias[NOT_RED], bias[STEADY] = 1, 0.5
    return stage_of(model, Settings(similar_seconds=100.0), size=(900, 600))


def noise(serial: int) -> Frame:
    coarse = np.random.default_rng(serial).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Frame(np.asarray(cv2.resize(coarse, (64, 64), interpolation=cv2.INTER_NEAREST), np.uint8), "noise", serial)


def in_grid(at: Stage, unit: int, layer_: int = 0) -> Offline:
    return Offline(at, replace(initial(at.scene), layer=layer_, unit=unit, cursor="bottom"))


def keys(words: str) -> list[Key]:
    return [Key(word) for word in words.split()]


# -- scales and colours


def plain_frame(level: int, serial: int) -> Frame:
    image = np.full((60, 80, 3), level // 4, np.uint8)
    image[20:40, 20:60] = level
    return Frame(image, "plain", serial)


def test_the_fixed_scale_holds_over_frames_and_the_layers_follows_each():
    viewer = Offline(planted := planted_stage(), replace(initial(planted.scene), cursor="bottom"))
    limits = {}
    for scale, pressed in (("layer", ""), ("fixed", "r r")):
        found = []
        for serial, level in enumerate((40, 240, 80)):
            viewer.draw(plain_frame(level, serial + 10 * (scale == "fixed")), keys(pressed) if serial == 0 else [])
            assert viewer.view.state.scale == scale
            _, low, high = viewer.view.scaled
            found.append((float(low), float(high)))
            peak = float(viewer.view.tiles[RED].max())
            seen = level / 255 / (found[-1][1] - found[-1][0])
            assert peak == pytest.approx(255 * (seen - found[-1][0] / (found[-1][1] - found[-1][0])), abs=1.5)
        limits[scale] = found
    assert len(set(limits["layer"])) == 3, "each frame has its own"
    assert limits["fixed"][1] == limits["fixed"][2], "a darker frame does not change what brightness stands for"
    assert limits["fixed"][1][1] == pytest.approx(2 * 240 / 255, rel=1e-4)
    assert f"fixed 0 to {2 * 240 / 255:.4g}" in status_line(viewer.view)
    fixed = Offline(planted, replace(initial(planted.scene), scale="fixed"))
    fixed.view = replace(fixed.view, scene=replace(planted.scene, settings=Settings(fixed_range=(0.0, 4.0))))
    fixed.draw(plain_frame(240, 99))
    assert [float(end) for end in fixed.view.scaled[1:]] == [0.0, 4.0], "the setting wins"


def test_the_unit_scale_gives_every_unit_all_of_the_brightness():
    viewer = in_grid(planted_stage(), RED)
    viewer.draw(noise(1), keys("r"))
    view, acts = viewer.view, viewer.view.result.acts
    for unit in (RED, GREEN, BLUE, RED_TWICE, NEARLY_RED, NOT_RED):
        assert (view.tiles[unit].min(), view.tiles[unit].max()) in ((0, 254), (0, 255))
    np.testing.assert_array_equal(view.tiles[RED], view.tiles[RED_TWICE])
    assert not view.tiles[DEAD_UNIT].any() and not view.tiles[STEADY].any()
    for unit in (RED, RED_TWICE):
        own = replace(view, state=replace(view.state, unit=unit))
        assert f"unit {acts[unit].min():.4g} to {acts[unit].max():.4g}" in status_line(own)


@pytest.mark.parametrize("scale", ["layer", "unit", "fixed"])
def test_zero_is_in_the_middle_of_the_diverging_map(scale):
    acts = np.zeros((5, 1, 40), np.float32)
    acts[:, 0, 0], acts[:, 0, 1] = -1, 4
    acts[:, 0, 2] = -4
    state = State(2, 1, "bottom", scale=scale, colour_map="diverging")
    view = view_of(scene_of(), state, acts)
    view = replace(view, result=replace(view.result, held=(-1.0, 4.0)))
    _, low, high = view.scaled
    np.testing.assert_array_equal(low, -high)
    assert (view.tiles[:, 0, 5] == 127).all(), "zero"
    middle = apply_colours(np.full((1, 1), 127, np.uint8), "diverging")[0, 0]
    shown = apply_colours(view.tiles[1], "diverging")[0]
    assert (shown[5] == middle).all()
    red, blue = shown[1].astype(int), shown[2].astype(int)
    assert red[0] > red[2] and blue[2] > blue[0], "positive and negative are told apart by colour"
    weak = shown[0].astype(int)
    assert np.abs(weak - middle).sum() < np.abs(blue - middle).sum()
    legend = drawn(view, view.layout.aux)[-20:]
    assert len(np.unique(legend.reshape(-1, 3), axis=0)) > 30, "colours and what they stand for"


# -- what lies over the input


def difference(view, base) -> float:
    box = view.layout.input
    one, other = blank(box.height, box.width), blank(box.height, box.width)
    input_pane(view, one)
    input_pane(base, other)
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("over", ["x", "b x x"])
def test_the_overlay_gets_fainter_and_stronger_by_its_keys(over):
    viewer = in_grid(planted_stage(), RED)
    viewer.draw(noise(2))
    plain = viewer.view
    viewer.draw(noise(2), keys(over + " [" * 9))
    found = []
    for _ in OPACITIES:
        found.append(difference(viewer.view, plain))
        viewer.draw(noise(2), keys("]"))
    assert found == sorted(found) and found[0] > 0.3
    assert found[-1] > 2 * found[0]
    assert viewer.view.state.opacity == len(OPACITIES) - 1
    viewer.draw(noise(2), keys("x x" if over == "x" else "x"))
    assert difference(viewer.view, plain) == 0


def test_the_map_lies_over_the_part_of_the_input_that_the_unit_answers_to():
    image = np.full((64, 64, 3), 90, np.uint8)
    image[8:24, 32:56] = (255, 0, 0)
    viewer = in_grid(planted_stage(), RED)
    viewer.draw(Frame(image, "patch", 1), keys("x ] ]"))
    pane = drawn(viewer.view, viewer.view.layout.input).astype(int)
    plain = drawn(replace(viewer.view, state=replace(viewer.view.state, overlay="off")), viewer.view.layout.input)
    changed = np.abs(pane - plain).sum(axis=2)
    side = pane.shape[1]
    inside = changed[side // 8 : side * 3 // 8, side // 2 : side * 7 // 8]
    assert inside.mean() > 4 * changed[side // 2 : side].mean()


# -- rankings and likenesses


@pytest.mark.parametrize("layer_", [0, 1])
def test_the_ranking_names_the_units_whose_stimulus_is_in_the_box(layer_):
    image = np.full((64, 64, 3), 20, np.uint8)
    image[32:56, 8:32] = (255, 0, 0)
    image[8:24, 40:56] = (0, 0, 255)
    viewer = in_grid(planted_stage(), GREEN, layer_)
    boxes = {"red": (0.5, 0.125, 0.875, 0.5), "blue": (0.125, 0.625, 0.375, 0.875)}
    firsts = {}
    for serial, (name, box) in enumerate(boxes.items()):
        view = viewer.view
        top, left, bottom, right = box
        pane = view.layout.input
        side = min(pane.height, pane.width)
        corner = (pane.top + round(top * side), pane.left + round(left * side))
        opposite = (pane.top + round(bottom * side) - 1, pane.left + round(right * side) - 1)
        dragged = [Mouse("press", *corner), Mouse("drag", *opposite), Mouse("release", *opposite)]
        viewer.draw(Frame(image, "patches", serial), dragged)
        view = viewer.view
        assert view.state.instruments == ("ranking",)
        listed = rows(view, "ranking", cells(view)["ranking"])
        firsts[name] = [row.unit for row in listed]
        acts = view.result.acts
        high, wide = acts.shape[1:]
        inside = np.zeros((high, wide), bool)
        inside[round(top * high) : round(bottom * high), round(left * wide) : round(right * wide)] = True
        for row in listed[:3]:
            unit = acts[row.unit]
            expected = (unit[inside].mean() - unit[~inside].mean()) / acts.std()
            assert row.words == f"{expected:+.2f}" or abs(float(row.words) - expected) < 0.15
    assert firsts["red"][:3] == [RED_TWICE, RED, NEARLY_RED] or firsts["red"][:3] == [RED_TWICE, NEARLY_RED, RED]
    assert firsts["red"][-1] == NOT_RED
    assert firsts["blue"][0] == BLUE


def test_where_units_have_no_place_the_ranking_says_so():
    viewer = in_grid(planted_stage(), 0, 2)
    viewer.draw(noise(3), keys("3"))
    assert viewer.view.result.findings.ranking is None
    assert "see all of the picture" in viewer.view.result.findings.no_ranking
    assert drawn(viewer.view, viewer.view.layout.column).std() > 3


def test_similar_dead_and_duplicate_units_are_found_and_marked(monkeypatch):
    monkeypatch.setattr(study, "TWINS_EVERY", 0.0)  # each frame, not each second
    planted = planted_stage()
    viewer = in_grid(planted, RED)
    for serial in range(1, 8):
        viewer.draw(noise(serial), keys("2") if serial == 1 else [])
    view, found = viewer.view, viewer.view.result.findings
    assert [unit for unit, _ in found.similar[:2]] == [RED_TWICE, NEARLY_RED]
    (_, twin), (_, near) = found.similar[:2]
    assert twin == pytest.approx(1, abs=1e-3)
    maps = [planted.engine.compute(Wants(s, False, "colour"), noise(s)).acts[[RED, NEARLY_RED]] for s in range(1, 8)]
    assert near == pytest.approx(np.corrcoef(np.stack(maps, axis=1).reshape(2, -1))[0, 1], abs=0.06)
    assert found.similar[-1][0] == NOT_RED and found.similar[-1][1] < -0.99
    assert np.flatnonzero(found.dead).tolist() == [DEAD_UNIT, STEADY]
    assert found.duplicates == ((RED, RED_TWICE),)
    listed = rows(view, "similar", cells(view)["similar"])
    assert listed[0].unit == RED_TWICE and listed[0].words == "+1.000"

    pane = drawn(view, view.layout.layers)
    framed = {unit: has_colour(pane[slice(*box[::2]), slice(*box[1::2])], of).sum() for unit, box, of in marks(view)}
    assert all(count > 50 for count in framed.values()), framed
    hovered = replace(view, state=replace(view.state, pointer=middle_of(view, DEAD_UNIT)))
    assert (compose(hovered) != compose(view)).any()


def marks(view):
    """(unit, its box, the colour that it is framed in)."""
    colours = {DEAD_UNIT: DEAD, STEADY: DEAD, RED_TWICE: TWIN}
    return [(unit, view.place.box(unit), tuple(colour_bytes(colour))) for unit, colour in colours.items()]


def middle_of(view, unit: int) -> tuple[int, int]:
    top, left, bottom, right = view.place.box(unit)
    return view.layout.layers.top + (top + bottom) // 2, view.layout.layers.left + (left + right) // 2


def test_the_histogram_shows_the_layer_and_in_the_grid_the_unit():
    viewer = in_grid(planted_stage(), RED)
    viewer.draw(noise(4), keys("1"))
    column = drawn(viewer.view, viewer.view.layout.column)
    grey = (column == (127, 127, 127)).all(axis=2)
    top, left, bottom, right = extent(grey)
    assert bottom - top > 0.5 * column.shape[0] and right - left > 0.9 * column.shape[1]
    assert greenish(column).any()
    assert "0" in status_line(viewer.view)
    bar = replace(viewer.view, state=replace(viewer.view.state, cursor="top"))
    assert not greenish(drawn(bar, bar.layout.column)).any(), "no unit is meant there"
    other = replace(viewer.view, state=replace(viewer.view.state, unit=DEAD_UNIT))
    assert (drawn(other, other.layout.column) != column).any()


# -- the backward views


def test_comparing_shows_the_three_rules_beside_one_another():
    net = FakeNet()
    at = stage(net)
    viewer = Offline(at, replace(initial(at.scene), layer=2, unit=3, cursor="bottom"))
    viewer.draw(frame(), keys("v"))
    view = viewer.view
    assert net.backwards == 3
    assert set(view.result.signals) == set(RULES)
    whole = drawn(view, view.layout.layers)
    places = []
    for rule in RULES:
        signals = dict(view.result.signals)
        own = tuple(np.roll(signal, 5, axis=2) + signal.max() for signal in signals[rule])
        without = replace(view, result=replace(view.result, signals={**signals, rule: own}))
        changed = (drawn(without, view.layout.layers) != whole).any(axis=2)
        top, left, bottom, right = extent(changed)
        places.append((top, left, bottom, right))
        picture = back_picture(view, view.result, rule)
        assert (bottom - top) * (right - left) > 0.1 * whole.shape[0] * whole.shape[1]
        small = cv2.resize(whole[top:bottom, left:right], picture.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - picture).mean() < 12, "it is that rule's signal"
    for number, (top, left, bottom, right) in enumerate(places):
        for t, le, b, r in places[:number]:
            assert bottom <= t or b <= top or right <= le or r <= left, "one does not lie over another"


def test_a_rule_that_is_not_looked_at_is_not_computed():
    net = FakeNet()
    at = stage(net)
    viewer = Offline(at, replace(initial(at.scene), layer=1, unit=3, cursor="bottom"))
    viewer.draw(frame(), keys("b"))
    assert (net.backwards, list(viewer.view.result.signals)) == (1, ["gradient"])
    viewer.draw(frame(), keys("g"))
    assert (net.backwards, list(viewer.view.result.signals)) == (2, ["guided"])


def test_the_enlarged_backward_view_is_the_small_one_enlarged():
    at = stage()
    viewer = Offline(at, replace(initial(at.scene), layer=1, unit=3, cursor="bottom"))
    picture = viewer.draw(frame(), keys("b z z"))
    view = viewer.view
    expected = resize_to_fit(back_picture(view, view.result, "gradient"), *large_room(view))
    shown = piece(picture, view.layout.layers)[: expected.shape[0], : expected.shape[1]]
    assert np.abs(shown.astype(int) - expected.astype(int)).mean() < 2


def large_room(view) -> tuple[int, int]:
    return view.layout.layers.height, view.layout.layers.width


# -- what is asked of the net


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(sorted(BINDINGS)), max_size=30))
def test_no_more_is_asked_of_the_net_than_is_shown(pressed):
    net = FakeNet()
    at, state, one = scene(has_live=True), State(), engine(net)
    blobs = list(net.blobs)
    for serial, key in enumerate(pressed):
        state = press(state, key, at)
        seen = frame(serial + 1)
        wants = Wants.of(state, at, seen)
        net.ran, net.backwards = [], 0
        result = one.compute(wants, seen)
        deepest = [at.layers[state.layer].blob]
        deepest += [at.layers[state.start[0]].blob] * state.back_shown + ["prob"] * state.classes_shown
        assert blobs.index(net.ran[-1]) == max(blobs.index(name) for name in deepest)
        assert net.backwards == (len(state.rules) if state.back_shown else 0)
        assert net.backwards <= (3 if state.compare else 1)
        assert bool(result.signals) == state.back_shown
        assert (result.findings.similar is not None) == state.similar
        assert (result.findings.ranking is not None or bool(result.findings.no_ranking)) == (state.box is not None)
        assert bool(result.times.layers) == (state.hud == 2)
        assert result.diffs is None or state.show_back


def test_every_layer_of_a_hand_made_scene_draws_with_every_instrument():
    for number in range(len(LAYERS)):
        state = State(number, 0, "bottom", similar=True, histogram=True, box=(0.1, 0.1, 0.5, 0.5), hud=2)
        assert compose(view_of(scene_of(), state)).std() > 5
