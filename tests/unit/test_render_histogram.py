"""The histogram of a layer and a unit, read back from its pixels."""

import numpy as np
import pytest

from deepvis.render import Style, histogram_picture, text

STYLE = Style(cap=10)
GREEN, BAR, AXIS = (127, 255, 127), (127, 127, 127), (204, 204, 204)
HEIGHT, WIDTH = 120, 400


def heights(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (picture == colour).all(axis=2).sum(axis=0)


def said(monkeypatch: pytest.MonkeyPatch, *values: object) -> list[str]:
    words: list[str] = []
    draw = text.draw

    def listen(picture: np.ndarray, line: str, *rest: object) -> int:
        words.append(line)
        return draw(picture, line, *rest)

    monkeypatch.setattr(text, "draw", listen)
    histogram_picture(*values, HEIGHT, WIDTH, STYLE)
    return words


def test_bars_grow_with_the_logarithm_of_the_count():
    values = np.concatenate([np.full(10_000, 1.0), np.full(100, 3.0), np.full(1, 4.0)]).astype(np.float32)
    bars = heights(histogram_picture(values, None, HEIGHT, WIDTH, STYLE), BAR)
    tall, middle, small = bars[102], bars[302], bars[398]
    assert middle / tall == pytest.approx(np.log1p(100) / np.log1p(10_000), abs=0.03)
    assert small / tall == pytest.approx(np.log1p(1) / np.log1p(10_000), abs=0.03)
    assert not bars[200]


def test_words_give_the_extremes_the_zeros_and_the_number_of_values(monkeypatch):
    values = np.array([-2.5, 0, 0, 0, 7.25, 1, 1, 1], np.float32)
    assert said(monkeypatch, values, None) == ["38% zero, of 8 values", "-2.5", "7.25", "0"]


def test_a_large_layer_is_sampled_and_says_so_but_its_extremes_are_exact(monkeypatch):
    values = np.random.default_rng(0).random((64, 100, 100)).astype(np.float32)
    values[:, :, ::2] = 0
    values[3, 0, 1], values[9, 4, 7] = -9, 11
    words = said(monkeypatch, values, None)
    share, counted = words[0].split("% zero, of ")
    assert abs(int(share) - 50) <= 2, "no column is passed over"
    assert counted.endswith(" sampled values")
    assert 50_000 <= int(counted.removesuffix(" sampled values").replace(" ", "")) <= 100_000
    assert words[1:3] == ["-9", "11"]


def test_zero_is_marked_where_it_lies_and_always_on_the_axis():
    picture = histogram_picture(np.array([-1.0, 3.0]), None, HEIGHT, WIDTH, STYLE)
    assert heights(picture[30:100], AXIS)[round(WIDTH / 4)] == 70
    picture = histogram_picture(np.array([5.0, 6.0]), None, HEIGHT, WIDTH, STYLE)
    assert heights(picture[30:100], AXIS)[0] == 70
    assert heights(picture, BAR)[-3] > 0


def test_a_units_values_are_outlined_in_green_where_they_lie():
    layer = np.random.default_rng(0).random((50, 10, 10)).astype(np.float32)
    layer[7] = 0.75
    picture = histogram_picture(layer, layer[7], HEIGHT, WIDTH, STYLE)
    rows = np.nonzero((picture[:, 301] == GREEN).all(axis=1))[0]
    elsewhere = np.nonzero((picture[:, 100] == GREEN).all(axis=1))[0]
    assert rows.min() < elsewhere.min() - 20
    assert not (histogram_picture(layer, None, HEIGHT, WIDTH, STYLE) == GREEN).all(axis=2).any()


def test_a_unit_of_one_number_is_an_upright_line():
    layer = np.linspace(0, 1, 1000, dtype=np.float32).reshape(-1, 1, 1)
    green = heights(histogram_picture(layer, layer[500], HEIGHT, WIDTH, STYLE), GREEN)
    assert green[201] > 70
    assert np.count_nonzero(green) <= 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [[], [np.nan], [np.inf, 1, 2], [0, 0, 0], [5], [-3e38, 3e38], [1e-30, 2e-30]], ids=str
)
@pytest.mark.parametrize("size", [(120, 400), (20, 10), (1, 1)])
def test_any_values_and_room_give_a_picture(values, size):
    array = np.array(values, np.float32)
    picture = histogram_picture(array, array[:1], *size, STYLE)
    assert picture.shape == (*size, 3)
    assert picture.dtype == np.uint8
