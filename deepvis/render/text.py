"""Text on pictures: measured and drawn by the same few functions, equal on every OpenCV.

Sizes are the height of a capital letter in pixels. A position is the left end of the baseline, as (row,
column).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from deepvis.render import font
from deepvis.render.picture import Colour, Picture

KEPT_LENGTH = 80  # characters; a longer line, such as the status line, is large and hardly ever drawn twice


@dataclass(frozen=True)
class Style:
    """How text looks: capital height in pixels, colour as 0..1 RGB, and whether its strokes are doubled."""

    cap: int = 12
    colour: Colour = (0.8, 0.8, 0.8)
    bold: bool = False

    @property
    def weight(self) -> float:
        """Stroke width in pixels."""
        thin = max(1.15, self.cap * 0.115)
        return thin * 1.65 if self.bold else thin

    @property
    def line(self) -> int:
        """Baseline to baseline in pixels when lines are set without extra space."""
        return round(self.cap * 1.75)


def _mask(text: str, cap: int, weight: float) -> tuple[npt.NDArray[np.float32], int]:
    return (_kept_mask if len(text) <= KEPT_LENGTH else _made_mask)(text, cap, weight)


def _made_mask(text: str, cap: int, weight: float) -> tuple[npt.NDArray[np.float32], int]:
    glyphs = [font.glyph(c, cap, weight) for c in text]
    pad = font.margin(cap)
    width = sum(advance for _, advance in glyphs)
    mask = np.zeros((cap + 2 * pad, width + 2 * pad), np.float32)
    x = 0
    for picture, advance in glyphs:
        view = mask[:, x : x + picture.shape[1]]
        np.maximum(view, picture, out=view)
        x += advance
    mask.flags.writeable = False
    return mask, width


_kept_mask = lru_cache(maxsize=256)(_made_mask)


def width(text: str, style: Style) -> int:
    """Pixels from the start of `text` to where the next character would start."""
    return sum(font.glyph(c, style.cap, style.weight)[1] for c in text)


def draw(picture: Picture, text: str, row: int, column: int, style: Style, opacity: float = 1.0) -> int:
    """Draw one line in place with its baseline's left end at (row, column), clipped at the edges; returns its
    width.
    """
    if not text:
        return 0
    mask, advance = _mask(text, style.cap, style.weight)
    pad = font.margin(style.cap)
    top, left = row - style.cap - pad, column - pad
    r0, c0 = max(0, top), max(0, left)
    r1, c1 = min(picture.shape[0], top + mask.shape[0]), min(picture.shape[1], left + mask.shape[1])
    if r0 < r1 and c0 < c1:
        view = picture[r0:r1, c0:c1]
        alpha = mask[r0 - top : r1 - top, c0 - left : c1 - left, None] * np.float32(opacity)
        ink = np.array(style.colour, np.float32) * 255
        view[...] = (view + alpha * (ink - view) + np.float32(0.5)).astype(np.uint8)
    return advance


def shorten(text: str, style: Style, limit: int) -> str:
    """`text`, or as much of it as fits into `limit` pixels with a closing ellipsis."""
    if width(text, style) <= limit:
        return text
    while text and width(text + "\u2026", style) > limit:
        text = text[:-1]
    return text.rstrip() + "\u2026"


def wrap(words: list[str], style: Style, limit: int, gap: int | None = None) -> list[list[int]]:
    """Break words into lines of at most `limit` pixels; returns the indices of the words in each line.

    Words stand `gap` pixels apart, by default a space; one that is wider than the line stands alone.
    """
    space = width(" ", style) if gap is None else gap
    lines: list[list[int]] = []
    used = 0
    for index, word in enumerate(words):
        need = width(word, style)
        if lines and used + space + need <= limit:
            lines[-1].append(index)
            used += space + need
        else:
            lines.append([index])
            used = need
    return lines
