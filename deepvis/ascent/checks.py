"""One check of a parameter, for all that have some."""

from __future__ import annotations

import math
from numbers import Real

from deepvis.errors import Error


def number(owner: str, name: str, value: object, low: float, high: float = math.inf, whole: bool = False) -> None:
    """Refuse, as an Error, what is not a finite (or else whole) number from low to high."""
    kind = "whole number" if whole else "number"
    fits = isinstance(value, int if whole else Real) and not isinstance(value, bool)
    if not (fits and math.isfinite(value) and low <= value <= high):  # type: ignore[arg-type, operator]
        span = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
        raise Error(f"{owner}: {name}: expected a {kind} {span}, found {value!r}")
