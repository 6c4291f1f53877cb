"""Blobs, parameters and layers with pycaffe's attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from deepvis.errors import ShapeError

if TYPE_CHECKING:
    from deepvis.pycaffe.net import Net

Floats = npt.NDArray[np.float32]


class _Extents:
    """num, channels, height, width and count, read off ``shape``."""

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    def _legacy(self, axis: int) -> int:
        shape = self.shape
        if len(shape) > 4:
            raise ShapeError(f"a blob of shape {shape} has more than four axes: no num, channels, height and width")
        return shape[axis] if axis < len(shape) else 1

    @property
    def num(self) -> int:
        return self._legacy(0)

    @property
    def channels(self) -> int:
        return self._legacy(1)

    @property
    def height(self) -> int:
        return self._legacy(2)

    @property
    def width(self) -> int:
        return self._legacy(3)

    @property
    def count(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


class Blob(_Extents):
    """One blob of a net: ``data`` is a view of the net's own numbers, ``diff`` the signal of the last backward pass.

    ``diff`` of the blob where a pass starts is its seed: write it, then call backward.
    """

    def __init__(self, net: Net, name: str) -> None:
        self._net = net
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        return self._net._shape(self._name)

    @property
    def data(self) -> Floats:
        return self._net._data(self._name)

    @data.setter
    def data(self, values: Any) -> None:
        self.data[...] = values

    @property
    def diff(self) -> Floats:
        return self._net._diff(self._name)

    @diff.setter
    def diff(self, values: Any) -> None:
        self.diff[...] = values

    def reshape(self, *dims: int) -> None:
        """Give an input blob another shape; the rest of the net follows at once, or at the next forward."""
        self._net._reshape_blob(self._name, dims)


class Param(_Extents):
    """One parameter of a layer. ``diff`` is there for scripts that look at it, and zero: nothing is trained here."""

    def __init__(self, read: Callable[[], Floats], place: str) -> None:
        self._read = read
        self._place = place
        self._diff: Floats | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._read().shape

    @property
    def data(self) -> Floats:
        return self._read()

    @data.setter
    def data(self, values: Any) -> None:
        self.data[...] = values

    @property
    def diff(self) -> Floats:
        if self._diff is None:
            self._diff = np.zeros(self.shape, np.float32)
        return self._diff

    def reshape(self, *dims: int) -> None:
        """Accepts the shape that the parameter has; its layer determines it."""
        if tuple(dims) != self.shape:
            raise ShapeError(
                f"{self._place} has the shape {self.shape}, which its layer determines; not {tuple(dims)}: "
                "change the layer in the prototxt instead"
            )


class Layer:
    """One layer: its ``type`` and its parameters as ``blobs``."""

    def __init__(self, type_name: str, blobs: list[Param]) -> None:
        self.type = type_name
        self.blobs = blobs
