"""Boxes of positions and positions of boxes, against asking every pixel and every position."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepvis.receptive import ReceptiveField
from deepvis.results import ReceptiveField as FromResults

CONV5 = ReceptiveField((163, 163), (16, 16), (-65, -65))  # CaffeNet's, of 13×13 positions and 227×227 pixels
WHOLE = ReceptiveField((227, 227), (0, 0), (0, 0), whole=True)


def pairs(low: float, high: float, steps: int) -> st.SearchStrategy[tuple[float, float]]:
    number = st.integers(round(low * steps), round(high * steps)).map(lambda n: n / steps)
    return st.tuples(number, number)


@st.composite
def fields(draw: st.DrawFn) -> ReceptiveField:
    steps = draw(st.sampled_from([1, 1, 2, 3]))  # upsampling makes fractions of pixels
    return ReceptiveField(
        draw(pairs(1 / steps, 12, steps)), draw(pairs(1 / steps, 6, steps)), draw(pairs(-8, 4, steps))
    )


def sees(field: ReceptiveField, axis: int, position: int, pixel: int) -> bool:
    """Whether the position's field and the pixel's square have more than an edge in common."""
    start = field.offset[axis] + position * field.stride[axis]
    return min(start + field.size[axis], pixel + 1) - max(start, pixel) > 1e-5


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(fields(), SHAPES, st.tuples(st.integers(0, 8), st.integers(0, 8)))
def test_a_box_holds_just_the_pixels_that_its_position_sees(field, input_shape, position):
    top, left, bottom, right = field.box(position, input_shape)
    assert all(isinstance(edge, int) for edge in (top, left, bottom, right))
    assert 0 <= top <= bottom <= input_shape[0] and 0 <= left <= right <= input_shape[1]
    for axis, (start, end) in enumerate([(top, bottom), (left, right)]):
        seen = [pixel for pixel in range(input_shape[axis]) if sees(field, axis, position[axis], pixel)]
        assert seen == list(range(start, end))


@given(fields(), SHAPES, st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_the_positions_seeing_a_pixel_are_those_whose_box_holds_it(field, map_shape, pixel):
    found = field.positions_seeing(pixel, map_shape)
    for axis in (0, 1):
        wanted = [position for position in range(map_shape[axis]) if sees(field, axis, position, pixel[axis])]
        assert list(range(map_shape[axis]))[found[axis]] == wanted


EDGES = st.tuples(st.integers(-2, 30), st.integers(1, 20)).map(lambda edge: (edge[0] / 2, edge[0] / 2 + edge[1] / 2))


@given(fields(), SHAPES, EDGES, EDGES)
def test_positions_inside_a_box_have_their_centre_there_or_are_the_nearest(field, map_shape, rows, columns):
    found = field.positions_inside((rows[0], columns[0], rows[1], columns[1]), map_shape)
    for axis, (start, end) in enumerate([rows, columns]):
        every = list(range(map_shape[axis]))
        centres = [field.offset[axis] + p * field.stride[axis] + field.size[axis] / 2 for p in every]
        wanted = [p for p in every if start - 1e-5 <= centres[p] < end - 1e-5]
        got = every[found[axis]]
        if wanted:
            assert got == wanted
        else:
            middle = (start + end) / 2
            assert len(got) == 1
            assert abs(centres[got[0]] - middle) <= min(abs(c - middle) for c in centres) + 1e-9


def test_conv5_of_caffenet():
    assert CONV5.box((0, 0), (227, 227)) == (0, 0, 98, 98)
    assert CONV5.box((6, 5), (227, 227)) == (31, 15, 194, 178)
    assert CONV5.box((12, 12), (227, 227)) == (127, 127, 227, 227)
    assert CONV5.positions_seeing((0, 226), (13, 13)) == (slice(0, 5), slice(9, 13))
    assert CONV5.positions_inside((0, 0, 227, 227), (13, 13)) == (slice(0, 13), slice(0, 13))
    assert CONV5.positions_inside((110, 0, 114, 2), (13, 13)) == (slice(6, 7), slice(0, 1))
    assert CONV5.positions_inside((100, 40, 101, 120), (13, 13)) == (slice(5, 6), slice(2, 7))


@pytest.mark.parametrize("map_shape", [(1, 1), (3, 2)])
def test_a_position_that_sees_the_whole_input_is_in_every_answer(map_shape):
    everything = (slice(0, map_shape[0]), slice(0, map_shape[1]))
    assert WHOLE.box((0, 0), (227, 200)) == (0, 0, 227, 200)
    assert WHOLE.positions_seeing((3, 4), map_shape) == everything
    assert WHOLE.positions_inside((3, 4, 5, 6), map_shape) == everything


def test_pixels_that_strides_jump_over_are_seen_by_none():
    sparse = ReceptiveField((1, 1), (4, 4), (0, 0))
    rows, columns = sparse.positions_seeing((4, 5), (9, 9))
    assert (rows, columns) == (slice(1, 2), slice(0, 0))
    assert not np.ones((9, 9), bool)[rows, columns].any()


def test_the_record_is_the_one_that_nets_give():
    assert FromResults is ReceptiveField
