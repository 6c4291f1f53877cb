"""Parts a preset may bring: transforms, penalties, shapers, parameters that are no pixels, steps that look back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from ascent_nets import COLOUR, tiny

from deepvis.ascent import Climb, Preset, Regularisers, Run, StepPolicy, unit
from deepvis.ascent.parts import Blurred, Jitter
from deepvis.ascent.regularisers import blur
from deepvis.ascent.steps import Memory, Situation


class Heap(dict):
    """What a momentum is kept in."""

    def state(self) -> dict[str, np.ndarray]:
        return {name: values.copy() for name, values in self.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.clear()
        self.update({name: values.copy() for name, values in state.items()})


@dataclass(frozen=True)
class Momentum(StepPolicy):
    name: ClassVar[str] = "momentum"
    lr: float

    def learning_rate(self, now: Situation) -> float:
        return self.lr

    def memory(self) -> Memory | None:
        return Heap()

    def step(self, now: Situation, memory: Memory | None = None, out: np.ndarray | None = None) -> np.ndarray:
        assert isinstance(memory, Heap)
        memory["speed"] = 0.9 * memory.get("speed", 0) + now.gradient
        return np.multiply(memory["speed"], np.float32(self.lr), out=out)


class Halved:
    """Parameters that are twice the picture, turned round."""

    def from_x(self, x: np.ndarray) -> np.ndarray:
        return 2 * x[..., ::-1]

    def to_x(self, parameters: np.ndarray) -> np.ndarray:
        return parameters[..., ::-1] / 2

    def noise(self, randoms: Sequence[np.random.Generator]) -> np.ndarray:
        return np.stack([random.normal(0, 20, (3, 32, 40)).astype(np.float32) for random in randoms])

    def pull(self, gradient: np.ndarray, x: np.ndarray) -> np.ndarray:
        return gradient[..., ::-1] / 2

    def pull_evenly(self, gradient: np.ndarray) -> np.ndarray:
        return gradient[..., ::-1]


@dataclass(frozen=True)
class Towards:
    """Towards a grey level, about as strongly as the objective pulls."""

    level: float
    strength: float = 1e-3
    evenly: bool = False

    def gradient(self, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return np.float32(self.strength * random.uniform(0.9, 1.1)) * np.sign(self.level - x)


@dataclass(frozen=True)
class Flipped:
    """The picture upside down, each second time."""

    def draw(self, random: np.random.Generator) -> Flipped:
        return Flipped() if random.integers(2) else Jitter(0).draw(random)

    def apply(self, x: np.ndarray) -> np.ndarray:
        return x[:, :, ::-1]

    pull = apply


@dataclass(frozen=True)
class Style(Preset):
    parts: tuple = ()

    def _of(self, kind: str) -> tuple:
        return tuple(part for part in self.parts if hasattr(part, kind))

    def transforms(self) -> tuple:
        return self._of("draw")

    def shapers(self, preprocess: object) -> tuple:
        return self._of("shape")

    def penalties(self, preprocess: object) -> tuple:
        return self._of("gradient")

    def parameterisation(self, preprocess: object) -> object:
        return next(iter(self._of("to_x")), None)


def style(*parts: object, iterations: int = 10, **more) -> Style:
    return Style("own", iterations, Momentum(200), parts=parts, **more)


def finish(runs: list[Run], at: int | None = None) -> Climb:
    """Run to the end; killed and restored ``at`` an iteration."""
    climb = Climb(tiny(), "picture", COLOUR, runs)
    while not climb.over:
        if climb.ways[0].iteration == at:
            other = Climb(tiny(), "picture", COLOUR, runs)
            other.restore(climb.state())
            climb = other
        climb.step()
    return climb


EVERYTHING = [
    style(Flipped(), Jitter(3), Towards(40), Blurred(0.6), regularisers=Regularisers(0.01, 1, 2)),
    style(Halved(), Jitter(2), Towards(-40)),
    style(iterations=6),
]


def test_parts_work_together_and_outlive_a_kill() -> None:
    runs = [Run(unit("fc2:3"), each, seed=i) for i, each in enumerate(EVERYTHING)]
    whole, killed = finish(runs), finish(runs, at=4)
    assert [way.status for way in whole.ways] == ["finished"] * 3
    for name, values in whole.state().items():
        np.testing.assert_array_equal(killed.state()[name], values, err_msg=name)
    for i, run in enumerate(runs):
        np.testing.assert_allclose(finish([run]).x[0], whole.x[i], atol=1e-3)


def test_a_parameterisation_changes_the_step_alone() -> None:
    """Twice the picture as parameters: a step of the same rate moves the picture a quarter as far."""
    image = np.random.RandomState(0).randint(60, 180, (32, 40, 3)).astype(np.uint8)
    plain, halved = (finish([Run(unit("fc2:3"), style(*parts, iterations=2), image)]) for parts in ((), (Halved(),)))
    moved, quarter = (climb.x - climb.begun(0) for climb in (plain, halved))
    assert np.abs(moved).max() > 0.1
    np.testing.assert_allclose(quarter, moved / 4, atol=1e-4)


def test_a_penalty_is_climbed_too() -> None:
    free, drawn = (finish([Run(unit("fc2:3"), style(*parts), "mean")]) for parts in ((), (Towards(50),)))
    assert drawn.x.mean() > free.x.mean() + 1


def test_a_gradient_is_carried_back_to_where_the_picture_lies() -> None:
    flipped = style(iterations=2)

    class Always:
        def draw(self, random: np.random.Generator) -> Flipped:
            return Flipped()

    turned = style(Always(), iterations=2)
    image = np.random.RandomState(0).randint(0, 256, (32, 40, 3)).astype(np.uint8)
    straight = finish([Run(unit("fc2:3"), flipped, np.ascontiguousarray(image[::-1]))])
    bent = finish([Run(unit("fc2:3"), turned, image)])
    np.testing.assert_allclose(bent.x, straight.x[:, :, ::-1], atol=1e-4)


@pytest.mark.parametrize("pixels", [0, 3])
def test_jitter(pixels: int) -> None:
    random, x = np.random.default_rng(1), np.random.RandomState(0).randn(1, 3, 9, 8).astype(np.float32)
    drawn = [Jitter(pixels).draw(random) for _ in range(60)]
    assert {each.down for each in drawn} == set(range(-pixels, pixels + 1)) == {each.right for each in drawn}
    for each in drawn[:5]:
        np.testing.assert_array_equal(each.pull(each.apply(x)), x)
        np.testing.assert_array_equal(each.apply(x), np.roll(x, (each.down, each.right), (2, 3)))


def test_blurred() -> None:
    x = np.random.RandomState(0).randn(1, 3, 9, 8).astype(np.float32)
    before = x.copy()
    np.testing.assert_array_equal(Blurred(1.2).shape(x), blur(x, 1.2))
    np.testing.assert_array_equal(x, before)
