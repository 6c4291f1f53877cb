"""What CaffeNet takes besides time of a pass: loading, memory, and passes of several clones at once.

Run by scripts/bench.sh, with two threads; prints Markdown. Exit code 1 where loading or memory is past its bound.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import deepvis
from deepvis.bench.passes import randomize
from deepvis.bench.tables import table

PROTOTXT = Path(__file__).resolve().parents[2] / "prototxt" / "caffenet.prototxt"
MOST_LOADING = 0.080  # seconds, the file being in the system's cache
MOST_BESIDE_WEIGHTS = 80e6  # bytes, and a quarter of the weights


def main() -> int:
    """Make a file of random weights and look at it from processes of their own."""
    if len(sys.argv) > 1:
        print(*MEASURES[sys.argv[1]](Path(sys.argv[2])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "caffenet.caffemodel"
        net = deepvis.Net(PROTOTXT)
        randomize(net)
        net.save(weights)
        size = weights.stat().st_size
        load, first, second = measured("loading", weights)
        (peak,) = measured("memory", weights)
        alone, together = measured("clones", weights)
    most = 1.25 * size + MOST_BESIDE_WEIGHTS
    rows = [
        ("loading, until the net can be used, ms", f"{load * 1e3:.1f}", f"{MOST_LOADING * 1e3:.0f}"),
        ("first forward pass, which arranges the weights, ms", f"{first * 1e3:.0f}", ""),
        ("second forward pass, ms", f"{second * 1e3:.1f}", ""),
        ("peak memory of load, forward, backward, whole process, MB", f"{peak / 1e6:.0f}", f"{most / 1e6:.0f}"),
        ("forward passes a second, one net, two threads", f"{alone:.0f}", ""),
        ("forward passes a second, two clones at once", f"{together:.0f}", ""),
    ]
    print(f"CaffeNet, a file of {size / 1e6:.0f} MB:\n\n{table(('what', 'found', 'at most'), rows)}")
    return 0 if load <= MOST_LOADING and peak <= most else 1


def measured(what: str, weights: Path) -> list[float]:
    """Run one of the functions below in a new process."""
    child = subprocess.run([sys.executable, __file__, what, weights], check=True, stdout=subprocess.PIPE, text=True)
    return [float(word) for word in child.stdout.split()]


def loading(weights: Path) -> tuple[float, float, float]:
    """Seconds to load, median; of the first pass and of a later one."""
    seconds = []
    for _ in range(9):
        begun = time.perf_counter()
        net = deepvis.Net(PROTOTXT, weights)
        seconds.append(time.perf_counter() - begun)
    x = picture(net)
    passes = []
    for _ in range(9):
        begun = time.perf_counter()
        net.forward(data=x)
        passes.append(time.perf_counter() - begun)
    return statistics.median(seconds), passes[0], statistics.median(passes[1:])


def memory(weights: Path) -> tuple[float]:
    """The most bytes that this process ever had in memory."""
    net = deepvis.Net(PROTOTXT, weights)
    net.forward(data=picture(net))
    net.backward("fc8", "fc8:0@0,0")
    # Not getrusage's number: that takes the parent's over.
    status = Path("/proc/self/status").read_text()
    return (int(status.split("VmHWM:")[1].split()[0]) * 1024.0,)


def clones(weights: Path) -> tuple[float, float]:
    """Passes a second: of one net alone, and of two clones in two threads together."""
    net = deepvis.Net(PROTOTXT, weights)
    nets = [net, net.clone()]
    x = picture(net)
    count = 60

    def run(each: deepvis.Net) -> None:
        for _ in range(count):
            each.forward(data=x)

    for each in nets:
        run(each)
    begun = time.perf_counter()
    run(net)
    alone = count / (time.perf_counter() - begun)
    threads = [threading.Thread(target=run, args=(each,)) for each in nets]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return alone, 2 * count / (time.perf_counter() - begun)


def picture(net: deepvis.Net) -> np.ndarray:
    """Noise of the input's shape."""
    return np.random.default_rng(0).normal(0, 50, net.shape("data")).astype(np.float32)


MEASURES = {"loading": loading, "memory": memory, "clones": clones}

if __name__ == "__main__":
    deepvis.set_num_threads(2)
    sys.exit(main())
