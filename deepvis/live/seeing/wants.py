"""What the state asks of the net for one frame, and what the net then saw: plain values that threads hand over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from deepvis.live.scene import Scene
from deepvis.live.seeing.study import Findings
from deepvis.live.sources import Frame
from deepvis.live.state import Part, Rule, State

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Wants:
    """What is to be computed of a frame; compared to tell whether a result is up to date.

    start: (blob, unit) that backward passes start from, and `rules` by which, the view's own last. diffs: whether the
    signals at `layer` are wanted too. similar: the unit whose like are looked for; box: the part of the input that
    units are ranked by. layers_timed: whether the times of single layers are wanted.
    """

    frame: int
    stretch: bool
    layer: str
    start: tuple[str, int] | None = None
    rules: tuple[Rule, ...] = ("gradient",)
    diffs: bool = False
    classes: bool = False
    similar: int | None = None
    box: Part | None = None
    layers_timed: bool = False

    @classmethod
    def of(cls, state: State, scene: Scene, frame: Frame) -> Wants:
        """No backward pass is asked for unless the view shows one, and no classes either."""
        layer, unit = state.start
        return cls(
            frame=frame.serial,
            stretch=state.stretch,
            layer=scene.layers[state.layer].blob,
            start=(scene.layers[layer].blob, unit) if state.back_shown else None,
            rules=state.rules,
            diffs=state.show_back,
            classes=state.classes_shown,
            similar=state.unit if state.similar else None,
            box=state.box,
            layers_timed=state.hud == 2,
        )

    @property
    def rule(self) -> Rule:
        """The rule of the backward view."""
        return self.rules[-1]


@dataclass(frozen=True)
class Times:
    """Milliseconds that the steps of one frame took; layers: (name, kernel, milliseconds) of those of the last
    passes, with "back" behind the name of one that was run backwards.
    """

    capture: float = 0.0
    preprocess: float = 0.0
    forward: float = 0.0
    backward: float = 0.0
    layers: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """What the net saw in one frame. Arrays are the viewer's own copies.

    acts, diffs: (units, h, w) of the wanted layer; diffs is None where no signal passed. signals: by rule, for each
    picture of the frame the (C, H, W) at the input with channels as RGB. classes: the most probable ones, best first,
    as (probability, number); none where nothing asked for them yet. held: the lowest and highest activation of the
    layer in all frames so far. passes: how many passes were finished so far; fps: of the last two.
    """

    wants: Wants
    frame: Frame
    acts: Floats
    classes: tuple[tuple[float, int], ...] = ()
    diffs: Floats | None = None
    signals: Mapping[Rule, tuple[Floats, ...]] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    held: tuple[float, float] = (0.0, 0.0)
    passes: int = 0
    finished: float = 0.0
    fps: float = 0.0
    times: Times = Times()

    @property
    def signal(self) -> Floats | None:
        """What the view's own rule brought to the first picture."""
        found = self.signals.get(self.wants.rule)
        return found[0] if found else None
