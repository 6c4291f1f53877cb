"""Settings for people: as a YAML file with its reasons, and as the page docs/settings.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deepvis.live.settings import classic
from deepvis.live.settings.keys import SECTIONS
from deepvis.live.settings.reading import FILE, LoadedSettings
from deepvis.live.settings.values import Settings

_PAGE = """\
# Settings

The viewer reads its settings from, each winning over the one before:

1. the defaults in the tables below;
2. `{file}` in your configuration folder (`~/.config/deepvis` on Linux), for all your projects;
3. `{file}` in the working directory, for one project;
4. `--set KEY=VALUE`, for one run.

`deepvis live --print-settings` prints all of them with where each came from, as a `{file}` to start from. A file
needs only what differs from the defaults:

```yaml
model: caffenet
source: [pictures, camera:0]
boost_choices: [0, 0.5, 1]
window_background: [0, 0, 0]
```

Relative paths start from the file they are in, and `%DVT_ROOT%` in a path stands for that file's folder. An unknown
key, one given twice and a value of the wrong kind are errors that name file and line. `null` in a table means that the
viewer or the model's card chooses.
"""

_CLASSIC = """\
## The classic toolbox's settings

Every setting of the classic's `settings.py` is understood under the name and with the value that it had there, tuples
being written as lists: `caffevis_boost_indiv_choices: [0, .3, .5, .8, 1]`. The tables above say what it is called here.
Some values are put differently here: `caffevis_mode_gpu: true` is `device: cuda`, `caffe_net_channel_swap: [2, 1, 0]`
is `channel_order: BGR`, and `caffevis_data_mean: null` is `mean: 0`. These have no effect, and a note says so:
"""


def print_settings(loaded: LoadedSettings) -> str:
    """A YAML file of all settings that reads back to the same ones: each with its meaning, and where it is from."""
    lines = ["# The settings of the viewer, each with what it means and where it comes from."]
    lines += [f"# note: {_one_line(note)}" for note in loaded.notes]
    for title, keys in SECTIONS.items():
        lines += ["", f"# --- {title} ---"]
        for name, key in keys.items():
            lines += ["", f"# {key.meaning}", f"# from: {_one_line(str(loaded.origins[name]))}"]
            lines.append(f"{name}: {_yaml(getattr(loaded.settings, name))}")
    return "\n".join(lines) + "\n"


def markdown_table() -> str:
    """The page docs/settings.md: every key with its default, its meaning and its classic name."""
    parts = [_PAGE.format(file=FILE)]
    defaults = Settings()
    for title, keys in SECTIONS.items():
        rows = [("key", "default", "meaning", "classic name"), ("---",) * 4]
        for name, key in keys.items():
            was = classic.classic_name(name)
            rows.append((f"`{name}`", f"`{_yaml(getattr(defaults, name))}`", key.meaning, f"`{was}`" if was else ""))
        parts.append(f"## {title}\n\n{_table(rows)}")
    parts.append(_CLASSIC)
    reasons: dict[str, list[str]] = {}
    for name, why in classic.WITHOUT_EFFECT.items():
        reasons.setdefault(why, []).append(f"`{name}`")
    parts.append(
        _table([("setting", "why"), ("---",) * 2, *((", ".join(names), why) for why, names in reasons.items())])
    )
    parts.append("And these are refused:\n")
    parts.append("\n".join(f"- `{name}` {why}." for name, why in classic.REFUSED.items()) + "\n")
    return "\n".join(parts)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)


def _yaml(value: Any) -> str:
    """A value on one line."""
    # in a list and in flow style: what is safe there is safe behind a key
    line = yaml.safe_dump([_plain(value)], default_flow_style=True, width=2**31, allow_unicode=True, sort_keys=False)
    return str(line).strip()[1:-1]


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _one_line(words: str) -> str:
    """For a comment: a file's name may have anything in it."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)
