"""Regularised gradient ascent: the picture that excites a unit most (the paper's second tool).

ascent = Ascent(net, "data", preprocess, units.parse("fc8:130"), preset("classic"))
for _ in range(200):
    print(ascent.step())
picture = ascent.stretched_picture()
"""

from __future__ import annotations

from deepvis.ascent.loop import Ascent, Step
from deepvis.ascent.presets import Preset, preset, presets, read_presets
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.starts import STARTS, Start
from deepvis.ascent.steps import Constant, Progress, Progress01, Rms, StepPolicy

__all__ = [
    "STARTS",
    "Ascent",
    "Constant",
    "Preset",
    "Progress",
    "Progress01",
    "Regularisers",
    "Rms",
    "Start",
    "Step",
    "StepPolicy",
    "preset",
    "presets",
    "read_presets",
]
