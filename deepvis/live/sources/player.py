"""A live source in a thread of its own, so that a read that never returns holds up nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deepvis.live.sources.frame import Frame, LiveSource, Order
from deepvis.live.sources.video import Video

STALLED = 2.0  # seconds without a picture after which one says so
_PATIENCE = (0.5, 2.0)  # seconds between attempts at opening a source: at first, and at most
_GROWTH = 1.4


class Player:
    """Reads a source as it is ordered to and hands every frame to `give`, from its thread. A source that fails is
    closed and opened again until it works; `problem` says what is the matter meanwhile.
    """

    def __init__(self, open_source: Callable[[], LiveSource], give: Callable[[Frame], None], name: str) -> None:
        self._open_source, self._give, self._name = open_source, give, name
        self._changed = threading.Condition()
        self._order = Order()
        self._stopped = False
        self._source: LiveSource | None = None
        self._last: Frame | None = None
        self._patience = _PATIENCE[0]
        self._problem: str | None = None
        self._busy: tuple[float, str] | None = None  # since when, and at what, where it may take for ever
        self._speed: float | None = None  # as ordered, once it has been; before that the source's own holds
        self._loop: bool | None = None
        self._thread = threading.Thread(target=self._run, name="deepvis-live-source", daemon=True)

    @property
    def problem(self) -> str | None:
        """What is wrong with the source, or that it has come to its end."""
        busy = self._busy
        if busy is not None and (seconds := time.monotonic() - busy[0]) >= STALLED:
            return f"{self._name} {busy[1]} for {int(seconds)} s"
        return self._problem

    def start(self) -> None:
        """Begin; nothing is opened before an order asks for live pictures."""
        self._thread.start()

    def obey(self, order: Order) -> None:
        """Take an order; never waits for the source."""
        with self._changed:
            if order.speed != self._order.speed:
                self._speed = order.speed
            if order.loop != self._order.loop:
                self._loop = order.loop
            self._order = order
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask the thread to end. One that hangs in a driver lets go of the source when it returns."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            if isinstance(self._source, Video):
                self._source.interrupt()

    def join(self, timeout: float) -> bool:
        """Wait for the end of the thread; False if that takes longer than `timeout` seconds."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        done = self._order  # the order obeyed last
        try:
            while not self._stopped:
                order = self._order
                try:
                    self._turn(order, done)
                except Exception as error:  # shown in the window; whatever it was, the viewer goes on
                    self._fail(error)
                done = order
        finally:
            self._close()

    def _turn(self, order: Order, done: Order) -> None:
        """One frame, or one wait for something to do."""
        if not order.live:
            self._problem, self._patience = None, _PATIENCE[0]
            self._wait(lambda: self._order != order)
            return
        source = self._source or self._open()
        if isinstance(source, Video):
            source.speed = source.speed if self._speed is None else self._speed
            source.loop = source.loop if self._loop is None else self._loop
        frames, seconds = order.step - done.step, order.seek - done.seek
        if frames or seconds:
            self._show(self._moved(source, frames, seconds))
        elif order.paused and self._last is not None:
            self._problem = None
            if not done.live:  # what was frozen is still so after a look at the files
                self._give(self._last)
            self._wait(lambda: self._order != order)
        else:
            self._play(source, order)

    def _open(self) -> LiveSource:
        with self._busy_at("has given no picture"):
            self._source = self._open_source()
        self._name = self._source.name
        return self._source

    def _moved(self, source: LiveSource, frames: int, seconds: float) -> Frame | None:
        if isinstance(source, Video):
            with self._busy_at("has been looking for that frame"):
                frame = source.seek(seconds) if seconds else None
                return source.step(frames) if frames else frame
        if self._last is not None and (frames < 0 or seconds < 0):
            return self._last  # a camera has no past
        with self._busy_at("has given no picture"):
            return source.read()

    def _play(self, source: LiveSource, order: Order) -> None:
        if isinstance(source, Video) and self._wait(lambda: self._order != order, source.due - time.monotonic()):
            return
        with self._busy_at("has given no picture"):
            frame = source.read()
        if frame is None:
            self._problem = f"{source.name} has come to its end"
            self._wait(lambda: self._order != order)
        elif isinstance(source, Video) or self._last is None or not self._order.paused:
            self._show(frame)
        # else it came after the key that froze the picture; a video's must be shown, as its place has moved on

    def _show(self, frame: Frame | None) -> None:
        if frame is not None:
            self._last, self._problem, self._patience = frame, None, _PATIENCE[0]
            self._give(frame)

    def _fail(self, error: Exception) -> None:
        self._problem = f"{error}" or type(error).__name__
        self._close()
        self._wait(lambda: not self._order.live, self._patience)
        self._patience = min(self._patience * _GROWTH, _PATIENCE[1])

    def _close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _wait(self, ready: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until something is ready or all is to end, and say whether that came before the time was over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped or ready(), timeout)

    @contextmanager
    def _busy_at(self, what: str) -> Iterator[None]:
        self._busy = (time.monotonic(), what)
        try:
            yield
        finally:
            self._busy = None
