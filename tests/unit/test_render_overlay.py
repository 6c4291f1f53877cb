"""Maps and pictures over a picture, and pictures in a row."""

import numpy as np
import pytest

from deepvis.render import blank, overlay, side_by_side, side_by_side_places
from deepvis.render.colour import table

GREY = blank(40, 60, (0.4, 0.4, 0.4))


@pytest.mark.parametrize("name", ["magma", "viridis", "gray"])
def test_inactive_places_stay_clear_and_the_most_active_are_covered_by_the_opacity(name):
    values = np.zeros((4, 6), np.float32)
    values[:, 3:] = 1
    for opacity in (1.0, 0.5, 0.0):
        shown = overlay(GREY, values, opacity, name).astype(int)
        assert shown.shape == GREY.shape
        assert (shown[:, :20] == GREY[:, :20]).all()
        wanted = table(name)[255] * opacity + 102.0 * (1 - opacity)
        assert np.abs(shown[:, 40:] - wanted).max() <= 1


def test_a_map_is_stretched_smoothly_over_the_whole_picture():
    shown = overlay(blank(10, 100, (0, 0, 0)), np.array([[0.0, 1.0]]), 1.0, "gray")[5, :, 0].astype(int)
    assert (np.diff(shown) >= 0).all()
    assert np.unique(shown).size > 20
    assert np.abs(shown[49:51] - 255 * 0.25).max() <= 5  # half the value, half as opaque


def test_a_map_with_two_ends_is_clear_at_its_middle():
    values = np.array([[0.0, 0.5, 1.0]], np.float32)
    shown = overlay(blank(9, 9, (1, 1, 1)), values, 1.0, "diverging")
    assert (shown[:, 4] == 255).all()
    assert shown[0, 0].argmax() == 2
    assert shown[0, 8].argmax() == 0


@pytest.mark.parametrize("kind", ["bytes", "floats"])
def test_a_picture_is_blended_evenly(kind):
    over = np.zeros((5, 5, 3), np.float32)
    over[..., 0] = 1
    over = (over * 255).astype(np.uint8) if kind == "bytes" else over
    shown = overlay(GREY, over, 0.5).astype(int)
    assert np.abs(shown - (178, 51, 51)).max() <= 1
    assert (overlay(GREY, over, 0.0) == GREY).all()


def test_the_picture_below_is_left_alone_and_broken_maps_do_no_harm():
    below = GREY.copy()
    values = np.full((3, 3), np.nan, np.float32)
    assert (overlay(below, values, 1.0) == GREY).all()
    assert (overlay(below, values, 1.0, "diverging") == GREY).all()
    assert (overlay(below, np.zeros((0, 3), np.float32), 1.0) == GREY).all()
    overlay(below, np.ones((100, 200), np.float32), 5.0)
    assert (below == GREY).all()


def test_pictures_stand_side_by_side_each_with_its_own_aspect():
    red, blue = blank(10, 10, (1, 0, 0)), blank(10, 40, (0, 0, 1))
    row = side_by_side([red, blue], 50, 104, gap=4)
    assert row.shape == (50, 104, 3)
    assert side_by_side_places([(10, 10), (10, 40)], 50, 104, gap=4) == [(0, 0, 50, 50), (19, 54, 12, 50)]
    assert (row[:, :50] == (255, 0, 0)).all()
    assert (row[19:31, 54:] == (0, 0, 255)).all()
    assert (row[:19, 50:] == 51).all() and (row[31:, 50:] == 51).all() and (row[:, 50:54] == 51).all()


def test_one_picture_or_none_in_a_row():
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    np.testing.assert_array_equal(side_by_side([picture], 20, 30), picture)
    assert (side_by_side([], 5, 6) == 51).all()
