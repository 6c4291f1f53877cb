"""The kinds of values that settings have. Each takes a value as YAML gives it and the folder that relative paths start
from, and raises WrongValueError with what it expected.
"""

from __future__ import annotations

import glob
import math
import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepvis.live.settings.values import MOST_PIXELS, PaneBox
from deepvis.yaml_lines import WrongValueError

Kind = Callable[[Any, Path], Any]

ROOT = "%DVT_ROOT%"  # in paths, as in the classic's settings
MOST_CHOICES = 32
ANY = 1e6  # as an upper bound: far above anything sensible, and not spoken of
LEAST_SIDE = 16  # pixels of a window or a camera's picture
PANES = ("input", "aux", "back", "control", "layers", "column", "status")
CLASSIC_PANES = {"jpgvis": "column"}
LIVE = re.compile(r"camera:|\w+://")
NET_SUFFIXES = (".yaml", ".yml", ".prototxt", ".pbtxt", ".txt", ".pt")


def _part(each: Kind, item: Any, base: Path, expected: str) -> Any:
    """An item of a list, the error being of the list."""
    try:
        return each(item, base)
    except WrongValueError:
        raise WrongValueError(expected, item) from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _bounds(low: float, high: float, above: bool) -> str:
    first = f"above {low:g}" if above else f"from {low:g}"
    return f"{first} to {high:g}" if high < ANY else first


def optional(kind: Kind) -> Kind:
    """The kind, or null."""
    return lambda value, base: None if value is None else kind(value, base)


def flag(value: Any, _: Path) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise WrongValueError("expected true or false")
    return value


def text(value: Any, _: Path) -> str:
    """One line of text."""
    if not isinstance(value, str) or not value.strip():
        raise WrongValueError("expected a word (in quotes if it looks like a number)")
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
        raise WrongValueError("expected text without line ends and control characters")
    return value


def one_of(*allowed: str) -> Kind:
    """One of some words, whatever their case."""

    def convert(value: Any, _: Path) -> str:
        match = next((each for each in allowed if isinstance(value, str) and each.lower() == value.lower()), None)
        if match is None:
            raise WrongValueError(f"expected {' or '.join(allowed)}")
        return match

    return convert


def like(pattern: str, expected: str) -> Kind:
    """A word that matches a pattern."""

    def convert(value: Any, _: Path) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise WrongValueError(f"expected {expected}")
        return value

    return convert


def number(low: float, high: float, *, above: bool = False) -> Kind:
    """A float of low..high; `above` leaves low itself out."""
    expected = f"expected a number {_bounds(low, high, above)}"

    def convert(value: Any, _: Path) -> float:
        if not _is_number(value) or not low <= value <= high or (above and value == low):
            raise WrongValueError(expected)
        return float(value)

    return convert


def whole(low: int, high: int) -> Kind:
    """An int of low..high."""

    def convert(value: Any, _: Path) -> int:
        if type(value) is not int or not low <= value <= high:
            raise WrongValueError(f"expected a whole number from {low} to {high}")
        return value

    return convert


def numbers(low: float, high: float, *, above: bool = False) -> Kind:
    """A few numbers to choose from; one alone needs no brackets."""
    each = number(low, high, above=above)
    expected = f"expected numbers {_bounds(low, high, above)}"

    def convert(value: Any, base: Path) -> tuple[float, ...]:
        items = value if isinstance(value, list) else [value]
        if not 0 < len(items) <= MOST_CHOICES:
            raise WrongValueError(f"expected 1 to {MOST_CHOICES} numbers")
        return tuple(_part(each, item, base, expected) for item in items)

    return convert


def several(count: int, each: Kind, expected: str) -> Kind:
    """A list of `count` values of one kind."""

    def convert(value: Any, base: Path) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != count:
            raise WrongValueError(f"expected {expected}")
        return tuple(_part(each, item, base, f"expected {expected}") for item in value)

    return convert


colour = several(3, number(0, 1), "red, green and blue of 0 to 1, such as [0.5, 1, 0.5]")
fractions = several(4, number(0, 1), "[top, left, height, width] as parts of 1 of the window")
_box = several(4, whole(0, MOST_PIXELS), "[top, left, height, width] in pixels")


def size(value: Any, base: Path) -> tuple[int, int]:
    """(width, height) in pixels, from [1500, 930] or 1500x930."""
    match = re.fullmatch(r"(\d{1,5})\s*[xX×]\s*(\d{1,5})", value) if isinstance(value, str) else None
    pair = [int(match[1]), int(match[2])] if match else value
    expected = f"a size of [width, height], each from {LEAST_SIDE} to {MOST_PIXELS}"
    width, height = several(2, whole(LEAST_SIDE, MOST_PIXELS), expected)(pair, base)
    return width, height


def span(value: Any, base: Path) -> tuple[float, float]:
    """(low, high) of an interval that is not empty."""
    expected = "[low, high] with low below high"
    low, high = several(2, number(-1e30, 1e30), expected)(value, base)
    if not low < high:
        raise WrongValueError(f"expected {expected}")
    return low, high


def names(value: Any, base: Path) -> tuple[str, ...]:
    """A list of names; one alone needs no brackets."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise WrongValueError("expected a list of names")
    return tuple(_part(text, item, base, "expected a list of names") for item in items)


def renames(value: Any, base: Path) -> dict[str, str]:
    """Names to names."""
    if not isinstance(value, dict):
        raise WrongValueError("expected 'name: other name' pairs")
    said = "expected 'name: other name' pairs"
    return {_part(text, old, base, said): _part(text, new, base, said) for old, new in value.items()}


def path(value: Any, base: Path) -> Path:
    """An absolute path; relative ones start from `base`."""
    try:
        return base / Path(text(value, base).replace(ROOT, str(base))).expanduser()
    except WrongValueError as wrong:
        raise WrongValueError("expected the name of a file or folder") from wrong
    except RuntimeError as error:  # ~somebody who is not known here
        raise WrongValueError("expected the name of a file or folder") from error


def net(value: Any, base: Path) -> str:
    """A model's name, or the absolute path of a card or prototxt."""
    word = text(value, base)
    is_path = "/" in word or word.startswith((ROOT, "~")) or Path(word).suffix.lower() in NET_SUFFIXES
    return str(path(word, base)) if is_path else word


def specs(value: Any, base: Path) -> tuple[str, ...]:
    """Sources: cameras and URLs as they are, paths and patterns made absolute."""
    return tuple(spec if LIVE.match(spec) else _pattern(spec, base) for spec in names(value, base))


def _pattern(spec: str, base: Path) -> str:
    found = path(spec, base)
    if not glob.has_magic(spec) or os.path.exists(found):  # noqa: PTH110 false, not an error, for what is no name
        return str(found)
    return str(path(spec, Path(glob.escape(str(base)))))  # what the folder is called is no pattern


def camera(value: Any, base: Path) -> int | str:
    """A camera's number, or its device; with or without the camera: of sources."""
    word = value.removeprefix("camera:") if isinstance(value, str) else value
    at = int(word) if isinstance(word, str) and re.fullmatch("[0-9]{1,3}", word) else word
    if isinstance(at, str) and "/" in at:
        return str(path(at, base))
    if type(at) is not int or not 0 <= at < 1000:
        raise WrongValueError("expected a camera's number, the path of its device, or null")
    return at


def means(value: Any, base: Path) -> tuple[float, ...] | Path:
    """Numbers, one a channel or one for all, or a file."""
    if isinstance(value, str):
        return path(value, base)
    items = value if isinstance(value, list) else [value]
    if not 0 < len(items) <= MOST_CHOICES or not all(_is_number(item) and abs(item) <= 1e9 for item in items):
        raise WrongValueError("expected a number a channel such as [104, 117, 123], a file, or null")
    return tuple(float(item) for item in items)


def labels(value: Any, base: Path) -> Path | str:
    """A file, or the labels that deepvis brings."""
    return "imagenet" if value == "imagenet" else path(value, base)


def regexp(value: Any, base: Path) -> str:
    """A regular expression that Python reads."""
    word = text(value, base)
    try:
        re.compile(word)
    except (re.error, RecursionError, OverflowError) as error:
        raise WrongValueError(f"expected a regular expression ({error})") from error
    return word


def panes(value: Any, base: Path) -> dict[str, PaneBox]:
    """Places by pane, from a mapping or from the classic's list of pairs, under their names here or the classic's."""
    pairs = list(value.items()) if isinstance(value, dict) else value
    said = "expected 'pane: [top, left, height, width]' lines"
    if not isinstance(pairs, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise WrongValueError(said)
    found: dict[str, PaneBox] = {}
    for written, box in pairs:
        pane = str(written).removeprefix("caffevis_")
        pane = CLASSIC_PANES.get(pane, pane)
        if pane not in PANES:
            raise WrongValueError(f"expected panes out of {', '.join(PANES)}", written)
        if pane in found:
            raise WrongValueError("expected each pane once", written)
        top, left, height, width = _part(_box, box, base, "expected [top, left, height, width] in pixels")
        if not height or not width or max(top + height, left + width) > MOST_PIXELS:
            raise WrongValueError(f"expected {pane} to have a height and a width, and to end before {MOST_PIXELS}", box)
        found[pane] = (top, left, height, width)
    if "layers" not in found:
        raise WrongValueError("expected a pane 'layers' among them", list(found))
    return found
