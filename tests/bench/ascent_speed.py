"""What an iteration of each preset takes on CaffeNet, beside the net's own passes in the same turns.

Prints Markdown. Exit code 1 where a bound is missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import deepvis
from deepvis.ascent import Climb, Run, preset, unit
from deepvis.bench.passes import randomize
from deepvis.bench.tables import table
from deepvis.preprocess import Preprocess

PROTOTXT = Path(__file__).resolve().parents[2] / "prototxt" / "caffenet.prototxt"
PREPROCESS = Preprocess((227, 227), mean=np.array([104, 117, 123], np.float32))
TURNS, LONG_TURNS = 40, 10
MOST_C = 1.2  # times forward and backward
MOST_ADDED = 0.004  # seconds, by the regularisers of A, B and D
MOST_NINE = 0.6  # times nine single images
LEAST_CONE = 6.0  # times as fast as the whole frame
CONE_UNIT = "conv3:10@6,6"


def main() -> int:
    """Time everything in turns, so that what else the machine does meets all of it."""
    net = deepvis.Net(PROTOTXT)
    randomize(net)
    passes = Passes(net.clone(), 1)
    ways = {"forward + backward": passes.classes}
    ways |= {f"preset {name}": climb(net, name).step for name in "ABCD"}
    found = in_turns(ways, TURNS)
    base = found["forward + backward"]
    good = found["preset C"] <= MOST_C * base
    rows = [("forward + backward", ms(base), "", "", "")]
    for name in "ABCD":
        took = found[f"preset {name}"]
        bound = f"× {MOST_C}" if name == "C" else f"+ {MOST_ADDED * 1e3:g} ms"
        good = good and (name == "C" or took - base <= MOST_ADDED)
        rows.append((f"preset {name}", ms(took), ms(took - base), f"{took / base:.2f}", bound))
    print("CaffeNet, one iteration of fc8:130, one image:\n")
    print(table(("what", "ms", "added ms", "× passes", "at most"), rows))

    nine = Passes(net.clone(), 9)
    ways = {"single": climb(net, "C").step, "nine": climb(net, "C", 9).step, "nine, passes": nine.classes}
    found = in_turns(ways, LONG_TURNS)
    share = found["nine"] / (9 * found["single"])
    good = good and share <= MOST_NINE
    rows = [
        ("single", ms(found["single"]), "1.00", ""),
        ("nine in a batch", ms(found["nine"] / 9), f"{share:.2f}", f"{MOST_NINE}"),
        ("forward + backward of nine", ms(found["nine, passes"] / 9), "", ""),
    ]
    print(f"\nPreset C, fc8:130, an image:\n\n{table(('what', 'ms', '× single', 'at most'), rows)}")

    ways = {
        "cone": climb(net, "C", on=CONE_UNIT).step,
        "whole": climb(net, "C", on=CONE_UNIT, cone=False).step,
        "one-hot": passes.unit,
        "dense": passes.dense,
        "cone, passes": passes.cone,
    }
    found = in_turns(ways, TURNS)
    times = found["whole"] / found["cone"]
    dense = (found["dense"] + found["whole"] - found["one-hot"]) / found["cone"]
    good = good and dense >= LEAST_CONE
    rows = [
        ("cone", ms(found["cone"]), ms(found["cone, passes"]), "1.00"),
        ("whole frame, back from the unit alone", ms(found["whole"]), ms(found["one-hot"]), f"{times:.2f}"),
        ("whole frame, back from the whole layer", "", ms(found["dense"]), f"{dense:.2f}"),
    ]
    head = ("what", "ms", "passes alone ms", "× cone")
    print(f"\nPreset C, {CONE_UNIT} (wanted: the cone {LEAST_CONE:g} times as fast):\n\n{table(head, rows)}")
    return 0 if good else 1


def climb(net: deepvis.Net, style: str, runs: int = 1, on: str = "fc8:130", cone: bool = True) -> Climb:
    """Runs of one unit that differ in their seeds, with all that a run keeps."""
    asked = [Run(unit(on), preset(style), seed=seed) for seed in range(runs)]
    return Climb(net, "data", PREPROCESS, asked, cone=cone)


class Passes:
    """The net's passes alone, from noise."""

    def __init__(self, net: deepvis.Net, images: int) -> None:
        self._net = net
        self._x = np.random.default_rng(0).normal(0, 10, (images, 3, 227, 227)).astype(np.float32)
        net.forward(data=self._x)
        self._signal = np.zeros(net.shape("conv3"), np.float32)
        self._signal[:, 10, 6, 6] = 1

    def classes(self) -> None:
        """To the classes and back from one."""
        self._net.forward(end="fc8", data=self._x)
        self._net.backward("fc8", ["fc8:130@0,0"] * len(self._x))

    def unit(self) -> None:
        """To conv3 and back from one unit, of which the engine knows that it is one."""
        self._net.forward(end="conv3", data=self._x)
        self._net.backward("conv3", CONE_UNIT)

    def dense(self) -> None:
        """To conv3 and back from a signal of its size."""
        self._net.forward(end="conv3", data=self._x)
        self._net.backward("conv3", self._signal)

    def cone(self) -> None:
        """Of the net no more than that unit needs."""
        self._net.forward_cone(CONE_UNIT, self._x)
        self._net.backward_cone(CONE_UNIT)


def in_turns(ways: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Seconds of each, the least of its turns: what else the machine does only ever adds."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns + 2):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn >= 2:
                seconds[name].append(time.perf_counter() - begun)
    return {name: min(each) for name, each in seconds.items()}


def ms(seconds: float) -> str:
    """Milliseconds, in words of a table."""
    return f"{seconds * 1e3:.2f}"


if __name__ == "__main__":
    deepvis.set_num_threads(2)
    sys.exit(main())
