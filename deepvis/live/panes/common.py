"""What several panes draw with."""

from __future__ import annotations

import math

import cv2
import numpy as np

from deepvis.live.layout import Box
from deepvis.render import Picture, Style, colour_bytes, text
from deepvis.render.picture import Colour

FAINT: Colour = (0.5, 0.5, 0.5)
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def piece(picture: Picture, box: Box) -> Picture:
    """The part of the window's picture that belongs to a pane, to be drawn into."""
    return picture[box.top : box.top + box.height, box.left : box.left + box.width]


def fill(pane: Picture, colour: Colour) -> None:
    """Paint a pane in one colour."""
    pane[...] = colour_bytes(colour)


def note(pane: Picture, lines: tuple[str, ...], style: Style) -> None:
    """A few words in the middle of an otherwise empty pane, broken where they do not fit."""
    room = pane.shape[1] - style.cap
    broken: list[str] = []
    for line in lines:
        words = line.split(" ")
        broken += [" ".join(words[n] for n in numbers) for numbers in text.wrap(words, style, room)]
    row = (pane.shape[0] - style.line * (len(broken) - 1) + style.cap) // 2
    for line in broken:
        line = text.shorten(line, style, room)
        text.draw(pane, line, row, (pane.shape[1] - text.width(line, style)) // 2, style)
        row += style.line


def shade(pane: Picture, top: int, left: int, bottom: int, right: int, factor: float = 0.25) -> None:
    """Darken a rectangle in place so that text over a picture can be read."""
    part = pane[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    part[...] = (part * np.float32(factor)).astype(np.uint8)


def shaded_line(pane: Picture, words: str, row: int, column: int, style: Style) -> None:
    """A line of text with its baseline's left end at (row, column), on a darkened ground."""
    margin = style.cap // 2
    right = column + text.width(words, style) + margin
    shade(pane, row - style.cap - margin, column - margin, row + margin, right)
    text.draw(pane, words, row, column, style)


def rectangle(pane: Picture, top: float, left: float, bottom: float, right: float, colour: Colour) -> None:
    """Outline a rectangle in place, dark beside bright so that it is seen on any ground; cut at the pane's edges."""
    low, high = (int(left), int(top)), (max(int(right) - 1, int(left)), max(int(bottom) - 1, int(top)))
    ink = [int(c) for c in colour_bytes(colour)]
    canvas = np.ascontiguousarray(pane)
    cv2.rectangle(canvas, (low[0] - 1, low[1] - 1), (high[0] + 1, high[1] + 1), (0, 0, 0), 1)
    cv2.rectangle(canvas, low, high, ink, 1)
    pane[...] = canvas


def number(value: float) -> str:
    """A value with as many digits as can be read at a glance."""
    return f"{value:.4g}" if math.isfinite(value) else str(value)
