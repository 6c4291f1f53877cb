"""List files: a text file that names pictures, one a line, or pairs of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deepvis.errors import FormatError, LimitError
from deepvis.pictures import PICTURE_SUFFIXES

LIST_SUFFIX = ".txt"
_BYTES_LIMIT = 256 * 2**20
_SEPARATORS = re.compile(r"[ ,\t]+")
_NUMBER = re.compile(r"[+-]?\d+")
_LABEL = re.compile(r"[ ,\t]+[+-]?\d+$")
_COMMENT = re.compile(r"(^|\s)#.*")


class Entry(NamedTuple):
    """A picture file to look at, and the other one of its pair where there is one."""

    path: Path
    second: Path | None = None


def is_file(path: Path) -> bool:
    """Whether there is such a file; False for what can be no path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or a zero byte in it
        return False


def read_list(path: Path, folder: Path | None = None) -> list[Entry]:
    """The entries of a list file, in order. Raises FormatError and LimitError naming the file.

    A line is a path, or tokens separated by spaces, commas or tabs, of which the first is a path. A path that
    contains spaces is taken whole where such a file exists. The list is one of pairs if every line is two paths;
    whatever else follows the first path, such as an integer label, is left aside. Relative paths start from
    `folder`, or else the list's own. What follows a # is a comment.
    """
    try:
        if path.stat().st_size > _BYTES_LIMIT:
            raise LimitError(f"{path}: over {_BYTES_LIMIT // 2**20} MiB, too large for a list of pictures")
        # file names are bytes, and those that are no UTF-8 come through unharmed
        text = path.read_text("utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise FormatError(f"{path}: cannot read the list: {error.strerror or error}") from error
    folder = path.parent if folder is None else folder
    lines = list(_lines(text, folder))
    if lines and all(isinstance(line, list) and _is_pair(line, folder) for line in lines):
        return [Entry(folder / line[0], folder / line[1]) for line in lines if isinstance(line, list)]
    return [Entry(folder / line[0]) if isinstance(line, list) else Entry(line) for line in lines]


def _lines(text: str, folder: Path) -> Iterator[Path | list[str]]:
    """Of every line that says something the path that it is as a whole, or else its tokens."""
    for line in text.split("\n"):
        line = line.strip()
        tokens = _tokens(line)
        if len(tokens) > 1:
            whole = next((p for p in _wholes(line, folder) if is_file(p)), None)
            if whole is not None:
                yield whole
                continue
            tokens = _tokens(_COMMENT.sub("", line))
        elif line.startswith("#"):
            continue
        if tokens:
            yield tokens


def _wholes(line: str, folder: Path) -> Iterator[Path]:
    yield folder / line
    for pattern in (_COMMENT, _LABEL):
        shorter = pattern.sub("", line).strip()
        if shorter != line and len(_tokens(shorter)) > 1:
            line = shorter
            yield folder / line


def _tokens(line: str) -> list[str]:
    return [token for token in _SEPARATORS.split(line) if token]


def _is_pair(tokens: list[str], folder: Path) -> bool:
    return len(tokens) == 2 and all(_like_path(token, folder) for token in tokens)


def _like_path(token: str, folder: Path) -> bool:
    if _NUMBER.fullmatch(token):
        return False
    return token.lower().endswith(PICTURE_SUFFIXES) or is_file(folder / token)


class ListFile:
    """A list file that is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._entries: list[Entry] = []

    def __call__(self) -> list[Entry]:
        """The entries it has now. Raises FormatError where it cannot be read."""
        try:
            about = self._path.stat()
        except OSError as error:
            raise FormatError(f"{self._path}: cannot read the list: {error.strerror or error}") from error
        stamp = (about.st_mtime_ns, about.st_size)
        if stamp != self._stamp:
            self._entries, self._stamp = read_list(self._path), stamp
        return self._entries
