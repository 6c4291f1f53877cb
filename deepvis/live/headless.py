"""The viewer's picture without a window, computed frame by frame in the calling thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from deepvis.live.ascending import Ascended, Growth
from deepvis.live.ascent_order import ascent_order
from deepvis.live.build import Stage
from deepvis.live.compose import compose
from deepvis.live.controls.events import Event
from deepvis.live.controls.obeying import obeyed
from deepvis.live.scene import Scene
from deepvis.live.seeing.engine import Engine
from deepvis.live.seeing.wants import Wants
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.live.shelf.unit_pictures import Nothing, Request
from deepvis.live.sources import Frame
from deepvis.live.state import State
from deepvis.live.view import View
from deepvis.render import Picture

STILL_STEPS, MOVING_STEPS = 60, 2  # of a live ascent for one picture, and for each frame of a video


def view_of(engine: Engine, scene: Scene, state: State, frame: Frame) -> View:
    """Compute what the state asks of one frame."""
    result = engine.compute(Wants.of(state, scene, frame), frame)
    return View(state, scene, result, engine.seen_parts(frame, state.stretch), frame)


def strongest_unit(engine: Engine, scene: Scene, layer: int, frame: Frame, stretch: bool = False) -> int:
    """The unit of a layer with the highest single activation in this frame; of equals, such as units that a
    Clip layer stops at 6, the one that varies most over the picture.
    """
    wants = Wants(frame.serial, stretch, scene.layers[layer].blob)
    acts = engine.compute(wants, frame).acts
    flat = acts.reshape(acts.shape[0], -1)
    return int(np.lexsort((flat.std(axis=1), flat.max(axis=1)))[-1])


def draw(engine: Engine, scene: Scene, state: State, frame: Frame) -> Picture:
    """The whole picture for one frame."""
    return compose(view_of(engine, scene, state, frame))


class _WaitingShelf:
    """Ready-made pictures, loaded when they are asked for."""

    def __init__(self, loader: PictureLoader) -> None:
        self._loader = loader

    def get(self, request: Request) -> Picture | Nothing:
        return self._loader.load(request)


class Offline:
    """A viewer that waits for everything: each frame is computed to its end before it is drawn."""

    def __init__(self, stage: Stage, state: State, ascent_steps: int = STILL_STEPS) -> None:
        shelf = _WaitingShelf(stage.shelf) if stage.shelf is not None else None
        self.view = View(state, stage.scene, shelf=shelf)
        self._stage, self._steps = stage, ascent_steps
        self._growth: Growth | None = None
        self._begun_from: tuple[object, ...] | None = None
        self._start: Picture | None = None

    def draw(self, frame: Frame, events: Iterable[Event] = ()) -> Picture:
        """Obey, compute and draw one frame."""
        self.view = replace(self.view, frame=frame)
        for event in events:
            self.view, _ = obeyed(self.view, event)
        view, engine = self.view, self._stage.engine
        wants = Wants.of(view.state, view.scene, frame)
        result = engine.compute(wants, frame)
        shown = engine.seen_parts(frame, view.state.stretch)
        self.view = replace(view, result=result, shown=shown, ascended=self._ascended())
        return compose(self.view)

    def draw_all(self, frames: Iterable[Frame]) -> Iterator[Picture]:
        """One picture a frame."""
        return (self.draw(frame) for frame in frames)

    def _ascended(self) -> Ascended | None:
        order, self._begun_from, self._start = ascent_order(self.view, self._begun_from, self._start)
        if order is None:
            self._growth = None
            return None
        try:
            if self._growth is None or self._growth.key != order.key:
                self._growth = Growth(self._stage.begin_ascent, order)
            self._growth.use(order)
            done = self._growth.step()
            for _ in range(self._steps - 1):
                done = self._growth.step()
        except Exception as error:  # said in its pane, as in the window
            self._growth = None
            return Ascended(str(order.unit), None, words=f"{error}" or type(error).__name__)
        return done
