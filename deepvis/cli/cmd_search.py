"""deepvis search: random presets for a unit, on one page to choose from."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from deepvis.ascent.album import Album
from deepvis.ascent.claim import claim
from deepvis.ascent.contact_sheet import Card, Shot, thumbnail, write_page
from deepvis.ascent.job import FOLDER, Job, Subject, Wanted
from deepvis.ascent.plan import Part, Plan
from deepvis.ascent.presets import check_name
from deepvis.ascent.results import read_results
from deepvis.ascent.run import Way
from deepvis.ascent.save_preset import save_preset
from deepvis.ascent.search import COMBINATIONS, POLICIES, RANGES, combinations, parameters
from deepvis.ascent.targets import find_targets
from deepvis.cli import ascent_arguments as shared
from deepvis.errors import Error

NAME = "search"
HELP = "ascend with random presets, and see all of them on one page; keep one under a name"
PAGE = "search.html"
ITERATIONS = 200
SECONDS = 20.0  # between versions of the page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL UNIT…, how many, and which to keep."""
    shared.add_ascent_arguments(parser, Path("out/search"))
    add = parser.add_argument
    add(
        "--combinations",
        type=shared.whole_number(1, 100_000),
        default=COMBINATIONS,
        metavar="N",
        help=f"presets to draw (default {COMBINATIONS}); more of them later go on with the same search",
    )
    add(
        "--iterations",
        type=shared.whole_number(1),
        default=ITERATIONS,
        metavar="N",
        help=f"of each run (default {ITERATIONS})",
    )
    add("--policy", choices=POLICIES, default=POLICIES[0], help="the step policy (default rms, which suits any net)")
    add("--crop-to-rf", action="store_true", help="of a map's units the one in the middle, and what it sees")
    add("--pick", type=shared.whole_number(1, 100_000), metavar="N", help="keep combination N of the search in --out")
    add("--as", dest="name", metavar="NAME", help="the name of the preset that --pick makes")


def run(args: argparse.Namespace) -> int:
    """Make what is not there yet, and the page; or keep a preset."""
    if args.pick is not None or args.name is not None:
        return _pick(args)
    shared.check_early(args)
    styles = combinations(args.combinations, args.seed, args.iterations, args.policy)
    model = shared.ready_model(args)
    subject = Subject.of(model)
    targets = find_targets(subject.net, subject.classes, args.units, (), args.crop_to_rf)
    start = shared.start_of(args, subject.preprocess)
    plan = Plan(tuple(Part(target, tuple(styles)) for target in targets), 1, args.seed, start)
    facts = {"command": NAME} | plan.facts(subject, crop_to_rf=args.crop_to_rf)
    facts |= {"units": [str(each.objective) for each in targets], "iterations": args.iterations, "policy": args.policy}
    facts |= {"presets": {name: str(each) for name, each in RANGES.items()}}
    album = Album(args.out, subject.preprocess, args.crop_to_rf)
    with claim(args.out, facts | {"combinations": args.combinations}, overwrite=args.overwrite, free=("combinations",)):
        wanted = sorted(plan.wanted(), key=lambda each: each.name)  # one combination after the other
        job = Job(subject, args.out, wanted, args.batch or shared.BATCH)
        words = f"{args.combinations} combinations for {', '.join(map(str, targets))} on {model.name}"
        print(f"{words}: {job.done} of {len(wanted)} runs done; {args.out / PAGE} shows them", flush=True)
        sheet = _Page(args.out / PAGE, f"deepvis search: {words}", plan, job, album)
        shared.work(job, sheet.stored)
        sheet.write()
    print(f"{args.out / PAGE}\nTo keep number N: deepvis search --out {args.out} --pick N --as NAME")
    return 0


def _pick(args: argparse.Namespace) -> int:
    if args.pick is None or args.name is None:
        raise Error("--pick N and --as NAME go together")
    check_name(args.name)
    stored = sorted((args.out / FOLDER).glob(f"*/{args.pick:04d}-*.npz"))
    if not stored:
        raise Error(f"{args.out}: no combination {args.pick} was made in this folder; --out names the search")
    path = save_preset(read_results(stored[0]).found[0].run.preset, args.name, overwrite=args.overwrite)
    print(f"{path}: {args.name}\nTo use it: deepvis ascend MODEL UNIT --preset {args.name}")
    return 0


class _Page:
    """The page, written anew now and then while runs come in."""

    def __init__(self, path: Path, title: str, plan: Plan, job: Job, album: Album) -> None:
        self._path, self._title, self._plan, self._job, self._album = path, title, plan, job, album
        self._shots: dict[Path, Shot] = {}
        self._written = time.monotonic()

    def stored(self, wanted: Wanted, way: Way) -> None:
        """A run was written."""
        if way.status == "stopped":
            shared.say(f"{way.bound}, combination {int(wanted.run.preset.name)}: {way.reason}")
        if time.monotonic() - self._written > SECONDS:
            self.write()
            self._written = time.monotonic()

    def write(self) -> None:
        """Write it with all runs that are there."""
        units = [str(part.target) for part in self._plan.parts]
        shots: dict[int, dict[str, Shot]] = {}
        for wanted in self._job.wanted:
            if self._job.is_done(wanted):
                number = int(wanted.run.preset.name)
                shots.setdefault(number, {})[str(wanted.bound)] = self._shot(self._job.path(wanted))
        styles = {int(style.name): style for style in self._plan.parts[0].styles}
        cards = [Card(number, parameters(styles[number]), found) for number, found in sorted(shots.items())]
        lead = f"{len(cards)} of {len(styles)} combinations. To keep number N: deepvis search --out {self._path.parent}"
        write_page(self._path, self._title, f"{lead} --pick N --as NAME", units, cards)

    def _shot(self, path: Path) -> Shot:
        if path not in self._shots:
            found = self._album.outcome(path)
            self._shots[path] = Shot(thumbnail(found.picture), found.objective, found.words)
        return self._shots[path]
