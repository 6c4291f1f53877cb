"""deepvis live: the viewer, in a window or into a file."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import deepvis
from deepvis.cli.model_arguments import add_engine_arguments, add_model_arguments, load_model
from deepvis.errors import Error
from deepvis.live import headless
from deepvis.live.app import App
from deepvis.live.build import engine_of, scene_of
from deepvis.live.display import DisplayCheck
from deepvis.live.engine import Engine
from deepvis.live.feeder import Feeder
from deepvis.live.frames import first_frame, video_frames
from deepvis.live.layout import CLASSIC_SIZE, LEAST_SIZE
from deepvis.live.scene import Scene
from deepvis.live.sources import Frame, PictureFiles, is_live, open_files, open_live
from deepvis.live.start import Wish, first_state, striking
from deepvis.live.state import FILTERS, State
from deepvis.live.window import TITLE, Window
from deepvis.models import sample_images

NAME = "live"
HELP = "watch the units of a net while it sees: the viewer"
DEFAULT_OUT = Path("deepvis-live.png")
CAMERA = "camera:0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, with what, and where the picture goes."""
    add_model_arguments(parser)
    add = parser.add_argument
    add(
        "-s",
        "--source",
        action="append",
        default=[],
        metavar="SOURCE",
        help="camera:0, a picture, a folder, a 'pattern*.jpg', a video or a stream's URL; pictures may be "
        "given several times (default: the sample pictures)",
    )
    add("--headless", type=Path, metavar="OUT", help="no window: write OUT.png, or OUT.mp4, .avi or .webm")
    add("-l", "--layer", metavar="NAME[:UNIT]", help="the layer, and unit, to look at first")
    add("-u", "--unit", metavar="N", help="the unit to look at; max is the strongest")
    add("-b", "--back", choices=("off", "gradient", "deconv", "guided"), help="backward view of that unit")
    add("--filter", choices=FILTERS, default="raw", help="how the backward view is shown (default raw)")
    add("--size", type=_size, default=CLASSIC_SIZE, metavar="WxH", help="of the window (default 1500x930)")
    add("--stretch", action="store_true", help="stretch pictures to the net's shape instead of cropping them")
    add("--keys", default="", metavar="'K K …'", help="keys to press at the start, such as 'd t T'")
    add("--frames", type=int, metavar="N", help="at most N frames in a headless video")
    add_engine_arguments(parser)


def _size(words: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", words)
    if not match or int(match[1]) < LEAST_SIZE[0] or int(match[2]) < LEAST_SIZE[1]:
        least = "x".join(map(str, LEAST_SIZE))
        raise argparse.ArgumentTypeError(f"{words!r}: expected WIDTHxHEIGHT of at least {least}")
    return int(match[1]), int(match[2])


def run(args: argparse.Namespace) -> int:
    """Open the window, or write the file and print its path."""
    if args.headless:
        headless.is_video(args.headless)  # a wrong suffix is said before the model is loaded
    check = None if args.headless else DisplayCheck()
    live = [spec for spec in args.source if is_live(spec)]
    stills = [spec for spec in args.source if not is_live(spec)]
    if len(live) > 1:
        raise Error(f"one camera or video at a time, not {len(live)}: {', '.join(live)}")
    files = open_files(stills) if stills else _samples()
    if not live and files is None:
        raise Error("no pictures: give --source, or install the samples with pip install 'deepvis[samples]'")
    if args.threads:
        deepvis.set_num_threads(args.threads)
    model = load_model(args, net_options={"precision": args.precision})
    for note in model.notes:
        print(f"note: {note}")
    scene = scene_of(model, args.size, has_files=files is not None, has_live=bool(live) or not args.headless)
    engine = engine_of(model)
    wish = Wish(args.layer, args.unit, args.back, args.filter, tuple(args.keys.split()))
    state = State(live=bool(live), stretch=args.stretch)
    why_not = check.why_not() if check else None
    if check and why_not is None:
        return _window(engine, scene, wish, state, files, live[0] if live else CAMERA)
    if why_not:
        print(f"{why_not[0].upper()}{why_not[1:]}. The picture goes to a file (--headless OUT chooses it):")
    return _file(engine, scene, wish, state, files, live[0] if live else None, args)


def _samples() -> PictureFiles | None:
    paths = [str(path) for path in sample_images()]
    return open_files(paths) if paths else None


def _window(engine: Engine, scene: Scene, wish: Wish, state: State, files: PictureFiles | None, live: str) -> int:
    frame = first_frame(files, live if state.live else None) if wish.needs_frame else None
    state = first_state(wish, scene, state, engine, frame)
    app = App(engine, scene, Feeder(files, lambda: open_live(live)), state)
    window = Window(f"{TITLE}: {scene.title}")
    try:
        app.run(window)
    finally:
        window.close()
    return 0


def _file(
    engine: Engine,
    scene: Scene,
    wish: Wish,
    state: State,
    files: PictureFiles | None,
    live: str | None,
    args: argparse.Namespace,
) -> int:
    out: Path = args.headless or DEFAULT_OUT
    state = replace(state, message="")

    def start(frame: Frame) -> State:
        if wish.vague:
            return striking(wish, scene, state, engine, frame)
        return first_state(wish, scene, state, engine, frame)

    if headless.is_video(out):
        fps, frames = video_frames(files, live, args.frames)
        frame = next(frames, None)
        if frame is None:
            raise Error(f"{live or 'the source'}: no frame can be read")
        state = start(frame)
        pictures = (headless.draw(engine, scene, state, each) for each in chain([frame], frames))
        count = headless.write_video(out, pictures, fps)
        print(f"{out} ({count} frames, {fps:g} a second)")
        return 0
    frame = first_frame(files, live)
    state = start(frame)
    headless.write_picture(out, headless.draw(engine, scene, state, frame))
    print(out)
    return 0
