"""Regularised gradient ascent: the picture that excites a unit most (the paper's second tool).

ascent = Ascent(net, "data", preprocess, "fc8:130", preset("classic"))
for _ in range(200):
    print(ascent.step())
picture = ascent.stretched_picture()

climb = Climb(net, "data", preprocess, [Run(unit("fc8:130"), preset("C"), seed=seed) for seed in range(9)])
while not climb.over:
    climb.step()
"""

from __future__ import annotations

from deepvis.ascent.classes import Classes
from deepvis.ascent.climb import Climb
from deepvis.ascent.cures import CURES, Cure
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.loop import Ascent
from deepvis.ascent.objective import Objective, channel, klass, unit, whole
from deepvis.ascent.presets import Preset, preset, presets, read_presets
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.run import Run, Step
from deepvis.ascent.starts import STARTS, Start
from deepvis.ascent.steps import Constant, Progress, Progress01, Rms, StepPolicy

__all__ = [
    "CURES",
    "STARTS",
    "Ascent",
    "Classes",
    "Climb",
    "Constant",
    "Cure",
    "Objective",
    "Preset",
    "Progress",
    "Progress01",
    "Regularisers",
    "Rms",
    "Run",
    "Start",
    "Step",
    "StepPolicy",
    "channel",
    "klass",
    "parse_objective",
    "preset",
    "presets",
    "read_presets",
    "unit",
    "whole",
]
