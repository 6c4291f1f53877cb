"""How much a net has to do: arithmetic, and weights to read from memory."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from deepvis.bench.machine import Machine
from deepvis.net import Net
from deepvis.results import LayerInfo

_DENSE = ("InnerProduct",)
_CONVOLUTIONS = ("Convolution", "Deconvolution")


@dataclass(frozen=True)
class Work:
    """``operations``: floating-point ones, a multiplication and an addition being two.

    ``weight_bytes``: of fully connected layers, which no cache holds from one pass to the next. ``skipped``: the share
    of them that the last forward pass did not read, since the inputs that they belong to were 0.
    """

    operations: int = 0
    weight_bytes: int = 0
    skipped: float = 0.0

    def floor(self, machine: Machine) -> float:
        """Seconds that this takes at the machine's peak and bandwidth, reading all weights."""
        return self.operations / machine.peak + self.weight_bytes / machine.bandwidth


def layer_work(net: Net, layer: LayerInfo) -> Work:
    """What one direction of a layer has to do at the net's present shapes; nothing for layers without arithmetic."""
    if not layer.param_shapes:
        return Work()
    weights = math.prod(layer.param_shapes[0])
    bottom, top = net.shape(layer.bottoms[0]), net.shape(layer.tops[0])
    if layer.type in _CONVOLUTIONS:
        positions = math.prod((top if layer.type == "Convolution" else bottom)[2:])
        return Work(2 * weights * positions * bottom[0])
    if layer.type in _DENSE:
        rows = math.prod(top[:-1])
        bytes_ = weights * (2 if net.precision == "fp16-weights" else 4)
        return Work(2 * weights * rows, bytes_, _skipped(net, layer, rows))
    return Work()


def _skipped(net: Net, layer: LayerInfo, rows: int) -> float:
    values = net.blobs[layer.bottoms[0]].reshape(rows, -1)
    return float(np.mean(~values.any(axis=0)))


def total_work(net: Net, layers: Iterable[LayerInfo]) -> Work:
    """What one direction of all these layers has to do."""
    works = [layer_work(net, layer) for layer in layers]
    return Work(sum(work.operations for work in works), sum(work.weight_bytes for work in works))
