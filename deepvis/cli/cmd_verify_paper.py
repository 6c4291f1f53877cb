"""deepvis verify-paper: the published run once more, each number beside the one that came with the paper's code."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

import deepvis
from deepvis.ascent.job import Subject
from deepvis.ascent.published import PAPER, TOLERANCE, compare, read_published
from deepvis.cli.ascent_arguments import whole_number
from deepvis.cli.model_arguments import MOST_THREADS
from deepvis.errors import FormatError
from deepvis.models import load

NAME = "verify-paper"
HELP = "repeat the published flamingo run with the paper's own weights, and compare the numbers"
MODEL = "caffenet-yos"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """WEIGHTS, and what goes with them."""
    parser.add_argument("weights", metavar="WEIGHTS", help="caffenet-yos-weights, a .caffemodel")
    parser.add_argument("--prototxt", metavar="FILE", help="the net (default: deepvis's CaffeNet)")
    parser.add_argument(
        "--mean",
        metavar="FILE",
        help=".npy, .binaryproto or picture (default: ilsvrc_2012_mean.npy, fetched if need be)",
    )
    parser.add_argument(
        "--numbers",
        type=Path,
        default=PAPER,
        metavar="FILE.yaml",
        help="compare with another run's numbers than the paper's",
    )
    parser.add_argument("--threads", type=whole_number(1, MOST_THREADS), metavar="N", help="default: all processors")


def run(args: argparse.Namespace) -> int:
    """Print each number beside the published one; 1 where they differ by more than the tolerance."""
    published = read_published(args.numbers)
    for what, path in (("WEIGHTS", args.weights), ("--prototxt", args.prototxt), ("--mean", args.mean)):
        if path is not None and not Path(path).is_file():
            raise FormatError(f"{what} {path}: expected a file, and there is none")
    if args.threads:
        deepvis.set_num_threads(args.threads)
    more: dict[str, Any] = {} if args.mean is None else {"mean": args.mean}
    model = load(args.prototxt or MODEL, args.weights, **more)
    for note in model.notes:
        print(f"note: {note}", file=sys.stderr)
    climb = published.begin(Subject.of(model))
    way = climb.ways[0]
    how = f"preset {way.style.name}, seed {published.seed}, {way.style.iterations} iterations"
    print(f"{way.bound} on {model.name}: {how}")
    with tqdm(total=way.style.iterations, unit="it", disable=not sys.stderr.isatty()) as bar:
        while not climb.over:
            climb.step()
            bar.update(1)
    if way.status == "stopped":
        print(f"stopped: {way.reason}")
    print(f"\n{'':<28}{'published':>14}{'here':>14}{'difference':>13}")
    wrong = 0
    for each in compare(published, climb):
        wrong += not each.holds
        found = "none" if math.isnan(each.found) else f"{each.found:.6g}"
        difference = "" if math.isnan(each.found) else f"{each.difference:.1e}"
        mark = "" if each.holds else "  DIFFERS"
        print(f"{each.name:<28}{each.published:>14.6g}{found:>14}{difference:>13}{mark}")
    count = len(published.numbers)
    print(f"\n{count - wrong} of {count} numbers agree within {TOLERANCE:g}, relative")
    return 1 if wrong else 0
