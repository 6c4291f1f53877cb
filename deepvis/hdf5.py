"""Caffe's HDF5 weights: ``/data/<layer>/<i>`` holds blob i of a layer. Needs the ``hdf5`` extra (h5py)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepvis import _native
from deepvis.errors import Error, FormatError, LimitError

SUFFIXES = (".h5", ".hdf5")

Weights = list[tuple[str, list[NDArray[np.float32]]]]


def is_hdf5(path: str | os.PathLike[str]) -> bool:
    """Whether a path's name says that it is an HDF5 file."""
    return Path(path).suffix.lower() in SUFFIXES


def _h5py() -> Any:
    try:
        import h5py
    except ImportError:
        raise Error("weights in .h5 files need h5py; install it with: pip install 'deepvis[hdf5]'") from None
    return h5py


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """Read (layer, blobs) pairs; a layer without blobs is left out. Raises FormatError, OSError."""
    h5py = _h5py()
    Path(path).stat()  # a missing file is an OSError that names it, not HDF5's own message
    name = Path(path).name
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FormatError(f"{name}: expected an HDF5 file of Caffe weights, found something else ({error})") from None
    with file:
        data = file.get("data")
        if not isinstance(data, h5py.Group):
            raise FormatError(f"{name}: expected Caffe weights under /data, found {sorted(file)} at the top")
        layers: dict[str, list[NDArray[np.float32]]] = {}
        total = 0

        # visititems passes over links to other files; blobs of a layer come in the order 0, 1, ….
        def visit(path: str, member: Any) -> None:
            if not isinstance(member, h5py.Dataset):
                return
            nonlocal total
            total += member.size * 4
            if total > _native.DEFAULT_MEMORY_LIMIT:  # a few bytes of HDF5 can claim to unpack to any size
                raise LimitError(f"{name}: its weights need more than {_native.DEFAULT_MEMORY_LIMIT} bytes")
            layer, _, index = path.rpartition("/")
            blobs = layers.setdefault(layer, [])
            if index != str(len(blobs)) or member.dtype.kind not in "fiu":
                raise FormatError(f"{name}: expected numbers, blob {len(blobs)} of '{layer}', at /data/{path}")
            blobs.append(np.asarray(member[()], dtype=np.float32))

        data.visititems(visit)
        return list(layers.items())


def write_weights(path: str | os.PathLike[str], weights: Weights) -> None:
    """Write (layer, blobs) pairs as Caffe does, atomically."""
    h5py = _h5py()
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with h5py.File(temporary, "w") as file:
            data = file.create_group("data")
            for layer, blobs in weights:
                group = data.create_group(layer)
                for index, blob in enumerate(blobs):
                    group.create_dataset(str(index), data=blob, dtype="float32")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
