"""Draw docs/viewer/*.jpg: the viewer in each of its modes, with the built-in model on the installed sample pictures.

Usage: viewer_pictures.py [NAME…], in the repository's root; without names all of them. What the viewer draws is drawn
by the viewer's own code, told what to do by keys and the mouse. The ready-made pictures of units that pattern mode
shows are made by the first run, in a minute or two, and kept in build/viewer-pictures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from doc_pictures import run
from pair_net import pair_net
from unit_sheets import make_sheets

from deepvis.errors import Error
from deepvis.live.build import Stage, stage_of, stage_without_net
from deepvis.live.compose import compose
from deepvis.live.controls.events import Event, Key, Mouse
from deepvis.live.controls.pointing import input_rectangles
from deepvis.live.headless import Offline
from deepvis.live.panes.common import piece
from deepvis.live.session import TRY_AGAIN
from deepvis.live.settings import Settings
from deepvis.live.sources import Frame
from deepvis.live.start import Wish, first_state
from deepvis.live.state import initial
from deepvis.live.view import Pace
from deepvis.models import load, sample_images
from deepvis.pictures import read_picture
from deepvis.render import Picture, Style, blank, paste, text

OUT = Path("docs/viewer")
CACHE = Path("build/viewer-pictures")
WIDTH = 1200  # of a drawn window of 1500 pixels; GitHub shows some 900 of them
SMALL_LAYER = "block6/add"  # 80 units that see 130 pixels: little enough to make pictures of them all
EYES = "block9/dw:486"


@cache
def sample(name: str, serial: int = 1) -> Frame:
    """A sample picture as a frame."""
    path = next((path for path in sample_images() if path.stem == name), None)
    if path is None:
        raise Error("the sample pictures are not installed; pip install 'deepvis[samples]'")
    return Frame(read_picture(path), path.name, serial, place=str(path))


@cache
def stage(**values: object) -> Stage:
    """The built-in model with these settings."""
    return stage_of(load(), replace(Settings(), **values))  # type: ignore[arg-type]


def keys(words: str) -> list[Event]:
    """The keys of a text, those pressed several times as 3*left."""
    pressed: list[Event] = []
    for word in words.split():
        count, times, key = word.partition("*")
        pressed += [Key(key)] * int(count) if times and key else [Key(word)]
    return pressed


def begun(where: str, on: Stage | None = None, frame: Frame | None = None, steps: int = 1) -> Offline:
    """A viewer that looks at a layer, or at a unit, without a word in its status line."""
    on = on or stage()
    state = first_state(Wish(where), on.scene, initial(on.scene), on.engine, frame)
    return Offline(on, replace(state, message=""), steps)


def view(where: str, press: str = "", picture: str = "chelsea") -> Picture:
    """The window at a layer or unit after some keys."""
    frame = sample(picture)
    return begun(where, frame=frame).draw(frame, keys(press))


def first() -> Picture:
    """What `deepvis live` begins with."""
    return Offline(stage(), initial(stage().scene)).draw(sample("chelsea"))


def backward() -> Picture:
    """The back pane by every rule and filter, beside the input."""
    viewer, frame = begun(EYES), sample("chelsea")
    window = viewer.draw(frame, keys("n"))
    shown = [("input", piece(window, viewer.view.layout.input))]
    for name, press in (
        ("gradient, raw", ""),
        ("gradient, gray", "m"),
        ("gradient, norm", "m"),
        ("gradient, normblur", "m"),
        ("deconv, raw", "n m"),
        ("deconv, norm", "m m"),
        ("guided, raw", "g m m"),
    ):
        window = viewer.draw(frame, keys(press))
        shown.append((name, piece(window, viewer.view.layout.back)))
    return captioned(shown, 4)


def captioned(pictures: list[tuple[str, Picture]], columns: int) -> Picture:
    """Pictures of one size in rows, each with its name below."""
    style = Style(16)
    high, wide = max(p.shape[0] for _, p in pictures), max(p.shape[1] for _, p in pictures)
    pitch = high + 2 * style.cap
    sheet = blank(-(-len(pictures) // columns) * pitch, columns * (wide + 8) - 8)
    for number, (name, picture) in enumerate(pictures):
        row, column = divmod(number, columns)
        paste(sheet, picture, row * pitch, column * (wide + 8))
        text.draw(sheet, name, row * pitch + high + round(style.cap * 1.4), column * (wide + 8) + style.cap // 2, style)
    return sheet


def pattern() -> Picture:
    """Ready-made pictures of units: all in the grid, the selected unit's in the column."""
    pictures = [sample(path.stem).image for path in sample_images()]
    make_sheets(load(), SMALL_LAYER, pictures, CACHE / "units")
    frame = sample("chelsea")
    return begun(f"{SMALL_LAYER}:1", stage(unit_jpg_dir=(CACHE / "units").absolute())).draw(frame, keys("s"))


def point() -> Picture:
    """A unit in the large pane with the mouse on its strongest position, and its map over the input."""
    viewer, frame = begun("block7/expand:461"), sample("chelsea")
    viewer.draw(frame, keys("x b b m z"))
    assert viewer.view.value is not None
    _, (y, x) = viewer.view.value
    pane, layer = viewer.view.layout.layers, viewer.view.layer
    side = min(pane.height / layer.height, pane.width / layer.width)
    at = Mouse("move", pane.top + int((y + 0.5) * side), pane.left + int((x + 0.5) * side))
    return viewer.draw(frame, [at])


def box() -> Picture:
    """A box dragged over an eye in the input."""
    viewer, frame = begun("block9/dw:1"), sample("chelsea")
    viewer.draw(frame)
    top, left, high, wide = input_rectangles(viewer.view.scene, viewer.view.layout)[0]
    (y0, x0), (y1, x1) = ((top + int(y * high), left + int(x * wide)) for y, x in ((0.28, 0.2), (0.47, 0.4)))
    drag = [Mouse("press", y0, x0), Mouse("drag", y1, x1), Mouse("release", y1, x1), Mouse("leave", -1, -1)]
    viewer.draw(frame, drag)
    found = viewer.view.current
    assert found is not None and found.findings.ranking is not None
    return viewer.draw(frame, [Key(f"unit:{found.findings.ranking.order[0]}")])


def alike() -> Picture:
    """Units like the selected one, and histograms, after a few seconds of pictures."""
    viewer = begun(EYES)
    viewer.draw(sample("rocket"), keys("2 1"))
    for frame in strolling():
        drawn = viewer.draw(frame)
    return drawn


def strolling() -> Iterable[Frame]:
    """Parts of all sample pictures, the cat last."""
    order = ("rocket", "hubble_deep_field", "coffee", "camera", "astronaut", "chelsea")
    for number, name in enumerate(order):
        image = sample(name).image
        side = min(image.shape[:2]) * 3 // 4
        for at in np.linspace(0, image.shape[1] - side, 4).astype(int):
            yield Frame(np.ascontiguousarray(image[-side:, at : at + side]), name, 100 + 10 * number + int(at))
    yield sample("chelsea", 1000)


def ascent(where: str, press: str, steps: int, picture: str = "chelsea") -> Picture:
    """A live ascent after so many steps."""
    frame = sample(picture)
    viewer = begun(where, frame=frame, steps=steps)
    drawn = viewer.draw(frame, keys(press))
    grown = viewer.view.ascended
    if grown is None or grown.picture is None:
        raise Error(f"{where}: the ascent failed: {grown.words if grown else 'it did not begin'}")
    return drawn


def times() -> Picture:
    """How long each step and each layer took."""
    viewer, frame = begun(f"{SMALL_LAYER}:1"), sample("chelsea")
    viewer.draw(frame, keys("b 5 5"))
    rounds, spent = 20, 0.0
    began = time.perf_counter()
    for serial in range(2, rounds + 2):
        viewer.draw(replace(frame, serial=serial))
        at = time.perf_counter()
        compose(viewer.view)
        spent += time.perf_counter() - at
    rate = rounds / (time.perf_counter() - began - spent)
    return compose(replace(viewer.view, pace=Pace(rate, rate, spent / rounds * 1e3)))


def trouble() -> Picture:
    """A model that cannot be loaded."""
    try:
        load("my-net.prototxt")
    except Error as error:
        problem = f"{error}{TRY_AGAIN}"
    broken = stage_without_net(Settings(), problem, has_files=True, has_live=False)
    viewer, frame = Offline(broken, replace(initial(broken.scene), message="")), sample("chelsea")
    viewer.draw(frame)
    return compose(replace(viewer.view, problems=(problem,)))


def pair() -> Picture:
    """A net that takes two pictures: the cat, and the cat with an eye covered."""
    on, frame = stage_of(pair_net(CACHE / "pair"), Settings()), sample("chelsea")
    covered = frame.image.copy()
    covered[86:140, 135:208] = covered[200, 200]
    viewer = begun("difference:2", on)
    return viewer.draw(replace(frame, second=covered, name="chelsea.png + eye covered"), keys("b b m 5*\\ t"))


SHOTS: dict[str, Callable[[], Picture]] = {
    "first": first,
    "grid": lambda: view(EYES, "b b m"),
    "backward": backward,
    "signals": lambda: view(EYES, "b b m d 4*u a t 4*i 20*l"),
    "compare": lambda: view(EYES, "v m m"),
    "enlarged": lambda: view(EYES, "= = = = r \\"),
    "pattern": pattern,
    "colours": lambda: view("block5/project:max", "5*\\"),
    "point": point,
    "box": box,
    "alike": alike,
    "ascent": lambda: ascent("fc:9", "6", 300),
    "ascent-unit": lambda: ascent(f"{SMALL_LAYER}:4", "6", 80),
    "pair": pair,
    "times": times,
    "trouble": trouble,
    "help": lambda: view(EYES, "z h"),
}


def smaller(draw: Callable[[], Picture]) -> Picture:
    """A picture, smaller than the window was."""
    picture = draw()
    if picture.shape[1] <= WIDTH:
        return picture
    high = round(picture.shape[0] * WIDTH / picture.shape[1])
    return np.asarray(cv2.resize(picture, (WIDTH, high), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    sys.exit(run(__doc__, {name: partial(smaller, draw) for name, draw in SHOTS.items()}, OUT))
