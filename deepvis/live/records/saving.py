"""What the save key writes: a folder with the picture on the screen, the numbers behind it, and the state."""

from __future__ import annotations

import enum
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from deepvis.errors import Error
from deepvis.live.records.picture_files import write_picture
from deepvis.render import Picture

NAME_LIMIT = 160  # bytes of a name that is made from others; file systems take 255


def snapshot_name(now: datetime, model: str, layer: str, unit: int) -> str:
    """A name that sorts by time: 20261125-160312-caffenet-conv5-151."""
    return safe_name(f"{now:%Y%m%d-%H%M%S}-{model}-{layer}-{unit}")


def safe_name(name: str) -> str:
    """A file name made of this text: slashes and all that a shell or file system may take amiss become _."""
    safe = re.sub(r"[^\w.+@=-]", "_", name).lstrip(".-")
    return safe.encode("utf-8")[:NAME_LIMIT].decode("utf-8", "ignore") or "_"


def write_snapshot(
    folder: str | Path,
    name: str,
    window: Picture,
    arrays: Mapping[str, npt.NDArray[Any]],
    pictures: Mapping[str, Picture],
    state: Mapping[str, object],
) -> Path:
    """Write FOLDER/NAME/ with window.png, each array as .npy, each picture as .png and state.yaml; gives its path.

    The folder appears when it is complete. A name that is taken gets -2, -3 …; so do files whose names would be the
    same. Raises Error where something cannot be written; nothing is left of it then.
    """
    folder, name = Path(folder), safe_name(name)
    partial: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=folder))
        inner = partial / name  # the other is for this user alone, whatever the umask says
        inner.mkdir()
        _fill(inner, window, arrays, pictures, state)
        return _settle(inner, folder, name)
    except OSError as error:
        raise Error(f"{folder / name}: cannot save here: {error.strerror or error}") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _fill(
    folder: Path,
    window: Picture,
    arrays: Mapping[str, npt.NDArray[Any]],
    pictures: Mapping[str, Picture],
    state: Mapping[str, object],
) -> None:
    write_picture(folder / "window.png", window)
    for name, picture in pictures.items():
        write_picture(_free(folder, safe_name(name), ".png"), picture)
    for name, array in arrays.items():
        np.save(_free(folder, safe_name(name), ".npy"), array, allow_pickle=False)
    (folder / "state.yaml").write_text(to_yaml(state), "utf-8")


def _free(folder: Path, name: str, suffix: str) -> Path:
    return next(path for path in _numbered(folder, name, suffix) if not path.exists())


def _numbered(folder: Path, name: str, suffix: str = "") -> Iterator[Path]:
    yield folder / f"{name}{suffix}"
    yield from (folder / f"{name}-{number}{suffix}" for number in count(2))


def _settle(partial: Path, folder: Path, name: str) -> Path:
    for path in _numbered(folder, name):
        if path.exists() or path.is_symlink():
            continue
        try:
            return partial.rename(path)
        except OSError:
            if not path.exists():  # it was not that another viewer took the name meanwhile
                raise
    raise AssertionError("numbers do not end")


class _Dumper(yaml.SafeDumper):
    """Quotes what is not printable, such as line breaks of all kinds, which else would come back as others."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"'
    ),
)


def to_yaml(value: object) -> str:
    """The plain form of a value as YAML in block style."""
    return str(yaml.dump(plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def plain(value: object, where: str = "") -> Any:
    """The value in mappings, lists, texts, numbers, booleans and None, as YAML without tags can hold it. Dataclasses
    become mappings, tuples and sets lists (sets in order), paths texts, NumPy's numbers Python's.

    Raises TypeError, naming the place within, for anything else, arrays included: they belong into files.
    """
    match value:
        case enum.Enum():
            return plain(value.value, where)
        case None:
            return None
        case bool() | np.bool_():
            return bool(value)
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            return float(value)
        case str():
            return str(value)
        case os.PathLike():
            return os.fsdecode(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {_plain_key(key, where): plain(item, f"{where}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [plain(item, f"{where}[{at}]") for at, item in enumerate(value)]
        case set() | frozenset():
            return _in_order([plain(item, f"{where}{{}}") for item in value])
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), f"{where}.{field.name}") for field in fields(value)}
    raise TypeError(f"{where.lstrip('.') or 'the value'}: {type(value).__name__} has no plain form for YAML")


def _plain_key(key: object, where: str) -> Any:
    said = plain(key, where)
    if isinstance(said, list | dict):
        raise TypeError(f"{where.lstrip('.') or 'the value'}: {key!r:.80} cannot be a key in YAML")
    return said


def _in_order(items: list[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:  # of several kinds
        return sorted(items, key=repr)
