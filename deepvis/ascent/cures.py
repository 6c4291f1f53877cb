"""What is tried where a run gets no gradient. Each use is written into the run's log."""

from __future__ import annotations

from typing import Literal

from deepvis.ascent.binding import Bound
from deepvis.ascent.objective import channel
from deepvis.ascent.run import Way
from deepvis.net import Net
from deepvis.units import Unit

Cure = Literal["warm_up", "other_seeds"]
CURES: tuple[Cure, ...] = ("warm_up", "other_seeds")

WARM_ITERATIONS = 8  # of one warm-up
WARM_ROUNDS = 4
SEEDS = 3
SEED_STRIDE = 1000  # between seeds that are tried: the next ones are those of runs beside this one


def warm_up(way: Way) -> bool:
    """For some iterations climb the mean of the unit's channel: elsewhere in the picture it may be awake."""
    one = way.bound.one
    if one is None or not one.many or way.warm_rounds >= WARM_ROUNDS:
        return False
    way.warm, way.warm_rounds = WARM_ITERATIONS, way.warm_rounds + 1
    last = way.iteration + WARM_ITERATIONS - 1
    way.log.append(
        f"iteration {way.iteration - 1}: {way.reason}. Warm-up: iterations {way.iteration} to {last} climb "
        f"{mean_of(way.bound)} instead."
    )
    return True


def other_seed(way: Way) -> bool:
    """Begin again from other noise; the caller draws it from ``way.seed``."""
    drawn = isinstance(way.run.start, str) and way.run.start in ("mean_plus_rand", "randu")
    if not drawn or way.seeds_tried >= SEEDS:
        return False
    way.seeds_tried += 1
    seed = (way.run.seed + way.seeds_tried * SEED_STRIDE) % 2**32
    way.log.append(f"iteration {way.iteration - 1}: {way.reason}. Other seed: begun again with seed {seed}.")
    way.seed = seed
    return True


def mean_of(bound: Bound) -> str:
    """The objective of a warm-up, as a formula."""
    one = bound.one
    return str(one.weight * channel(Unit(one.start, one.channel))) if one is not None else ""


def warm_bound(net: Net, bound: Bound) -> Bound:
    """What is climbed during a warm-up."""
    one = bound.one
    if one is None:
        return bound
    return Bound(net, one.weight * channel(Unit(one.start, one.channel)))
