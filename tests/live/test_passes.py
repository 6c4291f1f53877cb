"""What runs of the net for a frame: the layers that lead to what is looked at, and no layer twice without need."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from fakes import FakeNet, engine, frame, scene
from hypothesis import given, settings
from hypothesis import strategies as st

import deepvis
from deepvis.live.controls.actions import press
from deepvis.live.seeing.engine import Engine, units_of
from deepvis.live.seeing.inputs import Inputs
from deepvis.live.seeing.reach import Reach
from deepvis.live.seeing.wants import Wants
from deepvis.live.state import State
from deepvis.preprocess import Preprocess


class Looking:
    """The engine asked for what each key shows of one frame; gives the blobs that were made for it."""

    def __init__(self, net: FakeNet) -> None:
        self.net, self.at, self.state, self.engine = net, scene(), State(), engine(net)
        self.seen = frame(1)

    def look(self) -> list[str]:
        self.net.ran = []
        self.result = self.engine.compute(Wants.of(self.state, self.at, self.seen), self.seen)
        return self.net.ran

    def press(self, keys: str) -> list[str]:
        made = []
        for key in keys.split():
            self.state = press(self.state, key, self.at)
            made += self.look()
        return made


def test_the_layer_bar_lists_classes_so_that_all_runs():
    looking = Looking(FakeNet())
    assert looking.look() == ["act", "pool", "score", "prob"]
    assert looking.result.classes
    assert looking.press("right right down right") == [], "all of it is there"


def test_without_the_list_of_classes_a_frame_stops_at_the_layer_that_is_shown():
    for keys in ("8", "down"):
        looking = Looking(FakeNet())
        looking.state = press(looking.state, keys, looking.at)
        assert looking.look() == ["act"]
        assert looking.result.classes == ()
        looking.seen = frame(2)
        assert looking.look() == ["act"]


def test_another_unit_runs_nothing_and_a_deeper_layer_only_what_is_above():
    looking = Looking(FakeNet())
    looking.state = press(looking.state, "down", looking.at)
    assert looking.look() == ["act"]
    assert looking.press("right right down T z") == []
    assert looking.press("o") == ["pool"]
    assert looking.press("u") == []
    assert looking.press("o o") == ["score"]
    assert looking.press("i i i i") == ["prob"], "up in the bar, where the classes are"
    assert looking.state.cursor == "top"
    assert looking.net.backwards == 0
    full = FakeNet()
    full.forward(picture=looking.net.blobs["picture"])
    for name, blob in full.blobs.items():
        np.testing.assert_array_equal(looking.net.blobs[name], blob)


def test_backward_views_go_back_over_what_is_there():
    looking = Looking(FakeNet())
    looking.press("down o")
    assert looking.press("b right n a") == []
    assert looking.net.backwards == 3, "a unit, the next, and another rule; its signals in the grid are the same pass"
    assert looking.press("n") == []
    assert looking.press("u right m t") == []
    assert looking.net.backwards == 3, "the backward view is off"


def test_a_frame_goes_as_far_as_the_frozen_unit():
    looking = Looking(FakeNet())
    looking.press("down o o right b d u u")
    looking.seen = frame(2)
    assert looking.look() == ["act", "pool", "score"]
    assert looking.result.acts.shape == (12, 24, 32)
    assert looking.result.signal.any()


def test_a_pass_that_fails_on_the_way_up_is_run_anew():
    looking = Looking(FakeNet())
    looking.state = press(looking.state, "down", looking.at)
    looking.look()
    looking.net.fail = RuntimeError("no")
    with pytest.raises(RuntimeError):
        looking.press("o")
    looking.net.fail = None
    assert looking.look() == ["act", "pool"]


def links(*layers: tuple[str, str]) -> Reach:
    return Reach([SimpleNamespace(bottoms=bottoms.split(), tops=tops.split()) for bottoms, tops in layers])


def test_a_branch_is_carried_on_from_where_it_left():
    reach = links(("", "x"), ("x", "a"), ("a", "a"), ("a", "b"), ("a", "c"), ("b c", "sum"), ("sum", "top"))
    assert reach.start_for("b") is None
    reach.ran(None, "b")
    assert [name for name in ("a", "b", "c", "sum") if reach.has(name)] == ["a", "b"]
    assert reach.start_for("c") == "a"
    assert reach.start_for("sum") == "a", "from b alone, a would run again and put b out of date"
    reach.ran("a", "sum")
    assert all(reach.is_fresh(name) for name in "abc")
    assert reach.start_for("top") == "sum"


def test_what_stands_on_layers_that_run_again_is_out_of_date():
    reach = links(("", "x"), ("x", "a"), ("a", "b"), ("b", "side"), ("b", "c"), ("a c", "sum"))
    reach.ran(None, "side")
    assert reach.start_for("sum") == "a"
    reach.ran("a", "sum")
    assert reach.is_fresh("b")
    assert not reach.is_fresh("side")
    assert reach.has("side"), "its numbers are still this frame's"
    assert reach.start_for("side") == "b"


def test_ways_up_from_two_inputs_do_not_disturb_each_other():
    reach = links(("", "x"), ("", "y"), ("x", "a"), ("y", "b"), ("a b", "both"))
    reach.ran(None, "a")
    assert reach.start_for("b") is None
    reach.ran(None, "b")
    assert reach.is_fresh("a")
    assert reach.start_for("both") == "b"
    reach.ran("b", "both")
    assert reach.is_fresh("a")
    assert reach.is_fresh("b")


BRANCHES = """
input: "picture" input_shape { dim: 1 dim: 3 dim: 12 dim: 14 }
layer { name: "one" type: "Convolution" bottom: "picture" top: "one" convolution_param {
  num_output: 8 kernel_size: 3 weight_filler { type: "xavier" } bias_filler { type: "constant" value: 0.2 } } }
layer { name: "one/relu" type: "ReLU" bottom: "one" top: "one" }
layer { name: "left" type: "Convolution" bottom: "one" top: "left" convolution_param {
  num_output: 4 kernel_size: 1 weight_filler { type: "xavier" } } }
layer { name: "left/relu" type: "ReLU" bottom: "left" top: "left" }
layer { name: "side" type: "Pooling" bottom: "left" top: "side" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "right/reduce" type: "Convolution" bottom: "one" top: "right/reduce" convolution_param {
  num_output: 3 kernel_size: 1 weight_filler { type: "xavier" } } }
layer { name: "right" type: "Convolution" bottom: "right/reduce" top: "right" convolution_param {
  num_output: 4 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
layer { name: "mixed" type: "Eltwise" bottom: "left" bottom: "right" top: "mixed" }
layer { name: "joined" type: "Concat" bottom: "left" bottom: "right" top: "joined" }
layer { name: "added" type: "Eltwise" bottom: "one" bottom: "joined" top: "added" }
layer { name: "cut" type: "Slice" bottom: "added" top: "low" top: "high" slice_param { slice_point: 3 } }
layer { name: "clip" type: "Clip" bottom: "high" top: "clipped" clip_param { min: 0 max: 6 } }
layer { name: "score" type: "InnerProduct" bottom: "clipped" top: "score" inner_product_param {
  num_output: 6 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }
"""
BLOBS = tuple(deepvis.Net.from_text(BRANCHES).blobs)[1:]
PREPROCESS = Preprocess(size=(12, 14), input_scale=0.02)


def real_engine(net: deepvis.Net) -> Engine:
    return Engine(net, Inputs(tuple(net.inputs), 3, PREPROCESS), classes="prob")


def test_the_real_net_runs_the_layers_below_what_is_shown():
    net = deepvis.Net.from_text(BRANCHES)
    one = real_engine(net)

    def ran(wants: Wants) -> list[str]:
        one.compute(wants, frame(1))
        return [run.layer for run in net.runs("forward")]

    assert ran(Wants(1, False, "left")) == ["input", "one", "one/relu", "left", "left/relu"]
    assert ran(Wants(1, False, "right")) == ["right/reduce", "right"]
    assert ran(Wants(1, False, "left", ("right", 2))) == ["right/reduce", "right"], "nothing new"
    assert ran(Wants(1, False, "one", classes=True))[-2:] == ["score", "prob"]


def test_the_backward_pass_starts_from_what_is_up_to_date():
    """The shown blob needs layers again that stand below the start."""
    one = real_engine(deepvis.Net.from_text(BRANCHES))
    assert one.compute(Wants(1, False, "mixed", ("added", 1)), frame(1)).signal.any()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.sampled_from(BLOBS),
            st.none() | st.tuples(st.sampled_from(BLOBS), st.integers(0, 2)),
            st.permutations(["gradient", "deconv", "guided"]),
            st.integers(1, 3),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_however_one_walks_the_numbers_are_those_of_whole_passes(walk):
    net, whole = deepvis.Net.from_text(BRANCHES), deepvis.Net.from_text(BRANCHES)
    one = real_engine(net)
    for serial, layer, start, order, count, classes in walk:
        rules = tuple(order[:count])
        shown = frame(serial)
        result = one.compute(Wants(serial, False, layer, start, rules, diffs=True, classes=classes), shown)
        probable = whole.forward(picture=PREPROCESS.apply(shown.image))["prob"][0]
        np.testing.assert_allclose(result.acts, units_of(whole.blobs[layer]), rtol=1e-4, atol=1e-5)
        if classes:
            np.testing.assert_allclose([p for p, _ in result.classes], np.sort(probable)[:0:-1], rtol=1e-4)
        if start is None:
            assert result.signal is None
            continue
        seed = np.zeros(whole.shape(start[0]), np.float32)
        seed[:, start[1]] = whole.blobs[start[0]][:, start[1]]
        for rule in rules:
            signal = PREPROCESS.signal(whole.backward(start[0], seed, rule=rule)[0]).transpose(2, 0, 1)
            np.testing.assert_allclose(result.signals[rule][0], signal, rtol=1e-3, atol=1e-5)
        assert result.signal is result.signals[rules[-1]][0]
        assert (result.diffs is None) == (layer not in whole.diffs)
        if result.diffs is not None:
            np.testing.assert_allclose(result.diffs, units_of(whole.diffs[layer]), rtol=1e-3, atol=1e-5)
