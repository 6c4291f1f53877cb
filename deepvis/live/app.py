"""The viewer at work: events in, orders to the feeder, the worker and the ascender, pictures out. All in the main
thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from deepvis.live.ascending import Ascender, AscentOrder
from deepvis.live.ascent_order import ascent_order
from deepvis.live.build import Stage
from deepvis.live.compose import compose
from deepvis.live.controls.events import Event
from deepvis.live.controls.obeying import obeyed
from deepvis.live.ending import ending_on_signals, one_thread_for_opencv, stop_all
from deepvis.live.seeing.wants import Wants
from deepvis.live.seeing.worker import Worker
from deepvis.live.sources import Frame
from deepvis.live.sources.feeder import Feeder, Order
from deepvis.live.state import SPEEDS, State
from deepvis.live.view import Pace, View
from deepvis.render import Picture

PATIENCE = 0.08  # seconds a new layer may be waited for before its pane is drawn as stale
FRAME_PATIENCE = 0.03  # seconds that frame and net's answer, which come on the screen together, may be waited for
LOOK_AGAIN = 1.0  # seconds after which ready-made pictures are asked for again though nothing else changed
FPS_AGE = 2.0  # seconds after which the rate of passes says nothing any more


class Screen(Protocol):
    """A Window, or what stands in for it."""

    def show(self, picture: Picture) -> None: ...
    def events(self, wait_ms: int = 1) -> Sequence[Event]: ...
    @property
    def closed(self) -> bool: ...


class Records(Protocol):
    """A Recorder, or what stands in for it."""

    problem: str | None

    def shown(self, frame: Frame, events: Sequence[Event]) -> None: ...
    def close(self) -> None: ...


class App:
    """Runs until q, Ctrl-C, SIGTERM or the window's closing. load: makes the stage anew for the key that reloads;
    save: writes what is shown and gives words for the status line; recorder: notes every frame and what was done.
    """

    def __init__(
        self,
        stage: Stage,
        feeder: Feeder,
        state: State,
        *,
        load: Callable[[], Stage] | None = None,
        save: Callable[[View, Picture], str] | None = None,
        recorder: Records | None = None,
    ) -> None:
        self.view = View(state, stage.scene, shelf=stage.shelf)
        self.drawn = 0
        self._stage = stage
        self._feeder = feeder
        self._load, self._save, self._recorder = load, save, recorder
        self._worker, self._ascender = Worker(stage.engine), Ascender(stage.begin_ascent)
        self._ordered: Wants | None = None
        self._newest: Frame | None = None
        self._newer_since = 0.0
        self._dirty_since: float | None = time.monotonic()
        self._skipped = self._loaded_pictures = 0
        self._saved = state.saves
        self._events: list[Event] = []
        self._begun_from: tuple[object, ...] | None = None
        self._ascent_start: Picture | None = None
        self._trouble: str | None = None
        self._draws: list[float] = []

    def run(self, screen: Screen) -> None:
        """Show and obey until the end; afterwards no thread is left running."""
        self._feeder.order = self._feed_order()
        self._feeder.start()
        self._worker.start()
        try:
            with one_thread_for_opencv(), ending_on_signals() as ended:
                while not (self.view.state.quit or screen.closed or ended):
                    self.step(screen)
        finally:
            self._end(self._stage, self._worker, self._ascender, self._feeder.stop)
            if self._recorder is not None:
                self._recorder.close()

    def step(self, screen: Screen) -> None:
        """One turn of the loop."""
        for event in screen.events(1 if self._dirty_since is not None else 8):
            self._obey(event)
        self._collect()
        self._order()
        if self._dirty_since is not None and self._worth_drawing():
            self._draw(screen)

    @property
    def settled(self) -> bool:
        """Whether everything that is known is on the screen."""
        return self._dirty_since is None

    def _obey(self, event: Event) -> None:
        before = self.view
        after, event = obeyed(before, event)
        self._events.append(event)
        if after is before:
            return
        self._change(state=after.state, scene=after.scene)
        self._feeder.order = self._feed_order()
        if after.state.reloads != before.state.reloads:
            self._reload()

    def _feed_order(self) -> Order:
        state, play = self.view.state, self.view.state.playback
        return Order(state.live, state.paused, state.file, play.step, play.seek, SPEEDS[play.speed], play.loop)

    def _change(self, **values: object) -> None:
        self.view = replace(self.view, **values)  # type: ignore[arg-type]
        if self._dirty_since is None:
            self._dirty_since = time.monotonic()

    def _since_drawn(self) -> float:
        return time.perf_counter() - self._draws[-1] if self._draws else 0.0

    def _say(self, message: str) -> None:
        self._change(state=replace(self.view.state, message=message))

    def _collect(self) -> None:
        """What the threads brought since the last turn."""
        now = time.monotonic()
        frame = self._feeder.frames.take()
        if frame is not None:
            if self._newest is self.view.frame:
                self._newer_since = now
            self._newest = frame
        result = self._worker.results.take()
        if result is not None:
            self._change(result=result)
            if self.view.frame is None or result.frame.serial > self.view.frame.serial:
                self._change(frame=result.frame)
                self._newer_since = now
        if self._newest is not self.view.frame and (
            self.view.frame is None or now - self._newer_since > FRAME_PATIENCE
        ):
            self._change(frame=self._newest)
        ascended = self._ascender.results.take()
        if ascended is not None and self._begun_from is not None:
            self._change(ascended=ascended)
        shelf = self._stage.shelf
        if shelf is not None and (shelf.changed != self._loaded_pictures or self._since_drawn() > LOOK_AGAIN):
            self._loaded_pictures = shelf.changed
            self._change(shelf=shelf)  # asking again is also how files that were written since are noticed
        if self._feeder.skipped != self._skipped:
            self._skipped = self._feeder.skipped
            self._say(f"skipped {self._feeder.last_skipped}")
        recording = self._recorder.problem if self._recorder is not None else None
        troubles = (self._stage.problem, self._trouble, recording, self._feeder.problem, self._worker.problem)
        problems = tuple(p for p in (*troubles, shelf.problem if shelf else None) if p)
        if problems != self.view.problems:
            self._change(problems=problems)
        latest = self.view.result
        fps = latest.fps if latest and time.monotonic() - latest.finished <= FPS_AGE else 0.0
        if fps != self.view.pace.fps:
            self._change(pace=replace(self.view.pace, fps=fps))

    def _order(self) -> None:
        frame = self._newest
        if frame is not None:
            wants = Wants.of(self.view.state, self.view.scene, frame)
            if wants != self._ordered:
                self._worker.order(wants, frame)
                self._ordered = wants
        self._ascender.order(self._ascent_order())

    def _ascent_order(self) -> AscentOrder | None:
        order, self._begun_from, self._ascent_start = ascent_order(self.view, self._begun_from, self._ascent_start)
        if order is None and self.view.ascended is not None:
            self._change(ascended=None)
        return order

    def _worth_drawing(self) -> bool:
        view = self.view
        back_ready = not view.state.back_shown or view.back_current is not None
        classes_ready = not view.state.classes_shown or view.classes_current is not None
        ready = view.current is not None and back_ready and classes_ready
        return ready or time.monotonic() - (self._dirty_since or 0.0) > PATIENCE

    def _draw(self, screen: Screen) -> None:
        self._dirty_since = None
        begun = time.perf_counter()
        try:
            picture = self._picture()
            screen.show(picture)
        except Exception as error:
            self._trouble = f"cannot draw this: {type(error).__name__}: {error}"
            return
        view = self.view
        now = time.perf_counter()
        self.drawn += 1
        self._draws = [at for at in self._draws if now - at < 1.0] + [now]
        pace = Pace(view.pace.fps, float(len(self._draws)), (now - begun) * 1e3, self._worker.skipped)
        self.view = replace(view, pace=pace)
        if self._recorder is not None and view.frame is not None:
            self._recorder.shown(view.frame, self._events)
        self._events = []
        if view.state.saves != self._saved and self._save is not None:
            self._saved = view.state.saves
            try:
                self._say(self._save(view, picture))
            except Exception as error:  # a full disk must not end the viewer
                self._say(f"not saved: {error}")

    def _picture(self) -> Picture:
        """The window's picture; without the panes that cannot be drawn, which must not end the viewer."""
        view = self.view
        try:
            shown = self._stage.engine.seen_parts(view.frame, view.state.stretch) if view.frame else ()
            self.view = view = replace(view, shown=shown)
            picture = compose(view)
            self._trouble = None
        except Exception as error:
            self._trouble = f"cannot draw this: {type(error).__name__}: {error}"
            picture = compose(view, sparing=True)
        return picture

    def _reload(self) -> None:
        """The model anew; where that fails the present one stays, with a word."""
        if self._load is None:
            self._say("this model cannot be loaded anew")
            return
        try:
            stage = self._load()
        except Exception as error:  # a card or a net that is being edited
            self._trouble = f"{error}"
            self._say("not loaded")
            return
        old = self._stage, self._worker, self._ascender
        self._stage, self._worker, self._ascender = stage, Worker(stage.engine), Ascender(stage.begin_ascent)
        self._end(*old)
        self._worker.start()
        self._ordered = self._begun_from = self._trouble = None
        scene = replace(stage.scene, size=self.view.scene.size)
        state = self.view.state
        layer = scene.find(self.view.layer.blob)
        unit = min(state.unit, scene.layers[layer or 0].units - 1)
        state = replace(state, layer=layer or 0, unit=unit, origin=None, point=None, message=f"loaded {scene.title}")
        self._change(scene=scene, state=state, result=None, ascended=None, shelf=stage.shelf)

    @staticmethod
    def _end(stage: Stage, worker: Worker, ascender: Ascender, *others: Callable[[float], object]) -> None:
        ascender.order(None)
        shelves = () if stage.shelf is None else (stage.shelf.stop,)
        stop_all(worker.stop, ascender.stop, *shelves, *others)
