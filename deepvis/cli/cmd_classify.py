"""deepvis classify: the likeliest classes of pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deepvis.cli.model_arguments import add_model_arguments, load_model
from deepvis.errors import Error, FormatError
from deepvis.models import sample_images
from deepvis.pictures import PICTURE_SUFFIXES, read_picture

NAME = "classify"
HELP = "print the likeliest classes of pictures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[MODEL] IMAGE...: the first argument is a model if it is not a picture or folder."""
    parser.add_argument(
        "things",
        nargs="*",
        metavar="[MODEL] IMAGE",
        help="pictures or folders of them (none: the samples), after a model's name, .yaml or .prototxt "
        "if it is not the built-in one",
    )
    parser.set_defaults(rest_into="things")
    add_model_arguments(parser, positional=False)
    parser.add_argument("--top", type=int, default=5, metavar="N", help="how many classes (default 5)")


def run(args: argparse.Namespace) -> int:
    """One block of lines a picture; unreadable ones are named, and make the exit code 1."""
    things = list(args.things)
    if things and args.model is None and not _is_picture(things[0]):
        args.model = things.pop(0)
    model = load_model(args)
    for note in model.notes:
        print(f"note: {note}", file=sys.stderr)
    bad = 0
    for path in _pictures(things):
        try:
            picture = read_picture(path)
        except FormatError as error:
            print(f"deepvis classify: {error}", file=sys.stderr)
            bad += 1
            continue
        print(path)
        for index, label, score in model.classify(picture, args.top):
            print(f"  {score:.4f}  {index:4d}  {label}")
    return 1 if bad else 0


def _is_picture(text: str) -> bool:
    return Path(text).is_dir() or Path(text).suffix.lower() in PICTURE_SUFFIXES


def _pictures(things: list[str]) -> list[Path]:
    if not things:
        samples = sample_images()
        if not samples:
            raise Error("no picture given, and no samples are installed; run: pip install 'deepvis[samples]'")
        return samples
    found: list[Path] = []
    for thing in map(Path, things):
        if thing.is_dir():
            inside = sorted(p for p in thing.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
            if not inside:
                raise Error(f"{thing}: no pictures in this folder")
            found += inside
        else:
            found.append(thing)
    return found
