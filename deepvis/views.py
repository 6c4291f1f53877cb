"""A net's numbers as mappings from names to NumPy views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from deepvis import _native
from deepvis.errors import UnknownNameError

Array = NDArray[np.float32]


class BlobViews(Mapping[str, Array]):
    """Blobs by name, in net order, as writable NumPy views."""

    def __init__(self, native: _native.Net) -> None:
        self._native = native
        self._names = native.blob_names

    def __getitem__(self, name: str) -> Array:
        return self._native.blob(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class SignalViews(BlobViews):
    """Signals of the last backward pass; iterates over the blobs that it reached."""

    def __getitem__(self, name: str) -> Array:
        signal = self._native.diff(name)
        if signal is None:
            raise UnknownNameError(f"the last backward pass did not reach {name!r}; it reached {list(self)}")
        return signal

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if self._native.diff(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._names and self._native.diff(str(name)) is not None


class ParamViews(Mapping[str, list[Array]]):
    """Parameters by layer name, in net order, as writable NumPy views: what is written here, the next pass uses."""

    def __init__(self, native: _native.Net, layers: Mapping[str, int]) -> None:
        self._native = native
        self._index = layers

    def __getitem__(self, layer: str) -> list[Array]:
        if layer not in self._index:
            raise UnknownNameError(f"no layer {layer!r} with parameters in this net; there are: {list(self._index)}")
        return self._native.params(self._index[layer])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)
