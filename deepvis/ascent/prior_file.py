"""A .npz of plain arrays of numbers: written atomically, and read without trusting what it says of itself."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deepvis.atomic import write_atomically
from deepvis.errors import FormatError, LimitError

_LARGEST = 256 << 20  # bytes of all arrays


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[np.float64]]) -> None:
    """Write arrays by name. The file is there as a whole or not at all. Raises OSError."""
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, **arrays)
    write_atomically(path, memory.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Read the named arrays as float64. Objects are never read. Raises FormatError, LimitError, OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [name for name in names if f"{name}.npy" not in archive.namelist()]
            if missing:
                raise FormatError(f"{path}: the array {missing[0]!r} is missing; expected {', '.join(names)}")
            size = sum(archive.getinfo(f"{name}.npy").file_size for name in names)
            if size > _LARGEST:
                raise LimitError(f"{path}: its arrays take {size} bytes, more than the {_LARGEST} allowed")
            return {name: _array(path, archive, name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"{path}: expected a .npz file of arrays, found something else ({error})") from None


def _array(path: Path, archive: zipfile.ZipFile, name: str) -> npt.NDArray[np.float64]:
    with archive.open(f"{name}.npy") as file:
        try:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"version {version}")
            shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
        except ValueError as error:
            raise FormatError(f"{path}: {name}: expected an array in NumPy's format 1.0: {error}") from None
        if kind.hasobject or kind.kind not in "fiu":
            raise FormatError(f"{path}: {name}: expected numbers, found {kind}")
        data = file.read(_LARGEST)
    if len(data) != math.prod(shape) * kind.itemsize:
        raise FormatError(f"{path}: {name}: expected {shape} numbers of {kind}, found {len(data)} bytes")
    values = np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(values, np.float64).reshape(shape)
