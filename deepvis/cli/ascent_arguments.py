"""The arguments of the commands that ascend, and what they share: all is checked before any work."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

import deepvis
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.job import Callbacks, Job, Wanted
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Way
from deepvis.ascent.starts import Start
from deepvis.ascent.targets import Target
from deepvis.cli.model_arguments import MOST_THREADS, load_model
from deepvis.errors import Error, FormatError
from deepvis.models import Model
from deepvis.pictures import read_picture
from deepvis.preprocess import Floats, Picture, Preprocess

STARTS: dict[str, Start] = {"noise": "mean_plus_rand", "mean": "mean", "uniform": "randu"}
BATCH = 9
_LARGEST_SEED = 2**32 - 1


def add_ascent_arguments(parser: argparse.ArgumentParser, out: Path) -> None:
    """MODEL, UNIT… and what both commands take."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a name from `deepvis models`, a .yaml or a .prototxt"
    )
    parser.add_argument(
        "units",
        nargs="*",
        metavar="UNIT",
        help="conv5:151 (its mean), conv5:151@6,6, fc8:130, or a formula: 'klass(flamingo) - 0.5 * unit(conv5:20)'",
    )
    parser.set_defaults(rest_into="units")
    parser.add_argument("-w", "--weights", metavar="FILE", help=".caffemodel for a .prototxt given as MODEL")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=f"where files go (default {out})")
    parser.add_argument(
        "--seed", type=whole_number(0, _LARGEST_SEED), default=0, metavar="N", help="of the noise (default 0)"
    )
    parser.add_argument(
        "--start",
        default="noise",
        metavar="START",
        help="noise (default: around the mean), mean, uniform, or a picture",
    )
    parser.add_argument("--batch", type=whole_number(1, 4096), metavar="N", help=f"runs at a time (default {BATCH})")
    parser.add_argument(
        "--threads",
        type=whole_number(1, MOST_THREADS),
        metavar="N",
        help="threads to compute with (default: all processors)",
    )
    parser.add_argument("--overwrite", action="store_true", help="take over a folder that another command wrote")


def whole_number(low: int, high: int = 10_000_000) -> Callable[[str], int]:
    """An argument's type: a whole number within bounds."""

    def convert(words: str) -> int:
        if not re.fullmatch(r"\d{1,12}", words, re.ASCII) or not low <= int(words) <= high:
            raise argparse.ArgumentTypeError(f"{words!r}: expected a whole number from {low} to {high}")
        return int(words)

    return convert


def check_early(args: argparse.Namespace, others: Sequence[str] = ()) -> None:
    """Refuse what can be seen without the model. Raises FormatError, Error."""
    if args.model is None and args.units:  # argparse, where an option comes first
        args.model = args.units.pop(0)
    if args.model is None or not (args.units or others):
        raise Error(f"expected MODEL and at least one UNIT, such as: deepvis {args.command} efficientnet-lite0 fc:130")
    for text in args.units:
        parse_objective(text)
    if args.out.exists() and not args.out.is_dir():
        raise Error(f"--out {args.out}: expected a folder, found a file")
    if args.start not in STARTS and not Path(args.start).is_file():
        raise FormatError(
            f"--start {args.start}: expected {', '.join(STARTS)} or a picture file; there is no such file"
        )


def ready_model(args: argparse.Namespace) -> Model:
    """The model, and as many threads as were asked for; what is guessed of it is printed."""
    if args.threads:
        deepvis.set_num_threads(args.threads)
    model = load_model(args)
    for note in model.notes:
        print(f"note: {note}", file=sys.stderr)
    return model


def start_of(args: argparse.Namespace, preprocess: Preprocess) -> Start | Picture | Floats:
    """Where runs begin: a picture as the net's input, so that a result does not hold all of the file."""
    return STARTS[args.start] if args.start in STARTS else preprocess.apply(read_picture(args.start))


def draws(args: argparse.Namespace, target: Target, style: Preset) -> bool:
    """Whether a run's seed matters at all."""
    return args.start in ("noise", "uniform") or (bool(style.transforms()) and not target.bound.is_spatial)


def for_iterations(style: Preset, iterations: int | None) -> Preset:
    """A preset over another number of iterations, if one is given."""
    return style if iterations is None else replace(style, iterations=iterations)


def work(job: Job, stored: Callable[[Wanted, Way], None]) -> None:
    """Make a job's runs under a bar that shows how long it will take. `stored` is told of each, and may print."""
    behind, total = job.iterations
    shown = sys.stderr.isatty()
    with tqdm(total=total, initial=behind, unit="it", unit_scale=True, disable=not shown, smoothing=0.05) as bar:

        def stepped(count: int) -> None:
            bar.update(count)

        job.work(Callbacks(stepped, stored))


def say(words: str) -> None:
    """Print a line above the bar, at once."""
    tqdm.write(words, file=sys.stdout)
    sys.stdout.flush()
