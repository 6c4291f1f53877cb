"""Everything a picture of the viewer is made from, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from deepvis.live.engine import Result, Wants
from deepvis.live.scene import Scene
from deepvis.live.sources import Frame
from deepvis.live.state import BOOSTS, GAMMAS, State
from deepvis.render import Picture, backward_tiles, forward_tiles, unit_bytes


@dataclass(frozen=True, eq=False)
class View:
    """The state, the net, the newest frame and the newest result, which may be of an earlier frame or layer.

    shown: the part of the newest frame that reaches the net. problems: one line each, drawn over the picture.
    """

    state: State
    scene: Scene
    result: Result | None = None
    shown: Picture | None = None
    frame: Frame | None = None
    problems: tuple[str, ...] = ()
    fps: float = 0.0

    @property
    def wants(self) -> Wants | None:
        """What the net would have to compute for this view."""
        return Wants.of(self.state, self.scene, self.frame) if self.frame else None

    @property
    def current(self) -> Result | None:
        """The result if it is of the layer that is looked at."""
        here = self.scene.layers[self.state.layer].blob
        return self.result if self.result is not None and self.result.wants.layer == here else None

    @cached_property
    def tiles(self) -> npt.NDArray[np.uint8] | None:
        """The units of the layer that is looked at, (n, h, w) grey or (n, h, w, 3) for backward signals,
        scaled as the state says; None where there is nothing to show yet.
        """
        state, result = self.state, self.current
        boost, gamma = BOOSTS[state.boost], GAMMAS[state.gamma]
        if result is None:
            return None
        if not state.show_back:
            return unit_bytes(forward_tiles(result.acts, boost, gamma))
        if self.back_current is None or result.diffs is None:
            return None
        return unit_bytes(backward_tiles(result.diffs, boost, gamma))

    @property
    def back_current(self) -> Result | None:
        """The result if its backward pass is the one that is looked at."""
        wants = self.wants
        if self.result is None or wants is None or wants.start is None:
            return None
        got = self.result.wants
        return self.result if (got.start, got.rule) == (wants.start, wants.rule) else None

    @property
    def classes_current(self) -> Result | None:
        """The result if the classes were asked of it, or were known anyway."""
        return self.result if self.result and (self.result.wants.classes or self.result.classes) else None
