"""Draw docs/ascent/*.jpg: what each regulariser does alone, on the built-in model.

Usage: regulariser_pictures.py [NAME…], in the repository's root; without names all of them. Every picture is a class of
the built-in model, from the same noise and by the same steps, and differs from the first of its strip in one thing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from doc_pictures import run

from deepvis.ascent import Climb, Preset, Regularisers, Rms, Run, unit
from deepvis.ascent.loop import difference, stretched
from deepvis.ascent.prior_fit import fit_prior
from deepvis.ascent.steps import AdamStep
from deepvis.models import Model, load, sample_images
from deepvis.pictures import read_picture
from deepvis.render import Picture, Style, blank, paste, text

OUT = Path("docs/ascent")
CACHE = Path("build/regulariser-pictures")
UNIT, SEED = "fc:949", 0  # strawberry
ITERATIONS = 120
STEP = Rms(6, 1)
SPECTRUM = {"step": AdamStep(0.05), "power": 1.0, "decorrelate": False}
GAP, CAPTION = 6, 26


def off(**values: float) -> dict[str, Any]:
    """With regularisers of pictures."""
    return {"regularisers": Regularisers(**values)}  # type: ignore[arg-type]


# Strip -> caption -> what differs from nothing.
STRIPS: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "decay": {"none": {}, "decay 0.02": off(decay=0.02), "0.1": off(decay=0.1), "0.3": off(decay=0.3)},
    "blur": {
        "none": {},
        "blur_radius 0.5, every 4": off(blur_radius=0.5, blur_every=4),
        "1": off(blur_radius=1, blur_every=4),
        "3 to 0.5": off(blur_radius=3, blur_every=4) | {"blur_radius_end": 0.5},
    },
    "percentiles": {
        "small_val 80": off(small_val_percentile=80),
        "small_norm 80": off(small_norm_percentile=80),
        "px_benefit 80": off(px_benefit_percentile=80),
        "px_abs_benefit 90": off(px_abs_benefit_percentile=90),
    },
    "transforms": {"none": {}, "jitter 16": {"jitter": 16}, "scale 0.2": {"scale": 0.2}, "rotate 15": {"rotate": 15}},
    "gradient": {
        "none": {},
        "gradient_blur 1": {"gradient_blur": 1.0},
        "levels 5": {"levels": 5},
        "natural_colours 1": {"natural_colours": 1.0},
    },
    "variation": {"none": {}, "tv 0.2": {"tv": 0.2}, "0.5": {"tv": 0.5}, "1": {"tv": 1.0}},
    "window": {
        "none": {},
        "window 0.8": {"window": 0.8},
        "0.4": {"window": 0.4},
        "0.4, at [0.3, 0.7]": {"window": 0.4, "window_at": (0.3, 0.7)},
    },
    "spectral": {
        "power 0": SPECTRUM | {"power": 0.0},
        "1": SPECTRUM,
        "1.5": SPECTRUM | {"power": 1.5},
        "1, decorrelate": SPECTRUM | {"decorrelate": True},
    },
    "prior": {
        "none": {},
        "prior_strength 0.1": {"prior_strength": 0.1},
        "0.3": {"prior_strength": 0.3},
        "1": {"prior_strength": 1.0},
    },
}


def presets_of(strip: str) -> list[Preset]:
    """A preset for each picture of a strip."""
    found = []
    for caption, values in STRIPS[strip].items():
        if "prior_strength" in values:
            values = values | {"prior": str(prior_file())}
        found.append(
            Preset(caption, ITERATIONS, values.get("step", STEP), **{k: v for k, v in values.items() if k != "step"})
        )
    return found


def prior_file() -> Path:
    """A prior of the sample pictures, fitted once."""
    path = CACHE / "samples.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        fit_prior([read_picture(each) for each in sample_images()], components=8).save(path)
    return path


def strip_of(model: Model, name: str) -> Picture:
    """The pictures beside each other, each under its caption."""
    styles = presets_of(name)
    climb = Climb(
        model.net, model.input_blob, model.preprocess, [Run(unit(UNIT), style, seed=SEED) for style in styles]
    )
    while not climb.over:
        climb.step()
    height, width = model.preprocess.shown_size
    strip = blank(height + CAPTION, len(styles) * (width + GAP) - GAP, (1.0, 1.0, 1.0))
    for i, style in enumerate(styles):
        seen = stretched(difference(climb.measured[i : i + 1], model.preprocess))
        paste(strip, seen, CAPTION, i * (width + GAP))
        text.draw(strip, style.name, CAPTION - 9, i * (width + GAP) + 1, Style(11, (0, 0, 0)))
    return strip


def main() -> int:
    """Draw what was asked for."""
    model = load()
    return run(__doc__, {name: partial(strip_of, model, name) for name in STRIPS}, OUT)


if __name__ == "__main__":
    sys.exit(main())
