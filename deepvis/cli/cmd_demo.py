"""deepvis demo: what the built-in net sees in sample pictures, drawn by the viewer and told in words."""

from __future__ import annotations

import argparse
import sys
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from deepvis.errors import Error
from deepvis.live.build import stage_of
from deepvis.live.display import has_display
from deepvis.live.headless import draw, view_of
from deepvis.live.records.picture_files import write_picture
from deepvis.live.scene import Scene
from deepvis.live.seeing.engine import Engine
from deepvis.live.settings import Settings
from deepvis.live.sources import Frame
from deepvis.live.start import Wish, first_state, striking
from deepvis.live.state import State
from deepvis.models import load, sample_images
from deepvis.pictures import read_picture

NAME = "demo"
HELP = "write pictures of what the built-in net sees in two sample pictures, and say what to look at"


@dataclass(frozen=True)
class Stop:
    """One picture of the tour. A wish of None is the overview."""

    name: str
    wish: Wish | None
    words: str


def _unit(layer: str, unit: str, back: str, how: str, *keys: str) -> Wish:
    return Wish(layer, unit, back, how, keys)


CLASS = _unit("fc", "max", "gradient", "normblur")
TO_FEEDERS = ("d", *"uuuu", "a", "t", *"iiii", *"l" * 20)  # freeze, four layers down, signals, a strong tile
TOURS: dict[str, tuple[Stop, ...]] = {
    "chelsea.png": (
        Stop(
            "1-overview",
            None,
            "Top left the cat as the net gets it, below it the five likeliest classes, and bottom left how "
            "much each pixel matters for the first of them. The grid shows all units of a layer half-way "
            "up: each tile is one unit's response over the picture, brighter is more.",
        ),
        Stop(
            "2-first-layer",
            _unit("stem", "26", "deconv", "raw"),
            "The first layer: 32 units. Some answer to colour, some to edges of one direction. The framed "
            "unit is enlarged on the left; below it, deconv paints what in the picture made it fire.",
        ),
        Stop(
            "3-eyes",
            _unit("block9/dw", "486", "gradient", "normblur"),
            "Block 9, unit 486 (framed) fires at two places: the eyes. Nobody told it what an eye is. Bottom "
            "left, the backward pass finds the pixels that made it fire.",
        ),
        Stop(
            "4-signals",
            _unit("block9/dw", "486", "gradient", "normblur", *TO_FEEDERS),
            "The same unit, frozen as the origin, seen from four layers below: where the units there push "
            "it up (green) and where they hold it down (red).",
        ),
        Stop(
            "5-class",
            CLASS,
            "The class scores: one tile a class, the winner framed; the other bright ones are cats too. "
            "Bottom left, the pixels that matter for it: here it is fur more than face.",
        ),
    ),
    "coffee.png": (
        Stop("1-overview", None, "The same layer with a cup of coffee: other units answer."),
        Stop(
            "2-first-layer",
            _unit("stem", "6", "gradient", "norm"),
            "The first layer again. The framed unit answers to the red saucer and the wood, not to the cup.",
        ),
        Stop("3-class", CLASS, "What says espresso: the rim of the cup and the coffee in it."),
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the pictures go."""
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="FOLDER", help="default out/demo")


def run(args: argparse.Namespace) -> int:
    """Write the tour and print it."""
    samples = {path.name: path for path in sample_images()}
    missing = [name for name in TOURS if name not in samples]
    if missing:
        raise Error(f"sample pictures {', '.join(missing)} are not installed; pip install 'deepvis[samples]'")
    model = load()
    stage = stage_of(model, Settings())
    scene, engine = stage.scene, stage.engine
    print(f"What {scene.title} sees: {len(scene.layers)} layers, {sum(at.units for at in scene.layers)} units.")
    for serial, (name, stops) in enumerate(TOURS.items(), 1):
        frame = Frame(read_picture(samples[name]), name, serial)
        print(f"\n{name}: {_classes(scene, engine, frame)}")
        for stop in stops:
            path = args.out / f"{Path(name).stem}-{stop.name}.png"
            write_picture(path, draw(engine, scene, _state(stop, scene, engine, frame), frame))
            print(f"\n  {path}")
            print(textwrap.fill(stop.words, 96, initial_indent=" " * 6, subsequent_indent=" " * 6))
    command = Path(sys.argv[0]) if Path(sys.argv[0]).name == "deepvis" else Path("deepvis")
    print("\nOpen the pictures in any viewer.")
    if has_display():
        print(f"To walk through the net in a window: {command} live   (h shows the keys, q quits)")
        print(f"The same with a camera:              {command} live --source camera:0")
    else:
        print(f"On a computer with a display, `{command} live` opens a window to walk through the net.")
        print(f"Here, `{command} live --headless OUT.png --source PICTURE --layer NAME:UNIT` draws any.")
    return 0


def _classes(scene: Scene, engine: Engine, frame: Frame) -> str:
    best = view_of(engine, scene, State(), frame).result
    classes = best.classes if best else ()
    return ", ".join(f"{scene.labels[number]} {probability:.2f}" for probability, number in classes)


def _state(stop: Stop, scene: Scene, engine: Engine, frame: Frame) -> State:
    quiet = State(message="")
    if stop.wish is None:
        return striking(Wish(), scene, quiet, engine, frame)
    return replace(first_state(stop.wish, scene, quiet, engine, frame), message="")
