"""What the mouse does to the state: clicks, boxes, the wheel, and nothing that leaves the net."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import LAYERS, scene_of, view_of

from deepvis.live.compose import compose
from deepvis.live.controls.actions import BINDINGS
from deepvis.live.controls.events import MOUSE_KINDS, Key, Mouse
from deepvis.live.controls.mouse import moved
from deepvis.live.controls.obeying import obeyed
from deepvis.live.controls.pointing import input_rectangles, target
from deepvis.live.state import MAGNIFICATIONS, State
from deepvis.live.view import View

ACROSS = st.floats(0, 1)


def after(view: View, *events: Mouse) -> View:
    """The view with the state after these, one by one."""
    for event in events:
        view = replace(view, state=moved(view, event))
    return view


def drag(view: View, *points: tuple[int, int]) -> View:
    """Pressed at the first point, dragged over the others, released at the last."""
    (first, *rest) = points
    events = [Mouse("move", *first), Mouse("press", *first), *(Mouse("drag", *point) for point in rest)]
    return after(view, *events, Mouse("release", *points[-1]))


def on_input(view: View, down: float, across: float) -> tuple[int, int]:
    """The window's pixel at these shares of the (first) input picture."""
    box = view.layout.input
    _, _, height, width = input_rectangles(view.scene, view.layout)[0]
    return box.top + int(down * (height - 1)), box.left + int(across * (width - 1))


def on_tile(view: View, unit: int) -> tuple[int, int]:
    top, left, bottom, right = view.place.box(unit)
    return view.layout.layers.top + (top + bottom) // 2, view.layout.layers.left + (left + right) // 2


@pytest.mark.parametrize("column", [False, True])
def test_a_click_on_a_tile_selects_its_unit_and_a_click_on_a_name_its_layer(column):
    at = scene_of(has_unit_pictures=column)
    for layer, shown in enumerate(at.layers):
        view = view_of(at, State(layer))
        for unit in {0, shown.units // 2, shown.units - 1}:
            state = after(view, Mouse("press", *on_tile(view, unit))).state
            assert (state.cursor, state.layer, state.unit) == ("bottom", layer, unit)
    view = view_of(at, State(4, 899, "bottom"))
    control = view.layout.control
    found = {}
    for row in range(control.top, control.top + control.height, 3):
        for column_ in range(control.left, control.left + control.width, 3):
            layer = target(view, row, column_).layer
            if layer is not None:
                found[layer] = (row, column_)
    assert sorted(found) == list(range(len(LAYERS)))
    for layer, place in found.items():
        state = after(view, Mouse("press", *place)).state
        assert (state.cursor, state.layer, state.unit) == ("top", layer, at.layers[layer].units - 1)


def test_a_click_beside_everything_changes_nothing_but_the_words():
    view = view_of(scene_of(), State(message="words"))
    box = view.layout.status
    place = box.top + 2, box.left + 5
    assert after(view, Mouse("press", *place)).state == replace(view.state, message="", pointer=place)


def test_a_click_on_the_enlarged_unit_pins_a_position_and_lets_go_of_it():
    view = view_of(scene_of(), State(0, 3, "bottom"))
    aux = view.layout.aux
    scale = min(aux.height / 12, aux.width / 16)
    there, elsewhere = (
        (aux.top + int((y + 0.5) * scale), aux.left + int((x + 0.5) * scale)) for y, x in ((2, 5), (7, 1))
    )
    pinned = after(view, Mouse("press", *there))
    assert (pinned.state.point, pinned.state.unit) == ((2, 5), 3)
    assert after(pinned, Mouse("press", *elsewhere)).state.point == (7, 1)
    assert after(pinned, Mouse("press", *there)).state.point is None


@pytest.mark.parametrize("pictures", [1, 2])
@settings(max_examples=80, deadline=None)
@given(ACROSS, ACROSS, ACROSS, ACROSS, ACROSS, ACROSS)
def test_a_drag_over_the_input_makes_a_box_whichever_way_it_goes(pictures, y0, x0, y1, x1, y2, x2):
    view = view_of(scene_of(pictures=pictures), State())
    first, middle, last = (on_input(view, *at) for at in ((y0, x0), (y2, x2), (y1, x1)))
    state = drag(view, first, middle, last).state
    assert state.corner is None
    _, _, height, width = input_rectangles(view.scene, view.layout)[0]
    shares = [((row - 0 + 0.5) / height, (column + 0.5) / width) for row, column in (first, last)]
    (top, bottom), (left, right) = (sorted(share[axis] for share in shares) for axis in (0, 1))
    if bottom - top < 0.02 or right - left < 0.02:
        assert state.box is None, "that was a click"
    else:
        assert state.box == pytest.approx((top, left, bottom, right))
    assert state == drag(view, first, last).state, "the way does not matter"


def test_a_box_is_kept_while_the_mouse_is_outside_and_a_click_clears_it():
    view = view_of(scene_of(), State())
    start, inside = on_input(view, 0.1, 0.2), on_input(view, 0.6, 0.7)
    outside = view.layout.layers.top + 50, view.layout.layers.left + 50
    boxed = drag(view, start, inside, outside)
    assert boxed.state.box == drag(view, start, inside).state.box is not None
    assert boxed.state.corner is None, "the drag is over wherever the button was let go"
    assert boxed.state.unit == 0 and boxed.state.cursor == "top"
    assert after(boxed, Mouse("move", *inside), Mouse("move", *start)).state.box == boxed.state.box
    assert drag(boxed, inside, inside).state.box is None
    assert after(boxed, Mouse("press", *inside), Mouse("release", *inside)).state.box is None


def test_leaving_the_window_ends_a_drag():
    view = view_of(scene_of(), State())
    start, inside, later = (on_input(view, at, at) for at in (0.1, 0.5, 0.9))
    left = after(view, Mouse("press", *start), Mouse("drag", *inside), Mouse("leave", -1, -1))
    assert left.state.pointer is None
    boxed = left.state.box
    again = after(left, Mouse("drag", *later), Mouse("move", *later))
    assert again.state.box == boxed is not None


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([0, 1, 2, 4, 5]),
    st.booleans(),
    st.lists(st.tuples(ACROSS, ACROSS, st.sampled_from([1, -1])), max_size=14),
)
def test_the_wheel_keeps_what_is_under_the_mouse_and_stops_at_its_ends(layer, column, turns):
    view = view_of(scene_of(has_unit_pictures=column), State(layer))
    box, number = view.layout.layers, 0
    for down, across, way in turns:
        row, column_ = int(down * (box.height - 1)), int(across * (box.width - 1))
        before, then = view.place, view
        view = after(view, Mouse("wheel", box.top + row, box.left + column_, way))
        number = min(max(number + way, 0), len(MAGNIFICATIONS) - 1)
        assert view.state.magnify == number
        assert (view.state.layer, view.state.unit, view.state.cursor) == (layer, 0, "top")
        now = view.place
        assert now.fitted == (number == 0)
        if now.scale <= before.scale or target(then, box.top + row, box.left + column_).unit is None:
            continue  # the whole grid, or a part that would leave room empty, may have to move
        for at, size in enumerate(now.grid.size):
            room, start = (now.height, now.width)[at], (now.top, now.left)[at]
            if 1e-6 < start < size - room / now.scale - 1e-6:
                assert now.mosaic_pixel(row, column_)[at] == pytest.approx(
                    before.mosaic_pixel(row, column_)[at], abs=1e-6
                )


def test_the_wheel_over_the_names_changes_the_layer_and_elsewhere_does_nothing():
    view = view_of(scene_of(), State(1))
    box = view.layout.control
    place = box.top + box.height // 2, box.left + box.width // 2
    assert after(view, Mouse("wheel", *place, -1)).state.layer == 2
    assert after(view, Mouse("wheel", *place, 1)).state.layer == 0
    assert after(view, *[Mouse("wheel", *place, 1)] * 4).state.layer == 0
    assert after(view, *[Mouse("wheel", *place, -1)] * 40).state.layer == len(LAYERS) - 1
    there = on_input(view, 0.5, 0.5)
    assert after(view, Mouse("wheel", *there, 1)).state == replace(view.state, pointer=there)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([0, 1, 2, 4, 5]),
    st.integers(0, len(MAGNIFICATIONS) - 1),
    ACROSS,
    ACROSS,
    st.lists(st.tuples(ACROSS, ACROSS), min_size=2, max_size=6),
)
def test_a_drag_carries_an_enlarged_grid_along(layer, magnify, top, left, points):
    view = view_of(scene_of(), State(layer, magnify=magnify, centre=(top, left)))
    box = view.layout.layers
    places = [(box.top + int(y * (box.height - 1)), box.left + int(x * (box.width - 1))) for y, x in points]
    view = after(view, Mouse("move", *places[0]))
    for last, place in pairwise(places):
        before = view.place
        view = after(view, Mouse("drag", *place))
        now = view.place
        assert now.scale == before.scale
        if magnify == 0:
            assert now == before, "all of it is there already"
            continue
        for at, size in enumerate(now.grid.size):
            room, start = (now.height, now.width)[at], (now.top, now.left)[at]
            old = before.mosaic_pixel(last[0] - box.top, last[1] - box.left)[at]
            new = now.mosaic_pixel(place[0] - box.top, place[1] - box.left)[at]
            most = max(size - room / now.scale, 0.0)
            if 1e-6 < start < most - 1e-6:
                assert new == pytest.approx(old, abs=1e-6), "what was under the mouse still is"
            else:
                free = (before.top, before.left)[at] - (place[at] - last[at]) / now.scale
                assert start == pytest.approx(min(max(free, 0.0), most), abs=1e-6)
    state = view.state
    assert (state.unit, state.cursor, state.box) == (0, "top", None)


MOUSE = st.builds(
    lambda kind, row, column, wheel: Mouse(kind, row, column, wheel if kind == "wheel" else 0),
    st.sampled_from(MOUSE_KINDS),
    st.integers(-40, 640) | st.integers(-(10**6), 10**6),
    st.integers(-40, 940) | st.integers(-(10**6), 10**6),
    st.sampled_from([1, -1, 3, -1000]),
)
KEYS = st.sampled_from([*sorted(BINDINGS), "unit:3", "unit:999999", "unit:", "unit:-1", "unit:\u00b2", "tab"]).map(Key)
KINDS = {
    "plain": {"has_unit_pictures": False},
    "column": {"has_unit_pictures": True},
    "pair": {"pictures": 2, "has_live": True},
    "small": {"size": (480, 320), "has_unit_pictures": True},
    "empty": {"has_files": False, "labels": ()},
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(LAYERS) - 1), st.lists(MOUSE | KEYS, max_size=40))
def test_nothing_that_is_done_leaves_the_net(kind, layer, events):
    at = scene_of(**KINDS[kind])
    state = State(layer)
    for event in events:
        state = obeyed(view_of(at, state), event)[0].state
        shown = at.layers[state.layer]
        assert 0 <= state.unit < shown.units
        assert state.start[1] < at.layers[state.start[0]].units
        assert 0 <= state.magnify < len(MAGNIFICATIONS)
        if state.point is not None:
            assert 0 <= state.point[0] < shown.height and 0 <= state.point[1] < shown.width
        if state.box is not None:
            top, left, bottom, right = state.box
            assert 0 <= top <= bottom <= 1 and 0 <= left <= right <= 1
    assert compose(view_of(at, state)).any()


@pytest.mark.parametrize("layer", range(len(LAYERS)))
@settings(max_examples=25, deadline=None)
@given(st.lists(MOUSE | KEYS, max_size=25))
def test_a_view_of_a_single_kind_of_layer_always_draws(layer, events):
    at = scene_of((LAYERS[layer],), has_unit_pictures=layer % 2 == 0)
    state = State()
    for event in events:
        view = view_of(at, state)
        compose(view)
        state = obeyed(view, event)[0].state
        assert (state.layer, state.start[0]) == (0, 0)
    assert compose(view_of(at, state)).any()
