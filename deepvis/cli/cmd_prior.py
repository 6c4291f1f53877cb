"""deepvis prior: priors of natural pictures for ascents, made of the user's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from deepvis.ascent.prior_fit import fit_prior
from deepvis.errors import Error, FormatError
from deepvis.pictures import PICTURE_SUFFIXES, read_picture
from deepvis.preprocess import Picture

NAME = "prior"
HELP = "make a prior of natural pictures out of your own, which keeps ascents near to what they look like"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`fit PICTURES… --out FILE.npz`."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    fit = actions.add_parser("fit", help="learn how likely small patches of pictures are")
    fit.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="pictures, and folders of them")
    fit.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where the prior goes")
    fit.add_argument("--grey", action="store_true", help="for nets that take grey pictures")
    fit.add_argument("--patch", type=int, default=8, metavar="N", help="pixels a side of a patch (default 8)")
    fit.add_argument("--components", type=int, default=12, metavar="N", help="kinds of patches (default 12)")
    fit.add_argument("--patches", type=int, default=30_000, metavar="N", help="how many to learn from (default 30000)")
    fit.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn at random (default 0)")
    parser.set_defaults(rest_into="pictures")


def run(args: argparse.Namespace) -> int:
    """Fit, and say how the prior is used; unreadable pictures are named and left out, and make the exit code 1."""
    if args.out.suffix != ".npz":
        raise Error(f"--out {args.out}: expected a name that ends in .npz")
    if not args.out.parent.is_dir():
        raise Error(f"--out {args.out}: there is no folder {args.out.parent}; make it first")
    if args.seed < 0:
        raise Error(f"--seed {args.seed}: expected a whole number of at least 0")
    paths = _paths(args.pictures)
    reading = _Reading(paths)
    side = max(256, args.patch)
    prior = fit_prior(
        reading,
        patch=args.patch,
        components=args.components,
        dimensions=min(40, (1 if args.grey else 3) * args.patch**2 - 1),
        patches=args.patches,
        shorter_side=side,
        grey=args.grey,
        seed=args.seed,
    )
    prior.save(args.out)
    read = len(paths) - reading.bad
    print(f"{args.out}: {args.components} kinds of {args.patch}x{args.patch} patches, from {read} pictures")
    print(f"in a preset: prior: {args.out.absolute()}")
    return 1 if reading.bad else 0


class _Reading:
    """Pictures, one after another, under a bar; ``bad`` counts those that cannot be read."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.bad = 0
        self._paths = paths

    def __iter__(self) -> Iterator[Picture]:
        for path in tqdm(self._paths, unit="picture", disable=not sys.stderr.isatty()):
            try:
                yield read_picture(path)
            except FormatError as error:
                tqdm.write(f"deepvis prior: {error}", file=sys.stderr)
                self.bad += 1


def _paths(things: Sequence[Path]) -> list[Path]:
    """Files as they are, and the pictures within folders, at any depth."""
    found: list[Path] = []
    for thing in things:
        if not thing.is_dir():
            found.append(thing)
            continue
        inside = sorted(path for path in thing.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
        if not inside:
            raise Error(f"{thing}: no pictures in this folder")
        found += inside
    return found
