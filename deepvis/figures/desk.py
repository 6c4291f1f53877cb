"""What every figure is drawn from: the model, the user's choices, and who makes pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deepvis.errors import Error
from deepvis.figures.gallery import Gallery
from deepvis.figures.judge import Judge
from deepvis.models import Model, sample_images
from deepvis.pictures import read_picture
from deepvis.render import Picture
from deepvis.units import Unit

# The live tool's window on a picture, at a unit, with ready-made pictures from a folder if there is one.
Viewer = Callable[[Model, Unit, Path, Path | None], Picture]


@dataclass(frozen=True)
class Choices:
    """What the user chose; what is empty is chosen for them. ``quick``: fewer pictures, of fewer iterations."""

    units: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    images: tuple[Path, ...] = ()
    preset: str | None = None
    quick: bool = False


@dataclass(frozen=True, eq=False)
class Desk:
    """``cache`` holds what the live tool is to show; ``judge`` is the other net, if there is one."""

    model: Model
    gallery: Gallery
    choices: Choices = field(default_factory=Choices)
    judge: Judge | None = None
    viewer: Viewer | None = None

    @property
    def title(self) -> str:
        """The model's name for people."""
        return self.model.card.title or self.model.name

    def images(self) -> list[Path]:
        """The chosen pictures, or the installed samples. Raises Error where there is none."""
        found = list(self.choices.images) or sample_images()
        if not found:
            raise Error(
                "no picture given (--images), and no samples are installed; run: pip install 'deepvis[samples]'"
            )
        return found

    def seen(self, picture: Picture | Path) -> Picture:
        """A picture as the net gets it: cut or stretched to its input."""
        image = read_picture(picture) if isinstance(picture, Path) else picture
        return self.model.preprocess.to_image(self.model.preprocess.apply(image))
