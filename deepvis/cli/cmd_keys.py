"""deepvis keys: every key of the viewer."""

from __future__ import annotations

import argparse

from deepvis.live.controls.actions import help_lines
from deepvis.live.panes.help import key_words

NAME = "keys"
HELP = "list the viewer's keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--markdown for the README's table."""
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")


def run(args: argparse.Namespace) -> int:
    """Print the table of actions."""
    section = ""
    for line in help_lines():
        if line.section != section:
            section = line.section
            print(f"\n| {section} | |\n|---|---|" if args.markdown else f"\n{section}")
        if args.markdown:
            keys, also = _marked(line.keys), f" (also {_marked(line.also)})" if line.also else ""
            print(f"| {keys}{also} | {line.text} |")
        else:
            print(f"  {key_words(line):>18}  {line.text}")
    return 0


def _marked(keys: tuple[str, ...]) -> str:
    """Keys in a cell of a Markdown table, where a bar would end the cell even in code."""
    return " ".join(f"`{key}`".replace("|", r"\|") for key in keys)
