"""Where the panes lie, with the column on the right, with panes of one's own, and with text of any size."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from deepvis.errors import FormatError
from deepvis.live.layout import CAP, LEAST_SIZE, PANES, Box, Layout
from deepvis.live.settings import Settings
from deepvis.live.settings.values import CLASSIC_SIZE, Part
from deepvis.render import text

SIZES = [(480, 320), (640, 1200), (800, 600), (1024, 1024), CLASSIC_SIZE, (1920, 1080), (3840, 2160)]
CLASSIC_COLUMN = {
    "input": (0, 0, 300, 300),
    "aux": (300, 0, 300, 300),
    "back": (600, 0, 300, 300),
    "control": (0, 300, 30, 900),
    "layers": (30, 300, 870, 900),
    "column": (0, 1200, 900, 300),
    "status": (900, 0, 30, 1500),
}
PARTS: tuple[Part, ...] = get_args(Part)


def boxes(layout: Layout) -> dict[str, Box]:
    """The panes that there are."""
    found = {name: getattr(layout, name) for name in PANES}
    return {name: box for name, box in found.items() if box.height and box.width}


def overlap(one: Box, other: Box) -> bool:
    return (
        one.top < other.top + other.height
        and other.top < one.top + one.height
        and one.left < other.left + other.width
        and other.left < one.left + one.width
    )


def check(layout: Layout) -> None:
    """Every pane in the window, and none over another."""
    found = list(boxes(layout).items())
    for number, (name, box) in enumerate(found):
        assert min(box.top, box.left) >= 0, name
        assert box.top + box.height <= layout.height, name
        assert box.left + box.width <= layout.width, name
        for other, beside in found[:number]:
            assert not overlap(box, beside), f"{name} lies over {other}"


def names_of(count: int, length: int = 12) -> list[str]:
    return [f"{'inception_3b/5x5_reduce'[:length]}{n}" for n in range(count)]


def test_the_classic_numbers_with_the_column():
    layout = Layout.of(["conv1", "pool1", "conv2"], CLASSIC_SIZE, column=True)
    found = {name: (box.top, box.left, box.height, box.width) for name, box in boxes(layout).items()}
    assert found == CLASSIC_COLUMN
    assert layout.cap == CAP


def test_without_the_column_nothing_is_where_it_would_be():
    layout = Layout.of(["conv1"], CLASSIC_SIZE)
    assert "column" not in boxes(layout)
    assert layout.layers.width == 1200


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("count", [1, 14, 150, 700])
def test_panes_lie_in_the_window_and_beside_one_another(size, column, count):
    layout = Layout.of(names_of(count), size, column)
    check(layout)
    assert (layout.width, layout.height) == size
    assert set(boxes(layout)) == set(PANES) - (set() if column else {"column"})
    area = sum(box.height * box.width for box in boxes(layout).values())
    assert area > 0.85 * layout.width * layout.height
    assert layout.layers.height * layout.layers.width > 0.4 * layout.width * layout.height


@hypothesis(max_examples=150, deadline=None)
@given(
    st.integers(1, 5000),
    st.integers(1, 3000),
    st.booleans(),
    st.integers(1, 300),
    st.integers(1, 23),
    st.floats(0.2, 4.0),
    st.dictionaries(st.sampled_from(PARTS), st.floats(0.2, 4.0)),
)
def test_any_window_text_and_net_has_a_layout(width, height, column, count, length, size, own):
    sizes = {f"{part}_font_size": factor for part, factor in own.items()}
    settings = Settings(global_font_size=size, **sizes)  # type: ignore[arg-type]
    layout = Layout.of(names_of(count, length), (width, height), column, settings)
    check(layout)
    assert layout.width == max(width, LEAST_SIZE[0]) and layout.height == max(height, LEAST_SIZE[1])
    assert min(layout.layers.height, layout.layers.width) >= 60
    assert sorted(layer for line in layout.names for layer in line) == list(range(count)), "each name once"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("part", PARTS)
def test_the_text_of_a_part_has_a_size_of_its_own(size, part):
    plain = Layout.of(["conv1"], size)
    large = Layout.of(["conv1"], size, settings=Settings(**{f"{part}_font_size": 3.0}))
    assert large.caps[part] > plain.caps[part]
    assert large.caps[part] == max(9, round(CAP * 3 * min(size[0] / 1500, size[1] / 930)))
    assert {each: cap for each, cap in large.caps.items() if each != part} == {
        each: cap for each, cap in plain.caps.items() if each != part
    }
    assert large.cap == plain.cap
    check(large)


def test_the_global_size_is_only_the_default():
    layout = Layout.of(["conv1"], CLASSIC_SIZE, settings=Settings(global_font_size=1.5, status_font_size=1.0))
    assert layout.cap == 18
    assert layout.caps == {"control": 18, "status": 12, "class": 18, "label": 18, "help": 18}


def test_larger_text_makes_bar_and_status_line_higher():
    plain, large = (
        Layout.of(names_of(20), CLASSIC_SIZE, settings=Settings(control_font_size=f, status_font_size=f))
        for f in (1.0, 2.5)
    )
    assert large.status.height > plain.status.height
    assert large.control.height > plain.control.height
    style = text.Style(large.caps["status"])
    assert large.status.height >= style.line


PLACES = {
    "input": (0, 0, 200, 250),
    "layers": (0, 250, 600, 600),
    "control": (600, 250, 40, 600),
    "status": (640, 0, 20, 850),
}


@pytest.mark.parametrize("size", [(850, 660), *SIZES])
def test_panes_of_ones_own_keep_their_shape_in_any_window(size):
    layout = Layout.of(names_of(9), size, settings=Settings(panes=PLACES))
    check(layout)
    assert set(boxes(layout)) == set(PLACES)
    scale = min(size[0] / 850, size[1] / 660)
    for name, place in PLACES.items():
        box = getattr(layout, name)
        for got, said in zip((box.top, box.left, box.height, box.width), place, strict=True):
            assert said * scale - 1 < got <= said * scale + 1e-6, name


def test_panes_of_ones_own_at_their_own_size_are_where_they_were_said_to_be():
    settings = Settings(panes=PLACES)
    layout = Layout.of(["a"], settings.window_size, column=True, settings=settings)
    assert {name: (box.top, box.left, box.height, box.width) for name, box in boxes(layout).items()} == PLACES


def test_panes_without_room_for_layers_are_refused():
    with pytest.raises(FormatError, match="room for layers, found input"):
        Layout.of(["a"], (850, 660), settings=Settings(panes={"input": (0, 0, 300, 300)}))


@pytest.mark.parametrize("size", SIZES)
def test_a_pane_holds_its_own_pixels_and_no_others(size):
    layout = Layout.of(names_of(30), size, column=True)
    for name, box in boxes(layout).items():
        assert box.holds(box.top, box.left), name
        assert box.holds(box.top + box.height - 1, box.left + box.width - 1), name
        assert not box.holds(box.top - 1, box.left)
        assert not box.holds(box.top, box.left + box.width)
        assert not box.holds(box.top + box.height, box.left)
