"""What the benchmark prints of times, and the ratios that it holds against targets; the times are made up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import deepvis
from deepvis.bench.machine import Machine
from deepvis.bench.passes import OURS, Measured, Pass
from deepvis.bench.tables import layer_table, pass_table, table, target_table, variant_lines
from deepvis.bench.targets import TARGETS, Target, targets_of
from deepvis.bench.timing import Timing
from deepvis.bench.work import Work
from deepvis.models.load import find_card

ROOT = Path(__file__).resolve().parents[2]
FILL = 'weight_filler { type: "xavier" }'
TINY = f"""
input: "data" input_shape {{ dim: 1 dim: 2 dim: 7 dim: 7 }}
layer {{ name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {{ num_output: 5 kernel_size: 3 {FILL} }} }}
layer {{ name: "relu" type: "ReLU" bottom: "conv" top: "conv" }}
layer {{ name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param {{ global_pooling: true }} }}
layer {{ name: "fc" type: "InnerProduct" bottom: "pool" top: "fc" inner_product_param {{ num_output: 4 {FILL} }} }}
layer {{ name: "prob" type: "Softmax" bottom: "fc" top: "prob" }}
"""  # 2 · 90 weights · 25 positions = 4500 operations; 2 · 20 weights = 40 operations and 80 bytes

MACHINE = Machine("Abacus", "beads", "", 2, peak=1e9, bandwidth=2e9, usual_bandwidth=1e9)
FORWARD, BACKWARD, CONE = Pass(), Pass("conv"), Pass("conv", cone=True)


@pytest.fixture
def net() -> deepvis.Net:
    return deepvis.Net.from_text(TINY)


def measured(what: Pass, batch: int, ms: float, work: Work | None = None, **rivals: dict[str, float]) -> Measured:
    timings = {name: {variant: timing(each) for variant, each in variants.items()} for name, variants in rivals.items()}
    return Measured(what, batch, work or Work(), timing(ms), timings)


def timing(ms: float) -> Timing:
    return Timing(ms / 2e3, ms / 1e3, 3)


def cells(text: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]


def test_a_machine_says_what_it_is():
    assert str(MACHINE) == ("Abacus, threads: 2, beads, no oneDNN\npeak 1 GF/s, memory 2.0 GB/s at best, 1.0 usually")


def test_tables_are_markdown():
    assert table(("name", "ms"), [("a", "1.00"), ("longer", "10.25")]).splitlines() == [
        "| name   |    ms |",
        "|--------|------:|",
        "| a      |  1.00 |",
        "| longer | 10.25 |",
    ]
    assert table(("name", "ms"), []).splitlines() == ["| name | ms |", "|------|---:|"]


def test_layers_below_a_hundredth_of_either_direction_are_summed_up(net):
    forward = {"conv": 0.97, "relu": 0.005, "pool": 0.01, "fc": 0.0075, "prob": 0.0075}
    backward = {"conv": 0.03, "relu": 0.0025, "fc": 0.0001}
    rows = cells(layer_table(net, MACHINE, forward, backward))
    assert [row[0] for row in rows] == ["conv", "relu", "pool", "the others"], "relu for its way back"
    assert (rows[0][2], rows[0][7]) == ("970.00", "30.00")
    assert rows[-1] == ["the others", "", "15.00", "", "", "", "", "0.10", "", ""]


def test_nothing_is_summed_up_where_all_have_rows(net):
    assert [row[0] for row in cells(layer_table(net, MACHINE, {"conv": 1.0, "fc": 1.0}, {}))] == ["conv", "fc"]
    assert cells(layer_table(net, MACHINE, {}, {})) == []


def test_layers_have_rates_and_shares_of_the_peak(net):
    net.forward(data=net.blobs["data"])  # of zeros, with biases of 0: nothing reaches fc
    conv, fc = cells(layer_table(net, MACHINE, {"conv": 1e-5, "fc": 1e-5}, {"conv": 9e-6}))
    kernels = {layer.name: layer.kernel for layer in net.layers}
    assert conv == ["conv", kernels["conv"], "0.01", "0", "45%", "", "", "0.01", "0", "50%"]
    assert fc == ["fc", kernels["fc"], "0.01", "0", "0%", "", "100%", "", "", ""]
    net.forward(data=net.blobs["data"] + 1)
    net.blobs["pool"][...] = [[[[1]], [[0]], [[2]], [[3]], [[0]]]]
    (fc,) = cells(layer_table(net, MACHINE, {"fc": 1e-9}, {}))
    assert fc[3:7] == ["40", "4000%", "48.0", "40%"], "of 80 bytes, the three of five inputs that are not 0"


def test_passes_are_compared_with_the_best_of_each_rival():
    rows = cells(
        pass_table(
            [
                measured(FORWARD, 1, 6, Work(1_000_000, 4_000_000), torch={"a": 12, "b": 8}, opencv={"direct": 4}),
                measured(BACKWARD, 8, 3, Work(2_000_000), torch={"a": 2.5}),
                measured(CONE, 1, 1),
            ],
            MACHINE,
        )
    )
    assert rows == [
        ["forward", "1", "3.00", "6.00", "2.00", "8.00", "0.75", "4.00", "1.50"],
        ["forward + backward from conv", "8", "1.50", "3.00", "1.50", "2.50", "1.20", "", ""],
        ["forward + backward from conv, one unit's cone", "1", "0.50", "1.00", "", "", "", "", ""],
    ]


def test_every_variant_is_told():
    found = [measured(FORWARD, 1, 6, torch={"a": 12, "b": 8}), measured(CONE, 1, 1)]
    assert variant_lines(found) == "forward, batch 1, torch, median ms: a 12.00; b 8.00"
    assert pass_table([measured(FORWARD, 1, 6)], MACHINE).splitlines()[0].split("|")[-2].strip() == "× floor"


def test_a_target_is_a_ratio_of_medians():
    found = [
        measured(FORWARD, 1, 6, torch={"a": 12, "b": 8}),
        measured(FORWARD, 8, 60, torch={"a": 60}),
        measured(BACKWARD, 1, 12, torch={"a": 48}),
        measured(CONE, 1, 3),
    ]
    target = Target(FORWARD, 1, "torch", 0.75)
    assert target.ratio(found) == 0.75 and target.met(found), "at most"
    assert not Target(FORWARD, 1, "torch", 0.74).met(found)
    assert Target(FORWARD, 8, "torch", 0.75).ratio(found) == 1
    assert Target(CONE, 1, OURS, 0.25).ratio(found) == 0.25, "to forward and backward in whole"
    for absent in (
        Target(FORWARD, 1, "opencv", 9),
        Target(FORWARD, 2, "torch", 9),
        Target(Pass("fc"), 1, "torch", 9),
        Target(CONE, 8, OURS, 9),
        Target(Pass("fc", cone=True), 1, OURS, 9),
    ):
        assert absent.ratio(found) is None and not absent.met(found)
    assert Target(CONE, 1, OURS, 9).ratio(found[-1:]) is None, "without the whole pass"
    rows = cells(target_table([target, Target(FORWARD, 8, "torch", 0.75), Target(CONE, 8, OURS, 0.25)], found))
    assert rows == [
        ["forward, batch 1, to torch", "0.75", "0.750", "yes"],
        ["forward, batch 8, to torch", "0.75", "1.000", "no"],
        ["forward + backward from conv, one unit's cone, batch 8, to the whole pass", "0.25", "not measured", "no"],
    ]


def test_targets_are_for_nets_and_blobs_that_exist():
    for name, targets in TARGETS.items():
        text = (ROOT / "prototxt" / f"{name}.prototxt").read_text()
        for target in targets:
            assert target.what.blob is None or f'top: "{target.what.blob}"' in text, target
    assert targets_of("googlenet") is TARGETS["googlenet"]
    with pytest.raises(deepvis.UnknownNameError, match="no targets are set for 'tiny'; there are for: caffenet, "):
        targets_of("tiny")


def test_the_script_times_what_there_are_targets_for():
    """Nets; and where a target is not for the passes of `deepvis bench` without options, batches and blobs too."""
    listed = re.findall(r"^  bench (\S+)(.*)$", (ROOT / "scripts" / "bench.sh").read_text(), re.MULTILINE)
    assert {find_card(model).prototxt.stem for model, _ in listed} == set(TARGETS)
    for model, options in listed:
        for target in TARGETS[find_card(model).prototxt.stem]:
            named = dict(re.findall(r"--(batch|from|cone) ([^-]+)", options))
            assert str(target.batch) in named.get("batch", "1").split()
            if "from" in named and target.what.blob:
                assert target.what.blob in named["from"].split()
            if target.what.cone:
                assert target.what.blob in named["cone"].split()
