"""Pictures to look at without a camera: those that scikit-image brings, found without importing it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

# File in skimage/data, and under which terms it may be used, as scikit-image's documentation says.
SAMPLES = {
    "chelsea.png": "CC0, Stefan van der Walt",
    "coffee.png": "CC0, Rachel Michetti",
    "rocket.jpg": "public domain, SpaceX",
    "astronaut.png": "public domain, NASA",
    "hubble_deep_field.jpg": "public domain, NASA",
    "camera.png": "CC0, Lav Varshney",
}


def sample_images() -> list[Path]:
    """The sample pictures that are installed; none without the extra `samples` (pip install
    'deepvis[samples]')."""
    spec = importlib.util.find_spec("skimage")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        return []
    found = [Path(folder) / "data" / name for folder in folders for name in SAMPLES]
    return [path for path in found if path.is_file()]


def licence(path: Path) -> str:
    """The terms of a sample picture, or "" for another file."""
    return SAMPLES.get(path.name, "")
