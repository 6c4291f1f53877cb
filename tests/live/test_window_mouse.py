"""The mouse in a real window, and the window's size: what is shown is pixel by pixel what the view's own functions make
of the same events.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from viewer_process import NEEDS, SIZE, Foretold, expected

from deepvis.live.controls.events import Key, Mouse, Resize
from deepvis.live.controls.pointing import input_rectangles
from deepvis.live.layout import LEAST_SIZE
from deepvis.live.panes.bar import bar_of
from deepvis.live.panes.listing import cells, rows

pytestmark = NEEDS


@pytest.fixture
def both(start, tiny_prototxt, picture_folder):
    """A viewer of the first layer's units, and what it ought to show."""
    picture = picture_folder / "p1.png"
    viewer = start(tiny_prototxt, "--source", picture, "--layer", "conv1", "--keys", "h h")
    return viewer, Foretold(tiny_prototxt, picture, "h h")


def name_of(view, layer):
    """The middle of a layer's name in the bar."""
    box = view.layout.control
    bar = bar_of(view.scene, view.layout, view.state.layer)
    name = next(name for name in bar.names if name.layer == layer)
    return box.top + name.row - 4, box.left + name.column + name.width // 2


def tile_of(view, unit, down=0.5, across=0.5):
    """A point of a unit's tile, by default its middle."""
    box = view.layout.layers
    top, left, bottom, right = view.place.box(unit)
    return box.top + round(top + (bottom - top) * down), box.left + round(left + (right - left) * across)


def test_hovering_tells_what_is_there(both):
    viewer, told = both
    plain = told.after()
    viewer.settled(plain)
    view = told.view
    for row, column in (tile_of(view, 6), name_of(view, 1), (40, 60)):
        viewer.mouse("mousemove", column, row)
        picture = told.after(Mouse("move", row, column))
        viewer.settled(picture, f"hovering at {row},{column}")
        changed = np.argwhere((picture != plain).any(axis=-1))
        assert len(changed) > 100
    # who points at a position of a map is shown what it sees: a box on the input, of the layer's own size
    row, column = tile_of(view, 6)
    viewer.mouse("mousemove", column, row)
    picture = told.after(Mouse("move", row, column))
    viewer.settled(picture, "hovering over a unit")
    box = view.layout.input
    assert (picture[: box.height, : box.width] != plain[: box.height, : box.width]).any()


def test_clicks_go_to_layers_and_units(both):
    viewer, told = both
    told.after()
    for place, state in (
        (tile_of(told.view, 7), (0, 7, "bottom")),
        (name_of(told.view, 2), (2, 6, "top")),
        (name_of(told.view, 0), (0, 6, "top")),
        (tile_of(told.view, 0), (0, 0, "bottom")),
    ):
        row, column = place
        viewer.mouse("mousemove", column, row, "click", 1)
        picture = told.after(*[Mouse(kind, row, column) for kind in ("move", "press", "release")])
        viewer.settled(picture, f"a click at {row},{column}")
        assert (told.view.state.layer, told.view.state.unit, told.view.state.cursor) == state
    # the enlarged unit's positions are clicked at too
    viewer.press("z")
    told.after(Key("z"))
    box = told.view.layout.layers
    row, column = box.top + box.height // 3, box.left + box.width // 3
    viewer.mouse("mousemove", column, row, "click", 1)
    viewer.settled(told.after(*[Mouse(kind, row, column) for kind in ("move", "press", "release")]), "a position")
    assert told.view.state.point is not None


def test_a_box_dragged_on_the_input_ranks_units_which_can_be_clicked(both):
    viewer, told = both
    told.after()
    (top, left), (bottom, right) = (30, 40), (90, 110)
    viewer.mouse("mousemove", left, top, "mousedown", 1, "mousemove", right, bottom, "mouseup", 1)
    events = [Mouse("press", top, left), Mouse("drag", bottom, right), Mouse("release", bottom, right)]
    viewer.settled(told.after(*events), "a box")
    view = told.view
    ((_, _, high, wide),) = input_rectangles(view.scene, view.layout)
    assert view.state.box == pytest.approx((top / high, left / wide, bottom / high, right / wide), abs=0.02)
    cell = cells(view)["ranking"]
    listed = rows(view, "ranking", cell)
    assert len(listed) == 10
    third = listed[2]
    column = view.layout.column
    row, column = column.top + cell.top + (third.top + third.bottom) // 2, column.left + column.width // 2
    viewer.mouse("mousemove", column, row, "click", 1)
    viewer.settled(told.after(*[Mouse(kind, row, column) for kind in ("move", "press", "release")]), "a click on a row")
    assert (told.view.state.unit, told.view.state.cursor) == (third.unit, "bottom")


def test_the_wheel_enlarges_the_grid_and_nothing_else(both):
    """OpenCV's own window would enlarge its picture, so that its pixels were no longer the picture's."""
    viewer, told = both
    told.after()
    row, column = tile_of(told.view, 5, 0.3, 0.7)
    viewer.mouse("mousemove", column, row, "click", "--repeat", 3, "--delay", 20, 4)
    viewer.settled(told.after(*[Mouse("wheel", row, column, 1)] * 3), "three notches away")
    assert told.view.state.magnify == 3
    # dragging moves what is enlarged
    to = row - 40, column + 30
    viewer.mouse("mousedown", 1, "mousemove", to[1], to[0], "mouseup", 1)
    events = [Mouse("press", row, column), Mouse("drag", *to), Mouse("release", *to)]
    viewer.settled(told.after(*events), "an enlarged grid that was dragged")
    viewer.mouse("click", "--repeat", 4, "--delay", 20, 5)
    viewer.settled(told.after(*[Mouse("wheel", *to, -1)] * 4), "four notches towards")
    assert told.view.state.magnify == 0
    # over the layer bar it goes to the next layer
    row, column = name_of(told.view, 0)
    viewer.mouse("mousemove", column, row, "click", 5)
    viewer.settled(told.after(Mouse("wheel", row, column, -1)), "the wheel over the layer bar")
    assert told.view.state.layer == 1


@pytest.mark.parametrize("size", [(700, 520), (1100, 640), (640, 900)])
def test_a_window_of_another_size_is_laid_out_anew(start, tiny_prototxt, picture_folder, size):
    viewer = start(tiny_prototxt, "--source", picture_folder, "--layer", "conv1:3", "--back", "gradient")
    viewer.settled(expected(viewer.folder, *viewer.words), but=status_line(SIZE))
    viewer.resize(*size)
    viewer.settled(expected(viewer.folder, *viewer.words, size=size), "another size", but=status_line(size))


def test_a_window_below_the_least_size_shows_all_of_it(both):
    viewer, told = both
    viewer.settled(told.after())
    width, height = 400, 240
    viewer.resize(width, height)
    picture = told.after(Resize(*LEAST_SIZE))
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(int)

    def shrunk(screen: np.ndarray) -> bool:
        return bool(np.abs(screen[:height, :width].astype(int) - small).mean() < 12)

    viewer.display.wait(shrunk)
    # the mouse is where it seems to be
    down, across = LEAST_SIZE[1] / height, LEAST_SIZE[0] / width
    row, column = tile_of(told.view, 6)
    viewer.mouse("mousemove", round(column / across), round(row / down), "click", 1)
    viewer.mouse("click", "--repeat", 2, 4)
    told.after(*[Mouse(kind, row, column) for kind in ("press", "release")], *[Mouse("wheel", row, column, 1)] * 2)
    state = viewer.state()
    assert (state["unit"], state["magnify"]) == (6, 2)
    assert state["centre"] == pytest.approx(told.view.state.centre, abs=0.01)


def status_line(size):
    """The rows of the status line, which at the start has a word of welcome."""
    rows_of = np.zeros(size[::-1], bool)
    rows_of[-22:] = True
    return rows_of
