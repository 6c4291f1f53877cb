"""What a net tells about its layers, its passes and its units: plain records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepvis.receptive import ReceptiveField
from deepvis.views import Array

__all__ = ["ConeSignal", "LayerInfo", "LayerRun", "ReceptiveField"]


@dataclass(frozen=True)
class LayerInfo:
    """What a layer is: its name, Caffe type, blobs, parameter shapes, and the code that does its arithmetic."""

    name: str
    type: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    param_shapes: tuple[tuple[int, ...], ...]
    kernel: str
    in_place: bool


@dataclass(frozen=True)
class LayerRun:
    """One layer of a pass: the code that did its arithmetic, and its seconds.

    ``fused``: the layer before did its work too, in its own time.
    """

    layer: str
    kernel: str
    fused: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class ConeSignal:
    """The signal that a unit's cone carried to an input: (N, C, height, width) at the part that begins at top, left."""

    signal: Array
    top: int
    left: int
    input_shape: tuple[int, ...]

    @property
    def rows_and_columns(self) -> tuple[slice, slice]:
        """Where the part lies in the input."""
        height, width = self.signal.shape[2:]
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def whole(self) -> Array:
        """Make the signal at all of the input, (N, C, H, W): 0 around the part."""
        whole = np.zeros(self.input_shape, np.float32)
        rows, columns = self.rows_and_columns
        whole[..., rows, columns] = self.signal
        return whole
