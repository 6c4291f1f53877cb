"""deepvis models: list, fetch, inspect and verify models, and add one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from deepvis.errors import UnknownNameError
from deepvis.models import registry
from deepvis.models.card import BUILTIN, KEYS, ModelCard
from deepvis.models.download import fetch
from deepvis.models.files import RemoteFile, check, home, model_dir, trusted
from deepvis.models.load import find_card, resolve_weights

NAME = "models"
HELP = "list, download, inspect and verify models; add your own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Subcommands of `deepvis models`; none means list."""
    actions = parser.add_subparsers(dest="action", metavar="action")
    actions.add_parser("list", help="all models known by name, and whether they are here (default)")
    for action, text in (
        ("fetch", "download a model's files; a cut download is resumed"),
        ("info", "what is known of a model, without loading it"),
        ("verify", "read cached files again and compare their hashes"),
    ):
        sub = actions.add_parser(action, help=text)
        sub.add_argument("names", nargs="*" if action == "verify" else "+", metavar="NAME")
    sub = actions.add_parser("add", help="remember a card of your own under its name")
    sub.add_argument("cards", nargs="+", metavar="YAML")
    actions.add_parser("keys", help="what can be written in a card")


def run(args: argparse.Namespace) -> int:
    """Dispatch on the action."""
    if args.action == "fetch":
        for name in args.names:
            _fetch(find_card(name))
    elif args.action == "info":
        print("\n\n".join(_info(find_card(name)) for name in args.names))
    elif args.action == "verify":
        return _verify(args.names)
    elif args.action == "add":
        for path in args.cards:
            card = registry.add(Path(path))
            print(f"added '{card.name}': {card.prototxt}")
    elif args.action == "keys":
        print("\n".join(f"{key:<14} {meaning}" for key, (_, _, meaning) in KEYS.items()))
    else:
        _list()
    return 0


def _list() -> None:
    own, added = registry.builtin_cards(), registry.added_cards()
    for name, card in {**own, **added}.items():
        print(f"{name:<20} {_state(card):<14} {card.title or card.prototxt.name}")
    print(f"\nfiles are kept in {home()} (DEEPVIS_HOME moves them)")


def _state(card: ModelCard) -> str:
    if card.weights == BUILTIN:
        return "built in"
    remote = card.remote_files()
    if not remote:
        return "own files" if isinstance(card.weights, Path) else "no weights"
    here = [f for f in remote if (model_dir(card.name) / f.name).is_file()]
    if len(here) < len(remote):
        return "not fetched" if not here else "partly fetched"
    return "fetched" if all(trusted(model_dir(card.name) / f.name, f) for f in remote) else "not checked"


def _fetch(card: ModelCard) -> None:
    files = card.remote_files()
    for file in files:
        print(f"{card.name}: {fetch(file, model_dir(card.name))}", flush=True)
    if not files:
        print(f"{card.name}: nothing to download ({resolve_weights(card) or 'no weights'})")


def _info(card: ModelCard) -> str:
    rows = [("name", card.name), ("title", card.title), ("about", card.about), ("licence", card.licence)]
    rows += [("from", card.homepage), ("state", _state(card)), ("net", str(card.prototxt))]
    rows += [("weights", "built in")] if card.weights == BUILTIN else []
    rows += [("weights", str(card.weights))] if isinstance(card.weights, Path) else []
    for file in card.remote_files():
        rows.append(("file", f"{model_dir(card.name) / file.name}"))
        rows += [("", f"from {url}") for url in file.urls]
        digest = f"sha256 {file.sha256}" if file.sha256 else f"sha1 {file.sha1}" if file.sha1 else "no hash known"
        rows.append(("", digest))
    mean = card.mean.name if isinstance(card.mean, Path | RemoteFile) else card.mean
    rows.append(("input", f"{card.order or 'order not said'}, mean {mean}, scale {card.scale:g}, {card.fit}"))
    rows.append(("classes", card.class_blob or "not said"))
    return "\n".join(f"{head:<9}{text}" for head, text in rows if text)


def _verify(names: list[str]) -> int:
    """1 where a file is wrong, or where a named model has a file missing; unnamed models may be absent."""
    if names:
        cards = [registry.find(name) for name in names]
    else:
        cards = [*registry.builtin_cards().values(), *registry.added_cards().values()]
    wrong, seen = 0, 0
    for card in cards:
        for file in card.remote_files():
            path = model_dir(card.name) / file.name
            state, problem = check(path, file)
            if state == "missing" and not names:
                continue
            seen += 1
            wrong += state in ("missing", "wrong")
            print(f"{state:<9} {path}" + (f"  {problem}" if problem else ""))
    if names and not seen:
        raise UnknownNameError(f"{', '.join(names)}: nothing of this is downloaded, so there is nothing to verify")
    if not seen:
        print(f"no downloaded files in {home()}")
    return 1 if wrong else 0
