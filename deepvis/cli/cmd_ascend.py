"""deepvis ascend: pictures that excite units most, found by regularised gradient ascent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deepvis.ascent.album import Album
from deepvis.ascent.claim import claim
from deepvis.ascent.classic_files import write_classic
from deepvis.ascent.climb import Climb
from deepvis.ascent.job import Job, Subject, Wanted
from deepvis.ascent.plan import Part, Plan
from deepvis.ascent.presets import Preset, preset
from deepvis.ascent.run import Way
from deepvis.ascent.stored import is_stopped
from deepvis.ascent.suitable import is_paper_net, suitable_presets
from deepvis.ascent.targets import Target, find_targets
from deepvis.cli import ascent_arguments as shared
from deepvis.errors import Error
from deepvis.models import Model

NAME = "ascend"
HELP = "find the pictures that excite units most, and write sheets of them that the viewer shows"
RUNS = 9
CLASSIC = "classic_files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL UNIT… and how."""
    shared.add_ascent_arguments(parser, Path("out/ascend"))
    parser.add_argument(
        "--preset",
        nargs="+",
        default=[],
        metavar="NAME",
        help="how to ascend, docs/ascent.md lists them (default: A B C D for CaffeNet, else what suits the unit)",
    )
    parser.add_argument(
        "--runs",
        type=shared.whole_number(1, 10_000),
        metavar="N",
        help=f"pictures of a unit by a preset, each from another start (default {RUNS})",
    )
    parser.add_argument("--all-units", nargs="+", default=[], metavar="LAYER", help="every unit of these layers")
    parser.add_argument(
        "--crop-to-rf",
        action="store_true",
        help="of a map's units the one in the middle, and of its picture what it sees",
    )
    parser.add_argument("--iterations", type=shared.whole_number(1), metavar="N", help="instead of the preset's own")
    parser.add_argument(
        "--classic-files",
        action="store_true",
        help="also the classic optimizer's best_X.jpg, best_Xpm.jpg and info.txt of each run",
    )


def run(args: argparse.Namespace) -> int:
    """Make what is not there yet; 1 where a unit gave no gradient in any run."""
    shared.check_early(args, args.all_units)
    named = [preset(name) for name in dict.fromkeys(args.preset)]
    model = shared.ready_model(args)
    subject = Subject.of(model)
    plan = _plan(args, model, subject, named)
    album = Album(args.out, subject.preprocess, args.crop_to_rf)
    facts = {"command": NAME} | plan.facts(subject, crop_to_rf=args.crop_to_rf, all_units=args.all_units)
    facts |= {"classic_files": args.classic_files}
    blobs = list(dict.fromkeys(_blob(plan, layer) for layer in args.all_units))
    with claim(args.out, facts, overwrite=args.overwrite) as taken_over:
        if taken_over:
            album.forget([part.target for part in plan.parts], [part.names for part in plan.parts], blobs)
        classic = _Classic(args.out) if args.classic_files else None
        job = Job(
            subject,
            args.out,
            plan.wanted(),
            args.batch or shared.BATCH,
            also=classic.write if classic else None,
            is_whole=classic.is_there if classic else None,
        )
        print(_words(plan, job, args.out), flush=True)
        report = _Report(plan, job, album)
        for part in plan.parts:
            report.put(part)
        shared.work(job, report.stored)
        for blob in blobs:
            path = plan.layer_sheet(album, job, blob, subject.net.shape(blob)[1])
            print(f"{blob}: {path or 'its sheet is there'}")
        for words in report.dead:
            print(f"deepvis ascend: {words}", file=sys.stderr)
        return 1 if report.dead else 0


def _plan(args: argparse.Namespace, model: Model, subject: Subject, named: Sequence[Preset]) -> Plan:
    """All that is asked for, checked on the net."""
    paper = not named and is_paper_net(model.card)
    # the paper's steps were found on single units, whose gradient is that of a map's mean times its size
    centre = args.crop_to_rf or paper
    targets = find_targets(subject.net, subject.classes, args.units, args.all_units, centre)
    if args.classic_files and (formula := next((each for each in targets if each.layer is None), None)):
        raise Error(f"--classic-files are about single units, not {formula}; leave the option or the formula out")
    parts = []
    for target in targets:
        styles = named or [preset(name) for name in suitable_presets(model, target.bound)]
        parts.append(Part(target, tuple(shared.for_iterations(style, args.iterations) for style in styles)))
        _check_position(subject, target)
    start = shared.start_of(args, subject.preprocess)
    return Plan(tuple(parts), 1, args.seed, start).with_runs(args.runs, RUNS)


def _check_position(subject: Subject, target: Target) -> None:
    """Refuse a position whose cone cannot be computed, now."""
    one = target.bound.one
    if one is not None and one.many:
        subject.net.cone_box(one.unit, subject.input_blob)


def _blob(plan: Plan, layer: str) -> str:
    """The blob that a layer's units are of."""
    parts = (part.target.bound.parts[0] for part in plan.parts)
    return next(part.blob for part in parts if part.named.layer == layer)


def _words(plan: Plan, job: Job, out: Path) -> str:
    count = len(job.wanted)
    styles = dict.fromkeys(name for part in plan.parts for name in part.names)
    words = f"{len(plan.parts)} unit{'s' * (len(plan.parts) > 1)}, preset{'s' * (len(styles) > 1)} {', '.join(styles)}"
    words += f", {plan.runs} run{'s' * (plan.runs > 1)} each: {count} in all"
    behind, total = job.iterations
    if behind == total:
        words += ", all done"
    elif behind:
        words += f"; going on with {job.done} done, at iteration {behind} of {total}"
    return f"{words}; into {out}"


class _Report:
    """Writes a target's sheets when its last run is there, and says so."""

    def __init__(self, plan: Plan, job: Job, album: Album) -> None:
        self.dead: list[str] = []
        self._plan, self._job, self._album = plan, job, album
        self._parts = {part.target.folder: part for part in plan.parts}

    def stored(self, wanted: Wanted, way: Way) -> None:
        """A run was written."""
        for words in way.log:
            shared.say(f"{way.bound}, {wanted.name}: {words}")
        self.put(self._parts[wanted.folder])

    def put(self, part: Part) -> None:
        """The sheets of a target whose runs are all there."""
        if not self._plan.is_done(self._job, part):
            return
        paths = self._plan.paths(self._job, part)
        put = self._album.put(part.target, paths)
        runs = [path for each in paths.values() for path in each]
        if all(is_stopped(path) for path in runs):
            self.dead.append(f"{part.target} gave no gradient in any run: {self._album.outcome(runs[0]).words}")
        if put:
            found = put.outcomes
            best = ", ".join(f"{name} {max(each.objective for each in of):.4g}" for name, of in found.items())
            first = sum(each.layer_max for of in found.values() for each in of)
            words = f"; the strongest of its layer in {first} of {len(runs)} runs" if first else ""
            shared.say(f"{part.target}: {put.paths[-1]} (best: {best}{words})")


class _Classic:
    """The classic optimizer's files of each run, in a folder a preset."""

    def __init__(self, root: Path) -> None:
        self._root = root / CLASSIC

    def write(self, climb: Climb, run: int, wanted: Wanted) -> None:
        """Write them."""
        folder, stem = self._place(wanted)
        folder.mkdir(parents=True, exist_ok=True)
        write_classic(climb, run, str(folder), stem.replace("%", "%%"))

    def is_there(self, wanted: Wanted) -> bool:
        """Whether they were written."""
        folder, stem = self._place(wanted)
        return (folder / f"{stem}_info.txt").exists()

    def _place(self, wanted: Wanted) -> tuple[Path, str]:
        return self._root / wanted.run.preset.name, f"{wanted.folder}_{wanted.run.seed}"
