"""The arguments by which a command is told its model, the same everywhere."""

from __future__ import annotations

import argparse
import re
from typing import Any

from deepvis.models import Model, load

MOST_THREADS = 1024


def add_model_arguments(parser: argparse.ArgumentParser, positional: bool = True) -> None:
    """MODEL (or --model), --weights and --device."""
    model_help = "a name from `deepvis models`, a .yaml card or a .prototxt; the built-in model if left out"
    if positional:
        parser.add_argument("model", nargs="?", metavar="MODEL", help=model_help)
    else:
        parser.add_argument("-m", "--model", metavar="MODEL", help=model_help)
    parser.add_argument("-w", "--weights", metavar="FILE", help=".caffemodel for a .prototxt given as MODEL")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """--precision and --threads."""
    parser.add_argument(
        "--precision",
        choices=("fp32", "fp16-weights"),
        default="fp32",
        help="in which fully connected layers keep their weights (default fp32)",
    )
    parser.add_argument(
        "--threads", type=_threads, metavar="N", help="threads to compute with (default: all processors)"
    )


def _threads(words: str) -> int:
    if not re.fullmatch(r"\d{1,4}", words) or not 1 <= int(words) <= MOST_THREADS:
        raise argparse.ArgumentTypeError(f"{words!r}: expected a number from 1 to {MOST_THREADS}")
    return int(words)


def load_model(args: argparse.Namespace, **overrides: Any) -> Model:
    """The model that the arguments name."""
    return load(args.model, args.weights, device=args.device, **overrides)
