"""Presets: a step policy with regularisers under a name, from presets.yaml."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from deepvis.ascent.checks import number
from deepvis.ascent.parts import Blurred, Jitter, Parameterisation, Penalty, Shaper, Transform
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.steps import POLICIES, StepPolicy, anneal
from deepvis.errors import Error, FormatError, UnknownNameError
from deepvis.preprocess import Preprocess

_FILE = Path(__file__).with_name("presets.yaml")


@dataclass(frozen=True)
class Preset:
    """A style of picture. ``dataclasses.replace`` makes one with other parameters.

    iterations: over how many the step and the blur change; the last values hold from then on. blur_radius_end: what
    the regularisers' blur_radius becomes, None for no change. jitter: the picture is shifted at random by up to so
    many pixels for each pass, unless the unit has a position. gradient_blur: sigma in pixels.
    """

    name: str
    iterations: int
    step: StepPolicy
    regularisers: Regularisers = field(default_factory=Regularisers)
    blur_radius_end: float | None = None
    jitter: int = 0
    gradient_blur: float = 0.0
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot work now, not at the first step."""
        owner = f"preset {self.name}"
        number(owner, "iterations", self.iterations, 1, whole=True)
        number(owner, "jitter", self.jitter, 0, whole=True)
        number(owner, "gradient_blur", self.gradient_blur, 0, 1000)
        if self.blur_radius_end is not None:
            number(owner, "blur_radius_end", self.blur_radius_end, 0, 1000)

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
        plain = self.parameterisation(None) is None and not self.penalties() and not self.shapers()
        return plain and not self.regularisers.needs_whole

    def transforms(self) -> tuple[Transform, ...]:
        """What is drawn for each pass, in the order in which it is done."""
        return (Jitter(self.jitter),) if self.jitter else ()

    def shapers(self) -> tuple[Shaper, ...]:
        """What is done to the gradient before the step, in order."""
        return (Blurred(self.gradient_blur),) if self.gradient_blur else ()

    def penalties(self) -> tuple[Penalty, ...]:
        """What is climbed beside the objective."""
        return ()

    def parameterisation(self, preprocess: Preprocess | None) -> Parameterisation | None:  # noqa: ARG002
        """What the numbers are that change, for a net that takes pictures so; None for the pixels themselves."""
        return None

    def as_mapping(self) -> dict[str, Any]:
        """The preset as a file has it: ``preset_of`` reads it back."""
        step = {each.name: getattr(self.step, each.name) for each in fields(self.step)}  # type: ignore[arg-type]
        found = {"about": self.about, "iterations": self.iterations, "step": {"policy": self.step.name, **step}}
        for owner, keys in ((self.regularisers, _REGULARISER_KEYS), (self, _PRESET_KEYS)):
            for each in fields(owner):
                if each.name in keys and each.name not in found and getattr(owner, each.name) != each.default:
                    found[each.name] = getattr(owner, each.name)
        return found


def preset_of(name: str, body: object, source: str = "preset") -> Preset:
    """Read one preset, as a file or ``as_mapping`` has it. Raises FormatError, which begins with ``source``."""
    return _preset(f"{source}: {name}", name, body)


def preset(name: str) -> Preset:
    """Find one of deepvis's presets. Raises UnknownNameError."""
    found = presets().get(name)
    if found is None:
        raise UnknownNameError(f"no preset {name!r}; presets: {', '.join(presets())}")
    return found


@lru_cache(maxsize=1)
def presets() -> Mapping[str, Preset]:
    """deepvis's presets by name: the paper's A to D, then the styles for any net."""
    return read_presets(_FILE)


def read_presets(path: Path) -> Mapping[str, Preset]:
    """Read presets from a YAML file. Raises FormatError naming file, preset and key; OSError."""
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{path}: this is not YAML: {error}") from None
    if not isinstance(tree, dict) or not tree:
        raise FormatError(f"{path}: expected presets by name, found {_shown(tree)}")
    return MappingProxyType({str(name): _preset(f"{path}: {name}", str(name), body) for name, body in tree.items()})


_PRESET_KEYS = {"about", "iterations", "step", "blur_radius_end", "jitter", "gradient_blur"}
_REGULARISER_KEYS = {each.name for each in fields(Regularisers)}


def _preset(place: str, name: str, body: object) -> Preset:
    values = _keys(place, body, _PRESET_KEYS | _REGULARISER_KEYS, {"iterations", "step"})
    if not isinstance(values.get("about", ""), str):
        raise FormatError(f"{place}: about: expected a sentence, found {_shown(values['about'])}")
    regularisers = {key: values.pop(key) for key in _REGULARISER_KEYS & values.keys()}
    step = _step(f"{place}: step", values.pop("step"))
    try:
        return Preset(name=name, step=step, regularisers=Regularisers(**regularisers), **values)
    except Error as error:
        raise FormatError(f"{place}: {error}") from None


def _step(place: str, body: object) -> StepPolicy:
    policy = body.get("policy") if isinstance(body, dict) else None
    if not isinstance(policy, str) or policy not in POLICIES:
        raise FormatError(f"{place}: expected a policy, one of {', '.join(POLICIES)}, found {_shown(body)}")
    kind = POLICIES[policy]
    parameters = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    values = _keys(place, body, {"policy", *parameters}, parameters)
    try:
        return kind(**{key: values[key] for key in parameters})
    except Error as error:
        raise FormatError(f"{place}: {error}") from None


def _keys(place: str, body: object, known: set[str], needed: set[str]) -> dict[str, Any]:
    """A mapping with known keys only, and with all that are needed."""
    if not isinstance(body, dict):
        raise FormatError(f"{place}: expected keys with values, found {_shown(body)}")
    for key in body:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(sorted(known))}"
            raise FormatError(f"{place}: unknown key {_shown(key)}; {hint}")
    for key in sorted(needed):
        if key not in body:
            raise FormatError(f"{place}: the key {key!r} is missing")
    return dict(body)


def _shown(value: object) -> str:
    """A bounded repr: by its anchors, a few lines of YAML can stand for a value of any size."""
    shortener = reprlib.Repr()
    shortener.maxlevel, shortener.maxstring = 2, 60
    return shortener.repr(value)
