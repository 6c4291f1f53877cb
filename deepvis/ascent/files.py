"""Arrays in files: written as a whole, and read without trusting the file."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.atomic import write_atomically
from deepvis.errors import FormatError, LimitError

LARGEST = 4 << 30  # bytes of all arrays of a file


def write_npz(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays by name, of numbers and text. Raises OSError."""
    memory = io.BytesIO()
    np.savez(memory, allow_pickle=False, **arrays)
    write_atomically(path, memory.getvalue())


def read_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read all arrays, of numbers and text; objects never. Raises FormatError, LimitError, OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
            if size > LARGEST:
                raise LimitError(f"{path}: its arrays take {size} bytes, more than the {LARGEST} allowed")
            if not zip_is_sound(archive):
                raise FormatError(f"{path}: damaged, or cut short; make it anew")
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"{path}: expected a .npz file of arrays, found something else ({error})") from None


def zip_is_sound(archive: zipfile.ZipFile) -> bool:
    """Whether every member's numbers give its check sum."""
    return archive.testzip() is None
