"""Every key pressed in a real window: the window then shows what --headless writes after the same keys."""

from __future__ import annotations

import time

import cv2
import numpy as np
from ready_made import colour, plain, sheet_of, write
from viewer_process import NEEDS, SIZE, Foretold, expected, told

from deepvis.live.controls.actions import ACTIONS, BINDINGS
from deepvis.live.controls.events import Key

pytestmark = NEEDS

# Each key changes the picture. Letters with Shift are those that Qt reports as if without.
MOVING = """right l left j / , L J o O u U down k i right l left j . ; down K I down L J . up up up
    o u 0 0 h h 8 esc"""
FILES = "e pgdn e w pgup KP_Next KP_Prior"
LOOKING = """down right b b b b b g g n n m m m m n n a a d o d b b b b b v v z z z z z z T y t r r r \\ \\ = + - -
    1 1 2 2 3 3 4 right 4 x x x b x [ ] x f space esc"""
PICTURES = "down s right s right 9 9 s z s z esc"
ASCENT = "down 6 7 ' ' < > > enter 6"
VIDEO = "f ) ) ( } { space f * _ | | c c"
ALONE = "c 5 p f5 q"  # what they do is not in --headless's picture
KEYPAD = {
    "KP_Right": "right",
    "KP_Down": "down",
    "KP_Left": "left",
    "KP_Up": "up",
    "KP_Add": "+",
    "KP_Subtract": "-",
    "KP_Enter": "enter",
}


def test_every_binding_is_pressed_here():
    pressed = {key for keys in (MOVING, FILES, LOOKING, PICTURES, ASCENT, VIDEO, ALONE) for key in keys.split()}
    assert set(BINDINGS) - pressed == set()
    for action in ACTIONS:
        assert {told(key) for key in (*action.keys, *action.also)} & {
            key for key in BINDINGS if BINDINGS[key] is action
        }, f"{action.name} cannot be reached from this window"


def test_letters_with_shift_have_bindings_without_it():
    """Where a window tells of J as of j, the action on J needs another key."""
    for letter in "JLIKTUO":
        reachable = {key for key in BINDINGS if BINDINGS[key] is BINDINGS[letter] and not key.isupper()}
        assert reachable, f"only Shift gives {BINDINGS[letter].name}"


def press_each(viewer, keys, before=(), but=None):
    """Press the keys one by one; after each the window shows something new, and that is what it should show."""
    done = list(before)
    last = None
    for key in keys:
        viewer.press(key)
        done.append(told(key))
        picture = viewer.shows(*done, but=but)
        assert last is None or not np.array_equal(picture, last), f"{key} after {' '.join(done)} changes nothing"
        last = picture
    return done


def test_keys_that_move_and_step(start, tiny_prototxt, picture_folder):
    viewer = start(tiny_prototxt, "--source", picture_folder)
    press_each(viewer, MOVING.split())


def test_keys_that_step_through_files(start, tiny_prototxt, picture_folder):
    viewer = start(tiny_prototxt, "--source", picture_folder)
    files = [picture_folder / name for name in ("p1.png", "p2.png", "p10.png")]
    number = 0
    for key in FILES.split():
        viewer.press(key)
        number += 1 if key in ("e", "pgdn", "KP_Next") else -1
        viewer.settled(expected(viewer.folder, tiny_prototxt, "--source", files[number % 3], "--keys", "e"), key)


def test_keys_that_change_the_view(start, tiny_prototxt, picture_folder):
    viewer = start(tiny_prototxt, "--source", picture_folder / "p2.png")
    press_each(viewer, LOOKING.split())


def test_keys_of_ready_made_pictures(start, tiny_prototxt, picture_folder, tmp_path):
    files = tmp_path / "units"
    write(files / "regularized_opt" / "conv1" / "whole_layer.png", sheet_of(10, 24, 30))
    for unit in range(10):
        write(files / "max_im" / "conv1" / f"conv1_{unit:04d}.png", plain(colour(unit), 40, 40))
    viewer = start(tiny_prototxt, "--source", picture_folder / "p2.png", "--set", f"unit_jpg_dir={files}")
    press_each(viewer, PICTURES.split())


def test_keys_of_the_live_ascent(start, tiny_prototxt, picture_folder):
    """Its picture grows, and is another each time; the status line and what is said of the regularisers is not."""
    viewer = start(tiny_prototxt, "--source", picture_folder / "p1.png", "--layer", "conv1")
    foretold = Foretold(tiny_prototxt, picture_folder / "p1.png")
    growing = np.zeros((SIZE[1], SIZE[0]), bool)
    growing[:-45, -180:] = True
    for key in ASCENT.split():
        viewer.press(key)
        viewer.settled(foretold.after(Key(key)), key, growing)
    viewer.changes(slice(500), slice(730, 890), "another picture")
    assert viewer.state()["ascent"]["restarts"] == 1
    viewer.press("6")
    viewer.settled(foretold.after(Key("6")), "the end of the ascent")


def test_keys_of_a_video(start, tiny_prototxt, picture_folder, tmp_path):
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 8.0, (96, 64))
    for number in range(60):
        writer.write(np.full((64, 96, 3), 4 * number + 4, np.uint8))
    writer.release()
    viewer = start(tiny_prototxt, "--source", clip, "--source", picture_folder)

    def number() -> int:
        return round((float(viewer.display.picture()[10:100, 10:100].mean()) - 4) / 4)

    def stands(at: int) -> None:
        viewer.wait(lambda: number() == at, f"frame {at}")

    viewer.wait(lambda: 2 < number() < 50, "a frame")
    viewer.press("f")
    time.sleep(0.3)
    at = number()
    time.sleep(0.3)
    stands(at)
    for key, by in {")": 1, "(": -1, "}": 40, "{": -40}.items():
        viewer.press(key)
        at = min(at + by, 59)
        stands(at)
    viewer.press("{")
    press_each(viewer, ["_", "*", "|", "|"], before=["f", "{"])
    viewer.press("c")
    viewer.settled(expected(viewer.folder, tiny_prototxt, "--source", picture_folder / "p1.png", "--keys", "8 8"))
    viewer.press("c")
    stands(0)
    viewer.press("space")
    viewer.wait(lambda: number() > 2, "the third frame")


def test_what_keys_do_beside_the_picture(start, tiny_prototxt, picture_folder):
    """Times, saving, loading the model anew, and the end."""
    viewer = start(tiny_prototxt, "--source", picture_folder)
    times = np.zeros((SIZE[1], SIZE[0]), bool)
    times[:450, 600:] = True
    viewer.press("5")
    assert_differs(viewer.shows("5", but=times), viewer, times)
    viewer.press("5")
    assert_differs(viewer.shows("5 5", but=times), viewer, times)
    viewer.press("5")
    shown = viewer.shows("5 5 5")
    saved = viewer.saved()
    np.testing.assert_array_equal(cv2.imread(str(saved / "window.png"))[..., ::-1], shown)
    net = tiny_prototxt.read_text()
    tiny_prototxt.write_text(net.replace("num_output: 10", "num_output: 6"))
    viewer.press("f5")
    words = np.zeros((SIZE[1], SIZE[0]), bool)
    words[570:] = True
    assert_differs(viewer.shows("f5", but=words), viewer, words)
    begun = time.monotonic()
    viewer.press("q")
    viewer.ends(begun)


def test_keys_of_the_keypad(start, tiny_prototxt, picture_folder):
    viewer = start(tiny_prototxt, "--source", picture_folder)
    done = []
    for name, key in KEYPAD.items():
        viewer.press(name)
        done.append(key)
        viewer.shows(*done)


def assert_differs(picture, viewer, where):
    assert (viewer.display.picture()[: SIZE[1], : SIZE[0]] != picture)[where].any()
