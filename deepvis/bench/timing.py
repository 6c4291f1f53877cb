"""Timing things against one another: in turns, so that a machine's moods meet them all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PAUSE = 0.02  # seconds: a program's threads may spin for a while after its pass, and would disturb the next program
BURST = 3  # passes in a row, after one that is not counted: a program that runs alone finds its own data in the caches


@dataclass(frozen=True)
class Timing:
    """Seconds that passes took: the least, the median and how many there were."""

    least: float
    median: float
    passes: int


def take_turns(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time each contender in each of the rounds, after each has run once. At least one round."""
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(max(1, rounds)):
        for name, run in contenders.items():
            time.sleep(PAUSE)
            run()
            for _ in range(BURST):
                begun = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - begun)
    return {name: Timing(min(all_), statistics.median(all_), len(all_)) for name, all_ in seconds.items()}
