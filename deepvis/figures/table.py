"""Which figures there are."""

from __future__ import annotations

from collections.abc import Callable

from deepvis.errors import UnknownNameError
from deepvis.figures import figure1, figure2, figure3, figure4, figure5, supplement
from deepvis.figures.common import Drawing
from deepvis.figures.desk import Choices, Desk

# The choices that a figure takes, and what draws it.
FIGURES: dict[str, tuple[frozenset[str], Callable[[Desk], Drawing]]] = {
    "1": (figure1.USES, figure1.draw),
    "2": (figure2.USES, figure2.draw),
    "3": (figure3.USES, figure3.draw),
    "4": (figure4.USES, figure4.draw),
    "5": (figure5.USES, figure5.draw),
    "S": (supplement.USES, supplement.draw),
}


def draw_figure(name: str, desk: Desk) -> Drawing:
    """Draw one figure. Raises UnknownNameError, and whatever is wrong with the choices, before any work."""
    if name not in FIGURES:
        raise UnknownNameError(f"no figure {name!r}; figures: {', '.join(FIGURES)}")
    return FIGURES[name][1](desk)


def unused(name: str, choices: Choices) -> list[str]:
    """The choices that were made and have no effect on a figure."""
    made = (each for each in ("units", "classes", "layers", "images", "preset") if getattr(choices, each))
    return [each for each in made if each not in FIGURES[name][0]]
