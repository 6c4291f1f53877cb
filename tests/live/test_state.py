"""Cursor, modes and cycles: what the classic toolbox's keys did, as functions of the state alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import scene
from hypothesis import given, settings
from hypothesis import strategies as st

from deepvis.live.controls.actions import ACTIONS, BINDINGS, MOUSE, help_lines, press
from deepvis.live.panes.help import key_words
from deepvis.live.state import WELCOME, State

SCENE = scene(has_live=True)
ACT, POOL, SCORE, PROB = range(4)  # 12, 12, 6 and 6 units
ACROSS = SCENE.grid(ACT).columns


def after(keys: str, state: State | None = None) -> State:
    state = state or State()
    for key in keys.split():
        state = press(state, key, SCENE)
    return state


def test_the_first_view_is_the_layer_bar_at_the_first_layer():
    state = State()
    assert (state.layer, state.unit, state.cursor, state.back, state.message) == (0, 0, "top", False, WELCOME)


def test_left_and_right_change_the_layer_and_stop_at_the_ends():
    assert after("right right").layer == SCORE
    assert after("right " * 9).layer == PROB
    assert after("left").layer == ACT
    assert after("up") == after("8 8"), "up in the layer bar does nothing"


def test_down_enters_the_grid_at_the_same_unit_and_up_leaves_it():
    inside = after("down right right")
    assert (inside.cursor, inside.unit) == ("bottom", 2)
    outside = after("up", inside)
    assert (outside.cursor, outside.unit) == ("top", 2)
    assert after("down", outside) == inside


def test_columns_run_on_from_row_to_row_and_rows_keep_the_column():
    assert after("down " + "right " * ACROSS).unit == ACROSS
    assert after("down right down").unit == 1 + ACROSS
    assert after("down right down up").unit == 1
    assert after("down left").unit == 0
    assert after("down down down down down").unit == 11


def test_fast_moves_go_three_and_leave_the_grid_without_losing_the_column():
    assert after("down L").unit == 3
    assert after("L").layer == PROB
    left = after("I", after("down right down"))
    assert (left.cursor, left.unit) == ("top", 1)


@pytest.mark.parametrize(("shifted", "plain"), [("J", ","), ("L", "/"), ("I", ";"), ("K", "."), ("T", "y")])
def test_every_shifted_action_has_a_key_without_shift(shifted, plain):
    assert BINDINGS[shifted] is BINDINGS[plain]


def test_every_upper_case_key_can_be_done_without():
    """Qt windows never report upper case, so an action on upper case alone could not be reached there."""
    for action in ACTIONS:
        assert any(not key.isupper() for key in action.keys + action.also), action.name


def test_u_and_o_change_the_layer_from_inside_the_grid_and_clamp_the_unit():
    inside = after("down " + "right " * 11)
    assert inside.unit == 11
    scores = after("o o", inside)
    assert (scores.layer, scores.unit, scores.cursor) == (SCORE, 5, "bottom")
    assert after("u u u", scores).layer == ACT


def test_the_easy_backward_cycle():
    seen = []
    state = State()
    for _ in range(5):
        state = after("b", state)
        seen.append((state.back, state.rule, state.filter))
    assert seen[:3] == [(True, "gradient", "raw"), (True, "gradient", "norm"), (True, "deconv", "raw")]
    assert seen[3][0] is False
    assert seen[4] == seen[0]
    assert after("b m b").back is False, "from any other combination it turns off"


def test_expert_keys_change_rule_and_filter_apart():
    assert [after("n " * k).back for k in (1, 2, 3)] == [True, True, False]
    assert after("n n").rule == "deconv"
    assert [after("m " * k).filter for k in range(5)] == ["raw", "gray", "norm", "normblur", "raw"]


def test_showing_signals_in_the_grid_turns_the_backward_view_on():
    state = after("a")
    assert state.show_back
    assert state.back
    assert not after("a", state).show_back
    assert after("a", state).back


def test_the_origin_follows_the_cursor_until_it_is_frozen():
    moving = after("down right b")
    assert moving.start == (ACT, 1)
    frozen = after("d o right", moving)
    assert frozen.start == (ACT, 1)
    assert after("d", frozen).start == (POOL, 2)


def test_in_the_layer_bar_only_a_frozen_unit_is_gone_back_from():
    assert not after("b").back_shown
    assert after("down b d up").back_shown


def test_zoom_has_a_third_step_only_with_a_backward_view():
    assert [after("z " * k).zoom for k in (1, 2)] == [1, 0]
    assert [after("down b " + "z " * k).zoom for k in (1, 2, 3)] == [1, 2, 0]


def test_boost_and_gamma_cycle():
    assert [after("T " * k).boost for k in (1, 4, 5)] == [1, 4, 0]
    assert [after("t " * k).gamma for k in (1, 3, 4)] == [1, 3, 0]


def test_escape_resets_the_view_but_not_what_feeds_it():
    state = after("right down b d t T z h e e 0 f esc")
    assert state == State(file=2, stretch=True, paused=True)


def test_files_and_camera():
    assert after("e e w").file == 1
    live = after("c")
    assert live.live
    back = after("e", live)
    assert (back.live, back.file) == (False, 0), "from the camera the first press only returns to the files"
    assert after("pgdn", back).file == 1


def test_without_a_camera_or_files_the_keys_say_so():
    alone = scene(has_live=False, has_files=False)
    assert "camera" in press(State(), "c", alone).message
    assert "no picture files" in press(State(), "e", alone).message


def test_an_unknown_key_says_so_and_changes_nothing_else():
    state = after("down b tab")
    assert "tab" in state.message
    assert after("down b") == replace(state, message="")


def test_any_key_clears_the_welcome():
    assert after("t").message == ""


def test_help_lists_every_action_once():
    lines = help_lines()
    listed = [key for line in lines if line.section != MOUSE for key in line.keys + line.also]
    assert sorted(listed) == sorted(BINDINGS)
    assert key_words(next(line for line in lines if "left" in line.keys)).endswith("j l i k")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(BINDINGS)), max_size=40))
def test_no_sequence_of_keys_leaves_the_net(keys):
    state = State()
    for key in keys:
        state = press(state, key, SCENE)
        assert 0 <= state.layer < len(SCENE.layers)
        assert 0 <= state.unit < SCENE.layers[state.layer].units
        assert state.start[1] < SCENE.layers[state.start[0]].units
