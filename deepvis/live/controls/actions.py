"""Every key in one table: what it is called, which keys do it, what it says in the help, and what it does to
the state.

The help screen, `deepvis keys` and the README's list are made from it. OpenCV's usual windows report letters in lower
case whatever Shift is, so each action on a shifted letter has a second binding without Shift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deepvis.live.controls import changes
from deepvis.live.controls.gestures import GESTURES
from deepvis.live.scene import Scene
from deepvis.live.state import State, centred, go_to_layer, go_to_unit, move, reset

Change = Callable[[State, Scene], State]
UNIT = "unit:"  # a key of this name and a number goes to that unit: what a click on a listed one presses


@dataclass(frozen=True)
class Action:
    """keys: the classic ones, or of what the classic had not; also: further bindings; actions with the same help
    text share a line of the help.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    change: Change
    also: tuple[str, ...] = ()
    section: str = "Viewer keys"


def _set(**values: object) -> Change:
    return lambda state, _scene: replace(state, **values)  # type: ignore[arg-type]


def _toggle(name: str) -> Change:
    return lambda state, _scene: replace(state, **{name: not getattr(state, name)})  # type: ignore[arg-type]


def _count(name: str) -> Change:
    return lambda state, _scene: replace(state, **{name: getattr(state, name) + 1})


def _moved(rows: int, columns: int, *, fast: bool = False) -> Change:
    def change(state: State, scene: Scene) -> State:
        far = scene.settings.fast_move if fast else 1
        return move(state, rows * far, columns * far, scene)

    return change


def _layer(step: int) -> Change:
    return lambda state, scene: go_to_layer(state, state.layer + step, scene)


BASE, CLASSIC = "Base keys", "Viewer keys"
NUMBERS, INSTRUMENTS, VIDEO, MOUSE = "Scales and colours", "Instruments", "Video", "Mouse"
SLOW = "move; up from the first row returns to the layer names"
QUICK = "move three at a time"
FIRMNESS = "live ascent: next regulariser, weaker, stronger"
ACTIONS: tuple[Action, ...] = (
    Action("help", ("h",), "show or hide this help", _toggle("help"), section=BASE),
    Action("pause", ("f",), "freeze or run the camera or video", changes.toggle_pause, ("space",), BASE),
    Action("live", ("c",), "camera or video / picture files", changes.toggle_live, section=BASE),
    Action("next-file", ("e", "pgdn"), "next picture file", changes.step_file(1), section=BASE),
    Action("previous-file", ("w", "pgup"), "previous picture file", changes.step_file(-1), section=BASE),
    Action("stretch", ("0",), "crop pictures to the net's shape, or stretch", _toggle("stretch"), (), BASE),
    Action("hud", ("5",), "times of each step; once more: of each layer", changes.next_hud, section=BASE),
    Action("save", ("p",), "save the window, the unit's map and the state", _count("saves"), section=BASE),
    Action("reload", ("f5",), "load the model anew", _count("reloads"), section=BASE),
    Action("quit", ("q",), "quit", _set(quit=True), section=BASE),
    Action("left", ("left", "j"), SLOW, _moved(0, -1)),
    Action("right", ("right", "l"), SLOW, _moved(0, 1)),
    Action("up", ("up", "i"), SLOW, _moved(-1, 0)),
    Action("down", ("down", "k"), SLOW, _moved(1, 0)),
    Action("fast-left", ("J",), QUICK, _moved(0, -1, fast=True), also=(",",)),
    Action("fast-right", ("L",), QUICK, _moved(0, 1, fast=True), also=("/",)),
    Action("fast-up", ("I",), QUICK, _moved(-1, 0, fast=True), also=(";",)),
    Action("fast-down", ("K",), QUICK, _moved(1, 0, fast=True), also=(".",)),
    Action("previous-layer", ("u", "U"), "previous layer, wherever the cursor is", _layer(-1)),
    Action("next-layer", ("o", "O"), "next layer, wherever the cursor is", _layer(1)),
    Action("zoom", ("z",), "grid / selected unit / backward view in the large pane", changes.next_zoom),
    Action("pattern", ("s",), "grid of ready-made pictures of the units", changes.toggle_pattern),
    Action("backward", ("b",), "backward view: off, gradient, gradient norm, deconv", changes.easy_back),
    Action("origin", ("d",), "freeze or release the unit that backward passes start from", changes.freeze_origin),
    Action("grid-backward", ("a",), "grid of activations / of backward signals", changes.show_back),
    Action("backward-rule", ("n",), "expert: backward off, gradient, deconv", changes.expert_back),
    Action("backward-filter", ("m",), "expert: backward shown raw, gray, norm, normblur", changes.next_filter),
    Action("guided", ("g",), "guided backward view on or off", changes.toggle_guided),
    Action("compare", ("v",), "gradient, deconv and guided side by side", _toggle("compare")),
    Action("labels", ("8",), "show or hide the top-5 classes", _toggle("labels")),
    Action("unit-pictures", ("9",), "show or hide the unit's ready-made pictures", _toggle("unit_pictures")),
    Action("reset", ("esc",), "back to the first view", reset),
    Action("gamma", ("t",), "brighten the dark: gamma 1, 0.7, 0.5, 0.3", changes.next_gamma, (), NUMBERS),
    Action("boost", ("T",), "boost single units: 0, 0.3, 0.5, 0.8, 1", changes.next_boost, ("y",), NUMBERS),
    Action("scale", ("r",), "range of brightness: the layer's, each unit's, fixed", changes.next_scale, (), NUMBERS),
    Action("colours", ("\\",), "colour map; diverging keeps zero in its middle", changes.next_colours, (), NUMBERS),
    Action("magnify", ("=",), "enlarge or shrink the grid", changes.magnify(1), ("+",), NUMBERS),
    Action("shrink", ("-",), "enlarge or shrink the grid", changes.magnify(-1), (), NUMBERS),
    Action("overlay", ("x",), "the unit's map or the backward view over the input", changes.next_overlay, (), NUMBERS),
    Action("fainter", ("[",), "overlay fainter or stronger", changes.opacity(-1), (), NUMBERS),
    Action("stronger", ("]",), "overlay fainter or stronger", changes.opacity(1), (), NUMBERS),
    Action("histogram", ("1",), "histogram of the layer and the unit", _toggle("histogram"), (), INSTRUMENTS),
    Action("similar", ("2",), "units like this one, dead and duplicate units", _toggle("similar"), (), INSTRUMENTS),
    Action("box", ("3",), "rank units by a box on the input", changes.toggle_box, (), INSTRUMENTS),
    Action("point", ("4",), "point at a position of the map with the arrows", changes.toggle_point, (), INSTRUMENTS),
    Action("ascent", ("6",), "live ascent: from noise, from this frame, off", changes.next_ascent, (), INSTRUMENTS),
    Action("preset", ("7",), "live ascent: next preset", changes.next_preset, (), INSTRUMENTS),
    Action("regulariser", ("'",), FIRMNESS, changes.next_regulariser, (), INSTRUMENTS),
    Action("weaker", ("<",), FIRMNESS, changes.strengthen(-1), (), INSTRUMENTS),
    Action("firmer", (">",), FIRMNESS, changes.strengthen(1), (), INSTRUMENTS),
    Action("restart", ("enter",), "live ascent: begin anew from another seed", changes.restart, (), INSTRUMENTS),
    Action("frame-back", ("(",), "one frame back or on, and stay there", changes.step_frame(-1), (), VIDEO),
    Action("frame-on", (")",), "one frame back or on, and stay there", changes.step_frame(1), (), VIDEO),
    Action("seek-back", ("{",), "five seconds back or on", changes.seek(-5.0), (), VIDEO),
    Action("seek-on", ("}",), "five seconds back or on", changes.seek(5.0), (), VIDEO),
    Action("slower", ("_",), "slower or faster", changes.speed(-1), (), VIDEO),
    Action("faster", ("*",), "slower or faster", changes.speed(1), (), VIDEO),
    Action("loop", ("|",), "begin again at the end, or stay there", changes.toggle_loop, (), VIDEO),
)  # fmt: skip


def _bindings() -> dict[str, Action]:
    table: dict[str, Action] = {}
    for action in ACTIONS:
        for key in action.keys + action.also:
            if key in table:
                raise ValueError(f"key {key} is bound to both {table[key].name} and {action.name}")
            table[key] = action
    return table


BINDINGS = _bindings()


def is_key(key: str) -> bool:
    """Whether a key of this name does anything."""
    return key in BINDINGS or (key.startswith(UNIT) and key.removeprefix(UNIT).isdecimal())


def press(state: State, key: str, scene: Scene) -> State:
    """The state after a key. A key that means nothing says so in the status line."""
    state = replace(state, message="")
    if not is_key(key):
        return replace(state, message=f"no action on key {key}")
    if key.startswith(UNIT):
        return centred(go_to_unit(state, int(key.removeprefix(UNIT)), scene), scene)
    return BINDINGS[key].change(state, scene)


@dataclass(frozen=True)
class HelpLine:
    """One line of the help: which keys (classic, then second bindings) and what they do."""

    section: str
    keys: tuple[str, ...]
    also: tuple[str, ...]
    text: str


def help_lines() -> list[HelpLine]:
    """The table as people read it: actions of the same text in one line, in the table's order; last what
    the mouse does."""
    lines: dict[tuple[str, str], HelpLine] = {}
    for action in ACTIONS:
        at = (action.section, action.help)
        line = lines.get(at, HelpLine(*at[:1], (), (), at[1]))
        lines[at] = replace(line, keys=line.keys + action.keys, also=line.also + action.also)
    return [*lines.values(), *(HelpLine(MOUSE, (gesture,), (), words) for gesture, words in GESTURES)]
