"""Every key in one table: what it is called, which keys do it, what it says in the help, and what it does to
the state.

The help screen and `deepvis keys` are made from it. OpenCV's usual windows report letters in lower case
whatever Shift is, so each action on a shifted letter has a second binding without Shift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deepvis.live.scene import Scene
from deepvis.live.state import BOOSTS, FILTERS, GAMMAS, State, go_to_layer, move, reset

Change = Callable[[State, Scene], State]
FAST = 3  # layers, units or rows


@dataclass(frozen=True)
class Action:
    """keys: the classic ones; also: further bindings; actions with the same help text share a line of the
    help.
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


def _moved(rows: int, columns: int) -> Change:
    return lambda state, scene: move(state, rows, columns, scene)


def _layer(step: int) -> Change:
    return lambda state, scene: go_to_layer(state, state.layer + step, scene)


def _toggle_live(state: State, scene: Scene) -> State:
    if state.live:
        return replace(state, live=False) if scene.has_files else replace(state, message="no picture files")
    if not scene.has_live:
        return replace(state, message="no camera or video: start with --source camera:0")
    return replace(state, live=True)


def _toggle_pause(state: State, _scene: Scene) -> State:
    return replace(state, paused=not state.paused, message="" if state.paused else "frozen: f runs on")


def _step_file(step: int) -> Change:
    def change(state: State, scene: Scene) -> State:
        if not scene.has_files:
            return replace(state, message="no picture files")
        # from the camera the first press only returns to the files
        return replace(state, live=False) if state.live else replace(state, file=state.file + step)

    return change


def _easy_back(state: State, _scene: Scene) -> State:
    """off → gradient raw → gradient norm → deconv raw → off; from anything else off."""
    if not state.back:
        return replace(state, back=True, rule="gradient", filter="raw")
    if (state.rule, state.filter) == ("gradient", "raw"):
        return replace(state, filter="norm")
    if (state.rule, state.filter) == ("gradient", "norm"):
        return replace(state, rule="deconv", filter="raw")
    return replace(state, back=False)


def _expert_back(state: State, _scene: Scene) -> State:
    """off → gradient → deconv → off, whatever the filter."""
    if not state.back:
        return replace(state, back=True, rule="gradient")
    return replace(state, rule="deconv") if state.rule == "gradient" else replace(state, back=False)


def _next_filter(state: State, _scene: Scene) -> State:
    return replace(state, filter=FILTERS[(FILTERS.index(state.filter) + 1) % len(FILTERS)])


def _show_back(state: State, _scene: Scene) -> State:
    showing = not state.show_back
    return replace(state, show_back=showing, back=state.back or showing)


def _freeze_origin(state: State, _scene: Scene) -> State:
    return replace(state, origin=(state.layer, state.unit) if state.origin is None else None)


def _zoom(state: State, _scene: Scene) -> State:
    return replace(state, zoom=(state.zoom + 1) % (3 if state.back else 2))


def _boost(state: State, _scene: Scene) -> State:
    return replace(state, boost=(state.boost + 1) % len(BOOSTS))


def _gamma(state: State, _scene: Scene) -> State:
    return replace(state, gamma=(state.gamma + 1) % len(GAMMAS))


BASE = "Base keys"
SLOW = "move; up from the first row returns to the layer names"
QUICK = f"move {FAST} at a time"
ACTIONS: tuple[Action, ...] = (
    Action("help", ("h",), "show or hide this help", _toggle("help"), section=BASE),
    Action("pause", ("f",), "freeze or run the camera or video", _toggle_pause, section=BASE),
    Action("live", ("c",), "camera or video / picture files", _toggle_live, section=BASE),
    Action("next-file", ("e", "pgdn"), "next picture file", _step_file(1), section=BASE),
    Action("previous-file", ("w", "pgup"), "previous picture file", _step_file(-1), section=BASE),
    Action("stretch", ("0",), "crop pictures to the net's shape, or stretch", _toggle("stretch"), (), BASE),
    Action("quit", ("q",), "quit", _set(quit=True), section=BASE),
    Action("left", ("left", "j"), SLOW, _moved(0, -1)),
    Action("right", ("right", "l"), SLOW, _moved(0, 1)),
    Action("up", ("up", "i"), SLOW, _moved(-1, 0)),
    Action("down", ("down", "k"), SLOW, _moved(1, 0)),
    Action("fast-left", ("J",), QUICK, _moved(0, -FAST), also=(",",)),
    Action("fast-right", ("L",), QUICK, _moved(0, FAST), also=("/",)),
    Action("fast-up", ("I",), QUICK, _moved(-FAST, 0), also=(";",)),
    Action("fast-down", ("K",), QUICK, _moved(FAST, 0), also=(".",)),
    Action("previous-layer", ("u", "U"), "previous layer, wherever the cursor is", _layer(-1)),
    Action("next-layer", ("o", "O"), "next layer, wherever the cursor is", _layer(1)),
    Action("zoom", ("z",), "grid / selected unit / backward view in the large pane", _zoom),
    Action("backward", ("b",), "backward view: off, gradient, gradient norm, deconv", _easy_back),
    Action("origin", ("d",), "freeze or release the unit that backward passes start from", _freeze_origin),
    Action("grid-backward", ("a",), "grid of activations / of backward signals", _show_back),
    Action("backward-rule", ("n",), "expert: backward off, gradient, deconv", _expert_back),
    Action("backward-filter", ("m",), "expert: backward shown raw, gray, norm, normblur", _next_filter),
    Action("gamma", ("t",), "brighten the dark: gamma 1, 0.7, 0.5, 0.3", _gamma),
    Action("boost", ("T",), "boost each unit to its own range: 0, 0.3, 0.5, 0.8, 1", _boost, also=("y",)),
    Action("labels", ("8",), "show or hide the top-5 classes", _toggle("labels")),
    Action("reset", ("esc",), "back to the first view", lambda state, _scene: reset(state)),
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


def press(state: State, key: str, scene: Scene) -> State:
    """The state after a key. A key that means nothing says so in the status line."""
    action = BINDINGS.get(key)
    if action is None:
        return replace(state, message=f"no action on key {key}")
    return action.change(replace(state, message=""), scene)


@dataclass(frozen=True)
class HelpLine:
    """One line of the help: which keys (classic, then second bindings) and what they do."""

    section: str
    keys: tuple[str, ...]
    also: tuple[str, ...]
    text: str


def help_lines() -> list[HelpLine]:
    """The table as people read it, actions of the same text in one line, in the table's order."""
    lines: dict[tuple[str, str], HelpLine] = {}
    for action in ACTIONS:
        at = (action.section, action.help)
        line = lines.get(at, HelpLine(*at[:1], (), (), at[1]))
        lines[at] = replace(line, keys=line.keys + action.keys, also=line.also + action.also)
    return list(lines.values())
