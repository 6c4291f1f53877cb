"""YAML from outside, read with its line numbers: plain data only, and no more of it than a file for people holds.

Whatever is wrong is a FormatError that names file and line. Anchors are read as far as they repeat little.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from deepvis.errors import FormatError

MOST_BYTES = 1_000_000
MOST_VALUES = 100_000  # with everything that anchors repeat counted as often as it is repeated


class WrongValueError(Exception):
    """A value of the wrong kind: what was expected, and what was found where that is only a part of the value. The
    caller knows file, line and key.
    """

    def __init__(self, expected: str, *found: Any) -> None:
        super().__init__(expected)
        self._found = found

    def said_of(self, value: Any) -> str:
        """What was expected and what was found, in one phrase."""
        return f"{self}, found {shown(self._found[0] if self._found else value)}"


def read(path: Path, what: str, name: str = "") -> yaml.Node | None:
    """The tree of a file, or None if there is nothing in it. Errors say `what` kind of file it is, and call it
    `name` instead of its path if there is one.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise FormatError(f"{name}: over {MOST_BYTES // 1_000_000} MB, too large for a {what}")
        text = data.decode("utf-8")
    except OSError as error:
        raise FormatError(f"{name}: cannot read the {what}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        why = f"byte 0x{data[error.start]:02x} is not UTF-8; save the {what} as UTF-8"
        raise FormatError(f"{name}:{line}: cannot read the {what}: {why}") from error
    return compose(text, name)


def compose(text: str, source: str) -> yaml.Node | None:
    """The tree of a text, or None if there is nothing in it; `source` is its name in errors."""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _count(node, source, {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        why = " ".join(part for part in (error.context, error.problem) if part)
        raise FormatError(f"{source}{line}: not valid YAML: {why}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FormatError(f"{source}: not valid YAML: {' '.join(str(error).split())}") from error
    return node


def _count(node: yaml.Node, source: str, sizes: dict[int, int | None]) -> int:
    """How many values a node stands for. Raises FormatError for too many, for a node within itself, and for a key that
    a mapping has twice.
    """
    known = sizes.get(id(node), 0)
    if known:
        return known
    line = node.start_mark.line + 1
    if known is None:
        raise FormatError(f"{source}:{line}: an anchor may not stand within itself")
    sizes[id(node)] = None
    inside = node.value if isinstance(node, yaml.SequenceNode) else []
    if isinstance(node, yaml.MappingNode):
        _refuse_repeated(node, source)
        inside = [each for pair in node.value for each in pair]
    size = 1 + sum(_count(each, source, sizes) for each in inside)
    if size > MOST_VALUES:
        raise FormatError(f"{source}:{line}: this stands for over {MOST_VALUES} values; use fewer anchors")
    sizes[id(node)] = size
    return size


def _refuse_repeated(node: yaml.MappingNode, source: str) -> None:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            line = key.start_mark.line + 1
            if key.value in lines:
                raise FormatError(f"{source}:{line}: '{key.value}' was already given in line {lines[key.value]}")
            lines[key.value] = line


def mapping(node: yaml.Node, source: str) -> dict[str, tuple[int, yaml.Node]]:
    """(line, node) by key."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise FormatError(f"{source}:{line}: expected 'key: value' lines")
    found: dict[str, tuple[int, yaml.Node]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FormatError(f"{source}:{line}: a key must be a word")
        found[key.value] = (line, value)
    return found


def fields(node: yaml.Node, source: str) -> dict[str, tuple[int, Any]]:
    """(line, value) by key."""
    found = {}
    for key, (line, each) in mapping(node, source).items():
        try:
            found[key] = (line, value(each))
        except WrongValueError as wrong:
            raise FormatError(f"{source}:{line}: {key}: {wrong}") from None
    return found


def value(node: yaml.Node) -> Any:
    """The plain value of a node. Raises WrongValueError for tags that make other objects."""
    try:
        return yaml.SafeLoader("").construct_object(node, deep=True)
    except yaml.MarkedYAMLError as error:
        raise WrongValueError(f"not a plain value: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise WrongValueError(f"not a plain value: {error}") from error


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known key that was most likely meant, if any is like it."""
    close = difflib.get_close_matches(key, list(known), 1, 0.5)
    return close[0] if close else None


def shown(found: Any) -> str:
    """A bounded repr: by its anchors, a few lines of YAML can stand for a value of any size."""
    shortener = reprlib.Repr()
    shortener.maxlevel, shortener.maxstring = 2, 60
    return shortener.repr(found)
