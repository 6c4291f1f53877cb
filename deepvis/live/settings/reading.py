"""Settings from the defaults, the user's file, the project's file and the command line, the later winning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs

from deepvis import yaml_lines
from deepvis.errors import FormatError
from deepvis.live.settings import classic
from deepvis.live.settings.keys import KEYS
from deepvis.live.settings.values import Settings
from deepvis.models.card import KEYS as CARD_KEYS
from deepvis.yaml_lines import WrongValueError

FILE = "deepvis.yaml"
OVERRIDE = "--set"
Level = Literal["default", "user", "project", "--set"]


@dataclass(frozen=True)
class Origin:
    """Where a value comes from; `where` is FILE:LINE for the levels of files."""

    level: Level = "default"
    where: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.level, self.where) if part)


@dataclass(frozen=True)
class LoadedSettings:
    """The settings; notes on what has no effect, one line each; and the origin of every key."""

    settings: Settings
    notes: tuple[str, ...]
    origins: Mapping[str, Origin]


@dataclass(frozen=True)
class _Level:
    """One level while it is read: how errors name its places, and where its relative paths start."""

    level: Level
    base: Path
    found: dict[str, tuple[Any, Origin]]
    notes: list[str]

    def take(self, fields: Mapping[str, tuple[str, Any]]) -> None:
        """Read (place, value) by key. Raises FormatError."""
        written: dict[str, str] = {}
        for key, (place, value) in fields.items():
            own = self._own(key, place)
            if own is None:
                continue
            if own in written:
                raise FormatError(f"{place}: {key}: is the setting {own}, already given as {written[own]}")
            written[own] = f"{key} ({place})"
            try:
                name = None if key in KEYS else classic.full_name(key)
                plain = classic.own_value(name, value) if name else value
                self.found[own] = (KEYS[own].kind(plain, self.base), Origin(self.level, _behind(place)))
            except WrongValueError as wrong:
                raise FormatError(f"{place}: {key}: {wrong.said_of(value)}") from None

    def _own(self, key: str, place: str) -> str | None:
        """The own name of a key; None, with a note, where it has no effect."""
        if key in KEYS:
            return key
        name = classic.full_name(key)
        if name is None:
            raise FormatError(f"{place}: unknown setting {yaml_lines.shown(key)}; {_hint(key)}")
        if name in classic.REFUSED:
            raise FormatError(f"{place}: {key}: {classic.REFUSED[name]}")
        if name in classic.WITHOUT_EFFECT:
            self.notes.append(f"{place}: {key} has no effect: {classic.WITHOUT_EFFECT[name]}")
            return None
        return classic.RENAMED[name]


def user_settings_file() -> Path:
    """The user's own settings, for all projects; the file need not be there."""
    return Path(platformdirs.user_config_dir("deepvis")) / FILE


def load_settings(
    project_dir: Path | None = None, overrides: Sequence[str] = (), user_file: Path | None = None
) -> LoadedSettings:
    """Defaults, then the user's file, then deepvis.yaml in the project's folder, then each KEY=VALUE of `overrides`.

    project_dir: the working directory if None; user_file: user_settings_file() if None. Files that are not there are
    left out. Relative paths start from their file's folder, those of overrides from project_dir.
    Raises FormatError, naming file and line, for a file that is no YAML, an unknown key or a wrong value.
    """
    project = (project_dir or Path.cwd()).absolute()
    found: dict[str, tuple[Any, Origin]] = {}
    notes: list[str] = []
    files: list[tuple[Level, Path]] = [("user", user_file or user_settings_file()), ("project", project / FILE)]
    for level, path in files:
        if _is_there(path):
            _Level(level, path.absolute().parent, found, notes).take(_of_file(path))
    for override in overrides:
        _Level("--set", project, found, notes).take(_of_override(override))
    return _loaded(found, notes)


def settings_of(values: Mapping[str, Any], source: Path) -> Settings:
    """The defaults but for these plain values, as a recording has them. Raises FormatError naming `source`."""
    found: dict[str, tuple[Any, Origin]] = {}
    fields = {key: (f"{source}: settings", value) for key, value in values.items()}
    _Level("--set", source.absolute().parent, found, []).take(fields)
    return _loaded(found, []).settings


def _loaded(found: Mapping[str, tuple[Any, Origin]], notes: Sequence[str]) -> LoadedSettings:
    settings = Settings(**{key: value for key, (value, _) in found.items()})
    origins = {key: found[key][1] if key in found else Origin() for key in KEYS}
    _check_starts(settings, origins)
    return LoadedSettings(settings, tuple(notes), origins)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # in a folder that may not be looked into
        raise FormatError(f"{path}: cannot read the settings file: {error.strerror}") from error


def _of_file(path: Path) -> dict[str, tuple[str, Any]]:
    name = _short(path)
    node = yaml_lines.read(path, "settings file", name)
    if node is None:
        return {}
    return {key: (f"{name}:{line}", value) for key, (line, value) in yaml_lines.fields(node, name).items()}


def _short(path: Path) -> str:
    """A file's name as people know it: from the working directory if it is there."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _of_override(override: str) -> dict[str, tuple[str, Any]]:
    key, equals, words = override.partition("=")
    key = key.strip()
    if not equals or not key:
        raise FormatError(f"{OVERRIDE}: expected KEY=VALUE, found {yaml_lines.shown(override)}")
    node = yaml_lines.compose(words, f"{OVERRIDE}: {key}")
    try:
        return {key: (OVERRIDE, None if node is None else yaml_lines.value(node))}
    except WrongValueError as wrong:
        raise FormatError(f"{OVERRIDE}: {key}: {wrong}") from None


def _behind(place: str) -> str:
    return "" if place == OVERRIDE else place


def _hint(key: str) -> str:
    if key in CARD_KEYS:
        return "it belongs into a model's card"
    close = yaml_lines.nearest(key, classic.known_names())
    return f"did you mean '{close}'?" if close else "`deepvis live --print-settings` lists all of them"


def _check_starts(settings: Settings, origins: Mapping[str, Origin]) -> None:
    """The choices may come from another level than the number of the first."""
    for name in ("boost", "gamma"):
        index, choices = getattr(settings, f"{name}_default_index"), getattr(settings, f"{name}_choices")
        if index >= len(choices):
            origin = origins[f"{name}_default_index"]
            raise FormatError(
                f"{origin.where or origin.level}: {name}_default_index: expected at most {len(choices) - 1}, the last "
                f"of {name}_choices, found {index}"
            )
