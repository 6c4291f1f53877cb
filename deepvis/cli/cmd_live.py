"""deepvis live: the viewer, in a window or into a file."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from deepvis.cli.model_arguments import add_engine_arguments, add_model_arguments
from deepvis.errors import Error
from deepvis.live.app import App
from deepvis.live.build import Stage
from deepvis.live.display import DisplayCheck
from deepvis.live.headless import MOVING_STEPS, STILL_STEPS, Offline
from deepvis.live.layout import LEAST_SIZE
from deepvis.live.records import replaying
from deepvis.live.records.picture_files import is_video, write_picture, write_video
from deepvis.live.records.recording import Recorder
from deepvis.live.session import TRY_AGAIN, Sources, sources_of, stage_for, stage_or_word
from deepvis.live.settings import LoadedSettings, Settings, load_settings, print_settings
from deepvis.live.sources import Frame
from deepvis.live.sources.feeder import Feeder
from deepvis.live.sources.frames import first_frame, video_frames
from deepvis.live.start import Wish, first_state, striking
from deepvis.live.state import FILTERS, initial
from deepvis.live.window import TITLE, Window

NAME = "live"
HELP = "watch the units of a net while it sees: the viewer"
DEFAULT_OUT = Path("deepvis-live.png")
NOT_REPLAYED = ("record", "model", "weights", "source", "set", "layer", "unit", "back", "keys", "size", "stretch")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, with what, and where the picture goes."""
    parser.description = "Watch the units of a net while it sees. In the window h shows the keys; `deepvis keys` too."
    add_model_arguments(parser)
    add_engine_arguments(parser)
    parser.set_defaults(device=None, precision=None)  # so that settings hold where nothing is said
    add = parser.add_argument_group("what to look at").add_argument
    add(
        "-s",
        "--source",
        action="append",
        default=[],
        metavar="SOURCE",
        help="camera:0, a picture, a folder, a 'pattern*.jpg', a list.txt, a video or a stream's URL; pictures may be "
        "given several times, beside one camera or video (default: the sample pictures)",
    )
    add("--stretch", action="store_true", help="stretch pictures to the net's shape instead of cropping them")
    add = parser.add_argument_group("what to show first").add_argument
    add("-l", "--layer", metavar="NAME[:UNIT]", help="the layer, and its unit")
    add("-u", "--unit", metavar="N", help="the unit; max is the strongest in the first picture")
    add("-b", "--back", choices=("off", "gradient", "deconv", "guided"), help="backward view of that unit")
    add("--filter", choices=FILTERS, default="raw", help="how the backward view is shown (default raw)")
    add("--keys", default="", metavar="'K K …'", help="keys to press, such as 'd t T'; unit:12 goes to that unit")
    add("--size", type=_size, metavar="WxH", help="of the window (default 1500x930)")
    add = parser.add_argument_group("files").add_argument
    add("--headless", type=Path, metavar="OUT", help="no window: write OUT.png or .jpg, or OUT.mp4, .avi or .webm")
    add("--frames", type=_count, metavar="N", help="at most N frames in a headless video or a replay")
    add("--record", type=Path, metavar="FILE.yaml", help="note every frame and what was done, to be replayed")
    add("--overwrite", action="store_true", help="let --record replace a recording")
    add("--replay", type=Path, metavar="FILE.yaml", help="show a recording again, in a window or with --headless")
    add = parser.add_argument_group("settings").add_argument
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting, instead of what deepvis.yaml says; may be given several times",
    )
    add("--print-settings", action="store_true", help="print every setting, what it means and where it comes from")


def _size(words: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", words)
    if not match or int(match[1]) < LEAST_SIZE[0] or int(match[2]) < LEAST_SIZE[1]:
        least = "x".join(map(str, LEAST_SIZE))
        raise argparse.ArgumentTypeError(f"{words!r}: expected WIDTHxHEIGHT of at least {least}")
    return int(match[1]), int(match[2])


def _count(words: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", words):
        raise argparse.ArgumentTypeError(f"{words!r}: expected a number above 0")
    return int(words)


def run(args: argparse.Namespace) -> int:
    """Open the window, or write the file and print its path."""
    if args.headless:
        is_video(args.headless)  # a wrong suffix is said before the model is loaded
    loaded = load_settings(overrides=args.set)
    if args.print_settings:
        print(print_settings(loaded), end="")
        return 0
    check = None if args.headless else DisplayCheck()
    if args.replay:
        return _replay(args, check)
    settings = _settings(loaded, args)
    for note in loaded.notes:
        print(f"note: {note}")
    sources = sources_of(settings)
    # a window has a place for the reason why a model does not load; a file would only show that it did not
    stage, notes = (stage_for if args.headless else stage_or_word)(settings, **sources.there)
    for note in notes:
        print(f"note: {note}")
    wish = Wish(args.layer, args.unit, args.back, args.filter, tuple(args.keys.split()))
    why_not = check.why_not() if check else None
    if check and why_not is None:
        return _window(stage, sources, settings, wish, args)
    if why_not:
        if stage.problem:
            raise Error(stage.problem.removesuffix(TRY_AGAIN))
        print(f"{why_not[0].upper()}{why_not[1:]}. The picture goes to a file (--headless OUT chooses it):")
    return _file(stage, sources, settings, wish, args)


def _settings(loaded: LoadedSettings, args: argparse.Namespace) -> Settings:
    """The settings with what the command line says in flags of its own."""
    said: dict[str, Any] = {
        "model": args.model,
        "weights": None if args.weights is None else Path(args.weights),
        "source": tuple(args.source) or None,
        "size": args.size,
        "threads": args.threads,
        "stretch": args.stretch or None,
        "device": args.device,
        "precision": args.precision,
    }
    return replace(loaded.settings, **{key: value for key, value in said.items() if value is not None})


def _window(stage: Stage, sources: Sources, settings: Settings, wish: Wish, args: argparse.Namespace) -> int:
    state = replace(initial(stage.scene), live=sources.begins_live)
    if not stage.problem:
        live = sources.live if state.live else None
        frame = first_frame(sources.files, live, sources.options) if wish.needs_frame else None
        state = first_state(wish, stage.scene, state, stage.engine, frame)
    recorder = None
    if args.record:
        recorder = replaying.recorder(args.record, settings, stage.scene, state, args.overwrite)
    app = App(
        stage,
        Feeder(sources.files, sources.open_live if sources.live else None, name=sources.live_name),
        state,
        load=lambda: stage_for(settings, **sources.there)[0],
        save=replaying.Saver(settings),
        recorder=recorder,
    )
    window = Window(f"{TITLE}: {stage.scene.title}", stage.scene.size)
    try:
        app.run(window)
    finally:
        window.close()
    return 0


def _file(stage: Stage, sources: Sources, settings: Settings, wish: Wish, args: argparse.Namespace) -> int:
    out: Path = args.headless or DEFAULT_OUT
    engine, scene = stage.engine, stage.scene
    state = replace(initial(scene), live=sources.begins_live, message="")
    live = sources.live if sources.begins_live else None
    fps: float | None = None
    frames: Iterator[Frame] = iter(())
    if is_video(out):
        fps, frames = video_frames(sources.files, live, args.frames, sources.options)
        first = next(frames, None)
        if first is None:
            raise Error(f"{live or 'the source'}: no frame can be read")
    else:
        first = first_frame(sources.files, live, sources.options)
    # whether anything in particular is asked for
    begin = striking if wish.vague else first_state
    state = begin(wish, scene, state, engine, first)
    if state.file and fps is None and live is None and sources.files is not None:  # keys that step through the files
        first = sources.files.step(state.file) or first
    offline = Offline(stage, state, STILL_STEPS if fps is None else MOVING_STEPS)
    recorder = replaying.recorder(args.record, settings, scene, state, args.overwrite) if args.record else None
    try:
        pictures = offline.draw_all(_noted(chain([first], frames), recorder))
        if fps is None:
            write_picture(out, next(pictures))
            print(out)
            return 0
        count = write_video(out, pictures, fps)
        print(f"{out} ({count} frames, {fps:g} a second)")
        return 0
    finally:
        if recorder is not None:
            recorder.close()


def _noted(frames: Iterable[Frame], recorder: Recorder | None) -> Iterator[Frame]:
    for frame in frames:
        if recorder is not None:
            recorder.shown(frame)
        yield frame


def _replay(args: argparse.Namespace, check: DisplayCheck | None) -> int:
    given = [name for name in NOT_REPLAYED if getattr(args, name)]
    if given:
        raise Error(f"--replay takes all from the recording but --headless and --frames; leave out {', '.join(given)}")
    replay = replaying.Replay(args.replay, args.frames)
    for note in replay.notes:
        print(f"note: {note}")
    why_not = check.why_not() if check else None
    if check and why_not is None:
        window = Window(f"{TITLE}: {replay.stage.scene.title}", replay.stage.scene.size)
        try:
            replay.show(window)
        finally:
            window.close()
        return 0
    if why_not:
        print(f"{why_not[0].upper()}{why_not[1:]}. Use --headless OUT.png or OUT.mp4.")
        return 1
    out: Path = args.headless
    if is_video(out):
        count = write_video(out, replay.pictures(), replaying.RATE)
        print(f"{out} ({count} frames)")
    else:
        count = 0
        for count, picture in enumerate(replay.pictures(), 1):
            write_picture(out.with_name(f"{out.stem}-{count:05d}{out.suffix}"), picture)
        print(shlex.quote(str(out.with_name(f"{out.stem}-*{out.suffix}"))), f"({count} frames)")
    return 0
