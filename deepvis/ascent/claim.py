"""A folder belongs to one command: the same goes on in it, another is refused, and no two work in it at once."""

from __future__ import annotations

import contextlib
import fcntl
import reprlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from deepvis.ascent.job import FOLDER
from deepvis.atomic import write_atomically
from deepvis.errors import Error, FormatError

Facts = Mapping[str, Any]
_HEAD = "# What was asked for in this folder. The same command goes on where it was.\n"

_SHOWN = 3  # differences that are told
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60


@contextlib.contextmanager
def claim(root: Path, facts: Facts, *, overwrite: bool, free: Collection[str] = ()) -> Iterator[bool]:
    """Hold a folder for one command, which ``facts``, plain data, tell from others; whether another's was taken over.

    What is in ``free`` may change from one time to the next. Raises Error where the folder belongs to another command
    and not ``overwrite``, or where one is at work in it, FormatError, OSError.
    """
    path = root / FOLDER / "job.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Error(f"{root}: another deepvis is at work in this folder; wait for it, or choose another") from None
        before = _read(path, overwrite)
        differences = [] if before is None else _differences(before, facts, free)
        if differences and not overwrite:
            raise Error(
                f"{root}: this folder belongs to another command ({'; '.join(differences)}); choose another with "
                f"--out, or give --overwrite to replace its files where the names are the same"
            )
        for left in path.parent.glob(".*.part"):  # by one that was killed while it wrote
            left.unlink(missing_ok=True)
        if before != facts:
            text = yaml.safe_dump(dict(facts), sort_keys=False, allow_unicode=True, width=120)
            write_atomically(path, (_HEAD + text).encode())
        yield bool(differences)


def _read(path: Path, overwrite: bool) -> Facts | None:
    if not path.exists():
        return None
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        found = error
    if isinstance(found, dict):
        return found
    if overwrite:
        return {}
    raise FormatError(f"{path}: expected what was asked for in this folder, found {reprlib.repr(found)}; --overwrite")


def _differences(before: Facts, now: Facts, free: Collection[str]) -> list[str]:
    """What differs, each in a few words: the innermost keys that do."""
    was, is_now = ({key: value for key, value in facts.items() if key not in free} for facts in (before, now))
    leaves = list(_leaves("", was, is_now))
    rest = len(leaves) - _SHOWN
    return leaves[:_SHOWN] + ([f"and {rest} more"] if rest > 0 else [])


def _leaves(place: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in {**now, **before}:
            yield from _leaves(f"{place}: {key}" if place else str(key), before.get(key), now.get(key))
    elif before != now:
        was, is_now = ("nothing" if each is None else _REPR.repr(each) for each in (before, now))
        yield f"{place} is {was} there, {is_now} here"
