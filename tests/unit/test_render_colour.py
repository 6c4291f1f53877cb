"""Colour maps: their tables, and that equal steps of the value look equal."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from deepvis.render import COLOUR_MAPS, apply_colours, colour_bar
from deepvis.render.colour import ZERO, table


def lab(name: str) -> np.ndarray:
    return rgb2lab(table(name)[None] / 255.0)[0]


@pytest.mark.parametrize("name", COLOUR_MAPS)
@pytest.mark.parametrize("shape", [(3, 4, 5), (7, 2), (6,), (2, 1, 3, 2), (0, 3)])
def test_every_byte_becomes_its_colour(name, shape):
    tiles = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    coloured = apply_colours(tiles, name)
    if name == "gray":
        assert coloured is tiles
    else:
        assert coloured.dtype == np.uint8
        np.testing.assert_array_equal(coloured, table(name)[tiles])


@pytest.mark.parametrize(
    ("name", "dark", "bright"),
    [
        ("gray", (0, 0, 0), (255, 255, 255)),
        ("viridis", (68, 1, 84), (253, 231, 37)),
        ("magma", (0, 0, 4), (252, 253, 191)),
        ("inferno", (0, 0, 4), (252, 255, 164)),
        ("cividis", (0, 34, 78), (254, 232, 56)),
    ],
)
def test_sequential_maps_are_the_published_ones_in_rgb_and_never_darken(name, dark, bright):
    colours = table(name).astype(int)
    assert np.abs(colours[0] - dark).max() <= 3
    assert np.abs(colours[-1] - bright).max() <= 3
    lightness = lab(name)[:, 0]
    assert (lightness[8:] > lightness[:-8]).all()


def test_the_diverging_map_is_dark_and_neutral_at_zero_blue_below_and_red_above():
    colours = table("diverging").astype(int)
    zero = colours[ZERO]
    assert zero.max() < 51, "darker than the viewer's background"
    assert zero.max() - zero.min() <= 1
    assert colours[0].argmax() == 2 and colours[0, 2] > 2 * colours[0, 0]
    assert colours[-1].argmax() == 0 and colours[-1, 0] > 2 * colours[-1, 2]


def test_the_diverging_map_is_symmetric_in_lightness_and_monotone_on_each_half():
    lightness = lab("diverging")[:, 0]
    below, above = lightness[ZERO::-1], lightness[ZERO:][: ZERO + 1]
    np.testing.assert_allclose(below, above, atol=0.5)
    for half in (below, lightness[ZERO:]):
        assert (np.diff(half) > -0.2).all()  # one byte's rounding
        assert (half[4:] > half[:-4]).all()
    assert lightness.max() > 55


def test_equal_steps_of_the_diverging_map_are_equal_steps_to_the_eye():
    colours = lab("diverging")
    for half in (colours[ZERO::-1], colours[ZERO:]):
        steps = np.linalg.norm(half[16:] - half[:-16], axis=1)
        assert steps.min() > 8
        assert steps.std() / steps.mean() < 0.03
        assert np.abs(steps / steps.mean() - 1).max() < 0.08


def test_a_bar_runs_along_its_longer_side_from_dark_to_bright():
    wide, high = colour_bar("viridis", 10, 256), colour_bar("viridis", 256, 10)
    np.testing.assert_array_equal(wide[3], table("viridis"))
    np.testing.assert_array_equal(high[::-1, 3], table("viridis"))
    assert colour_bar("gray", 4, 9).shape == (4, 9, 3)
    assert colour_bar("gray", 4, 9)[0, [0, -1], 0].tolist() == [0, 255]


def test_unknown_maps_are_named():
    with pytest.raises(ValueError, match=r"'jet'.*viridis"):
        apply_colours(np.zeros((1, 1), np.uint8), "jet")
    with pytest.raises(ValueError, match="read-only"):
        table("magma")[0] = 1
