"""What a benchmark ran on, and what that machine can do at best."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path

import deepvis
from deepvis import _native

PROBE_BYTES = 512 << 20  # so much more than any cache holds that what is left of it there does not matter


@dataclass(frozen=True)
class Machine:
    """A processor as a benchmark sees it, with so many threads.

    ``peak`` in floating-point operations a second; ``bandwidth`` and ``usual_bandwidth`` in bytes a second read from
    memory, the best of some tries and their median. Shared machines give now more, now less of it.
    """

    processor: str
    instruction_set: str
    onednn: str
    threads: int
    peak: float
    bandwidth: float
    usual_bandwidth: float

    def __str__(self) -> str:
        onednn = f"oneDNN {self.onednn}" if self.onednn else "no oneDNN"
        return (
            f"{self.processor}, threads: {self.threads}, {self.instruction_set}, {onednn}\n"
            f"peak {self.peak / 1e9:.0f} GF/s, memory {self.bandwidth / 1e9:.1f} GB/s at best, "
            f"{self.usual_bandwidth / 1e9:.1f} usually"
        )


def probe() -> Machine:
    """Measure this machine with the engine's present number of threads; takes about half a second."""
    best, usual = _native.read_bandwidth(PROBE_BYTES)
    return Machine(
        processor=_processor(),
        instruction_set=_native.instruction_set(),
        onednn=_native.onednn_version(),
        threads=deepvis.num_threads(),
        peak=_native.peak_flops(),
        bandwidth=best,
        usual_bandwidth=usual,
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", listing.read_text(), re.MULTILINE) if listing.is_file() else None
    return named[1].strip() if named else platform.processor() or platform.machine()
