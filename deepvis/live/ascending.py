"""The live ascent: the selected unit's preferred image grows in a thread of its own while the viewer runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from deepvis.ascent.loop import Ascent
from deepvis.ascent.presets import Preset, preset
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.suitable import Suitable
from deepvis.live.mailbox import Mailbox
from deepvis.render import Picture
from deepvis.units import Unit

AUTO = "auto"  # the preset that is chosen by what the unit is
SHARE = 0.5  # of a step's time that is left to the viewer's own passes afterwards


@dataclass(frozen=True, eq=False)
class AscentOrder:
    """What is to grow: a unit (of a layer with maps or not), by a preset's name with regularisers made stronger or
    weaker, from noise or a picture. suitable: presets for this net.
    `key` tells whether it is another ascent or the same with other parameters.
    """

    unit: Unit
    of_map: bool
    suitable: Suitable
    preset: str
    strengths: tuple[int, ...]
    start: Picture | None
    seed: int

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it begin anew when it changes."""
        return str(self.unit), id(self.start), self.seed

    @property
    def whole(self) -> tuple[object, ...]:
        """All of it, to be compared."""
        return *self.key, self.of_map, self.suitable, self.preset, self.strengths


@dataclass(frozen=True, eq=False)
class Ascended:
    """One step's outcome: the picture (H, W, 3), how many steps were made, the unit's value, the settings, and what
    there is to say (a dead unit, a failure).
    """

    unit: str
    picture: Picture | None
    iteration: int = 0
    value: float = 0.0
    settings: str = ""
    words: str = ""


def _style(order: AscentOrder) -> Preset:
    """What is ordered; for "auto" the preset that suits the unit: of a map's position, a map, or a class."""
    name = order.preset
    if name == AUTO:
        name = order.suitable.of(order.unit.position is not None, order.of_map)
    return varied(preset(name), order.strengths)


def varied(style: Preset, strengths: tuple[int, ...]) -> Preset:
    """A preset with decay, blur, small norm and contribution made so many steps stronger, or weaker where negative."""
    if not any(strengths):
        return style
    decay, blur, norm, contribution = strengths
    was = style.regularisers
    radius = was.blur_radius or 0.3 * (blur > 0)
    return replace(
        style,
        regularisers=Regularisers(
            decay=min((was.decay or 0.0005 * (decay > 0)) * 2.0**decay, 0.9),
            blur_radius=min(radius * 1.25**blur, 20.0),
            blur_every=was.blur_every or 4 * (blur > 0),
            small_val_percentile=was.small_val_percentile,
            small_norm_percentile=_percentile(was.small_norm_percentile, norm),
            px_benefit_percentile=was.px_benefit_percentile,
            px_abs_benefit_percentile=_percentile(was.px_abs_benefit_percentile, contribution),
        ),
        blur_radius_end=None if style.blur_radius_end is None else min(style.blur_radius_end * 1.25**blur, 20.0),
    )


def _percentile(was: float, steps: int) -> float:
    return min(max(was + 10.0 * steps, 0.0), 95.0)


def words_of(style: Preset) -> str:
    """The preset's name and the regularisers that are on."""
    on = style.regularisers
    parts = [style.name]
    parts += [f"decay {on.decay:.3g}"] if on.decay else []
    parts += [f"blur {on.blur_radius:.2g}"] if on.blur_radius and on.blur_every else []
    parts += [f"norm {on.small_norm_percentile:g} %"] if on.small_norm_percentile else []
    parts += [f"contribution {on.px_abs_benefit_percentile:g} %"] if on.px_abs_benefit_percentile else []
    return ", ".join(parts)


class Growth:
    """One ascent as the viewer wants it, step by step; without threads."""

    def __init__(self, begin: Callable[[Unit, Preset, Picture | None, int], Ascent], order: AscentOrder) -> None:
        self.key = order.key
        self._order = order
        self._ascent = begin(order.unit, _style(order), order.start, order.seed)

    def use(self, order: AscentOrder) -> None:
        """Go on with other parameters."""
        style = _style(order)
        if style != self._ascent.preset:
            if style.name != self._ascent.preset.name:
                self._ascent.rewind()
            self._ascent.use(style)
        self._order = order

    def step(self) -> Ascended:
        """One step on."""
        step = self._ascent.step()
        picture = self._ascent.stretched_picture(crop=True)
        settings = words_of(self._ascent.preset)
        return Ascended(str(self._order.unit), picture, step.iteration + 1, step.objective, settings, step.reason)


class Ascender:
    """Climbs as ordered until ordered otherwise; `results` has the newest step."""

    def __init__(self, begin: Callable[[Unit, Preset, Picture | None, int], Ascent]) -> None:
        self.results: Mailbox[Ascended] = Mailbox()
        self._begin = begin
        self._order: AscentOrder | None = None
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def order(self, order: AscentOrder | None) -> None:
        """Ask for an ascent, for the same with other parameters, or for none. The thread begins with the first."""
        before, self._order = self._order, order
        if (before and before.whole) != (order and order.whole):
            self._changed.set()
        if order is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="deepvis-ascent", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Ask the thread to end after the step it is in; False if that takes over `timeout` seconds."""
        self._stop.set()
        self._changed.set()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        growth: Growth | None = None
        while True:
            self._changed.clear()
            if self._stop.is_set():  # which is set before the other, so that it is not missed here
                return
            order = self._order
            if order is None:
                growth = None
                self._changed.wait()
                continue
            begun = time.monotonic()
            try:
                if growth is None or growth.key != order.key:
                    growth = Growth(self._begin, order)
                growth.use(order)
                done = growth.step()
            except Exception as error:  # shown in its pane; the viewer goes on
                growth = None
                done = Ascended(str(order.unit), None, words=f"{error}" or type(error).__name__)
            if self._order is not None:
                self.results.put(done)
            if growth is None:  # the same would fail again
                self._changed.wait()
            else:
                self._stop.wait(SHARE * (time.monotonic() - begun))
