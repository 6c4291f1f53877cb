"""A model's card: what its files are, what a picture must become before it goes in, and what comes out.

Cards are written in YAML: deepvis's own in registry.yaml, a user's in a file of a few lines. Both are read
here, and
strictly: an unknown key or a value of the wrong kind is an error naming file, line and the nearest known key.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from deepvis import yaml_lines
from deepvis.errors import FormatError
from deepvis.models.files import RemoteFile
from deepvis.preprocess import Fit, Interpolation, Order
from deepvis.yaml_lines import WrongValueError

BUILTIN = "builtin"  # as `weights`: converted from an installed package, see builtin.py
Source = Path | RemoteFile
Values = tuple[float, ...]


@dataclass(frozen=True)
class ModelCard:
    """Everything known of a model before its net is loaded. None means: not said, so guessed when it is
    loaded."""

    name: str
    prototxt: Path
    weights: Source | str | None = None
    title: str = ""
    about: str = ""
    licence: str = ""
    homepage: str = ""
    order: Order | None = None
    mean: Values | Source | None = None
    std: Values | Source | None = None
    raw_scale: float = 1.0
    scale: float = 1.0
    fit: Fit = "crop"
    resize: tuple[int, int] | None = None
    interpolation: Interpolation = "linear"
    transpose: bool = False
    input: tuple[str, ...] | None = None
    input_size: tuple[int, int] | None = None
    labels: Path | None = None
    class_blob: str | None = None
    class_labels_layers: tuple[str, ...] = ()
    display_names: Mapping[str, str] = field(default_factory=dict)
    shorten: Mapping[str, str] = field(default_factory=dict)
    hidden_layers: tuple[str, ...] = ("*_split_*",)
    layer_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ascent: Mapping[str, str] = field(default_factory=dict)
    said: frozenset[str] = frozenset()

    def short(self, blob: str) -> str:
        """The name shown in narrow places: display_names first, else every `shorten` replacement in turn."""
        if blob in self.display_names:
            return self.display_names[blob]
        for long, brief in self.shorten.items():
            blob = blob.replace(long, brief)
        return blob

    def hidden(self, blob: str) -> bool:
        """Whether the layer bar leaves this blob out."""
        return any(fnmatch.fnmatchcase(blob, pattern) for pattern in self.hidden_layers)

    def group(self, blob: str) -> str | None:
        """The name of the first layer group with a pattern that matches, if any."""
        for name, patterns in self.layer_groups.items():
            if any(fnmatch.fnmatchcase(blob, pattern) for pattern in patterns):
                return name
        return None

    def remote_files(self) -> list[RemoteFile]:
        """What has to be downloaded before the model can run."""
        return [f for f in (self.weights, self.mean, self.std) if isinstance(f, RemoteFile)]


@dataclass(frozen=True)
class Folders:
    """Where relative names in a card are looked up: its own folder, and the nets and labels that deepvis
    brings."""

    base: Path
    nets: Path
    labels: Path


def read_cards(path: Path, folders: Folders) -> dict[str, ModelCard]:
    """A registry: a YAML mapping of model names to cards."""
    cards = {}
    for name, (_, node) in yaml_lines.mapping(_tree(path), str(path)).items():
        cards[name] = parse_card(name, yaml_lines.fields(node, str(path)), folders, path)
    return cards


def read_card(path: Path, folders: Folders) -> ModelCard:
    """A user's model: one card, named by its `name` or else by the file."""
    fields = yaml_lines.fields(_tree(path), str(path))
    name = fields.pop("name", (1, path.stem))
    if not isinstance(name[1], str) or not name[1] or "/" in name[1]:
        raise FormatError(f"{path}:{name[0]}: name: expected a word without '/', found {name[1]!r}")
    return parse_card(name[1], fields, folders, path)


def parse_card(name: str, fields: Mapping[str, tuple[int, Any]], folders: Folders, source: Path | str) -> ModelCard:
    """A card from (line, value) by key. Raises FormatError for what is unknown, missing or of the wrong
    kind."""
    values: dict[str, Any] = {}
    for key, (line, value) in fields.items():
        if key not in KEYS:
            raise FormatError(f"{source}:{line}: {name}: unknown key '{key}'{_nearest(key)}")
        attribute, convert, _ = KEYS[key]
        try:
            values[attribute] = convert(value, folders)
        except WrongValueError as wrong:
            raise FormatError(f"{source}:{line}: {name}: {key}: {wrong.said_of(value)}") from None
    if "prototxt" not in values:
        raise FormatError(f"{source}: {name}: the key 'prototxt' is missing; it names the net's text file")
    hint = values.get("hidden_layers")
    if hint is not None:
        values["hidden_layers"] = ("*_split_*", *hint)
    return ModelCard(name=name, said=frozenset(fields), **values)


def _nearest(key: str) -> str:
    close = yaml_lines.nearest(key, KEYS)
    return f"; did you mean '{close}'?" if close else f"; known keys: {', '.join(KEYS)}"


def _tree(path: Path) -> yaml.Node:
    node = yaml_lines.read(path, "model card")
    if node is None:
        raise FormatError(f"{path}: the file is empty; a model card needs at least 'prototxt: FILE'")
    return node


def _text(value: Any, _: Folders) -> str:
    if not isinstance(value, str):
        raise WrongValueError("expected text")
    return value.strip()


def _number(value: Any, _: Folders) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValueError("expected a number")
    return float(value)


def _flag(value: Any, _: Folders) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError("expected true or false")
    return value


def _one_of(*allowed: str) -> Callable[[Any, Folders], str]:
    def convert(value: Any, _: Folders) -> str:
        match = next((a for a in allowed if isinstance(value, str) and a.lower() == value.lower()), None)
        if match is None:
            raise WrongValueError(f"expected {' or '.join(allowed)}")
        return match

    return convert


def _size(value: Any, _: Folders) -> tuple[int, int]:
    pair = [value, value] if isinstance(value, int) else value
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(v) is int and 0 < v < 32768 for v in pair):
        raise WrongValueError("expected a size in pixels, such as 227 or [height, width]")
    return pair[0], pair[1]


def _names(value: Any, _: Folders) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise WrongValueError("expected a list of names")
    return tuple(items)


def _inputs(value: Any, folders: Folders) -> tuple[str, ...]:
    names = _names(value, folders)
    if not 1 <= len(set(names)) == len(names) <= 2:
        raise WrongValueError("expected the name of an input, or of two")
    return names


def _renames(value: Any, _: Folders) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(x, str) for pair in value.items() for x in pair):
        raise WrongValueError("expected 'long name: short name' lines")
    return dict(value)


def _groups(value: Any, folders: Folders) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise WrongValueError("expected 'group: [layer, layer]' lines")
    return {key: _names(names, folders) for key, names in value.items()}


def _presets(value: Any, _: Folders) -> dict[str, str]:
    wanted = ("classes", "maps", "positions")
    if not isinstance(value, dict) or not all(key in wanted and isinstance(name, str) for key, name in value.items()):
        raise WrongValueError("expected presets' names for some of classes, maps and positions")
    return dict(value)


def _path(value: Any, folders: Folders) -> Path:
    if not isinstance(value, str) or not value:
        raise WrongValueError("expected a file name")
    return folders.base / Path(value).expanduser()


def _net(value: Any, folders: Folders) -> Path:
    """A prototxt beside the card, or else one of those that deepvis brings."""
    own = _path(value, folders)
    brought = folders.nets / value
    return brought if not own.is_file() and "/" not in value and brought.is_file() else own


def _source(value: Any, folders: Folders) -> Source:
    if not isinstance(value, dict):
        return _path(value, folders)
    return _remote(value)


def _remote(value: Mapping[str, Any]) -> RemoteFile:
    """A file to download: {file: NAME, urls: [...], sha256: ..., sha1: ..., size: bytes}."""
    unknown = set(value) - {"file", "urls", "sha256", "sha1", "size"}
    name, urls, size = value.get("file"), value.get("urls"), value.get("size", 0)
    if unknown or not isinstance(urls, list) or not urls or not all(isinstance(u, str) for u in urls):
        raise WrongValueError("expected {file, urls: [...], sha256, sha1, size}")
    if not isinstance(name, str) or PurePosixPath(name).name != name or name.startswith("."):
        raise WrongValueError("expected 'file' to be a plain file name")
    for kind, length in (("sha256", 64), ("sha1", 40)):
        digest = value.get(kind, "")
        if digest and not (
            isinstance(digest, str) and len(digest) == length and set(digest) <= set("0123456789abcdef")
        ):
            raise WrongValueError(f"expected {kind} to be {length} digits of 0-9a-f, in quotes")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise WrongValueError("expected 'size' in bytes")
    return RemoteFile(name, tuple(urls), value.get("sha256", ""), value.get("sha1", ""), size)


def _weights(value: Any, folders: Folders) -> Source | str | None:
    if value in (BUILTIN, None):
        return BUILTIN if value else None
    return _source(value, folders)


def _values(value: Any, folders: Folders) -> Values | Source | None:
    """Numbers, one per channel or one for all; a file; or null for none."""
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(v, int | float) and not isinstance(v, bool) for v in items):
        return tuple(float(v) for v in items)
    if isinstance(value, str | dict):
        return _source(value, folders)
    raise WrongValueError("expected a number per channel such as [104, 117, 123], a file, or null")


def _labels(value: Any, folders: Folders) -> Path | None:
    if value is None:
        return None
    return folders.labels / "imagenet_labels.txt" if value == "imagenet" else _path(value, folders)


# YAML key -> (attribute of ModelCard, converter, what it means: shown by `deepvis models keys`)
KEYS: dict[str, tuple[str, Callable[[Any, Folders], Any], str]] = {
    "prototxt": ("prototxt", _net, "the net's text file (needed)"),
    "weights": ("weights", _weights, "its .caffemodel, or {file, urls, sha256, sha1, size} to download"),
    "order": ("order", _one_of("BGR", "RGB", "GRAY"), "channel order of the input: BGR, RGB or GRAY"),
    "mean": (
        "mean",
        _values,
        "what is subtracted: [104, 117, 123] in that order, a .npy, .binaryproto or picture",
    ),
    "scale": ("scale", _number, "factor after the mean (Caffe's input_scale)"),
    "raw_scale": ("raw_scale", _number, "factor before the mean, on pixels 0..255"),
    "std": ("std", _values, "what the result is divided by, given like mean"),
    "fit": (
        "fit",
        _one_of("crop", "stretch"),
        "crop the centre to the input's shape, or stretch the whole picture",
    ),
    "resize": ("resize", _size, "size before the centre is cut out, such as 256 for an input of 227"),
    "interpolation": (
        "interpolation",
        _one_of("linear", "area", "cubic", "nearest"),
        "how pictures are resized",
    ),
    "transpose": ("transpose", _flag, "true for nets trained on pictures with height and width swapped"),
    "input": ("input", _inputs, "name of the input blob that takes the picture, or two for a pair: [left, right]"),
    "input_size": ("input_size", _size, "another input size than the prototxt's, for nets that allow it"),
    "labels": ("labels", _labels, "a text file, one class a line, or imagenet"),
    "class_blob": ("class_blob", _text, "blob with the class probabilities"),
    "label_layers": ("class_labels_layers", _names, "blobs whose channels are the classes"),
    "display_names": ("display_names", _renames, "short names for the layer bar"),
    "shorten": ("shorten", _renames, "parts of names and what they become, for short names by rule"),
    "hidden_layers": ("hidden_layers", _names, "blobs left out of the layer bar; * stands for anything"),
    "layer_groups": ("layer_groups", _groups, "groups of blobs; * stands for anything"),
    "ascent": ("ascent", _presets, "presets of ascents that suit its {classes, maps, positions}"),
    "title": ("title", _text, "name for people"),
    "about": ("about", _text, "a sentence on the model"),
    "licence": ("licence", _text, "the weights' licence"),
    "homepage": ("homepage", _text, "where the model comes from"),
}


def check_names(card: ModelCard, blobs: Sequence[str]) -> list[str]:
    """What the card says of blobs that the net does not have, one line each."""
    notes = []
    named = {
        "class_blob": [card.class_blob] if card.class_blob else [],
        "label_layers": list(card.class_labels_layers),
    }
    named["display_names"] = list(card.display_names)
    for key, names in named.items():
        for name in (n for n in names if n not in blobs):
            close = difflib.get_close_matches(name, blobs, 1, 0.5)
            notes.append(f"{key}: the net has no blob '{name}'" + (f"; nearest is '{close[0]}'" if close else ""))
    return notes
