"""deepvis info: a model's card, its resolved preprocessing and its layers."""

from __future__ import annotations

import argparse

from deepvis.cli.model_arguments import add_model_arguments, load_model

NAME = "info"
HELP = "show a model's layers, shapes, receptive fields, parameters and preprocessing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[MODEL]"""
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """The card first, then one line a layer. Downloads nothing: a table needs no weights."""
    model = load_model(args, download=False)
    print(model.describe())
    print()
    print(model.net.describe())
    return 0
