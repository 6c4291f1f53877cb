"""How fast deepvis is to be beside other programs: ratios of medians with two threads, each from one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deepvis.bench.passes import OURS, Measured, Pass
from deepvis.errors import UnknownNameError


@dataclass(frozen=True)
class Target:
    """The most that a pass may take, as a share of what the best variant of a rival takes for the same pass.

    Against deepvis itself, a cone is meant: as a share of the whole pass forward and back from the same blob.
    """

    what: Pass
    batch: int
    against: str
    most: float

    @property
    def title(self) -> str:
        """What a table calls it."""
        other = "the whole pass" if self.against == OURS else self.against
        return f"{self.what.title}, batch {self.batch}, to {other}"

    def ratio(self, measured: Sequence[Measured]) -> float | None:
        """What this run found, or None where one of the two was not measured."""
        found = {(each.what, each.batch): each for each in measured}
        mine = found.get((self.what, self.batch))
        if self.against == OURS:
            whole = found.get((Pass(self.what.blob, self.what.unit), self.batch))
            return mine.ours.median / whole.ours.median if mine and whole else None
        return mine.ours.median / mine.best(self.against).median if mine and self.against in mine.rivals else None

    def met(self, measured: Sequence[Measured]) -> bool:
        """Whether this run met it. What was not measured was not met."""
        ratio = self.ratio(measured)
        return ratio is not None and ratio <= self.most


def _both_ways(blob: str, most: float) -> tuple[Target, ...]:
    return Target(Pass(), 1, "torch", most), Target(Pass(blob), 1, "torch", most)


# By the prototxt's name without its ending.
TARGETS: dict[str, tuple[Target, ...]] = {
    "caffenet": (
        Target(Pass(), 1, "torch", 0.62),
        Target(Pass(), 1, "opencv", 0.62),
        Target(Pass("fc8"), 1, "torch", 0.53),
        Target(Pass(), 8, "torch", 0.72),
        Target(Pass("fc8"), 8, "torch", 0.62),
        Target(Pass("conv3", cone=True), 1, OURS, 0.25),
    ),
    "googlenet": _both_ways("loss3/classifier", 0.60),
    "squeezenet_v1.0": _both_ways("pool10", 0.60),
    "squeezenet_v1.1": _both_ways("pool10", 0.60),
    "efficientnet_lite0": _both_ways("fc", 1.0),
}


def targets_of(net: str) -> tuple[Target, ...]:
    """The targets of a net. Raises UnknownNameError where it has none."""
    if net not in TARGETS:
        raise UnknownNameError(f"no targets are set for {net!r}; there are for: {', '.join(TARGETS)}")
    return TARGETS[net]
