"""The arguments by which a command is told its model, the same everywhere."""

from __future__ import annotations

import argparse
from typing import Any

from deepvis.models import Model, load


def add_model_arguments(parser: argparse.ArgumentParser, positional: bool = True) -> None:
    """MODEL (or --model), --weights and --device."""
    model_help = "a name from `deepvis models`, a .yaml card or a .prototxt; the built-in model if left out"
    if positional:
        parser.add_argument("model", nargs="?", metavar="MODEL", help=model_help)
    else:
        parser.add_argument("-m", "--model", metavar="MODEL", help=model_help)
    parser.add_argument("-w", "--weights", metavar="FILE", help=".caffemodel for a .prototxt given as MODEL")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")


def load_model(args: argparse.Namespace, **overrides: Any) -> Model:
    """The model that the arguments name."""
    return load(args.model, args.weights, device=args.device, **overrides)
