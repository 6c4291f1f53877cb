"""A preset: a step policy, regularisers, and what else makes a style of picture, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from deepvis.ascent import centre, colours, pyramid
from deepvis.ascent.checks import number
from deepvis.ascent.parts import Blurred, Jitter, Parameterisation, Penalty, Shaper, Transform
from deepvis.ascent.penalties import Likely, Smooth, digest_of, read_prior
from deepvis.ascent.pixels import PixelSpace
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.shapers import InPixels, Shape, evened
from deepvis.ascent.spectral import Spectral
from deepvis.ascent.steps import AdamStep, StepPolicy, anneal
from deepvis.ascent.transforms import Transforms
from deepvis.errors import Error
from deepvis.preprocess import Preprocess


@dataclass(frozen=True)
class Preset:
    """A style of picture. ``dataclasses.replace`` makes one with other parameters.

    iterations: over how many the step and the blur change; the last values hold from then on. blur_radius_end: what
    the regularisers' blur_radius becomes, None for no change. The others are explained in presets.yaml; each is off at
    its default. prior: a file's path; prior_sha256: what it must hold, "" for anything.
    """

    name: str
    iterations: int
    step: StepPolicy
    regularisers: Regularisers = field(default_factory=Regularisers)
    blur_radius_end: float | None = None
    jitter: int = 0
    scale: float = 0.0
    rotate: float = 0.0
    padding: int = 0
    gradient_blur: float = 0.0
    levels: int = 0
    natural_colours: float = 0.0
    window: float = 0.0
    window_at: tuple[float, float] = (0.5, 0.5)
    tv: float = 0.0
    tv_evenly: bool = True
    prior: str = ""
    prior_strength: float = 0.3
    prior_sha256: str = ""
    power: float | None = None
    decorrelate: bool = True
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot work now, not at the first step."""
        owner = f"preset {self.name}"
        number(owner, "iterations", self.iterations, 1, whole=True)
        for name, most in (("jitter", 30000), ("padding", 1000), ("levels", 16)):
            number(owner, name, getattr(self, name), 0, most, whole=True)
        for name, high in _MOST.items():
            number(owner, name, getattr(self, name), 0, high)
        for name, high in (("blur_radius_end", 1000), ("power", 4)):
            if getattr(self, name) is not None:
                number(owner, name, getattr(self, name), 0, high)
        for name, kind, word in _KINDS:
            if not isinstance(getattr(self, name), kind):
                raise Error(f"{owner}: {name}: expected {word}, found {getattr(self, name)!r}")
        if len(self.window_at) != 2:
            raise Error(f"{owner}: window_at: expected the row and the column, found {self.window_at!r}")
        for share in self.window_at:
            number(owner, "window_at", share, 0, 1)
        if self.power is not None and not isinstance(self.step, AdamStep):
            raise Error(f"{owner}: power: a spectrum is climbed with the step policy adam, found {self.step.name}")

    def done(self, iteration: int) -> float:
        """How much of the iterations lies behind, 0 to 1; iterations count from 0."""
        return min(1.0, iteration / (self.iterations - 1)) if self.iterations > 1 else 1.0

    def regularisers_at(self, iteration: int) -> Regularisers:
        """The regularisers with the blur of an iteration."""
        if self.blur_radius_end is None:
            return self.regularisers
        radius = anneal(self.regularisers.blur_radius, self.blur_radius_end, self.done(iteration))
        return replace(self.regularisers, blur_radius=radius)

    @property
    def is_local(self) -> bool:
        """Whether only step, decay and blurs change the picture: then a pixel depends on those around it alone."""
        shaped = self.gradient_blur or self.levels or self.natural_colours or self.window
        return not (shaped or self.tv or self.prior or self.power is not None or self.regularisers.needs_whole)

    def transforms(self) -> tuple[Transform, ...]:
        """What is drawn for each pass, in the order in which it is done."""
        if self.scale or self.rotate or (self.padding and self.jitter):
            return (Transforms(self.jitter, self.scale, self.rotate, self.padding),)
        return (Jitter(self.jitter),) if self.jitter else ()

    def shapers(self, preprocess: Preprocess) -> tuple[Shaper, ...]:
        """What is done to the gradient before penalties and the step, in order."""
        found: list[Shaper] = [Blurred(self.gradient_blur)] if self.gradient_blur else []
        space = PixelSpace(preprocess)
        shapes: list[Shape] = []
        if self.levels:
            shapes.append(partial(pyramid.normalised, levels=self.levels))
        if self.natural_colours:
            shapes.append(partial(colours.natural, strength=self.natural_colours))
        if self.window:
            weights = centre.window(*space.size, self.window, self.window_at)
            shapes.append(partial(centre.centred, weights=weights))
        if self.tv or self.prior or self.power is not None:
            shapes.append(evened)
        return (*found, InPixels(space, shapes)) if shapes else tuple(found)

    def penalties(self, preprocess: Preprocess) -> tuple[Penalty, ...]:
        """What is climbed beside the objective. Raises Error where the prior's file is not as it should be."""
        space = PixelSpace(preprocess)
        found: list[Penalty] = [Smooth(space, self.tv, self.tv_evenly)] if self.tv else []
        if self.prior:
            prior = read_prior(self.prior, self.prior_sha256, space.channels)
            found.append(Likely(space, prior, self.prior_strength))
        return tuple(found)

    def parameterisation(self, preprocess: Preprocess) -> Parameterisation | None:
        """What the numbers are that change, for a net that takes pictures so; None for the pixels themselves."""
        return None if self.power is None else Spectral(preprocess, self.power, self.decorrelate)

    def as_mapping(self) -> dict[str, Any]:
        """The preset as a file has it: ``preset_of`` reads it back. Says what a prior's file holds."""
        step = {each.name: getattr(self.step, each.name) for each in fields(self.step)}  # type: ignore[arg-type]
        found = {"about": self.about, "iterations": self.iterations, "step": {"policy": self.step.name, **step}}
        for owner, keys in ((self.regularisers, REGULARISER_KEYS), (self, PRESET_KEYS)):
            for each in fields(owner):
                if each.name in keys and each.name not in found and getattr(owner, each.name) != each.default:
                    value = getattr(owner, each.name)
                    found[each.name] = list(value) if isinstance(value, tuple) else value
        if self.prior and not self.prior_sha256:
            found["prior_sha256"] = digest_of(self.prior)
        return found


_MOST = {
    "scale": 0.9,
    "rotate": 180,
    "gradient_blur": 1000,
    "natural_colours": 1,
    "window": 1000,
    "tv": 1e6,
    "prior_strength": 1e6,
}
_KINDS: tuple[tuple[str, type, str], ...] = (
    ("tv_evenly", bool, "true or false"),
    ("decorrelate", bool, "true or false"),
    ("prior", str, "a file's name"),
    ("prior_sha256", str, "64 hexadecimal digits"),
    ("about", str, "a sentence"),
    ("window_at", tuple, "[row, column] as shares of the sides"),
)
REGULARISER_KEYS = frozenset(each.name for each in fields(Regularisers))
PRESET_KEYS = frozenset(each.name for each in fields(Preset)) - {"name", "regularisers"}
