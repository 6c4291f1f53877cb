"""Panes: pure functions of the view, checked pixel by pixel where the classic says what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeNet, engine, frame, scene

from deepvis.live.compose import compose
from deepvis.live.controls.actions import BINDINGS, press
from deepvis.live.headless import view_of
from deepvis.live.layout import Layout
from deepvis.live.panes.common import piece
from deepvis.live.panes.status_pane import status_line
from deepvis.live.scene import Layer
from deepvis.live.settings.values import CLASSIC_SIZE
from deepvis.live.state import State
from deepvis.live.view import Pace, View
from deepvis.render import resize_to_fit

GREEN, BLUE = (127, 255, 127), (51, 51, 255)
BACK, STALE, SIGNAL_PAD = (51, 51, 51), (76, 76, 51), (51, 51, 127)


def view(keys: str = "", size=(900, 600), net: FakeNet | None = None, **more) -> View:
    at, state = scene(size, has_live=True), State()
    for key in keys.split():
        state = press(state, key, at)
    return replace(view_of(engine(net), at, state, frame()), **more)


def colours(picture) -> set[tuple[int, ...]]:
    packed = np.unique(picture.reshape(-1, 3).astype(int) @ (1 << 16, 1 << 8, 1))
    return {(int(c) >> 16, int(c) >> 8 & 255, int(c) & 255) for c in packed}


def test_the_classic_geometry_at_the_classic_size():
    layout = Layout.of(["conv1", "pool1", "conv2"], CLASSIC_SIZE)
    at = {name: getattr(layout, name) for name in ("input", "aux", "back", "control", "layers", "status")}
    assert {name: (box.top, box.left, box.height, box.width) for name, box in at.items()} == {
        "input": (0, 0, 300, 300),
        "aux": (300, 0, 300, 300),
        "back": (600, 0, 300, 300),
        "control": (0, 300, 30, 1200),
        "layers": (30, 300, 870, 1200),
        "status": (900, 0, 30, 1500),
    }


@pytest.mark.parametrize("size", [(480, 320), (800, 600), (1024, 1024), (1920, 1080), (3840, 2160), (640, 1200)])
@pytest.mark.parametrize("count", [1, 14, 150])
def test_panes_fill_a_window_of_any_size_without_overlap(size, count):
    layout = Layout.of([f"inception_{n}/3x3_reduce" for n in range(count)], size)
    covered = np.zeros((layout.height, layout.width), int)
    for name in ("input", "aux", "back", "control", "layers", "status"):
        box = getattr(layout, name)
        covered[box.top : box.top + box.height, box.left : box.left + box.width] += 1
    assert (covered == 1).mean() > 0.85
    assert covered.max() == 1
    assert layout.layers.height > layout.height // 2


@pytest.mark.parametrize("keys", ["", "h", "down right b", "down b d u a", "o o o down", "z", "down b z z", "a", "b"])
@pytest.mark.parametrize("size", [(900, 600), (480, 320)])
def test_every_mode_draws_at_every_size(keys, size):
    picture = compose(view(keys, size))
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8


def test_the_input_pane_shows_what_the_net_sees_in_the_frames_own_colours():
    v = view()
    picture = piece(compose(v), v.layout.input)
    width = v.layout.input.width
    height = width * 24 // 32  # the net's shape, at the top of the pane
    assert np.abs(picture[height // 2, width // 2].astype(int) - (220, 40, 30)).max() <= 1
    assert colours(picture[height:]) == {BACK}


def test_the_grid_is_the_scaled_activations_in_the_classic_layout():
    v = view()
    box = v.layout.layers
    pane = piece(compose(v), box)
    acts = v.result.acts
    grid = v.scene.grid(0)
    grey = ((acts - acts.min()) / (acts.max() - acts.min() + 1e-10) * 255).astype(np.uint8)
    unit = 7
    row, column = divmod(unit, grid.columns)
    grow = grid.height // 24
    top, left = row * (grid.height + 2) + 1, column * (grid.width + 2) + 1
    scale = min(box.height / grid.size[0], box.width / grid.size[1])
    for y, x in ((3, 4), (12, 16), (20, 30)):
        at = pane[int((top + (y + 0.5) * grow) * scale), int((left + (x + 0.5) * grow) * scale)]
        assert np.abs(at.astype(int) - int(grey[unit, y, x])).max() <= 1


def test_the_cursors_unit_is_framed_green_and_the_frozen_one_blue():
    grid = view().layout.layers
    assert GREEN not in colours(piece(compose(view()), grid))
    assert GREEN in colours(piece(compose(view("down right")), grid))
    both = colours(piece(compose(view("down right b d right")), grid))
    assert GREEN in both
    assert BLUE in both
    same = colours(piece(compose(view("down right b d")), grid))
    assert BLUE in same
    assert GREEN not in same, "the frozen unit's frame wins"
    assert BLUE not in colours(piece(compose(view("down right b d o")), grid)), "not in another layer"


def test_signals_are_green_and_red_on_a_blue_ground():
    v = view("o o o down b d u u u a")
    pane = piece(compose(v), v.layout.layers)
    assert SIGNAL_PAD in colours(pane)
    tiles = v.tiles
    assert tiles.shape == (12, 24, 32, 3)
    assert tiles[..., 2].max() == 0
    assert tiles[..., 0].max() > 0
    assert tiles[..., 1].max() > 0


def test_without_a_signal_the_grid_says_why():
    above = view("down b d o o a")
    assert above.tiles is None
    pane = piece(compose(above), above.layout.layers)
    assert len(colours(pane)) > 5, "there are words"
    assert (pane == BACK).all(axis=2).mean() > 0.95


def test_a_result_of_another_layer_is_stale_until_the_new_one_comes():
    v = view("down")
    moved = replace(v, state=press(v.state, "o", v.scene))
    pane = piece(compose(moved), v.layout.layers)
    assert colours(pane) == {STALE}
    other_unit = replace(v, state=press(press(v.state, "b", v.scene), "right", v.scene))
    assert colours(piece(compose(other_unit), v.layout.back)) == {STALE}
    up = replace(v, state=press(v.state, "up", v.scene))
    assert colours(piece(compose(up), v.layout.aux)) == {STALE}, "in the grid no classes were asked for"


def test_the_aux_pane_lists_classes_in_the_layer_bar_and_enlarges_the_unit_in_the_grid():
    v = view("down right")
    pane = piece(compose(v), v.layout.aux)
    unit = resize_to_fit(v.tiles[1], *pane.shape[:2])
    np.testing.assert_array_equal(pane[: unit.shape[0], : unit.shape[1], 0], unit)
    classes = piece(compose(view()), v.layout.aux)
    hidden = piece(compose(view("8")), v.layout.aux)
    assert colours(hidden) == {BACK}
    assert classes[..., 1].max() > 200, "the first class is bright green where it is sure"


def test_the_backward_pane_is_the_filtered_signal():
    v = view("down right b")
    box = v.layout.back
    pane = piece(compose(v), box)
    signal = v.result.signal
    centred = signal / max(2 * signal.max(), -2 * signal.min()) + 0.5
    expected = resize_to_fit((centred * 255).astype(np.uint8).transpose(1, 2, 0), box.height, box.width)
    shown = pane[: expected.shape[0], : expected.shape[1]]
    assert np.abs(shown.astype(int) - expected.astype(int)).max() <= 1
    norm = piece(compose(view("down right b m m")), box)[: expected.shape[0], : expected.shape[1]]
    assert (norm[..., 0] == norm[..., 1]).all()


def test_a_silent_unit_is_called_silent():
    net = FakeNet()
    net._mix[0] = -100  # never positive
    net._mix[0, 0] = 0
    v = view("down b", net=net)
    v = replace(v, result=replace(v.result, signals={"gradient": (np.zeros_like(v.result.signal),)}))
    pane = piece(compose(v), v.layout.back)
    assert len(colours(pane)) > 5


def test_zoom_shows_one_unit_or_the_backward_view_large():
    v = view("down right z")
    box = v.layout.layers
    unit = resize_to_fit(v.tiles[1], box.height, box.width)
    large = piece(compose(v), box)[: unit.shape[0], : unit.shape[1]]
    np.testing.assert_array_equal(large[..., 0], unit)
    back = view("down right b z z")
    small = piece(compose(back), back.layout.back)
    large = piece(compose(back), box)
    assert np.abs(large[5, 5].astype(int) - small[3, 3].astype(int)).max() <= 2


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("", "fwd act:0 | Back: off | Boost: 0/1 | 0 to 443.5 | disc1.png | h for help"),
        ("down right b", "fwd act:1 | Back: bprop (from act_1, disp raw) | Boost: 0/1 | max"),
        ("down b d o a n m t T", "back pool:0 | Back: deconv (from act_0, disp gray) | Boost: 0.3/0.7 |"),
    ],
)
def test_the_status_line(keys, line):
    assert status_line(view(keys)).startswith(line)


def test_the_status_line_names_a_precision_that_is_not_full():
    v = view("down")
    half = replace(v, scene=replace(v.scene, precision="fp16-weights"))
    assert status_line(half).startswith("fwd act:0 | fp16 weights | Back: off")
    assert "fp" not in status_line(v)


def test_the_rate_is_in_the_status_line_only_while_there_is_one():
    assert "FPS" not in status_line(view())
    assert "| FPS: 12.3 |" in status_line(view(pace=Pace(fps=12.34)))


def test_problems_are_written_over_the_picture():
    v = view(problems=("camera 0 gives no picture any more",))
    pane = piece(compose(v), v.layout.layers)
    assert (140, 25, 25) in colours(pane[-20:])


def test_before_the_first_picture_there_is_a_word():
    at = scene()
    pane = piece(compose(View(State(), at)), at.layout().input)
    assert len(colours(pane)) > 5


def test_layer_names_are_coloured_by_what_they_are():
    names = {"cursor": (127, 255, 127), "selected": (255, 255, 255), "origin": (204, 204, 255)}

    def bar(keys: str) -> set[str]:
        v = view(keys)
        pixels = piece(compose(v), v.layout.control).reshape(-1, 3).astype(int)
        return {name for name, colour in names.items() if (np.abs(pixels - colour).max(axis=1) < 9).any()}

    assert bar("") == {"cursor"}
    assert bar("down") == {"selected"}
    assert bar("down b d o") == {"selected", "origin"}
    assert bar("down b d") == {"origin"}
    assert bar("down b d up") == {"cursor"}, "the cursor's colour wins"


def test_many_layer_names_scroll_with_the_cursor():
    names = tuple(f"inception_{n}/3x3_reduce" for n in range(150))
    layers = tuple(Layer(name, name, 2) for name in names)
    at = replace(scene(), layers=layers)
    seen = set()
    for number in (0, 75, 149):
        picture = piece(compose(View(State(layer=number), at)), at.layout().control)
        assert (np.abs(picture.astype(int) - (127, 255, 127)).max(axis=2) < 9).any()
        seen.add(picture.tobytes())
    assert len(seen) == 3


def test_help_dims_the_window_and_names_every_key():
    plain, helped = compose(view()), compose(view("h"))
    assert helped.mean() < 0.8 * plain.mean() + 10
    assert len(BINDINGS) > 30


@pytest.mark.parametrize("shape", [(1, 5), (1, 4, 9), (1, 3, 2, 6, 7), (2, 8, 1, 12)])
def test_blobs_of_any_number_of_axes_have_a_layout(shape):
    layer = Layer.of("x", shape)
    assert layer.units * layer.height * layer.width == np.prod(shape[1:])


def test_blobs_that_hold_nothing_are_left_out():
    assert Layer.of("x", (7,)) is None
    assert Layer.of("x", (1, 0, 3, 3)) is None
