"""The mosaic: layout, borders, highlights, and fitting it into a pane."""

import numpy as np
import pytest

from deepvis.render import Grid, blank, grid_shape, mosaic, outline, paste, resize_to_fit, to_rgb


@pytest.mark.parametrize(
    ("count", "aspect", "rows", "columns"),
    [
        (96, 1.0, 10, 10),
        (256, 1.0, 16, 16),
        (384, 1.0, 20, 20),
        (1000, 1.0, 32, 32),
        (4096, 1.0, 64, 64),
        (512, 1200 / 775, 18, 29),
        (1, 1.0, 1, 1),
        (3, 100.0, 1, 18),
    ],
)
def test_grid_shapes_of_the_classic(count, aspect, rows, columns):
    assert grid_shape(count, aspect) == (rows, columns)


def test_tiles_borders_and_unused_cells():
    tiles = np.arange(1, 4, dtype=np.uint8).reshape(3, 1, 1) * np.ones((3, 2, 2), np.uint8) * 60
    picture = mosaic(tiles, Grid.of(3, 2, 2))
    o, a, b, c = 51, 60, 120, 180
    assert picture.tolist() == [
        [o, o, o, o, o, o, o],
        [o, a, a, o, o, b, b],
        [o, a, a, o, o, b, b],
        [o, o, o, o, o, o, o],
        [o, o, o, o, o, o, o],
        [o, c, c, o, o, o, o],
        [o, c, c, o, o, o, o],
    ]


def test_highlight_recolours_the_border_and_the_later_wins():
    tiles = np.zeros((4, 2, 2), np.uint8)
    picture = mosaic(tiles, Grid.of(4, 2, 2), highlights={0: (0.5, 1, 0.5)})
    assert picture[0, 0].tolist() == picture[3, 3].tolist() == [127, 255, 127]
    assert picture[1, 1].tolist() == [0, 0, 0]
    assert picture[4, 4].tolist() == [51, 51, 51]


def test_a_picture_is_rgb_where_a_highlight_or_the_pad_has_a_colour():
    tiles = np.full((2, 2, 2), 9, np.uint8)
    grid = Grid.of(2, 2, 2)
    assert mosaic(tiles, grid).ndim == 2
    blue = mosaic(tiles, grid, pad=(0.2, 0.2, 0.5))
    assert blue[0, 0].tolist() == [51, 51, 127]
    assert blue[1, 1].tolist() == [9, 9, 9]


@pytest.mark.parametrize("unit", [0, 4, 7, 8])
@pytest.mark.parametrize("room", [(93, 93), (100, 207), (14, 14)])
def test_outlining_after_enlarging_is_highlighting_before(unit, room):
    tiles = np.random.default_rng(3).integers(0, 255, (9, 3, 3)).astype(np.uint8)
    grid, green = Grid.of(9, 3, 3), (0.5, 1.0, 0.5)
    before = resize_to_fit(mosaic(tiles, grid, highlights={unit: green}), *room)
    after = to_rgb(resize_to_fit(mosaic(tiles, grid), *room))
    outline(after, grid, unit, green)
    np.testing.assert_array_equal(after, before)
    assert (after == (127, 255, 127)).all(axis=2).sum() >= 7


def test_outlines_of_shrunk_tiles_are_two_pixels_wide():
    picture = blank(50, 50, (0, 0, 0))
    outline(picture, Grid.of(4, 60, 60), 0, (1.0, 1.0, 1.0))
    assert [int(v) for v in picture[10, :4, 0]] == [255, 255, 0, 0]
    assert picture[..., 0].sum() // 255 == 4 * 26 * 2 - 4 * 4


def test_few_tiles_are_grown_so_that_borders_stay_thin():
    grid = Grid.of(4, 1, 1).fitting(900, 900)
    assert grid.columns == 2
    assert 900 / grid.size[0] < 9
    picture = mosaic(np.arange(4, dtype=np.uint8).reshape(4, 1, 1), grid)
    assert (picture[1 : grid.height + 1, 1 : grid.width + 1] == 0).all()
    assert Grid.of(256, 13, 13).fitting(870, 900) == Grid.of(256, 13, 13)


def test_single_numbers_become_3_by_3():
    grid = Grid.of(10, 1, 1)
    tiles = np.arange(10, dtype=np.uint8).reshape(10, 1, 1)
    picture = mosaic(tiles, grid)
    assert picture.shape[:2] == grid.size == (3 * 5 - 1, 4 * 5 - 1)
    assert (picture[6:9, 6:9] == 5).all()


def test_colour_tiles_keep_their_colours():
    tiles = np.zeros((2, 2, 2, 3), np.uint8)
    tiles[1, 0, 1] = (9, 8, 7)
    assert mosaic(tiles, Grid.of(2, 2, 2))[1, 6].tolist() == [9, 8, 7]


@pytest.mark.parametrize(
    ("count", "h", "w", "aspect"), [(7, 3, 5, 1.4), (96, 55, 55, 1.0), (1, 1, 1, 1.0), (10, 1, 8, 2.0)]
)
def test_every_tile_is_found_where_it_was_drawn(count, h, w, aspect):
    grid = Grid.of(count, h, w, aspect)
    for unit in range(count):
        top, left, bottom, right = grid.box(unit)
        assert grid.unit_at(top, left) == grid.unit_at(bottom - 1, right - 1) == unit
    assert grid.unit_at(-1, 0) is None
    assert grid.unit_at(*grid.size) is None
    assert grid.rows * grid.columns >= count


def test_wide_tiles_still_fill_a_room_of_the_asked_shape():
    height, width = Grid.of(64, 10, 60, aspect=1.5).size
    assert 1.0 < width / height < 2.2


def test_wrong_number_of_tiles_is_refused():
    with pytest.raises(ValueError, match="4 tiles, not 3"):
        mosaic(np.zeros((3, 2, 2), np.uint8), Grid.of(4, 2, 2))


def test_fitting_up_repeats_pixels_and_keeps_the_aspect():
    picture = np.array([[0, 200]], np.uint8)
    assert resize_to_fit(picture, 30, 6).tolist() == [[0, 0, 0, 200, 200, 200]] * 3


def test_fitting_down_averages_and_floors():
    picture = np.tile(np.array([0, 200], np.uint8), (4, 5))
    small = resize_to_fit(picture, 9, 5)
    assert small.shape == (2, 5)
    assert (small == 100).all()
    assert resize_to_fit(np.zeros((2000, 3), np.uint8), 10, 10).shape == (10, 1)


def test_paste_cuts_at_the_edges():
    canvas = blank(4, 4, (0, 0, 0))
    paste(canvas, np.full((3, 3), 255, np.uint8), 2, 2)
    assert canvas[..., 0].sum() == 4 * 255
    paste(canvas, np.full((3, 3), 255, np.uint8), 9, 9)
    assert canvas[..., 0].sum() == 4 * 255
