"""The `deepvis` command: finds the subcommands, runs one, and turns refusals into one line and an exit code.

A subcommand is a module cmd_<name>.py here with NAME, HELP, add_arguments(parser) and run(args) -> int. One
that takes a list of positionals names it with parser.set_defaults(rest_into=...); so that options may
stand among them.
Exit codes: 0 done, 1 done with something wrong found, 2 refused, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

import deepvis.cli
from deepvis.errors import Error
from deepvis.live.ending import leave

DEFAULT_COMMAND = "live"


class Command(Protocol):
    """What a cmd_*.py module offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Set DEEPVIS_DEBUG to see where an error came from.

    argv: None for the process's own arguments; the process may then end here.
    """
    return leave(_run(sys.argv[1:])) if argv is None else _run(list(argv))


def _run(arguments: list[str]) -> int:
    found = commands()
    parser = build_parser(found)
    if not arguments and DEFAULT_COMMAND in found:
        arguments = [DEFAULT_COMMAND]
    args, rest = parser.parse_known_args(arguments)
    if rest:
        # argparse gives a list of positionals only those before the first option; the others come back here.
        positionals = getattr(args, getattr(args, "rest_into", ""), None)
        if positionals is None or any(word.startswith("-") for word in rest):
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        positionals.extend(rest)
    if args.command is None:
        parser.print_help()
        return 2
    try:
        code = found[args.command].run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader (head, a pager) went away. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Error, OSError) as error:
        if os.environ.get("DEEPVIS_DEBUG"):
            raise
        print(f"deepvis {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def commands() -> dict[str, Command]:
    """Subcommands by name, in alphabetical order."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(deepvis.cli.__path__) if m.name.startswith("cmd_")):
        command = cast(Command, importlib.import_module(f"deepvis.cli.{module}"))
        found[command.NAME] = command
    return found


def build_parser(found: dict[str, Command]) -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="deepvis",
        description="Look inside a convolutional network while it sees. Without a command: the live viewer.",
    )
    parser.add_argument("--version", action="version", version=f"deepvis {_version()}")
    subparsers = parser.add_subparsers(dest="command", metavar="command")
    for name, command in found.items():
        sub = subparsers.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
    return parser


def _version() -> str:
    try:
        return importlib.metadata.version("deepvis")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
