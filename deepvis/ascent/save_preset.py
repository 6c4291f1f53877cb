"""Adding a preset to the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from deepvis.ascent.presets import Preset, check_name, read_presets, user_presets_file
from deepvis.atomic import write_atomically
from deepvis.errors import FormatError


def save_preset(style: Preset, name: str, *, overwrite: bool = False) -> Path:
    """Add a preset to the user's file under a name; the file. What else is in it stays as it was written, unless one of
    that name is overwritten: then comments are lost. Raises FormatError, OSError.
    """
    check_name(name)
    path = user_presets_file()
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    own = read_presets(path) if before.strip() else {}
    if name in own and not overwrite:
        raise FormatError(f"{path}: a preset {name!r} is there already; choose another name, or give --overwrite")
    bodies = {name: replace(style, name=name).as_mapping()}
    if name in own:
        bodies = {each: found.as_mapping() for each, found in own.items()} | bodies
        before = ""
    text = yaml.safe_dump(bodies, sort_keys=False, allow_unicode=True, width=120)
    before += "\n" if before and not before.endswith("\n") else ""
    trial = path.with_name(f".{path.name}.new")
    write_atomically(trial, (before + text).encode())
    try:
        read_presets(trial)  # a file in flow style, say, cannot be added to
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)
    return path
