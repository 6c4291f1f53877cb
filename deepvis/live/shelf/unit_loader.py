"""Keeps ready-made pictures of units, and loads what panes ask for in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from deepvis.errors import LimitError
from deepvis.live.shelf.unit_files import Stamp, UnitFiles
from deepvis.live.shelf.unit_pictures import NOTHING, Made, Maker, Nothing, Request, bookkeeping, words
from deepvis.render import Picture

WAITING = 4  # requests that wait for the thread; older ones are dropped, and asked for again if still wanted
SLICE = 0.25  # seconds after which tiles read from many files are shown as far as they are there


@dataclass
class _Entry:
    made: Made
    stamps: Mapping[Path, Stamp]
    checked: float

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        value = self.made.value
        return (0 if value is NOTHING else value.nbytes) + bookkeeping(len(self.stamps))


class PictureLoader:
    """Loads what panes ask for, in a thread of its own that begins with the first request.

    `changed` grows whenever get() has something new to give. At most `limit_bytes` of pictures are kept, those last
    asked for. An answer still asked for after `recheck_seconds` is held against the files again, in the thread.
    """

    def __init__(self, files: UnitFiles, limit_bytes: int = 2000 * 1024**2, *, recheck_seconds: float = 3.0) -> None:
        self.files = files
        self.changed = 0
        self._limit, self._recheck = limit_bytes, recheck_seconds
        self._maker = Maker(files, limit_bytes)
        self._making = threading.Lock()  # the maker serves one at a time
        self._lock = threading.Condition()  # guards what follows; taken after the other
        self._entries: OrderedDict[Request, _Entry] = OrderedDict()  # those last asked for at the end
        self._bytes = 0  # of the entries
        self._waiting: list[Request] = []  # the newest last
        self._busy: Request | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def problem(self) -> str | None:
        """What was wrong with the files of one of the last three pictures asked for."""
        with self._lock:
            last = islice(reversed(self._entries.values()), 3)
            return next((entry.made.problem for entry in last if entry.made.problem), None)

    @property
    def kept_bytes(self) -> int:
        """Memory that is held between requests."""
        with self._lock:
            return self._bytes + self._maker.kept_bytes

    def get(self, request: Request) -> Picture | Nothing | None:
        """The picture, read-only; NOTHING where there is none; None while it is being loaded. Never waits.

        Tiles read from many files come by and by: the picture has those that are there.
        """
        with self._lock:
            entry = self._entries.get(request)
            if entry is None or not entry.made.complete or time.monotonic() - entry.checked >= self._recheck:
                self._ask(request)
            if entry is None:
                return None
            self._entries.move_to_end(request)
            return entry.made.value

    def load(self, request: Request) -> Picture | Nothing:
        """The same, complete and as the files are now; reads them here if need be."""
        return self._serve(request, lambda: False)

    def stop(self, timeout: float = 1.0) -> bool:
        """Ask the thread to end after the file it is at; False if that takes over `timeout` seconds."""
        with self._lock:
            self._stopped = True
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _ask(self, request: Request) -> None:
        if self._stopped or request == self._busy:
            return
        if request in self._waiting:
            self._waiting.remove(request)
        self._waiting = [*self._waiting, request][-WAITING:]
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="deepvis-unit-pictures", daemon=True)
            self._thread.start()
        self._lock.notify_all()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._busy = None
                self._lock.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                request = self._busy = self._waiting.pop()
            self._serve(request, partial(self._is_over, time.monotonic() + SLICE))

    def _is_over(self, end: float) -> bool:
        return self._stopped or time.monotonic() > end

    def _serve(self, request: Request, pause: Callable[[], bool]) -> Picture | Nothing:
        with self._making:
            with self._lock:
                old = self._entries.get(request)
            entry = self._make(request, old, pause)
            with self._lock:
                self._keep(request, entry)
            return entry.made.value

    def _make(self, request: Request, old: _Entry | None, pause: Callable[[], bool]) -> _Entry:
        stamps: Mapping[Path, Stamp] = {}
        try:
            stamps = self._maker.stamps(request)
            if old and old.stamps == stamps and old.made.complete and not old.made.problem:
                return _Entry(old.made, stamps, time.monotonic())
            made = self._maker.make(request, stamps, pause)
            entry = _Entry(made, stamps, time.monotonic())
            if entry.nbytes > self._limit:
                raise LimitError(f"{request} takes {entry.nbytes} bytes, over the limit of {self._limit}")
        except Exception as error:  # any failure is shown in the window instead of ending the thread
            return _Entry(Made(NOTHING, words(error)), stamps, time.monotonic())
        if made.value is not NOTHING:
            made.value.flags.writeable = False  # panes share it
        return entry

    def _keep(self, request: Request, entry: _Entry) -> None:
        old = self._entries.pop(request, None)
        self._bytes -= old.nbytes if old else 0
        self.changed += old is None or not old.made.same(entry.made)
        self._entries[request] = entry
        self._bytes += entry.nbytes
        if self._maker.kept_bytes > min(self._limit // 4, self._limit - entry.nbytes):
            self._maker.forget(but=None if entry.made.complete else request)
        while len(self._entries) > 1 and self._bytes + self._maker.kept_bytes > self._limit:
            self._bytes -= self._entries.popitem(last=False)[1].nbytes
