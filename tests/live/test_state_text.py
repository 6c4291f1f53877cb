"""A state as plain values and back: the same after any keys, and nothing from a file that keys could not lead to."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planted import scene_of, view_of

from deepvis.errors import FormatError
from deepvis.live.compose import compose
from deepvis.live.controls.actions import BINDINGS, press
from deepvis.live.controls.events import MOUSE_KINDS, Key, Mouse
from deepvis.live.controls.obeying import obeyed
from deepvis.live.records.saving import to_yaml
from deepvis.live.records.state_text import LEFT_OUT, state_as_plain, state_from_plain
from deepvis.live.state import State

SCENE = scene_of(has_unit_pictures=True, has_live=True, presets=("auto", "classic", "gentle"))
STARTING = State(message="")
KEYS = st.sampled_from([*sorted(BINDINGS), *["down", "right", "o", ">", "="] * 3]).map(Key)
MICE = st.builds(
    lambda kind, row, column: Mouse(kind, row, column, 1 if kind == "wheel" else 0),
    st.sampled_from(MOUSE_KINDS),
    st.integers(0, 600),
    st.integers(0, 900),
)


def kept(state: State) -> State:
    """The state without what a view begins without."""
    return replace(state, **{name: getattr(STARTING, name) for name in LEFT_OUT})


def back(values: object) -> State:
    return state_from_plain(values, SCENE, "file")  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(st.lists(KEYS | MICE, max_size=50))
def test_any_state_comes_back_from_yaml_as_it_was(events):
    state = State()
    for event in events:
        state = obeyed(view_of(SCENE, state), event)[0].state
    text = to_yaml(state_as_plain(state))
    assert back(yaml.safe_load(text)) == kept(state)
    assert back(state_as_plain(state)) == kept(state)


def test_what_is_as_at_the_start_is_not_said():
    assert state_as_plain(State()) == {}
    state = press(press(State(), "down", SCENE), "T", SCENE)
    assert state_as_plain(state) == {"cursor": "bottom", "boost": 1}
    assert back({}) == STARTING


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "expected a mapping"),
        ([], "expected a mapping"),
        ({"banana": 1}, "a state has no 'banana'"),
        ({"quit": True}, "a state has no 'quit'"),
        ({1: 2}, "a state has no 1"),
        ({"layer": 7}, "no unit 0 in layer number 7"),
        ({"layer": -1}, "no unit 0 in layer number -1"),
        ({"unit": 64}, "no unit 64 in layer number 0"),
        ({"layer": 0.5}, "layer: expected something like 0"),
        ({"layer": True}, "layer: expected something like 0"),
        ({"back": 1}, "back: expected something like False"),
        ({"rule": "banana"}, "rule: expected one of gradient, deconv, guided"),
        ({"scale": "banana"}, "scale: expected one of"),
        ({"scale": ["layer"]}, "scale: expected one of"),
        ({"colour_map": "jet"}, "colour_map: expected one of gray"),
        ({"filter": ""}, "filter: expected one of"),
        ({"cursor": "left"}, "cursor: expected one of top, bottom"),
        ({"boost": 5}, "boost: expected 0 to 4, found 5"),
        ({"gamma": -1}, "gamma: expected 0 to 3"),
        ({"zoom": 3}, "zoom: expected 0 to 2"),
        ({"magnify": 99}, "magnify: expected 0 to 8"),
        ({"opacity": 4}, "opacity: expected 0 to 3"),
        ({"hud": 3}, "hud: expected 0 to 2"),
        ({"file": 10**9}, "file: expected something like 0"),
        ({"origin": [0]}, "origin: expected 2 numbers"),
        ({"origin": [0.5, 1]}, "origin: expected 2 numbers"),
        ({"origin": [9, 0]}, "no unit 0 in layer number 9"),
        ({"origin": "ab"}, "origin: expected 2 numbers"),
        ({"point": [0, 16]}, r"point: \(0, 16\) lies outside of 12×16"),
        ({"point": [-1, 0]}, "lies outside"),
        ({"box": [0, 0, 1]}, "box: expected 4 numbers"),
        ({"box": [0.5, 0, 0.1, 1]}, "box: expected top, left, bottom, right"),
        ({"box": [0, 0, 7, 1]}, "box: expected top, left, bottom, right"),
        ({"box": [0, 0, float("nan"), 1]}, "box: expected 4 numbers"),
        ({"centre": None}, "centre: expected 2 numbers"),
        ({"centre": [0.5, float("inf")]}, "centre: expected 2 numbers"),
        ({"playback": 5}, "playback: expected a mapping"),
        ({"playback": {"speed": 7}}, "playback: speed: expected 0 to 6"),
        ({"playback": {"seek": float("nan")}}, "playback: seek: expected something like 0.0"),
        ({"ascent": {"start": "here"}}, "ascent: start: expected one of off, noise, frame"),
        ({"ascent": {"regulariser": 4}}, "ascent: regulariser: expected 0 to 3"),
        ({"ascent": {"strengths": [1, 2]}}, "ascent: strengths: expected 4 numbers"),
        ({"ascent": {"strengths": [1, 2, 3, 4000]}}, "ascent: strengths: expected -20 to 20"),
        ({"ascent": {"strengths": None}}, "ascent: strengths: expected 4 numbers"),
    ],
)
def test_what_keys_could_not_lead_to_is_refused_with_its_place(values, said):
    with pytest.raises(FormatError, match=f"^file: .*{said}"):
        back(values)


FIELDS = sorted({field.name for field in fields(State)} - set(LEFT_OUT))
NUMBERS = st.integers(-(10**7), 10**7) | st.integers(-2, 9) | st.floats() | st.just(10**400)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=8)
LEAVES |= st.sampled_from(["top", "bottom", "guided", "raw", "unit", "diverging", "map", "noise", "fixed"])
VALUES = LEAVES | st.lists(LEAVES, max_size=5) | st.lists(st.floats(0, 1) | st.integers(0, 9), min_size=2, max_size=4)
INNER = st.dictionaries(
    st.sampled_from(["speed", "loop", "step", "seek", "start", "preset", "regulariser", "strengths", "restarts"]),
    VALUES,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), VALUES | INNER, max_size=5))
@example({"layer": 10**400})
@example({"origin": [10**400, 0]})
@example({"magnify": 8, "centre": [-999999.0, 999999.0], "layer": 4, "unit": 899})
def test_whatever_a_file_says_is_refused_in_words_or_can_be_drawn_and_lived_with(values):
    try:
        state = back(values)
    except FormatError:
        return
    assert compose(view_of(SCENE, state)).any()
    for key in ("right", "=", "T", "t", "x", ">", "*", "m", "\\", "z", "4", "esc"):
        state = press(state, key, SCENE)
    assert 0 <= state.unit < SCENE.layers[state.layer].units
