"""`deepvis bench` from outside: what it prints and refuses. How long a thing takes is never asserted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import deepvis
from deepvis.bench import machine, targets, timing
from deepvis.bench.passes import OURS, Pass
from deepvis.bench.rivals import Found
from deepvis.bench.targets import Target
from deepvis.cli import cmd_bench
from deepvis.cli import main as cli

TINY = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 5 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "score" type: "InnerProduct" bottom: "conv1" top: "score"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }
"""


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """No pauses, a small probe, a home of its own, and the engine's threads as they were."""
    monkeypatch.setattr(timing, "PAUSE", 0)
    monkeypatch.setattr(machine, "PROBE_BYTES", 1 << 20)
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DEEPVIS_DEBUG", raising=False)
    threads = deepvis.num_threads()
    yield
    deepvis.set_num_threads(threads)


@pytest.fixture
def tiny(tmp_path) -> Path:
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY)
    return path


def bench(*arguments: object) -> int:
    return cli.main(["bench", *map(str, arguments), "--rounds", "1"])


def test_it_prints_machine_layers_and_passes(tiny, capsys):
    assert bench(tiny, "--batch", 1, 2, "--from", "score", "conv1", "--cone", "conv1", "--threads", 1, "--against") == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0] == "No trained weights: random ones."
    assert lines[1].startswith("tiny, fp32, best kernels: ") and ", threads: 1, " in lines[1]
    assert [line for line in lines if line.endswith(":")] == ["Layers, batch 1:", "Layers, batch 2:", "Passes:"]
    told = [line.split("|")[1:3] for line in lines[lines.index("Passes:") + 4 :]]
    titles = [
        "forward",
        "forward + backward from score",
        "forward + backward from conv1",
        "forward + backward from conv1, one unit's cone",
    ]
    assert [(title.strip(), batch.strip()) for title, batch in told] == [(t, b) for b in "12" for t in titles]
    assert "| conv1 " in captured.out and "| score " in captured.out
    assert "ratio" not in captured.out and "torch" not in captured.out, "compared with nothing"
    assert captured.err == ""


def test_backward_passes_start_below_the_softmax(tiny, capsys):
    assert bench(tiny, "--against", "--kernels", "portable", "--precision", "fp16-weights") == 0
    text = capsys.readouterr().out
    assert "tiny, fp16-weights, portable kernels: " in text
    assert "| forward + backward from score |" in text
    tiny.write_text(TINY[: TINY.index('layer { name: "prob"')])
    assert bench(tiny, "--against") == 0
    assert "| forward + backward from score |" in capsys.readouterr().out, "its output, where there is no softmax"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--batch", 1, 0], "--batch must be at least 1, found 0"),
        (["--from", "conv9"], "no blob 'conv9' in this net"),
        (["--cone", "conv9"], "no blob 'conv9' in this net"),
        (["--against", "tensorflow"], "no rival 'tensorflow'; there are: opencv, torch, onnxruntime"),
        (["--check"], "no targets are set for 'tiny'; there are for: caffenet, googlenet"),
        (["--device", "abacus"], "no device 'abacus'"),
    ],
)
def test_refusals_come_before_anything_is_timed(arguments, said, tiny, capsys, monkeypatch):
    monkeypatch.setattr(cmd_bench, "probe", lambda: pytest.fail("it began"))
    assert bench(tiny, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("deepvis bench: ") and said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_rounds_are_checked_and_so_are_words(tiny, capsys):
    assert cli.main(["bench", str(tiny), "--rounds", "0"]) == 2
    assert "--rounds must be at least 1, found 0" in capsys.readouterr().err
    for option, word in (("--threads", "many"), ("--threads", "0"), ("--kernels", "fast"), ("--precision", "int8")):
        with pytest.raises(SystemExit) as refused:
            bench(tiny, option, word)
        assert refused.value.code == 2
        told = capsys.readouterr().err
        assert f"argument {option}: " in told and repr(word) in told


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "deepvis.bench.rivals.torch_net", raising=False)
    monkeypatch.delitem(sys.modules, "deepvis.bench.rivals.torch_layers", raising=False)


def test_a_rival_that_is_not_installed_is_named(tiny, capsys, without_torch):
    assert bench(tiny, "--against", "torch") == 0
    text = capsys.readouterr().out
    assert "not here: torch (" in text
    assert "| forward + backward from score |" in text, "deepvis is timed all the same"


def test_a_rival_that_cannot_run_the_net_is_named(tiny, capsys, monkeypatch):
    class Odd:
        name = "odd"

        def __init__(self, *_: object) -> None:
            raise deepvis.FormatError("layer 'conv1' (Convolution): too hard")

    monkeypatch.setattr(cmd_bench, "find_rivals", lambda names: ([Found("odd", "Oddity", "7", Odd)], []))
    assert bench(tiny) == 0
    text = capsys.readouterr().out
    assert "against odd: Oddity 7\n" in text
    assert "not for this net: odd (layer 'conv1' (Convolution): too hard)" in text


def test_targets_decide_the_exit_code(tiny, capsys, monkeypatch, without_torch):
    met = Target(Pass("conv1", cone=True), 1, OURS, 1e9)
    monkeypatch.setitem(targets.TARGETS, "tiny", (met,))
    arguments = (tiny, "--from", "conv1", "--cone", "conv1", "--against", "torch")
    assert bench(*arguments, "--check") == 0
    captured = capsys.readouterr()
    assert "Targets:\n" in captured.out and captured.err == ""
    monkeypatch.setitem(targets.TARGETS, "tiny", (met, Target(Pass(), 1, "torch", 1e9), Target(met.what, 1, OURS, 0)))
    assert bench(*arguments, "--check") == 1
    captured = capsys.readouterr()
    assert "not measured" in captured.out
    cone = "forward + backward from conv1, one unit's cone, batch 1, to the whole pass"
    assert captured.err == f"deepvis bench: tiny missed: forward, batch 1, to torch; {cone}\n"
    assert bench(*arguments) == 0
    assert "Targets" not in capsys.readouterr().out
