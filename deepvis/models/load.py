"""From a name, a card or a prototxt to a net with weights, its preprocessing and its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.errors import Error, FormatError, ShapeError, UnknownNameError
from deepvis.models import builtin, registry
from deepvis.models.card import BUILTIN, KEYS, Folders, ModelCard, Source, check_names, parse_card
from deepvis.models.download import fetch
from deepvis.models.files import RemoteFile, model_dir
from deepvis.models.labels import IMAGENET_CLASSES, imagenet_labels, read_labels
from deepvis.models.picture_inputs import one_picture, picture_channels, picture_inputs
from deepvis.net import Net
from deepvis.pictures import read_mean
from deepvis.preprocess import Floats, Order, Preprocess

_IMAGENET_MEAN = (104.0, 117.0, 123.0)  # BGR


@dataclass(frozen=True, eq=False)
class Model:
    """A net ready to look at pictures. `notes` says what was guessed or did not fit."""

    name: str
    net: Net
    preprocess: Preprocess
    labels: list[str] | None
    card: ModelCard
    input_blobs: tuple[str, ...]
    notes: list[str] = field(default_factory=list)

    @property
    def input_blob(self) -> str:
        """The input that takes the picture, or the first of two."""
        return self.input_blobs[0]

    @property
    def class_blob(self) -> str | None:
        """The blob with a score for each class, or None for a net that does not classify."""
        return self.card.class_blob

    def forward(self, image: npt.NDArray[Any], end: str | None = None) -> dict[str, Floats]:
        """Run the net on one picture (H, W, 3) uint8 RGB; the outputs by blob name."""
        inputs: dict[str, Any] = {self.input_blob: self.preprocess.apply(image)}
        return self.net.forward(end=end, **inputs)

    def classify(self, image: npt.NDArray[Any], top: int = 5) -> list[tuple[int, str, float]]:
        """The `top` likeliest classes as (index, label, probability), likeliest first."""
        if self.class_blob is None:
            raise UnknownNameError(f"{self.name}: no blob with classes is known; name it with class_blob in the card")
        self.forward(image)
        scores = np.asarray(self.net.blobs[self.class_blob]).reshape(-1)
        order = np.argsort(-scores, kind="stable")[:top]
        return [(int(i), self.label(int(i)), float(scores[i])) for i in order]

    def label(self, index: int) -> str:
        """The name of a class; its number where there are no labels or too few."""
        if self.labels is not None and index < len(self.labels):
            return self.labels[index]
        return f"class {index}"

    def describe(self) -> str:
        """The card, the resolved preprocessing and the notes, for people."""
        card = self.card
        rows = [("model", f"{card.title or self.name} [{self.name}]"), ("net", str(card.prototxt))]
        rows += [("about", card.about)] if card.about else []
        rows += [("licence", card.licence)] if card.licence else []
        steps = self.preprocess.describe().splitlines()
        rows += [("input", self.input_blob)] + [("", f"{i}. {step}") for i, step in enumerate(steps, 1)]
        labels = f"{len(self.labels)} labels" if self.labels else "no labels"
        rows.append(("classes", f"{self.class_blob or 'none known'} ({labels})"))
        rows += [("note" if i == 0 else "", note) for i, note in enumerate(self.notes)]
        return "\n".join(f"{head:<9}{text}" for head, text in rows)


def load(
    name: str | Path | None = None,
    weights: str | Path | None = None,
    *,
    device: str = "cpu",
    progress: bool = True,
    download: bool = True,
    net_options: dict[str, Any] | None = None,
    **overrides: Any,
) -> Model:
    """A model by registered name, by a YAML card, or by a .prototxt with weights; the built-in one for None.

    `overrides` are keys of a card (order, mean, scale, fit, labels, class_blob ...) and win over it.
    Downloads what is missing; with download=False the net then comes with random weights, and a note says so.
    Errors: UnknownNameError, FormatError, ShapeError, DownloadError.
    """
    card = find_card(name, weights, overrides)
    absent = [] if download else [f for f in card.remote_files() if not (model_dir(card.name) / f.name).is_file()]
    card = _without(card, absent)
    prototxt, weights_path = card.prototxt, resolve_weights(card, progress)
    net = Net(
        str(prototxt),
        None if weights_path is None else str(weights_path),
        device=device,
        **(net_options or {}),
    )
    notes = list(net.notes) + [f"{f.name} is not here; run: deepvis models fetch {card.name}" for f in absent]
    blobs = picture_inputs(net, card)
    one_picture(net, blobs, card)
    card, guessed = _guess(card, net, blobs[0])
    notes += guessed
    preprocess = _preprocess(card, net.shape(blobs[0]), progress)
    labels = read_labels(card.labels) if card.labels else None
    notes += check_names(card, list(net.blobs))
    notes += _label_notes(card, net, labels)
    return Model(card.name, net, preprocess, labels, card, blobs, notes)


def find_card(
    name: str | Path | None, weights: str | Path | None = None, overrides: dict[str, Any] | None = None
) -> ModelCard:
    """The card for what a user typed, with the overrides applied; nothing is loaded or downloaded."""
    text = str(name) if name is not None else registry.DEFAULT
    path = Path(text)
    if path.suffix.lower() in (".yaml", ".yml"):
        card = registry.read_user_card(path)
    elif path.suffix.lower() in (".prototxt", ".pbtxt", ".txt", ".pt") or path.is_file():
        if not path.is_file():
            raise FormatError(f"{path}: there is no such prototxt")
        card = ModelCard(path.stem, path.resolve())
    else:
        card = registry.find(text)
    given = dict(overrides or {})
    if weights is not None:
        given["weights"] = str(weights)
    if not given:
        return card
    for key in given:
        if key not in KEYS:
            raise UnknownNameError(f"models.load: unknown setting '{key}'; known: {', '.join(KEYS)}")
    fields = {key: (0, _plain(value)) for key, value in given.items()} | {"prototxt": (0, str(card.prototxt))}
    folders = Folders(Path.cwd(), registry.nets_folder(), Path(__file__).parent)
    changed = parse_card(card.name, fields, folders, "models.load")
    values = {KEYS[key][0]: getattr(changed, KEYS[key][0]) for key in given}
    return dataclasses.replace(card, said=card.said | set(given), **values)


def resolve_weights(card: ModelCard, progress: bool = True) -> Path | None:
    """The weights on disk: fetched, converted or as given. None where the card names none."""
    if card.weights == BUILTIN:
        return builtin.weights(card.prototxt)
    if isinstance(card.weights, Path) and not card.weights.is_file():
        raise FormatError(f"{card.name}: the weights {card.weights} do not exist")
    return None if card.weights is None else resolve_file(card, card.weights, progress)


def resolve_file(card: ModelCard, source: Source | str, progress: bool = True) -> Path:
    """One of a card's files on disk, fetched if it is remote."""
    if isinstance(source, RemoteFile):
        return fetch(source, model_dir(card.name), progress=progress)
    return Path(source)


def _without(card: ModelCard, absent: list[RemoteFile]) -> ModelCard:
    """The card as if it had never named these files."""
    gone: dict[str, Any] = {key: None for key in ("weights", "mean", "std") if getattr(card, key) in absent}
    return dataclasses.replace(card, **gone) if absent else card


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.ndarray | tuple):
        return [v.item() if isinstance(v, np.generic) else v for v in value]
    return value


def _guess(card: ModelCard, net: Net, blob: str) -> tuple[ModelCard, list[str]]:
    """Fill in what the card does not say, and say so."""
    notes: list[str] = []
    changes: dict[str, Any] = {}

    def guess(key: str, value: Any, why: str) -> None:
        changes[KEYS[key][0]] = value
        shown = value.name if isinstance(value, Path) else value
        notes.append(f"{key}: {shown} is a guess ({why}); set it in a card to be sure")

    if card.weights is None:
        notes.append("weights: none given, so they are random, drawn by the prototxt's fillers")
    if card.class_blob is None and "class_blob" not in card.said:
        found = _class_blob(net)
        if found:
            guess("class_blob", found, "the last softmax or only output")
    class_blob = changes.get("class_blob", card.class_blob)
    classes = _channels(net, class_blob)
    if not card.class_labels_layers and class_blob:
        changes["class_labels_layers"] = tuple(_label_layers(net, class_blob, classes))
    planes = net.shape(blob)[1]
    channels = picture_channels(planes)
    if planes not in (1, 3):
        pair = "a pair of pictures" if planes in (2, 6) else f"a picture's {channels} channels repeated"
        notes.append(f"input: '{blob}' has {planes} channels and takes {pair}")
    if card.order is None:
        order: Order = "GRAY" if channels == 1 else "BGR"
        changes["order"] = order
        if channels == 3:
            guess("order", order, "what Caffe's ImageNet nets take")
    if "mean" not in card.said and channels == 3 and classes == IMAGENET_CLASSES:
        mean = _IMAGENET_MEAN if changes.get("order", card.order) == "BGR" else _IMAGENET_MEAN[::-1]
        guess("mean", mean, "1000 classes, as ImageNet has")
    elif "mean" not in card.said:
        notes.append("mean: none given, so nothing is subtracted")
    if "labels" not in card.said and classes == IMAGENET_CLASSES:
        guess("labels", imagenet_labels(), "1000 classes, as ImageNet has")
    return dataclasses.replace(card, **changes), notes


def _class_blob(net: Net) -> str | None:
    softmax = [layer.tops[0] for layer in net.layers if layer.type == "Softmax" and layer.tops]
    if softmax:
        return softmax[-1]
    flat = [b for b in net.outputs if np.prod(net.shape(b)[2:]) == 1]
    return flat[0] if len(flat) == 1 else None


def _channels(net: Net, blob: str | None) -> int:
    if blob is None or blob not in net.blobs:
        return 0
    shape = net.shape(blob)
    return int(shape[1]) if len(shape) > 1 else int(shape[0])


def _label_layers(net: Net, class_blob: str, classes: int) -> Sequence[str]:
    """The class blob and the blobs before it with as many channels: their channels are the classes too."""
    names: list[str] = []
    blob: str | None = class_blob
    while blob is not None and blob not in names and _channels(net, blob) == classes:
        names.insert(0, blob)
        makers = [layer for layer in net.layers if blob in layer.tops and blob not in layer.bottoms]
        blob = makers[0].bottoms[0] if makers and len(makers[0].bottoms) == 1 else None
    return names


def _preprocess(card: ModelCard, shape: Sequence[int], progress: bool) -> Preprocess:
    order: Order = card.order or "BGR"
    if shape[1] in (1, 2, 3, 6) and (order == "GRAY") != (picture_channels(shape[1]) == 1):
        raise ShapeError(f"{card.name}: order is {order}, but the net's input has {shape[1]} channels")
    try:
        return Preprocess(
            size=(int(shape[2]), int(shape[3])),
            order=order,
            mean=_numbers(card, card.mean, order, progress),
            std=_numbers(card, card.std, order, progress),
            raw_scale=card.raw_scale,
            input_scale=card.scale,
            fit=card.fit,
            resize=card.resize,
            interpolation=card.interpolation,
            transpose=card.transpose,
            mean_source=_source_name(card.mean),
        )
    except Error as error:
        raise type(error)(f"{card.name}: {error}") from error


def _numbers(card: ModelCard, values: Any, order: Order, progress: bool) -> Floats | None:
    if values is None:
        return None
    if isinstance(values, tuple):
        return np.asarray(values, np.float32)
    return read_mean(resolve_file(card, values, progress), order)


def _source_name(values: Any) -> str:
    return values.name if isinstance(values, Path | RemoteFile) else ""


def _label_notes(card: ModelCard, net: Net, labels: list[str] | None) -> list[str]:
    classes = _channels(net, card.class_blob)
    if labels is None or not classes or len(labels) == classes:
        return []
    return [f"labels: {len(labels)} names for the {classes} classes of '{card.class_blob}'; check the labels file"]
