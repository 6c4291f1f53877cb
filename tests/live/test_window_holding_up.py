"""A viewer to which things happen: its window says what, shows the rest, and takes keys."""

from __future__ import annotations

import numpy as np
import pytest
from ready_made import sheet_of, write
from viewer_process import NEEDS, SIZE

pytestmark = NEEDS

ALARM = (140, 25, 25)  # what lies behind the words on what went wrong
# each fails for as long as a file of its name is in the viewer's folder
FAILING = """
import time
from pathlib import Path
from deepvis.live import app, compose
from deepvis.live.seeing import engine
from deepvis.live.sources import files
def failing(place, name, word):
    plain = getattr(place, name)
    def failed(*given, **named):
        if Path(word).exists():
            raise RuntimeError(word + " is on fire")
        return plain(*given, **named)
    setattr(place, name, failed)
failing(files, "read_entry", "capture")
failing(engine.Engine, "compute", "compute")
compose.DRAWN["aux"], plain = lambda *given: compose.drawn_aux(*given), compose.DRAWN["aux"]
compose.drawn_aux = plain
failing(compose, "drawn_aux", "drawing")
"""


def alarmed(viewer) -> bool:
    """Whether the window has words on what went wrong."""
    pane = viewer.display.picture()[: SIZE[1], 190 : SIZE[0]]
    return bool((np.abs(pane.astype(int) - ALARM).max(axis=-1) <= 1).sum() > 2000)


@pytest.mark.parametrize("what", ["capture", "compute", "drawing"])
def test_what_fails_is_told_and_the_rest_goes_on(start, tiny_prototxt, picture_folder, tmp_path, what):
    viewer = start(tiny_prototxt, "--source", picture_folder, "--layer", "conv1", before=FAILING)
    assert not alarmed(viewer)
    (tmp_path / what).touch()
    viewer.press("e")
    viewer.wait(lambda: alarmed(viewer), f"words on {what}")
    takes_keys(viewer)
    (tmp_path / what).unlink()
    viewer.press("e")
    viewer.wait(lambda: not alarmed(viewer), "the end of the trouble")


def test_a_broken_picture_of_units_is_told_until_it_is_mended(start, tiny_prototxt, picture_folder, tmp_path):
    sheet = tmp_path / "units" / "regularized_opt" / "conv1" / "whole_layer.png"
    write(sheet, sheet_of(10, 24, 30))
    whole = sheet.read_bytes()
    sheet.write_bytes(whole[:200])
    viewer = start(tiny_prototxt, "--source", picture_folder, "--set", f"unit_jpg_dir={tmp_path / 'units'}")
    viewer.press("s")
    viewer.wait(lambda: alarmed(viewer), "words on the sheet")
    takes_keys(viewer)
    sheet.write_bytes(whole)
    viewer.shows("s", "h", "h")


BROKEN = {
    "a prototxt that breaks off": lambda text: text[: len(text) // 2],
    "a layer of no known kind": lambda text: text.replace('type: "ReLU"', 'type: "Reloo"'),
    "no prototxt": lambda _: None,
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_model_that_does_not_load_is_told_and_loaded_once_it_is_mended(start, tiny_prototxt, picture_folder, how):
    text = tiny_prototxt.read_text()
    broken = BROKEN[how](text)
    if broken is None:
        tiny_prototxt.unlink()
    else:
        tiny_prototxt.write_text(broken)
    viewer = start(tiny_prototxt, "--source", picture_folder)
    viewer.wait(lambda: alarmed(viewer), "words on the model")
    takes_keys(viewer)
    tiny_prototxt.write_text(text)
    viewer.press("f5")
    words = np.zeros((SIZE[1], SIZE[0]), bool)
    words[570:] = True  # it says what it loaded
    viewer.shows("h", "h", but=words)
    viewer.press("1")
    viewer.shows("1")


def test_missing_weights_are_told(start, tiny_prototxt, picture_folder, tmp_path):
    viewer = start(tiny_prototxt, "--weights", tmp_path / "none.caffemodel", "--source", picture_folder)
    viewer.wait(lambda: alarmed(viewer), "words on the weights")
    before = viewer.display.picture()[:140, :170]
    assert before.std() > 20
    viewer.press("e")
    viewer.changes(slice(140), slice(170), "another picture", before)
    takes_keys(viewer)


def takes_keys(viewer) -> None:
    """The help comes and goes: it darkens the window."""

    def brightness() -> float:
        return float(viewer.display.picture()[:140, :170].mean())

    before = brightness()
    viewer.press("h")
    viewer.wait(lambda: brightness() < 0.8 * before, "the help")
    viewer.press("h")
    viewer.wait(lambda: brightness() > 0.95 * before, "the end of the help")
