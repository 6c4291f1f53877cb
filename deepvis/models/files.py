"""Files that a model needs from elsewhere: where they are kept, and whether they are the right ones."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from deepvis.atomic import write_atomically
from deepvis.errors import Error

_CHUNK = 1 << 20


class DownloadError(Error):
    """A file could not be fetched, or what came is not that file; says which, from where, and how to place
    it."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of known content: its name in the cache, where it may come from (first is tried first), its
    hashes."""

    name: str
    urls: tuple[str, ...]
    sha256: str = ""
    sha1: str = ""
    size: int = 0

    @property
    def pinned(self) -> bool:
        """Whether the content is known by a hash."""
        return bool(self.sha256 or self.sha1)


State = Literal["missing", "good", "unpinned", "wrong"]


def home() -> Path:
    """Where deepvis keeps models and caches: $DEEPVIS_HOME, else the platform's cache folder."""
    chosen = os.environ.get("DEEPVIS_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_path("deepvis"))


def model_dir(name: str) -> Path:
    """The folder of one model's downloaded files."""
    return home() / "models" / name


def mismatch(path: Path, file: RemoteFile) -> str:
    """Reads the whole file; says how it differs from what is pinned, or "" where it does not."""
    size = path.stat().st_size
    if file.size and size != file.size:
        return f"size: expected {file.size} bytes, found {size}"
    for kind, expected in (("sha256", file.sha256), ("sha1", file.sha1)):
        if expected:
            found = digest(path, kind)
            if found != expected.lower():
                return f"{kind}: expected {expected}, found {found} ({size} bytes)"
    return ""


def digest(path: Path, kind: str) -> str:
    """Hexadecimal hash of a file, read in pieces."""
    hasher = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            hasher.update(piece)
    return hasher.hexdigest()


def check(path: Path, file: RemoteFile) -> tuple[State, str]:
    """Re-reads a cached file: its state and, where it is wrong, how. Remembers a good one (see `trusted`)."""
    if not path.is_file():
        return "missing", ""
    problem = mismatch(path, file)
    if problem:
        _stamp_path(path).unlink(missing_ok=True)
        return "wrong", problem
    remember(path, file)
    return ("good", "") if file.pinned else ("unpinned", "")


def trusted(path: Path, file: RemoteFile) -> bool:
    """Whether this file was found good before and has not been touched since (size and time of change)."""
    try:
        stat = path.stat()
        stamp = json.loads(_stamp_path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _stamp(stat, file))


def remember(path: Path, file: RemoteFile) -> None:
    """Note beside a file that it was found good, so that the next start need not read 200 MB again."""
    try:
        write_atomically(_stamp_path(path), json.dumps(_stamp(path.stat(), file)).encode())
    except OSError:
        return  # a read-only cache is checked on every start: slower, not wrong


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.checked")


def _stamp(stat: os.stat_result, file: RemoteFile) -> dict[str, str | int]:
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": file.sha256, "sha1": file.sha1}
