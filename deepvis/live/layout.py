"""Where the panes lie: the classic toolbox's geometry (930 rows × 1500 columns), scaled to the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deepvis.render import Style, text

CLASSIC_SIZE = (1500, 930)  # width, height
LEAST_SIZE = (480, 320)
COLUMN, STATUS = 300, 30  # width of the left column, height of the status line, at the classic size
MOST_LINES = 7  # of layer names; where there are more they scroll


@dataclass(frozen=True)
class Box:
    """A pane's place in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Layout:
    """The panes of one window, and the size of its text."""

    width: int
    height: int
    cap: int
    input: Box
    aux: Box
    back: Box
    control: Box
    layers: Box
    status: Box
    names: tuple[tuple[int, ...], ...]

    @property
    def style(self) -> Style:
        """The text style everything else is derived from."""
        return Style(cap=self.cap)

    @classmethod
    def of(cls, names: Sequence[str], size: tuple[int, int] = CLASSIC_SIZE) -> Layout:
        """Panes for a window of (width, height), with room for the layer names in the bar above the grid.

        At the classic size the left column is three squares of 300 and the status line 30 high, as it always
        was; the bar grows by a line whenever the names need it, up to MOST_LINES.
        """
        width, height = max(size[0], LEAST_SIZE[0]), max(size[1], LEAST_SIZE[1])
        scale = min(width / CLASSIC_SIZE[0], height / CLASSIC_SIZE[1])
        style = Style(cap=max(9, round(12 * scale)))
        status = max(round(STATUS * scale), style.line + 4)
        side = min(int(COLUMN * scale + 1e-6), (height - status) // 3)
        rest = width - side
        lines = text.wrap(list(names), style, rest - 2 * bar_margin(style.cap), style.cap)
        rows = min(len(lines), MOST_LINES, max(1, (height - status) // 4 // style.line))
        bar = max(round(30 * scale), rows * style.line + round(style.cap * 0.75))
        bottom = height - status
        third = bottom // 3
        return cls(
            width=width,
            height=height,
            cap=style.cap,
            input=Box(0, 0, third, side),
            aux=Box(third, 0, third, side),
            back=Box(2 * third, 0, bottom - 2 * third, side),
            control=Box(0, side, bar, rest),
            layers=Box(bar, side, bottom - bar, rest),
            status=Box(bottom, 0, status, width),
            names=tuple(tuple(line) for line in lines),
        )


def bar_margin(cap: int) -> int:
    """Free pixels left and right of the layer names."""
    return round(cap * 0.5)
