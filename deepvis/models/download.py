"""Fetching a file: mirrors in order, cut downloads resumed, nothing placed that is not the file asked for.

A download grows in NAME.part beside its final place and is renamed only after its hash (or, where none is
known,
its length and first bytes) was checked. A .part left by a killed process is continued with an HTTP Range
request.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from deepvis.models.files import DownloadError, RemoteFile, check, mismatch, remember, trusted

_CHUNK = 1 << 18
_LIMIT_UNKNOWN = 4 * 2**30  # bytes taken from a server for a file whose size nobody told us
_HTML_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head", b"version https://git-lfs")


@dataclass(frozen=True)
class Patience:
    """How long to try: seconds a socket may be silent, and how often a mirror may fail without sending a
    byte more."""

    timeout: float = 30.0
    attempts: int = 4
    pause: float = 1.0


class _RefusedError(Exception):
    """This mirror will not do; the next one may."""


class _CutError(Exception):
    """The connection broke; the same mirror may continue it."""


def fetch(file: RemoteFile, folder: Path, *, progress: bool = True, patience: Patience | None = None) -> Path:
    """The file's path in `folder`, downloaded if it is not there yet. Raises DownloadError, naming all
    that was tried."""
    path = folder / file.name
    if trusted(path, file):
        return path
    state, problem = check(path, file)
    if state in ("good", "unpinned"):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{file.name}.part"
    with _locked(folder / f".{file.name}.lock"):
        if trusted(path, file):  # another process fetched it while this one waited
            return path
        tried = [f"  {path}: {problem}; fetching it again"] if problem else []
        for url in file.urls:
            try:
                _from_mirror(file, url, part, progress, patience or Patience())
                part.replace(path)
                remember(path, file)
                return path
            except _RefusedError as refusal:
                tried.append(f"  {url}: {refusal}")
            except OSError as error:
                raise DownloadError(f"{file.name}: cannot write {part}: {error}") from error
    if not file.urls:
        tried.append("  no address is known for it")
    raise DownloadError(_by_hand(file, path, tried))


def _by_hand(file: RemoteFile, path: Path, tried: list[str]) -> str:
    proof = f" (sha256 {file.sha256})" if file.sha256 else f" (sha1 {file.sha1})" if file.sha1 else ""
    return "\n".join(
        [
            f"{file.name} could not be downloaded:",
            *tried,
            f"Without a network, put the file{proof} at {path}",
        ]
    )


def _from_mirror(file: RemoteFile, url: str, part: Path, progress: bool, patience: Patience) -> None:
    """Fill `part` from one address until it is whole and checked."""
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise _RefusedError("not an http or https address")
    resumed = part.exists() and part.stat().st_size > 0
    failures = 0
    while True:
        before = _size(part)
        try:
            if not file.size or before != file.size:  # else a process died between the last byte and the rename
                _receive(file, url, part, progress, patience.timeout)
        except _CutError as cut:
            failures = 0 if _size(part) > before else failures + 1
            if failures >= patience.attempts:
                raise _RefusedError(f"{cut} ({failures} times without a byte more; {_size(part)} bytes kept)") from cut
            time.sleep(patience.pause * failures)
            resumed = True
            continue
        problem = _foreign(part) or mismatch(part, file)
        if not problem:
            return
        part.unlink(missing_ok=True)
        if not resumed:
            raise _RefusedError(problem)
        resumed = False  # the kept beginning may have been another file's: once more from the start


def _receive(file: RemoteFile, url: str, part: Path, progress: bool, timeout: float) -> None:
    """One request, appended to `part`. Returns when the server says that all was sent."""
    have = _size(part)
    headers = {"User-Agent": "deepvis", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as reply:
            total = _expected(reply, have)
            if have and reply.status != 206:
                have = 0  # a server without ranges sends everything again
            kind = reply.headers.get_content_type()
            if kind in ("text/html", "application/xhtml+xml"):
                raise _RefusedError(f"the server sent a web page ({kind}), not the file")
            limit = file.size or (total + have if total is not None else _LIMIT_UNKNOWN)
            with part.open("ab" if have else "wb") as out:
                got = _copy(reply, out, have, limit, total, file.name if progress else "")
            if total is not None and got < total:
                raise _CutError(f"connection cut after {have + got} of {have + total} bytes")
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after what is here: whole, or not this file; the hash decides
            if not (file.pinned or file.size):
                part.unlink(missing_ok=True)
                raise _CutError("the server has nothing after the part kept here; starting over") from error
            return
        if error.code in (408, 425, 429, 500, 502, 503, 504):
            raise _CutError(f"HTTP {error.code} {error.reason}") from error
        raise _RefusedError(f"HTTP {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError) and _offline(error.reason):
            raise _RefusedError(f"cannot reach the server: {error.reason}") from error
        raise _CutError(f"cannot reach the server: {error.reason}") from error
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _CutError(f"connection cut: {error or type(error).__name__}") from error


def _copy(reply: Any, out: IO[bytes], have: int, limit: int, total: int | None, label: str) -> int:
    """Bytes from the reply to the file, with a bar on a terminal; at most `limit` in all. Returns how
    many."""
    got = 0
    shown = label != "" and sys.stderr.isatty()
    bar_total = None if total is None else have + total
    with tqdm(total=bar_total, initial=have, unit="B", unit_scale=True, desc=label, disable=not shown) as bar:
        while True:
            piece = reply.read1(_CHUNK)  # what is there; with the flush, a killed process loses nothing that came
            if not piece:
                return got
            got += len(piece)
            if have + got > limit:
                out.truncate(0)
                raise _RefusedError(f"the server sends more than the expected {limit} bytes")
            out.write(piece)
            out.flush()
            bar.update(len(piece))


def _expected(reply: Any, have: int) -> int | None:
    """Bytes which this reply should bring; checks that a partial reply starts where the kept part ends."""
    if reply.status == 206:
        content_range = reply.headers.get("Content-Range", "")
        start = content_range.removeprefix("bytes").strip().partition("-")[0]
        if start != str(have):
            raise _RefusedError(f"asked for the bytes from {have} on, the server answered '{content_range}'")
    length = reply.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _foreign(part: Path) -> str:
    """Says so where the bytes are a web page or a Git LFS pointer: both are served as 200 OK by friendly
    servers."""
    with part.open("rb") as stream:
        head = stream.read(256).lstrip().lower()
    if head.startswith(_HTML_STARTS):
        return f"the server sent a page or pointer, not the file; it begins {head[:40].decode('latin-1')!r}"
    return "" if head else "the server sent nothing"


def _offline(reason: OSError) -> bool:
    """Name resolution and refused connections do not get better within seconds; a time-out may."""
    return not isinstance(reason, TimeoutError)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process fetches a file, others wait for it. The lock goes with the process, even one killed."""
    try:
        import fcntl
    except ImportError:  # no such locks on Windows: two processes there may fetch twice, the rename stays atomic
        yield
        return
    with path.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield  # the lock file stays: removing it would let a third process lock another file of that name
