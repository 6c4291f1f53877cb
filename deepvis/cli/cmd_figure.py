"""deepvis figure: the paper's figures, for any net."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from deepvis.ascent.job import Job
from deepvis.cli.ascent_arguments import whole_number, work
from deepvis.cli.model_arguments import load_model
from deepvis.errors import Error, UnknownNameError
from deepvis.figures.common import need_matplotlib, write_figure
from deepvis.figures.desk import Choices, Desk
from deepvis.figures.gallery import QUICK, Gallery
from deepvis.figures.judge import Judge
from deepvis.figures.styles import chosen
from deepvis.figures.table import FIGURES, draw_figure, unused
from deepvis.live.build import stage_of
from deepvis.live.headless import Offline
from deepvis.live.settings import load_settings
from deepvis.live.sources import Frame
from deepvis.live.start import Wish, first_state
from deepvis.live.state import initial
from deepvis.models import Model, load
from deepvis.pictures import read_picture
from deepvis.render import Picture
from deepvis.units import Unit

NAME = "figure"
HELP = "draw the paper's figures 1 to 5, and S of its supplement, for any net"
ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """N [MODEL], what to show, and where it goes."""
    parser.add_argument(
        "things",
        nargs="+",
        metavar="N [MODEL]",
        help=f"one of {', '.join(FIGURES)} or {ALL}; then a name from `deepvis models`, a .yaml card or a .prototxt, "
        "the built-in model if left out",
    )
    parser.set_defaults(rest_into="things")
    parser.add_argument("-w", "--weights", metavar="FILE", help=".caffemodel for a .prototxt given as MODEL")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    add = parser.add_argument_group("what to show, instead of what is chosen automatically").add_argument
    add(
        "--units",
        nargs="+",
        action="extend",
        default=[],
        metavar="UNIT",
        help="channels, such as conv5:151 (1, 2, 3, 5)",
    )
    add("--classes", nargs="+", action="extend", default=[], metavar="CLASS", help="labels or numbers (3, 4, 5, S)")
    add("--layers", nargs="+", action="extend", default=[], metavar="LAYER", help="layers (5)")
    add("--images", nargs="+", action="extend", default=[], type=Path, metavar="FILE", help="pictures (1, 2)")
    add("--preset", metavar="NAME", help="a preset of ascents (2, 4, 5)")
    add = parser.add_argument_group(
        "the other net, which says what it sees in the pictures of classes (4)"
    ).add_argument
    add("--other", metavar="MODEL", help="a name, a .yaml card or a .prototxt")
    add("--other-weights", metavar="FILE", help=".caffemodel for a .prototxt given as --other")
    add = parser.add_argument_group("how much, and where").add_argument
    add("--quick", action="store_true", help=f"fewer pictures, of {QUICK} iterations at most: minutes for all figures")
    add("--iterations", type=whole_number(1), metavar="N", help="so many of a picture at most, instead of the preset's")
    add("--out", type=Path, default=Path("out/figures"), metavar="DIR", help="where figures go (default out/figures)")
    add("--cache", type=Path, metavar="DIR", help="where single pictures are kept, to go on from (default DIR/cache)")


def run(args: argparse.Namespace) -> int:
    """Draw what was asked for and print the files; 1 where one of all figures cannot be drawn for this net."""
    names, model_name = _things(args.things)
    choices = Choices(
        tuple(args.units), tuple(args.classes), tuple(args.layers), tuple(args.images), args.preset, args.quick
    )
    _check(args, names, choices)
    args.model = model_name
    model = load_model(args)
    for note in model.notes:
        print(f"note: {note}", file=sys.stderr)
    judge = Judge(load(args.other, args.other_weights)) if args.other else None
    gallery = Gallery(
        model, args.cache or args.out / "cache", _work, args.iterations or (QUICK if args.quick else None)
    )
    desk = Desk(model, gallery, choices, judge, viewer_picture)
    chosen(desk)  # an unknown preset is said before any work
    bad = 0
    for name in names:
        try:
            drawing = draw_figure(name, desk)
        except Error as error:
            if len(names) == 1:
                raise
            print(f"deepvis figure {name}: {error}", file=sys.stderr)
            bad += 1
            continue
        for line in drawing.lines:
            print(f"  {line}")
        for path in write_figure(drawing, args.out / f"figure{name}-{model.name}"):
            print(path, flush=True)
    return 1 if bad else 0


def _things(things: list[str]) -> tuple[list[str], str | None]:
    name, *models = things
    names = list(FIGURES) if name.lower() == ALL else [name.upper()]
    if names[0] not in FIGURES:
        raise UnknownNameError(f"no figure {name!r}; figures: {', '.join(FIGURES)}, or {ALL}")
    if len(models) > 1:
        raise Error(f"expected one MODEL, found {' '.join(models)}")
    return names, models[0] if models else None


def _check(args: argparse.Namespace, names: list[str], choices: Choices) -> None:
    """Refuse what can be seen without a model."""
    need_matplotlib()
    if len(names) == 1 and (idle := unused(names[0], choices)):
        raise Error(f"figure {names[0]} does not take --{', --'.join(idle)}")
    if args.other_weights and not args.other:
        raise Error("--other-weights needs --other, the net that they are of")
    for path in choices.images:
        if not path.is_file():
            raise Error(f"--images {path}: expected a picture file; there is no such file")
    for path in (args.out, args.cache):
        if path is not None and path.exists() and not path.is_dir():
            raise Error(f"{path}: expected a folder, found a file")


def _work(job: Job) -> None:
    work(job, lambda *_: None)


def viewer_picture(model: Model, unit: Unit, path: Path, shelf: Path | None) -> Picture:
    """The viewer's window on a picture, at a unit, with the back pane by gradient."""
    settings = load_settings().settings
    if shelf is not None and settings.unit_jpg_dir is None:
        settings = replace(settings, unit_jpg_dir=shelf.absolute())
    stage = stage_of(replace(model, net=model.net.clone()), settings)
    frame = Frame(read_picture(path), path.name, 1)
    wish = Wish(f"{unit.layer}:{unit.channel}", None, "gradient", "normblur")
    state = first_state(wish, stage.scene, initial(stage.scene), stage.engine, frame)
    return Offline(stage, replace(state, message="")).draw(frame)
