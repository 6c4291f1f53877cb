"""Picture files that are stepped through: paths, folders, patterns and lists of them."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from deepvis.errors import Error, FormatError
from deepvis.live.sources.frame import Frame
from deepvis.live.sources.lists import LIST_SUFFIX, Entry, ListFile
from deepvis.pictures import PICTURE_SUFFIXES, read_picture

PAIR = "\t"  # between the two paths in the place of a pair

Lister = Callable[[], Iterable[Entry]]


def read_entry(entry: Entry) -> Frame:
    """The frame of a file or of a pair of files. Raises FormatError and LimitError naming the file."""
    begun = time.perf_counter()
    path, second = entry
    image = read_picture(path)
    other = read_picture(second) if second else None
    took = (time.perf_counter() - begun) * 1000
    name = f"{path.name} + {second.name}" if second else path.name
    place = f"{path.absolute()}{PAIR}{second.absolute()}" if second else str(path.absolute())
    return Frame(image, name, second=other, place=place, capture_ms=took)


def entry_at(place: str) -> Entry:
    """The file or pair of files that a frame's `place` names."""
    first, tab, second = place.partition(PAIR)
    if not tab or Path(place).is_file():
        return Entry(Path(place))
    return Entry(Path(first), Path(second))


class PictureFiles:
    """Picture files one steps through; those that cannot be read are left out with a word in `skipped`.

    Folders, patterns and lists are read anew at every step, so that new files appear; a file that could not be read
    is tried again once it has changed.
    """

    def __init__(self, list_entries: Lister) -> None:
        self._list_entries = list_entries
        self._bad: dict[Entry, object] = {}
        self._at: Entry | None = None
        self._index = 0
        self.skipped: list[str] = []

    def paths(self) -> list[Path]:
        """The files there are now, without those found unreadable, in the order they were given; of pairs the
        first.
        """
        return [entry.path for entry in self._entries()]

    def step(self, steps: int) -> Frame | None:
        """The picture so many files on from the present one, wrapping round; None where none can be read."""
        # not without end: a file that is being written is another one at every look
        for _ in range(len(self._entries()) + 1):
            entries = self._entries()
            if not entries:
                return None
            if self._at in entries:
                self._index = entries.index(self._at) + steps
            elif self._at is None or steps < 0:
                self._index += steps
            else:  # it vanished or turned out unreadable: the next file has moved to its place
                self._index += steps - 1
            self._index %= len(entries)
            self._at = entries[self._index]
            try:
                return read_entry(self._at)
            except Error as error:
                self._bad[self._at] = _stamps(self._at)
                self.skipped.append(str(error))
                steps = -1 if steps < 0 else 1
        return None

    def _entries(self) -> list[Entry]:
        found = dict.fromkeys(self._list_entries())
        bad = {entry for entry, stamps in self._bad.items() if entry in found and _stamps(entry) == stamps}
        return [entry for entry in found if entry not in bad]


def _stamps(entry: Entry) -> object:
    """Something that changes when a file does."""
    stamps = []
    for path in entry:
        try:
            about = path.stat() if path else None
            stamps.append((about.st_mtime_ns, about.st_size) if about else None)
        except (OSError, ValueError):
            stamps.append(None)
    return tuple(stamps)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key under which img2 comes before img10."""
    return [(int(w), "") if w.isdecimal() else (-1, w) for w in re.split(r"(\d+)", str(path).lower()) if w]


def _inside(folder: Path) -> list[Entry]:
    found = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()]
    return [Entry(path) for path in sorted(found, key=_natural)]


def _matching(pattern: str) -> list[Entry]:
    found = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207 patterns may be absolute
    return [Entry(path) for path in sorted(found, key=_natural) if not path.is_dir()]


def _lister(spec: str) -> Lister:
    try:
        path = Path(spec).expanduser()
        if path.is_dir():
            return partial(_inside, path)
        if path.suffix.lower() == LIST_SUFFIX and path.is_file():
            return ListFile(path)
        if path.exists():
            return partial(list, [Entry(path)])
    except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, no such user's home
        raise FormatError(f"{spec}: not a path that can be looked at: {error}") from error
    if glob.has_magic(spec):
        return partial(_matching, str(path))
    raise FormatError(f"{spec}: no such file or directory")


def open_files(specs: list[str]) -> PictureFiles:
    """Picture files from paths, folders, patterns and list files (.txt), all together. Raises FormatError for what
    is not there or holds no pictures.
    """
    listers = {spec: _lister(spec) for spec in specs}
    for spec, lister in listers.items():
        try:
            lister()
        except OSError as error:
            raise FormatError(f"{spec}: cannot be listed: {error.strerror or error}") from error

    def entries() -> Iterable[Entry]:
        for lister in listers.values():
            try:
                yield from lister()
            except (OSError, Error):  # it was there at the start, and may come back
                continue

    files = PictureFiles(entries)
    if not files.paths():
        known = " ".join(PICTURE_SUFFIXES)
        raise FormatError(f"{', '.join(specs)}: no picture files there (looked for {known})")
    return files
