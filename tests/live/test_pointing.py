"""What is pointed at is what is drawn there: tiles, positions, names, rows, places on the input."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from planted import GREEN, LAYERS, YELLOW, drawn, extent, greenish, has_colour, scene_of, view_of

from deepvis.insight.inside import rank_by_box
from deepvis.live.controls.events import Key, Mouse
from deepvis.live.controls.obeying import obeyed
from deepvis.live.controls.pointing import input_rectangles, seeing_positions, target
from deepvis.live.layout import Box
from deepvis.live.panes.common import piece
from deepvis.live.panes.gridplace import GridPlace
from deepvis.live.panes.listing import cells, rows
from deepvis.live.scene import Layer
from deepvis.live.seeing.study import Findings
from deepvis.live.state import MAGNIFICATIONS, State
from deepvis.live.view import View
from deepvis.render import Grid, mosaic

RANDOM = np.random.default_rng(5)
SHARES = st.floats(0, 1)


@st.composite
def places(draw: st.DrawFn, *, map_of: bool = False):
    """A grid in a pane, fitted or enlarged, and the maps' (height, width)."""
    count, high, wide = draw(st.integers(1, 120)), draw(st.integers(1, 20)), draw(st.integers(1, 20))
    room = draw(st.integers(60, 500)), draw(st.integers(60, 500))
    grid = Grid.of(count, high, wide, draw(st.floats(0.3, 3.0))).fitting(*room)
    enlarged = draw(st.sampled_from(MAGNIFICATIONS))
    place = GridPlace.of(grid, *room, enlarged, (draw(SHARES), draw(SHARES)))
    assume(place.scale * min(grid.height, grid.width) > 1.5)
    return (place, high, wide) if map_of else place


def sure(place: GridPlace, shown: np.ndarray) -> np.ndarray:
    """Where a pane's pixel and all around it are `shown`, or, of an enlarged grid, lies well within one of the
    mosaic's pixels: a fitted picture has a whole number of pixels, so that its scale is a little off.
    """
    if place.fitted:
        return cv2.erode(shown.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0).astype(bool)
    y = (np.arange(shown.shape[0]) + 0.5) / place.scale + place.top
    x = (np.arange(shown.shape[1]) + 0.5) / place.scale + place.left
    rows, columns = (np.floor(at - 0.04) == np.floor(at + 0.04) for at in (y, x))
    return np.asarray(shown & rows[:, None] & columns)


def sample(mask: np.ndarray, most: int = 40) -> list[tuple[int, int]]:
    where = np.argwhere(mask)
    chosen = RANDOM.permutation(len(where))[:most]
    return [(int(row), int(column)) for row, column in where[chosen]]


@settings(max_examples=120, deadline=None)
@given(places(), st.data())
def test_the_unit_at_a_pixel_is_the_one_that_is_drawn_there(place, data):
    grid = place.grid
    unit = data.draw(st.integers(0, grid.count - 1))
    picture = np.zeros(grid.size, np.uint8)
    top, left, bottom, right = grid.box(unit)
    picture[top:bottom, left:right] = 255
    seen = place.picture(picture)
    for row, column in sample(sure(place, seen == 255)):
        assert place.unit_at(row, column) == unit
    for row, column in sample(sure(place, seen == 0)):
        assert place.unit_at(row, column) != unit
    assert place.unit_at(-(10**6), 5) is None and place.unit_at(5, -(10**6)) is None
    assert place.unit_at(10**6, 5) is None and place.unit_at(5, 10**6) is None


@settings(max_examples=120, deadline=None)
@given(places(map_of=True), st.data())
def test_the_position_at_a_pixel_is_the_one_that_is_drawn_there(shaped, data):
    place, high, wide = shaped
    unit = data.draw(st.integers(0, place.grid.count - 1))
    y, x = data.draw(st.integers(0, high - 1)), data.draw(st.integers(0, wide - 1))
    tiles = np.zeros((place.grid.count, high, wide), np.uint8)
    tiles[unit, y, x] = 255
    if (high, wide) == (1, 1):
        tiles = tiles.repeat(3, axis=1).repeat(3, axis=2)
    seen = place.picture(mosaic(tiles, place.grid, (0.0, 0.0, 0.0)))
    for row, column in sample(sure(place, seen == 255)):
        assert (place.unit_at(row, column), place.position_at(row, column, high, wide)) == (unit, (y, x))
    for row, column in sample(sure(place, seen == 0)):
        assert (place.unit_at(row, column), place.position_at(row, column, high, wide)) != (unit, (y, x))


@settings(max_examples=120, deadline=None)
@given(places(), st.data())
def test_the_box_of_a_unit_is_where_it_is_drawn(place, data):
    unit = data.draw(st.integers(0, place.grid.count - 1))
    picture = np.zeros(place.grid.size, np.uint8)
    top, left, bottom, right = place.grid.box(unit)
    picture[top:bottom, left:right] = 255
    seen = place.picture(picture) >= 128
    box = place.box(unit)
    inside = [min(max(box[at], 0), seen.shape[at % 2]) for at in range(4)]
    if inside[2] - inside[0] < 3 or inside[3] - inside[1] < 3:
        return
    assert np.abs(np.array(extent(seen)) - inside).max() <= 1


@settings(max_examples=120, deadline=None)
@given(places())
def test_every_tile_is_hit_at_its_middle(place):
    hits = 0
    for unit in range(place.grid.count):
        top, left, bottom, right = place.box(unit)
        row, column = (top + bottom - 1) // 2, (left + right - 1) // 2
        if 0 <= row < place.height and 0 <= column < place.width and right - left > 1 and bottom - top > 1:
            assert place.unit_at(row, column) == unit
            hits += 1
    assert hits == place.grid.count or not place.fitted
    assert hits or not place.fitted


@settings(max_examples=200, deadline=None)
@given(places(), st.sampled_from(MAGNIFICATIONS), SHARES, SHARES)
def test_enlarging_about_a_pixel_keeps_what_is_under_it(place, enlarged, down, across):
    row, column = int(down * (place.height - 1)), int(across * (place.width - 1))
    after = GridPlace.of(place.grid, place.height, place.width, enlarged, place.centred_to_keep(row, column, enlarged))
    before, now = place.mosaic_pixel(row, column), after.mosaic_pixel(row, column)
    for at, extent_, room, start in (
        (0, place.grid.size[0], after.height, after.top),
        (1, place.grid.size[1], after.width, after.left),
    ):
        most = max(extent_ - room / after.scale, 0.0)
        if 1e-6 < start < most - 1e-6:  # it was not kept from leaving room empty
            assert now[at] == pytest.approx(before[at], abs=1e-6)
        elif after.scale >= place.scale and 0 <= before[at] < extent_ and most > 0:
            free = before[at] - ((row, column)[at] + 0.5) / after.scale
            assert start == pytest.approx(min(max(free, 0.0), most), abs=1e-6)
    assert 0 <= after.top <= max(place.grid.size[0] - after.height / after.scale, 0) + 1e-6
    assert 0 <= after.left <= max(place.grid.size[1] - after.width / after.scale, 0) + 1e-6


@settings(max_examples=60, deadline=None)
@given(places(), SHARES, SHARES, st.integers(1, len(MAGNIFICATIONS) - 1))
def test_enlarging_a_grid_that_fills_its_pane_keeps_the_point_exactly(place, down, across, number):
    """From the whole grid: what is under the mouse then never moves, not even at the edges."""
    fitted = GridPlace.of(place.grid, place.height, place.width)
    high, wide = (int(extent_ * fitted.scale) for extent_ in place.grid.size)
    row, column = int(down * (high - 1)), int(across * (wide - 1))
    centre = fitted.centred_to_keep(row, column, MAGNIFICATIONS[number])
    after = GridPlace.of(place.grid, place.height, place.width, MAGNIFICATIONS[number], centre)
    for at, (extent_, room) in enumerate(zip(place.grid.size, (place.height, place.width), strict=True)):
        if extent_ * after.scale >= room:
            empty = room - extent_ * fitted.scale  # what the fitted grid leaves of the pane at its far end
            slack = empty / after.scale if empty > 1 else 0.0
            assert abs(after.mosaic_pixel(row, column)[at] - fitted.mosaic_pixel(row, column)[at]) <= slack + 1e-6


def many_names(count: int) -> tuple[Layer, ...]:
    return tuple(Layer(f"inception_{n}/3x3", f"inception_{n}/3x3", 2 + n % 3, 4, 4) for n in range(count))


@pytest.mark.parametrize("size", [(480, 320), (900, 600), (1500, 930)])
@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize(("layers", "step"), [(LAYERS, 1), (many_names(150), 23)])
def test_each_name_in_the_bar_is_hit_where_it_is_drawn(size, column, layers, step):
    at = scene_of(layers, size, has_unit_pictures=column)
    for number in range(0, len(layers), step):
        view = view_of(at, State(layer=number))
        box = view.layout.control
        ink = greenish(drawn(view, box))
        top, left, bottom, right = extent(ink)
        assert bottom - top >= 6
        for row, column_ in np.argwhere(ink):
            found = target(view, box.top + int(row), box.left + int(column_))
            assert (found.pane, found.layer) == ("bar", number)
        middle = target(view, box.top + (top + bottom) // 2, box.left + (left + right) // 2)
        assert middle.layer == number


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(LAYERS) - 1), st.integers(0, 10**4), st.integers(0, 5), SHARES, SHARES, st.booleans())
def test_the_framed_tile_is_the_one_that_is_hit(layer, unit, magnify, down, across, column):
    at = scene_of(has_unit_pictures=column)
    unit %= at.layers[layer].units
    state = State(layer, unit, "bottom", magnify=magnify, centre=(down, across))
    view = view_of(at, state)
    box = view.layout.layers
    top, left, bottom, right = view.place.box(unit)
    framed = has_colour(drawn(view, box), GREEN)
    whole = top >= 1 and left >= 1 and bottom < box.height and right < box.width
    if not (whole or magnify == 0):
        return
    top, left, bottom, right = extent(framed)
    assert target(view, box.top + (top + bottom) // 2, box.left + (left + right) // 2).unit == unit
    if bottom - top > 8 and right - left > 8:
        for row in (top + 3, bottom - 4):
            for column_ in (left + 3, right - 4):
                assert target(view, box.top + row, box.left + column_).unit == unit


def hot(at, layer: int, unit: int, y: int, x: int) -> np.ndarray:
    shown = at.layers[layer]
    acts = np.zeros((shown.units, shown.height, shown.width), np.float32)
    acts[unit, y, x] = 1
    return acts


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 4), st.data(), st.booleans(), st.booleans())
def test_a_position_of_the_enlarged_unit_is_hit_where_it_is_drawn(layer, data, large, column):
    at = scene_of(has_unit_pictures=column)
    shown = at.layers[layer]
    unit = data.draw(st.integers(0, shown.units - 1))
    y, x = data.draw(st.integers(0, shown.height - 1)), data.draw(st.integers(0, shown.width - 1))
    view = view_of(at, State(layer, unit, "bottom", zoom=1 if large else 0), hot(at, layer, unit, y, x))
    box = view.layout.layers if large else view.layout.aux
    top, left, bottom, right = extent(has_colour(drawn(view, box), (255, 255, 255)))
    for row in (top, (top + bottom) // 2, bottom - 1):
        for column_ in (left, (left + right) // 2, right - 1):
            found = target(view, box.top + row, box.left + column_)
            assert (found.pane, found.unit) == ("unit", unit)
            off = np.array(found.position if found.position is not None else (99, 99)) - (y, x)
            edge = row in (top, bottom - 1) or column_ in (left, right - 1)
            assert np.abs(off).max() <= edge  # a last row of pixels may be rounded away
    middle = target(view, box.top + (top + bottom) // 2, box.left + (left + right) // 2)
    assert middle.position == (y, x)


def test_beside_the_enlarged_unit_no_position_is_meant():
    view = view_of(scene_of(), State(2, 0, "bottom"))  # 1 x 40: a strip
    box = view.layout.aux
    assert target(view, box.top + box.height - 1, box.left).position is None
    flat = view_of(scene_of(), State(5, 0, "bottom"))
    assert target(flat, box.top + 5, box.left + 5).position is None, "a unit of one number has no positions"


@pytest.mark.parametrize("pictures", [1, 2])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_shares_of_the_input_are_where_its_pixels_are_drawn(pictures, data):
    at = scene_of(pictures=pictures, input_shape=(1, 3, 24, 40))
    y, x = data.draw(st.integers(0, 23)), data.draw(st.integers(0, 39))
    dot = np.zeros((24, 40, 3), np.uint8)
    dot[y, x] = 255
    view = replace(view_of(at, State()), shown=(dot,) * pictures)
    box = view.layout.input
    picture = drawn(view, box)
    for top, left, height, width in input_rectangles(at, view.layout):
        part = picture[top : top + height, left : left + width, 0].astype(int)
        row, column = np.unravel_index(part.argmax(), part.shape)
        share = target(view, box.top + top + int(row), box.left + left + int(column)).share
        assert share is not None
        assert abs(share[0] * 24 - y - 0.5) <= 0.8 and abs(share[1] * 40 - x - 0.5) <= 0.8
    assert target(view, box.top + box.height - 1, box.left).share is None, "below the picture"


@pytest.mark.parametrize("name", ["similar", "ranking"])
@pytest.mark.parametrize("size", [(900, 600), (1500, 930), (600, 400)])
def test_a_row_of_a_list_is_hit_where_it_is_drawn(name, size):
    order = [7, 3, 60, 12, 0]
    acts = np.zeros((64, 12, 16), np.float32)
    acts[order, :6] = np.array([9, 7, 5, 3, 1], np.float32)[:, None, None]
    if name == "similar":
        findings = Findings(similar=tuple((unit, 0.9) for unit in order), dead=np.zeros(64, bool))
        base = State(0, 0, similar=True)
    else:
        findings = Findings(ranking=rank_by_box(acts, (slice(0, 6), slice(0, 16))))
        base = State(0, 0, box=(0.0, 0.0, 0.5, 1.0))
    at = scene_of(size=size, has_unit_pictures=False)
    view = view_of(at, base, acts, findings)
    listed = [row.unit for row in rows(view, name, cells(view)[name])]
    assert listed[: len(order)] == order[: len(listed)] and listed
    for unit in listed:
        view = view_of(at, replace(base, unit=unit), acts, findings)
        box, cell = view.layout.column, cells(view)[name]
        heading = rows(view, name, cell)[0].top
        ink = greenish(piece(drawn(view, box), cell))
        ink[:heading] = False  # the heading has the same colour
        top, left, bottom, right = extent(ink)
        row, column = box.top + cell.top + (top + bottom) // 2, box.left + (left + right) // 2
        for at_row in (row, box.top + cell.top + top - 1, box.top + cell.top + bottom):
            assert (target(view, at_row, column).pane, target(view, at_row, column).unit) == ("list", unit)
        after, event = obeyed(replace(view, state=replace(view.state, unit=1)), Mouse("press", row, column))
        assert (after.state.unit, after.state.cursor, event) == (unit, "bottom", Key(f"unit:{unit}"))
    assert target(view, box.top, box.left + 5).unit is None, "headings name no unit"


def pane_pixel(box: Box, view: View, y: float, x: float) -> tuple[int, int]:
    """The pixel of the unit's pane in the middle of a position."""
    layer = view.layer
    scale = min(box.height / layer.height, box.width / layer.width)
    return box.top + int((y + 0.5) * scale), box.left + int((x + 0.5) * scale)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([0, 1, 2, 4]), SHARES, SHARES, st.booleans())
@example(0, 0.0, 0.0, False)
@example(0, 1.0, 1.0, True)
def test_the_part_that_a_position_sees_is_drawn_on_the_input(layer, down, across, by_keys):
    at = scene_of(input_shape=(1, 3, 24, 32))
    shown = at.layers[layer]
    y, x = round(down * (shown.height - 1)), round(across * (shown.width - 1))
    state = State(layer, 0, "bottom")
    view = view_of(at, state)
    pointer = pane_pixel(view.layout.aux, view, y, x)
    if target(view, *pointer).position != (y, x):  # a position of less than a pixel or two
        return
    view = view_of(at, replace(state, point=(y, x)) if by_keys else replace(state, pointer=pointer))
    seen = shown.sees.box((y, x), (24, 32))
    _, _, height, width = input_rectangles(at, view.layout)[0]
    expected = (seen[0] * height / 24, seen[1] * width / 32, seen[2] * height / 24, seen[3] * width / 32)
    if seen[2] > seen[0] and seen[3] > seen[1]:
        found = extent(has_colour(drawn(view, view.layout.input)[:height, :width], GREEN))
        assert np.abs(np.array(found) - expected).max() <= 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([0, 1, 2, 4]), SHARES, SHARES)
def test_the_positions_that_see_a_pixel_are_those_whose_part_holds_it(layer, down, across):
    at = scene_of(input_shape=(1, 3, 24, 32))
    shown = at.layers[layer]
    state = State(layer, 0, "bottom")
    view = view_of(at, state)
    box = view.layout.input
    _, _, height, width = input_rectangles(at, view.layout)[0]
    pointer = box.top + int(down * (height - 1)), box.left + int(across * (width - 1))
    view = view_of(at, replace(state, pointer=pointer))
    share = target(view, *pointer).share
    pixel = int(share[0] * 24), int(share[1] * 32)
    expected = np.zeros((shown.height, shown.width), bool)
    for y, x in np.ndindex(expected.shape):
        top, left, bottom, right = shown.sees.box((y, x), (24, 32))
        expected[y, x] = top <= pixel[0] < bottom and left <= pixel[1] < right
    found = np.zeros_like(expected)
    seeing = seeing_positions(view)
    if seeing is not None:
        found[seeing] = True
    np.testing.assert_array_equal(found, expected)
    aux = view.layout.aux
    green = has_colour(drawn(view, aux), GREEN)
    if seeing is None:
        assert not green.any()
        return
    scale = min(aux.height / shown.height, aux.width / shown.width)
    top, left, bottom, right = extent(expected)
    assert np.abs(np.array(extent(green)) - np.array((top, left, bottom, right)) * scale).max() <= 1.5


def test_the_box_that_units_are_ranked_by_is_drawn_where_it_is():
    view = view_of(scene_of(), State(box=(0.25, 0.5, 0.75, 1.0)))
    _, _, height, width = input_rectangles(view.scene, view.layout)[0]
    found = extent(has_colour(drawn(view, view.layout.input), YELLOW))
    assert np.abs(np.array(found) - (height / 4, width / 2, height * 3 / 4, width)).max() <= 1


@settings(max_examples=150, deadline=None)
@given(
    st.integers(-50, 700),
    st.integers(-50, 1000),
    st.integers(0, len(LAYERS) - 1),
    st.sampled_from(["top", "bottom"]),
    st.integers(0, 2),
    st.integers(0, 8),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_at_a_pixel_is_there(row, column, layer, cursor, zoom, magnify, compare, pattern):
    at = scene_of(has_unit_pictures=True)
    state = State(layer, 0, cursor, zoom=zoom, magnify=magnify, compare=compare, pattern=pattern)
    found = target(view_of(at, state), row, column)
    shown = at.layers[layer]
    assert found.layer is None or 0 <= found.layer < len(LAYERS)
    assert found.unit is None or 0 <= found.unit < shown.units
    if found.position is not None:
        assert 0 <= found.position[0] < shown.height and 0 <= found.position[1] < shown.width
    if found.share is not None:
        assert min(found.share) >= 0 and max(found.share) <= 1
