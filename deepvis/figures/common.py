"""Pages of pictures: the one place that knows matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepvis.atomic import write_atomically
from deepvis.errors import Error
from deepvis.render import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150  # of the PNG, and of the pictures within the PDF
SMALL, USUAL, HEAD = 6.5, 8.0, 10.0  # points
_MISSING = "figures are drawn by matplotlib, which is not installed; run: pip install 'deepvis[figures]'"


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure, and what is to be said of it, a line each."""

    figure: Figure
    lines: tuple[str, ...] = ()


class Page:
    """A page on which pictures and words are placed in inches from the upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        need_matplotlib()
        from matplotlib.figure import Figure

        self.size = width, height
        self.figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")

    def picture(
        self, picture: Picture, left: float, top: float, width: float, height: float | None = None, *, name: str
    ) -> None:
        """Place a picture (H, W, 3); without a height, that of its shape. ``name`` labels its axes."""
        height = width * picture.shape[0] / picture.shape[1] if height is None else height
        wide, high = self.size
        axes = self.figure.add_axes((left / wide, 1 - (top + height) / high, width / wide, height / high), label=name)
        axes.imshow(picture, aspect="auto")
        axes.set_axis_off()

    def words(self, text: str, left: float, top: float, size: float = USUAL, **how: Any) -> None:
        """Write with the first line's upper left corner there, or as matplotlib's ``ha`` and ``va`` say."""
        where = {"ha": "left", "va": "top", "fontsize": size, **how}
        self.figure.text(left / self.size[0], 1 - top / self.size[1], _plain(text), **where)


def need_matplotlib() -> None:
    """Raise Error where matplotlib is missing, before any work is done."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise Error(_MISSING) from None


def write_figure(drawing: Drawing, path: Path) -> list[Path]:
    """Write path.png and path.pdf, each in one step; the files. One figure always gives the same bytes. OSError."""
    written = []
    # Dates would make two files of one figure differ.
    for suffix, about in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
        memory = io.BytesIO()
        drawing.figure.savefig(memory, format=suffix, dpi=DPI, metadata=about)
        file = path.with_name(f"{path.name}.{suffix}")
        write_atomically(file, memory.getvalue())
        written.append(file)
    return written


def _plain(text: str) -> str:
    """Without what matplotlib would take for a formula."""
    return text.replace("$", r"\$")
