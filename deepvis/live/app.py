"""The viewer at work: keys in, orders to the feeder and the worker, pictures out. All in the main thread."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Protocol

import cv2

from deepvis.live.actions import press
from deepvis.live.compose import compose
from deepvis.live.engine import Engine, Wants
from deepvis.live.feeder import Feeder, Order
from deepvis.live.scene import Scene
from deepvis.live.sources import Frame
from deepvis.live.state import State
from deepvis.live.view import View
from deepvis.live.worker import Worker
from deepvis.render import Picture

PATIENCE = 0.08  # seconds a new layer may be waited for before its pane is drawn as stale
FPS_AGE = 2.0  # seconds after which the rate of passes says nothing any more


class Screen(Protocol):
    """A Window, or what stands in for it."""

    def show(self, picture: Picture) -> None: ...
    def key(self, wait_ms: int = 1) -> str | None: ...
    @property
    def closed(self) -> bool: ...


class App:
    """Runs until q, Ctrl-C, SIGTERM or the window's closing."""

    def __init__(self, engine: Engine, scene: Scene, feeder: Feeder, state: State) -> None:
        self.view = View(state, scene)
        self.drawn = 0
        self._engine = engine
        self._feeder = feeder
        self._worker = Worker(engine)
        self._ordered: Wants | None = None
        self._dirty_since: float | None = time.monotonic()
        self._skipped = 0

    def run(self, screen: Screen) -> None:
        """Show and obey until the end; afterwards no thread is left running."""
        self._feeder.order = self._feed_order()
        self._feeder.start()
        self._worker.start()
        try:
            with _one_thread_for_opencv(), _ending_on_signals() as ended:
                while not (self.view.state.quit or screen.closed or ended):
                    self.step(screen)
        finally:
            self._feeder.stop()
            self._worker.stop()

    def step(self, screen: Screen) -> None:
        """One turn of the loop."""
        key = screen.key(1 if self._dirty_since is not None else 8)
        if key is not None:
            self._change(state=press(self.view.state, key, self.view.scene))
            self._feeder.order = self._feed_order()
        self._collect()
        self._order()
        if self._dirty_since is not None and self._worth_drawing():
            self._dirty_since = None
            screen.show(compose(self.view))
            self.drawn += 1

    @property
    def settled(self) -> bool:
        """Whether everything that is known is on the screen."""
        return self._dirty_since is None

    def _feed_order(self) -> Order:
        state = self.view.state
        return Order(state.live, state.paused, state.file)

    def _change(self, **values: object) -> None:
        self.view = replace(self.view, **values)  # type: ignore[arg-type]
        if self._dirty_since is None:
            self._dirty_since = time.monotonic()

    def _shown(self, frame: Frame) -> Picture:
        return self._engine.seen_part(frame, self.view.state.stretch)

    def _collect(self) -> None:
        """What the threads brought since the last turn."""
        frame = self._feeder.frames.take()
        if frame is not None:
            self._change(frame=frame)
        result = self._worker.results.take()
        if result is not None:
            self._change(result=result)
        if self._feeder.skipped != self._skipped:
            self._skipped = self._feeder.skipped
            message = f"skipped {self._feeder.last_skipped}"
            self._change(state=replace(self.view.state, message=message))
        problems = tuple(p for p in (self._feeder.problem, self._worker.problem) if p)
        if problems != self.view.problems:
            self._change(problems=problems)
        latest = self.view.result
        fps = latest.fps if latest and time.monotonic() - latest.finished <= FPS_AGE else 0.0
        if fps != self.view.fps:
            self._change(fps=fps)

    def _order(self) -> None:
        view = self.view
        wants = view.wants
        if wants is not None and wants != self._ordered and view.frame is not None:
            self._worker.order(wants, view.frame)
            self._ordered = wants

    def _worth_drawing(self) -> bool:
        view = self.view
        if view.frame is not None:
            self.view = view = replace(view, shown=self._shown(view.frame))
        back_ready = not view.state.back_shown or view.back_current is not None
        classes_ready = not view.state.classes_shown or view.classes_current is not None
        ready = view.current is not None and back_ready and classes_ready
        return ready or time.monotonic() - (self._dirty_since or 0.0) > PATIENCE


@contextmanager
def _one_thread_for_opencv() -> Iterator[None]:
    """Keep OpenCV's work in the thread that calls it. Resizing a pane or a frame is over in a moment, but its pool has
    a thread a processor, which would take them from the net's own threads in the middle of a pass.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@contextmanager
def _ending_on_signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM instead of dying of them; nothing where handlers cannot be set."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        seen.append(number)

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    except ValueError:  # not the main thread
        pass
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
