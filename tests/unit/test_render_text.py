"""Text is measured as it is drawn, is the same on every OpenCV, and never leaves its room."""

import numpy as np
import pytest

from deepvis.render import Style, blank, font, text

WHITE = (1.0, 1.0, 1.0)


def drawn(line: str, style: Style) -> np.ndarray:
    picture = blank(60, 900, (0, 0, 0))
    text.draw(picture, line, 40, 20, style)
    return picture[..., 0]


def test_every_printable_character_has_a_shape_of_its_own():
    seen: dict[bytes, str] = {}
    for code in range(33, 127):
        picture = drawn(chr(code), Style(cap=14, colour=WHITE))
        assert picture.any(), f"{chr(code)!r} draws nothing"
        twin = seen.setdefault(picture.tobytes(), chr(code))
        assert twin == chr(code), f"{chr(code)!r} looks like {twin!r}"


@pytest.mark.parametrize("cap", [8, 9, 12, 15, 24])
@pytest.mark.parametrize("bold", [False, True])
def test_what_is_drawn_lies_within_what_was_measured(cap, bold):
    style = Style(cap=cap, colour=WHITE, bold=bold)
    line = "conv5:151 Egyptian cat 0.97 |(gjpqy)"
    picture = drawn(line, style)
    rows, columns = np.nonzero(picture > 40)
    assert 20 <= columns.min() <= 23
    assert columns.max() <= 20 + text.width(line, style)
    assert columns.max() >= 20 + text.width(line, style) - 4
    assert rows.min() >= 40 - round(cap * 1.25)
    assert rows.max() <= 40 + round(cap * 0.4)


def test_capitals_stand_on_the_baseline_with_the_asked_height():
    rows = np.nonzero(drawn("HEN", Style(cap=12, colour=WHITE)).max(axis=1) > 128)[0]
    assert (rows.min(), rows.max()) == (28, 39)


def test_digits_are_all_equally_wide():
    assert len({text.width(d, Style()) for d in "0123456789"}) == 1


def test_drawing_blends_with_what_is_there_and_is_cut_at_the_edges():
    picture = blank(10, 10, (0.5, 0.5, 0.5))
    text.draw(picture, "MMMM", 4, -6, Style(cap=12, colour=(1, 0, 0)))
    assert picture[..., 0].max() > 200
    assert picture[..., 1].max() == 127
    text.draw(picture, "MMMM", 500, 500, Style())


def test_shorten_ends_with_an_ellipsis_and_fits():
    style = Style()
    short = text.shorten("West Highland white terrier", style, 120)
    assert short.endswith("\u2026")
    assert text.width(short, style) <= 120
    assert text.shorten("cat", style, 120) == "cat"


def test_wrap_keeps_order_and_width():
    style = Style()
    words = ["conv1", "pool1", "a_very_long_name_indeed", "x", "y"]
    lines = text.wrap(words, style, 130)
    assert [i for line in lines for i in line] == [0, 1, 2, 3, 4]
    for line in lines:
        assert len(line) == 1 or text.width(" ".join(words[i] for i in line), style) <= 130


def test_unknown_characters_become_a_box():
    assert font.glyph("\u4e2d", 12, 1.2)[0].any()


def test_text_is_the_same_whatever_draws_it():
    """A sum over the glyph masks, the same for every OpenCV and NumPy: a change here is a change of every
    picture.
    """
    ink = sum(float(font.glyph(chr(c), 12, 1.38)[0].sum()) for c in range(33, 127))
    assert ink == pytest.approx(2913.0, rel=0.002)
