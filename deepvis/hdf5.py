"""Caffe's HDF5 weights: ``/data/<layer>/<i>`` holds blob i of a layer. Needs the ``hdf5`` extra (h5py)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepvis.errors import Error, FormatError

SUFFIXES = (".h5", ".hdf5")

Weights = list[tuple[str, list[NDArray[np.float32]]]]


def is_hdf5(path: str | os.PathLike[str]) -> bool:
    """Whether a path's name says that it is an HDF5 file."""
    return Path(path).suffix.lower() in SUFFIXES


def _h5py() -> Any:
    try:
        import h5py
    except ImportError:
        raise Error("reading and writing .h5 weights needs h5py; install it with: pip install 'deepvis[hdf5]'") from None
    return h5py


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """Read (layer, blobs) pairs. Layers without blobs are left out; links to other files are not followed."""
    h5py = _h5py()
    Path(path).stat()  # a missing file is an OSError that names it, not HDF5's own message
    name = Path(path).name
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FormatError(f"{name}: expected an HDF5 file of Caffe weights, found something else ({error})") from None
    with file:
        data = _member(file, "data", h5py)
        if not isinstance(data, h5py.Group):
            raise FormatError(f"{name}: expected Caffe weights under /data, found {sorted(file)} at the top")
        weights: Weights = []
        for layer in _layers(data, h5py):
            blobs = []
            for index in range(len(data[layer])):
                blob = _member(data[layer], str(index), h5py)
                if not isinstance(blob, h5py.Dataset) or blob.dtype.kind not in "fiu":
                    raise FormatError(f"{name}: expected an array of numbers at /data/{layer}/{index}")
                blobs.append(np.asarray(blob[()], dtype=np.float32))
            if blobs:
                weights.append((layer, blobs))
        return weights


def _member(group: Any, key: str, h5py: Any) -> Any:
    """One member of a group that stands in this very file, or None."""
    if key not in group or isinstance(group.get(key, getlink=True), h5py.ExternalLink):
        return None
    return group[key]


def _layers(data: Any, h5py: Any) -> list[str]:
    """Names of the layers; one that holds slashes was stored as groups in groups."""
    found: list[str] = []

    def visit(path: str, member: Any) -> None:
        if isinstance(member, h5py.Group) and any(
            isinstance(member.get(key, getclass=True, getlink=False), type)
            and issubclass(member.get(key, getclass=True), h5py.Dataset)
            for key in member
        ):
            found.append(path)

    data.visititems(visit)
    return found


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
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
