"""What the window reports, as plain values, and how a recording spells them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import yaml

from deepvis.errors import FormatError

MOUSE_KINDS = ("move", "press", "release", "leave", "wheel", "drag")
NAME_LIMIT = 40  # characters of a key's name
FAR = 10**6  # pixels; no window is larger
MOST_NOTCHES = 1000  # of a wheel at once


@dataclass(frozen=True)
class Key:
    """A key by the name that the table of actions has for it: "b", "esc", "left"."""

    name: str


@dataclass(frozen=True)
class Mouse:
    """What the mouse did, at a pixel of the window. kind: one of MOUSE_KINDS; wheel: notches, positive is away from
    the user; 0 for all kinds but "wheel".
    """

    kind: str
    row: int
    column: int
    wheel: int = 0


@dataclass(frozen=True)
class Resize:
    """The window's picture has another size from now on, in pixels."""

    width: int
    height: int


Event = Key | Mouse | Resize


def to_text(event: Event) -> str:
    """An event in one line of YAML: {k: b}, {m: [press, 120, 340]}, {w: [120, 340, -1]} or {s: [1500, 930]}.

    Raises ValueError for an event that from_plain would not read.
    """
    fault = _fault(event)
    if fault:
        raise ValueError(f"{event} cannot be recorded: {fault}")
    if isinstance(event, Key):
        return f"{{k: {scalar(event.name)}}}"
    if isinstance(event, Resize):
        return f"{{s: [{event.width}, {event.height}]}}"
    if event.kind == "wheel":
        return f"{{w: [{event.row}, {event.column}, {event.wheel}]}}"
    return f"{{m: [{event.kind}, {event.row}, {event.column}]}}"


def from_plain(value: object) -> Event:
    """The event that one such mapping stands for. Raises FormatError, without file and line, where it is none."""
    if not isinstance(value, dict) or len(value) != 1:
        raise FormatError(f"expected one event such as {{k: b}}, found {value!r:.80}")
    ((kind, said),) = value.items()
    if isinstance(said, list) and any(isinstance(each, bool) for each in said):
        raise FormatError(f"expected numbers and words, found {said!r:.80}")
    event: Event
    match kind, said:
        case "k", str():
            event = Key(said)
        case "k", _:
            raise FormatError(f"expected a key's name, found {said!r:.80}; a digit needs quotes: {{k: '1'}}")
        case "m", [str(what), int(row), int(column)]:
            event = Mouse(what, row, column)
        case "m", _:
            raise FormatError(f"expected {{m: [KIND, ROW, COLUMN]}}, found {said!r:.80}")
        case "w", [int(row), int(column), int(wheel)]:
            event = Mouse("wheel", row, column, wheel)
        case "w", _:
            raise FormatError(f"expected {{w: [ROW, COLUMN, NOTCHES]}}, found {said!r:.80}")
        case "s", [int(width), int(height)]:
            event = Resize(width, height)
        case "s", _:
            raise FormatError(f"expected {{s: [WIDTH, HEIGHT]}}, found {said!r:.80}")
        case _:
            raise FormatError(f"{kind!r:.80} is no kind of event; there are k (key), m (mouse), w (wheel) and s (size)")
    fault = _fault(event)
    if fault:
        raise FormatError(fault)
    return event


def _fault(event: Event) -> str | None:
    """What makes an event one that never was."""
    if isinstance(event, Key):
        good = 0 < len(event.name) <= NAME_LIMIT
        return None if good else f"expected a key's name of 1 to {NAME_LIMIT} characters, found {event.name!r:.80}"
    if isinstance(event, Resize):
        good = 0 < event.width <= FAR and 0 < event.height <= FAR
        return None if good else f"expected a size of 1 to {FAR} pixels, found {event.width}x{event.height}"
    if event.kind not in MOUSE_KINDS:
        return f"the mouse does not {event.kind!r:.80}; expected one of {', '.join(MOUSE_KINDS)}"
    if max(abs(event.row), abs(event.column)) > FAR:
        return f"expected a row and a column within {FAR} pixels, found {event.row}, {event.column}"
    if (event.wheel != 0) != (event.kind == "wheel") or abs(event.wheel) > MOST_NOTCHES:
        return f"expected 1 to {MOST_NOTCHES} notches of a wheel either way and none else, found {event.wheel}"
    return None


@lru_cache(maxsize=256)
def scalar(text: str) -> str:
    """A text as one line of YAML, that flow style can hold, and quoted only where it must be."""
    # other styles would fold a text at its line breaks
    style = None if text.isprintable() else '"'
    line = yaml.safe_dump([text], default_style=style, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return str(line).rstrip("\n")[1:-1]
