"""Where the panes lie: the classic toolbox's geometry (930 rows × 1500 columns), scaled to the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from deepvis.errors import FormatError
from deepvis.live.settings import Settings
from deepvis.live.settings.values import CLASSIC_SIZE, PaneBox, Part
from deepvis.render import Style, text

CAP = 12  # height of capital letters at the classic size
LEAST_SIZE = (480, 320)
COLUMN, STATUS = 300, 30  # width of the outer columns, height of the status line, at the classic size
MOST_LINES = 7  # of layer names; where there are more they scroll
PANES = ("input", "aux", "back", "control", "layers", "column", "status")


@dataclass(frozen=True)
class Box:
    """A pane's place in pixels."""

    top: int
    left: int
    height: int
    width: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a pixel of the window is in the pane."""
        return 0 <= row - self.top < self.height and 0 <= column - self.left < self.width


NOWHERE = Box(0, 0, 0, 0)


@dataclass(frozen=True)
class Layout:
    """The panes of one window, and the size of its text: the height of capital letters, and that in parts of the
    window whose text has a size of its own. `column` is the one on the right; nothing where there is none.
    """

    width: int
    height: int
    cap: int
    caps: Mapping[Part, int]
    input: Box
    aux: Box
    back: Box
    control: Box
    layers: Box
    status: Box
    column: Box
    names: tuple[tuple[int, ...], ...]

    @property
    def style(self) -> Style:
        """The text style everything else is derived from."""
        return Style(cap=self.cap)

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        size: tuple[int, int] = CLASSIC_SIZE,
        column: bool = False,
        settings: Settings | None = None,
    ) -> Layout:
        """Panes for a window of (width, height), with room for the layer names in the bar above the grid.

        At the classic size the left column is three squares of 300, the right one 300 wide, and the status line 30
        high, as it always was; the bar grows by a line whenever the names need it, up to MOST_LINES. Settings may have
        places for the panes instead, and sizes of text.
        """
        settings = settings or Settings()
        width, height = max(size[0], LEAST_SIZE[0]), max(size[1], LEAST_SIZE[1])
        cap, caps = _caps((width, height), settings)
        if settings.panes:
            return cls._placed(names, (width, height), cap, caps, settings.panes)
        scale = min(width / CLASSIC_SIZE[0], height / CLASSIC_SIZE[1])
        style = Style(caps["control"])
        status = max(round(STATUS * scale), Style(caps["status"]).line + 4)
        side = min(int(COLUMN * scale + 1e-6), (height - status) // 3)
        right = side if column else 0
        rest = width - side - right
        lines = _lines(names, style, rest)
        rows = min(len(lines), MOST_LINES, max(1, (height - status) // 4 // style.line))
        bar = max(round(30 * scale), rows * style.line + round(style.cap * 0.75))
        bottom = height - status
        third = bottom // 3
        return cls(
            width=width,
            height=height,
            cap=cap,
            caps=caps,
            input=Box(0, 0, third, side),
            aux=Box(third, 0, third, side),
            back=Box(2 * third, 0, bottom - 2 * third, side),
            control=Box(0, side, bar, rest),
            layers=Box(bar, side, bottom - bar, rest),
            status=Box(bottom, 0, status, width),
            column=Box(0, width - right, bottom, right) if right else NOWHERE,
            names=lines,
        )

    @classmethod
    def _placed(
        cls,
        names: Sequence[str],
        size: tuple[int, int],
        cap: int,
        caps: Mapping[Part, int],
        panes: Mapping[str, PaneBox],
    ) -> Layout:
        """The panes that a user placed, their bounding box scaled to the window."""
        high = max(top + height for top, _, height, _ in panes.values())
        wide = max(left + width for _, left, _, width in panes.values())
        scale = min(size[0] / wide, size[1] / high)
        boxes = {name: Box(*(int(number * scale + 1e-6) for number in place)) for name, place in panes.items()}
        placed = {name: boxes.get(name, NOWHERE) for name in PANES}
        if min(placed["layers"].height, placed["layers"].width) < 16:
            raise FormatError(f"panes: expected room for layers, found {', '.join(panes)}")
        lines = _lines(names, Style(caps["control"]), max(placed["control"].width, 1))
        return cls(width=size[0], height=size[1], cap=cap, caps=caps, names=lines, **placed)


def _caps(size: tuple[int, int], settings: Settings) -> tuple[int, dict[Part, int]]:
    scale = min(size[0] / CLASSIC_SIZE[0], size[1] / CLASSIC_SIZE[1])

    def cap(factor: float) -> int:
        return max(9, round(CAP * scale * factor))

    return cap(settings.global_font_size), {part: cap(settings.font_size(part)) for part in get_args(Part)}


def _lines(names: Sequence[str], style: Style, width: int) -> tuple[tuple[int, ...], ...]:
    lines = text.wrap(list(names), style, width - 2 * bar_margin(style.cap), style.cap)
    return tuple(tuple(line) for line in lines)


def bar_margin(cap: int) -> int:
    """Free pixels left and right of the layer names."""
    return round(cap * 0.5)
