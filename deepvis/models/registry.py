"""Which models there are by name: deepvis's own cards, and those that the user added."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import yaml

from deepvis.atomic import write_atomically
from deepvis.errors import Error, FormatError, UnknownNameError
from deepvis.models.card import Folders, ModelCard, read_card, read_cards
from deepvis.models.files import home

DEFAULT = "efficientnet-lite0"
_HERE = Path(__file__).parent


@functools.cache
def nets_folder() -> Path:
    """The folder of deepvis's own prototxts: inside an installed package, beside it in a source tree."""
    package = _HERE.parent
    places = [package / "prototxt", package.parent / "prototxt"]
    places += [Path(str(p)) / "prototxt" for p in _package_paths()]
    for folder in places:
        if (folder / "caffenet.prototxt").is_file():
            return folder
    raise FormatError(f"deepvis's prototxt folder is missing; looked in {', '.join(map(str, places))}; reinstall it")


def _package_paths() -> Iterable[Path]:
    """Every folder that makes up the package: an editable install has the built files elsewhere."""
    import deepvis

    found = resources.files("deepvis")
    return [Path(p) for p in deepvis.__path__] + ([found] if isinstance(found, Path) else [])


def builtin_cards() -> dict[str, ModelCard]:
    """deepvis's own models, the default one first."""
    return read_cards(_HERE / "registry.yaml", Folders(nets_folder(), nets_folder(), _HERE))


def added_cards() -> dict[str, ModelCard]:
    """The user's models, as added with `deepvis models add`."""
    cards = {}
    for path in sorted(_added_folder().glob("*.yaml")):
        card = read_user_card(path)
        cards[card.name] = card
    return cards


def read_user_card(path: Path) -> ModelCard:
    """A user's YAML; names in it are relative to its own folder."""
    return read_card(path, Folders(path.resolve().parent, nets_folder(), _HERE))


def find(name: str) -> ModelCard:
    """The card of a model by name. UnknownNameError suggests the nearest and lists all."""
    own = builtin_cards()
    if name in own:
        return own[name]
    added = added_cards()
    if name in added:
        return added[name]
    known = [*own, *added]
    close = difflib.get_close_matches(name.lower(), known, 1, 0.4)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise UnknownNameError(
        f"no model is called '{name}'.{hint} Known: {', '.join(known)}. A net of your own is given as a "
        f".yaml card "
        f"or as a .prototxt with its weights."
    )


def add(path: Path) -> ModelCard:
    """Remember a user's card under its name: a copy with absolute file names, which the card itself need
    not have."""
    card = read_user_card(path)
    if card.name in builtin_cards():
        raise Error(f"{path}: '{card.name}' is one of deepvis's own models; give the card another 'name:'")
    for wanted in (card.prototxt, card.weights, card.labels, card.mean):
        if isinstance(wanted, Path) and not wanted.is_file():
            raise FormatError(f"{path}: {wanted} does not exist")
    absolute = yaml.safe_load(path.read_text("utf-8"))
    base = path.resolve().parent
    for key in ("prototxt", "weights", "labels", "mean", "std"):
        value = absolute.get(key)
        if isinstance(value, str) and (base / value).exists():
            absolute[key] = str(base / value)
    absolute["name"] = card.name
    text = f"# added from {path.resolve()}\n" + yaml.safe_dump(absolute, sort_keys=False, allow_unicode=True)
    write_atomically(_added_folder() / f"{card.name}.yaml", text.encode())
    return find(card.name)


def _added_folder() -> Path:
    return home() / "cards"
