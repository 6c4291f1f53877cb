"""The live ascent with a real net: it climbs, obeys its keys, says what is wrong, and its thread ends."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeNet, frame, stage
from prototxts import conv, data, fc, model_of, pool, relu, softmax
from waiting import next_in, wait_for

from deepvis.ascent.presets import presets
from deepvis.ascent.suitable import Suitable
from deepvis.errors import Error
from deepvis.live.ascending import Ascended, Ascender, AscentOrder
from deepvis.live.ascent_order import ascent_order
from deepvis.live.build import Stage, stage_of
from deepvis.live.controls.changes import REGULARISERS, STRONGEST
from deepvis.live.controls.events import Key
from deepvis.live.headless import Offline
from deepvis.live.panes.common import piece
from deepvis.live.panes.status_pane import status_line
from deepvis.live.settings import Settings
from deepvis.live.state import initial
from deepvis.live.view import View
from deepvis.units import Unit

THREAD = "deepvis-ascent"
DEAD = 3
NET = (
    data(3, 24, 24)
    + conv("conv1", "data", 6, 5)
    + relu("conv1")
    + pool("pool1", "conv1")
    + fc("fc2", "pool1", 5)
    + softmax("fc2")
)
SCENE_LAYERS = {"conv1": 0, "pool1": 1, "fc2": 2}


@pytest.fixture
def climbing() -> Stage:
    """A net in which one unit of conv1 has no weights."""
    model = model_of(NET, scale=0.02)
    weights, bias = model.net.params["conv1"]
    weights[DEAD], bias[DEAD] = 0, -1
    return stage_of(model, Settings(), size=(700, 450))


def viewer_of(at: Stage, layer: str = "conv1", unit: int = 1, steps: int = 1) -> Offline:
    state = replace(initial(at.scene), layer=SCENE_LAYERS[layer], unit=unit, cursor="bottom")
    return Offline(at, state, steps)


def press(viewer: Offline, keys: str = "") -> Ascended:
    viewer.draw(frame(), [Key(key) for key in keys.split()])
    assert viewer.view.ascended is not None
    return viewer.view.ascended


@pytest.mark.parametrize(("layer", "unit"), [("conv1", 1), ("pool1", 2), ("fc2", 0)])
@pytest.mark.parametrize("start", ["6", "6 6"])
def test_the_unit_gets_more_excited(climbing, layer, unit, start):
    viewer = viewer_of(climbing, layer, unit)
    values = [press(viewer, start).value]
    for number in range(2, 31):
        done = press(viewer)
        assert (done.iteration, done.unit) == (number, f"{layer}:{unit}")
        values.append(done.value)
    assert max(values[-5:]) > values[0]
    assert values[-1] > values[0] or values[-1] > 0.8 * max(values)
    assert done.picture.dtype == np.uint8 and done.picture.shape[2] == 3
    assert done.words == ""
    assert f"ascent {climbing.scene.presets[0]}" in status_line(viewer.view)


def test_off_is_off(climbing):
    viewer = viewer_of(climbing)
    press(viewer, "6")
    press(viewer, "6")
    viewer.draw(frame(), [Key("6")])
    assert viewer.view.ascended is None
    assert viewer.view.state.instruments == ()


def test_from_a_frame_it_begins_at_that_frame_and_keeps_it(climbing):
    order, begun, start = ascent_order(viewer_with(climbing, "6 6"), None, None)
    assert (order.start == frame(1).image).all()
    later = replace(viewer_with(climbing, "6 6"), frame=frame(4))
    again, begun_again, start_again = ascent_order(later, begun, start)
    assert (again.key, begun_again) == (order.key, begun), "the next frame does not begin it anew"
    assert start_again is start
    anew = replace(later, state=replace(later.state, ascent=replace(later.state.ascent, restarts=1)))
    assert (ascent_order(anew, begun, start)[0].start == frame(4).image).all()


def viewer_with(at: Stage, keys: str) -> View:
    viewer = viewer_of(at)
    press(viewer, keys)
    return viewer.view


def test_the_preset_keys_go_through_all_presets_and_round(climbing):
    viewer = viewer_of(climbing)
    press(viewer, "6")
    names = climbing.scene.presets
    assert names == ("auto", *presets())
    for name in [*names[1:], names[0]]:
        done = press(viewer, "7")
        assert f"ascent {name}," in status_line(viewer.view)
        if name != "auto":
            assert done.settings.split(",")[0] == name
        assert done.iteration == 1, "what a preset anneals begins anew"


def test_the_regulariser_keys_take_effect(climbing):
    viewer = viewer_of(climbing)
    before = press(viewer, "6")
    for number, name in enumerate(REGULARISERS):
        press(viewer, "'" * bool(number))
        assert viewer.view.state.ascent.regulariser == number
        assert f"keys on {name}" in status_line(viewer.view)
        stronger = press(viewer, "> >")
        assert stronger.settings != before.settings
        word = name.split()[-1]
        assert word in stronger.settings
        weaker = press(viewer, "<")
        assert weaker.settings != stronger.settings
        before = weaker
    reset = press(viewer, "7")
    assert viewer.view.state.ascent.strengths == ()
    assert reset.iteration == viewer.view.ascended.iteration


def test_a_stronger_decay_makes_a_fainter_picture(climbing):
    sizes = []
    for keys in ("6", "6" + " >" * 8):
        viewer = viewer_of(climbing, steps=25)
        press(viewer, keys)
        ascent = viewer._growth._ascent
        sizes.append(float(np.abs(ascent.x).mean()))
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("key", [">", "<"])
def test_a_regulariser_key_that_is_held_down_does_no_harm(climbing, key):
    viewer = viewer_of(climbing)
    press(viewer, "6")
    for _ in REGULARISERS:
        done = press(viewer, f"{key} " * 2000 + "'")
        assert done.picture is not None, done.words
    assert set(viewer.view.state.ascent.strengths) == {STRONGEST if key == ">" else -STRONGEST}


def test_a_restart_gives_another_picture_and_the_same_seed_the_same(climbing):
    pictures = []
    for keys in ("6", "6", "6 enter"):
        viewer = viewer_of(climbing, steps=5)
        done = press(viewer, keys)
        pictures.append(done.picture)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[1] != pictures[2]).mean() > 0.2
    again = press(viewer, "enter")
    assert again.iteration == 5, "it counts from the beginning"
    assert (again.picture != pictures[2]).mean() > 0.2


def test_another_unit_begins_anew_and_coming_back_too(climbing):
    viewer = viewer_of(climbing)
    press(viewer, "6")
    press(viewer)
    done = press(viewer, "right")
    assert (done.unit, done.iteration) == ("conv1:2", 1)
    assert press(viewer, "left").iteration == 1


def test_a_position_is_climbed_and_only_what_it_sees_is_shown(climbing):
    viewer = viewer_of(climbing, "conv1", 1)
    done = press(viewer, "4 6")
    y, x = viewer.view.state.point
    assert done.unit == f"conv1:1@{y},{x}"
    assert done.picture.shape[:2] == (5, 5)


def test_a_dead_unit_is_said_in_words(climbing):
    viewer = viewer_of(climbing, "conv1", DEAD)
    done = press(viewer, "6")
    assert "conv1:3" in done.words and "gradient" in done.words
    assert done.value == 0
    pane = piece(viewer.draw(frame()), viewer.view.layout.column)
    quiet = viewer_of(climbing, "conv1", DEAD)
    quiet.draw(frame())
    assert pane.std() > 5


def test_a_start_that_fails_is_said_in_words_and_the_viewer_goes_on():
    at = stage(FakeNet(), presets=("auto",))
    viewer = viewer_of(at, "conv1", 0)
    done = press(viewer, "6")
    assert (done.picture, done.words) == (None, "this net cannot climb")
    assert viewer.draw(frame(2)).std() > 5


# -- in its thread


@pytest.fixture
def ascender(climbing):
    """An ascender of that net, and no thread of it left behind."""
    one = Ascender(climbing.begin_ascent)
    yield one
    assert one.stop(10)
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD]


def order_of(unit: int = 1, layer: str = "conv1", **more: object) -> AscentOrder:
    order = AscentOrder(Unit(layer, unit), layer != "fc2", Suitable(), "auto", (), None, 0)
    return replace(order, **more)  # type: ignore[arg-type]


def test_no_thread_begins_before_something_is_ordered(ascender):
    ascender.order(None)
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD]


def test_it_climbs_until_something_else_is_ordered(ascender):
    ascender.order(order_of())
    first = next_in(ascender.results)
    later = next_in(ascender.results, lambda done: done.iteration > first.iteration + 10)
    assert later.unit == first.unit == "conv1:1"
    ascender.order(order_of(2))
    other = next_in(ascender.results, lambda done: done.unit == "conv1:2")
    assert other.iteration <= later.iteration
    ascender.order(order_of(2, preset="gentle"))
    assert next_in(ascender.results, lambda done: done.settings.startswith("gentle")).unit == "conv1:2"
    ascender.order(None)
    wait_for(lambda: ascender.results.take(0.1) is None)


def test_after_a_failure_it_waits_for_another_order_and_obeys_it(climbing):
    begun: list[Unit] = []

    def begin(unit, *rest):
        begun.append(unit)
        if unit.channel == 0:
            raise Error("that one cannot be begun")
        return climbing.begin_ascent(unit, *rest)

    one = Ascender(begin)
    one.order(order_of(0))
    failed = next_in(one.results)
    assert (failed.picture, failed.words) == (None, "that one cannot be begun")
    for _ in range(50):
        one.order(order_of(0))  # as the viewer does at every turn
    assert one.results.take(0.2) is None
    assert len(begun) == 1, "what failed is not tried over and over"
    one.order(order_of(2))
    done = next_in(one.results, lambda done: done.unit == "conv1:2")
    assert done.picture is not None
    assert one.stop(10)
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD]


def test_a_failure_is_told_though_nothing_else_is_ordered():
    def begin(*_):
        raise Error("never")

    one = Ascender(begin)
    one.order(order_of())
    done = one.results.take(5.0)
    assert one.stop(10)
    assert done is not None and done.words == "never"


def test_a_dead_unit_does_not_keep_the_thread_from_ending(ascender):
    ascender.order(order_of(DEAD))
    assert next_in(ascender.results).words
