"""Presets by name: deepvis's own, from presets.yaml here, and the user's, from one in their settings folder."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs
import yaml

from deepvis import yaml_lines
from deepvis.ascent.regularisers import Regularisers
from deepvis.ascent.steps import POLICIES, StepPolicy
from deepvis.ascent.style import PRESET_KEYS, REGULARISER_KEYS, Preset
from deepvis.errors import Error, FormatError, UnknownNameError

__all__ = [
    "Preset",
    "check_name",
    "own_presets",
    "preset",
    "preset_of",
    "presets",
    "read_presets",
    "user_presets_file",
]

_FILE = Path(__file__).with_name("presets.yaml")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,39}", re.ASCII)  # as a part of a file's name too
_TAKEN = ("auto", "montage")  # what the viewer calls its own choice, and what sheets of several are called


def preset_of(name: str, body: object, source: str = "preset") -> Preset:
    """Read one preset, as a file or ``as_mapping`` has it. Raises FormatError, which begins with ``source``."""
    if not isinstance(body, dict):
        raise FormatError(f"{source}: {name}: expected keys with values, found {yaml_lines.shown(body)}")
    return _preset(name, body, lambda _: f"{source}: {name}", None)


def preset(name: str) -> Preset:
    """Find one of deepvis's presets, or of the user's. Raises UnknownNameError, FormatError."""
    known = presets()
    found = known.get(name)
    if found is None:
        close = difflib.get_close_matches(name, known, 1, 0.6)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UnknownNameError(f"no preset {name!r}{hint}; presets: {', '.join(known)}")
    return found


def presets() -> Mapping[str, Preset]:
    """Presets by name: the paper's A to D, the styles for any net, then the user's. Raises FormatError."""
    path = user_presets_file()
    try:
        now = path.stat()
    except OSError:
        return own_presets()
    return _with_users(path, now.st_mtime_ns, now.st_size) if now.st_size else own_presets()


def user_presets_file() -> Path:
    """The user's own presets; the file need not be there."""
    return Path(platformdirs.user_config_dir("deepvis")) / _FILE.name


@lru_cache(maxsize=1)
def own_presets() -> Mapping[str, Preset]:
    """Those that deepvis brings."""
    return read_presets(_FILE)


@lru_cache(maxsize=1)
def _with_users(path: Path, changed: int, size: int) -> Mapping[str, Preset]:  # noqa: ARG001
    return MappingProxyType({**own_presets(), **read_presets(path, users=True)})


def check_name(name: str, place: str = "") -> None:
    """Refuse, as a FormatError, a name that a user's preset cannot have."""
    if name in own_presets() or name in _TAKEN:
        raise FormatError(f"{place}{name!r} is taken by deepvis itself; choose another name")
    if not _NAME.fullmatch(name):
        raise FormatError(
            f"{place}preset {yaml_lines.shown(name)}: expected a name of up to 40 letters, digits and _ . + -"
        )


def read_presets(path: Path, users: bool = False) -> Mapping[str, Preset]:
    """Read presets from a YAML file. ``users``: it is the user's, so that no name may be one of deepvis's own, and
    there may be nothing in it. Raises FormatError naming file, line, preset and key.
    """
    tree = yaml_lines.read(path, "file of presets")
    if tree is None:
        if users:
            return MappingProxyType({})
        raise FormatError(f"{path}: there is nothing in it; expected presets by name")
    found = {}
    for name, (line, node) in yaml_lines.mapping(tree, str(path)).items():
        if users:
            check_name(name, f"{path}:{line}: ")
        found[name] = _of_node(path, name, line, node)
    return MappingProxyType(found)


def _of_node(path: Path, name: str, line: int, node: yaml.Node) -> Preset:
    try:
        values = yaml_lines.fields(node, f"{path}")
    except FormatError as error:
        raise FormatError(str(error).replace(f"{path}:{line}:", f"{path}:{line}: {name}:", 1)) from None
    body = {key: value for key, (_, value) in values.items()}

    def place(key: str) -> str:
        return f"{path}:{values[key][0] if key in values else line}: {name}"

    return _preset(name, body, place, path.absolute().parent)


def _preset(name: str, body: Mapping[str, Any], place: Callable[[str], str], folder: Path | None) -> Preset:
    """``place`` says where a key stands; a prior's name is taken from ``folder``."""
    values = _keys(place, body, PRESET_KEYS | REGULARISER_KEYS, {"iterations", "step"})
    if isinstance(values.get("window_at"), list):
        values["window_at"] = tuple(values["window_at"])
    if folder is not None and isinstance(values.get("prior"), str) and values["prior"]:
        values["prior"] = str(folder / Path(values["prior"]).expanduser())
    step = _step(f"{place('step')}: step", values.pop("step"))
    regularisers = {key: values.pop(key) for key in REGULARISER_KEYS & values.keys()}
    try:
        return Preset(name=name, step=step, regularisers=Regularisers(**regularisers), **values)
    except Error as error:
        # A check names its owner, then the key.
        key = next((part for part in str(error).split(": ") if part in body), "")
        raise FormatError(f"{place(key)}: {error}") from None


def _step(place: str, body: object) -> StepPolicy:
    policy = body.get("policy") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(policy, str) or policy not in POLICIES:
        found = yaml_lines.shown(body)
        raise FormatError(f"{place}: expected a policy, one of {', '.join(POLICIES)}, found {found}")
    kind = POLICIES[policy]
    parameters = {each.name: each.default is MISSING for each in fields(kind)}  # type: ignore[arg-type]
    needed = {name for name, is_needed in parameters.items() if is_needed}
    values = _keys(lambda _: place, body, {"policy", *parameters}, needed)
    try:
        return kind(**{key: values[key] for key in parameters if key in values})
    except Error as error:
        raise FormatError(f"{place}: {error}") from None


def _keys(
    place: Callable[[str], str], body: Mapping[str, Any], known: set[str] | frozenset[str], needed: set[str]
) -> dict[str, Any]:
    """A mapping with known keys only, and with all that are needed."""
    for key in body:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(sorted(known))}"
            raise FormatError(f"{place(key)}: unknown key {yaml_lines.shown(key)}; {hint}")
    for key in sorted(needed):
        if key not in body:
            raise FormatError(f"{place('')}: the key {key!r} is missing")
    return dict(body)
