"""The real window as a user starts it, and its title. What keys, mouse and ends do in it is in test_window_*.py."""

from __future__ import annotations

import shutil

import numpy as np
from viewer_process import NEEDS, SIZE, TITLE, Foretold

from deepvis.live.controls.events import Key, Mouse

pytestmark = NEEDS


def test_all_but_the_status_line_is_known_beforehand(start, tiny_prototxt, picture_folder):
    """And of that all but the rate of passes, while there is one."""
    viewer = start(tiny_prototxt, "--source", picture_folder, "--layer", "conv1:3", plain=True)
    told = Foretold(tiny_prototxt, picture_folder / "p1.png", "down right right right")
    line = np.zeros((SIZE[1], SIZE[0]), bool)
    line[570:] = True
    viewer.settled(told.after(), "the first picture", line)
    assert viewer.windows() == viewer.display.windows(f"{TITLE}: tiny")
    viewer.press("h")
    viewer.settled(told.after(Key("h")), "the help", line)
    viewer.press("h")
    viewer.settled(told.after(Key("h")), "after the help, once the rate is old")


def test_a_title_in_any_script(start, tiny_prototxt, picture_folder, tmp_path):
    """OpenCV finds no window again whose name is not ASCII; and the wheel is taken from the window by its title."""
    net = tmp_path / "réseau 网络.prototxt"
    shutil.copy(tiny_prototxt, net)
    viewer = start(net, "--source", picture_folder / "p1.png", "--layer", "conv1", "--keys", "h h")
    assert viewer.windows() == viewer.display.windows("Toolbox: réseau 网络")
    told = Foretold(net, picture_folder / "p1.png", "h h")
    viewer.settled(told.after())
    viewer.mouse("mousemove", 600, 300, "click", 4)
    viewer.settled(told.after(Mouse("wheel", 300, 600, 1)))
