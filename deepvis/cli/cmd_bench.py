"""deepvis bench: how fast a model runs here, layer by layer, and against other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

import deepvis
from deepvis.bench.machine import Machine, probe
from deepvis.bench.passes import Measured, Pass, measure, our_pass, randomize
from deepvis.bench.rivals import RIVALS, Rival, find_rivals
from deepvis.bench.tables import layer_table, pass_table, target_table, variant_lines
from deepvis.bench.targets import targets_of
from deepvis.cli.model_arguments import add_engine_arguments, add_model_arguments, load_model
from deepvis.errors import Error, FormatError
from deepvis.models import Model
from deepvis.net import Net
from deepvis.views import Array

NAME = "bench"
HELP = "time a model on this machine, layer by layer, and against OpenCV, PyTorch and ONNX Runtime where they are"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[MODEL] and what to time."""
    add_model_arguments(parser)
    parser.add_argument(
        "--against",
        nargs="*",
        metavar="RIVAL",
        help=f"programs to compare with: {', '.join(RIVALS)}; all that are installed if left out, none if left empty",
    )
    add_engine_arguments(parser)
    parser.add_argument("--batch", type=int, nargs="+", default=[1], metavar="N", help="images in a pass (default: 1)")
    parser.add_argument(
        "--from",
        nargs="+",
        dest="starts",
        metavar="BLOB",
        help="where backward passes start (default: below the softmax)",
    )
    parser.add_argument(
        "--cone", nargs="*", default=[], metavar="BLOB", help="also time the cone of this blob's centre unit"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns that each program gets (default: 7)")
    parser.add_argument(
        "--kernels", choices=("best", "portable", "reference"), default="best", help="of our own passes"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare with the targets of this net, which are meant for two threads; exit code 1 unless all are met",
    )


def run(args: argparse.Namespace) -> int:
    """Print the machine, a table a batch size of layers, one of passes, and one of targets; 1 if one is missed."""
    for name, value in (
        ("--rounds", args.rounds),
        *(("--batch", n) for n in args.batch),
    ):
        if value < 1:
            raise FormatError(f"{name} must be at least 1, found {value}")
    if args.threads:
        deepvis.set_num_threads(args.threads)
    model = load_model(args, download=False, net_options={"precision": args.precision, "kernels": args.kernels})
    net = model.net
    targets = targets_of(model.card.prototxt.stem) if args.check else ()
    if model.card.weights is None or any("is not here; run" in note for note in model.notes):
        print("No trained weights: random ones.")
        randomize(net)
    starts = args.starts or [_below_softmax(model)]
    for blob in (*starts, *args.cone):
        net.shape(blob)  # raises now, and not after minutes, where there is none
    passes = [Pass()] + [Pass(start) for start in starts] + [Pass(blob, cone=True) for blob in args.cone]
    found, absent = find_rivals(RIVALS if args.against is None else args.against)
    machine = probe()
    print(f"{model.name}, {args.precision}, {args.kernels} kernels: {machine}")
    for here in found:
        print(f"against {here.name}: {here.title} {here.version}")
    for rival in absent:
        print(f"not here: {rival.name} ({rival.reason})")
    measured: list[Measured] = []
    for batch in args.batch:
        shape = net.shape(model.input_blob)
        x = np.random.default_rng(0).normal(0, 50, (batch, *shape[1:])).astype(np.float32)
        net.reshape(**{model.input_blob: x.shape})
        rivals = _rivals(model.card.prototxt, net, batch, [each.kind for each in found])
        print(f"\nLayers, batch {batch}:\n\n{_layers(net, machine, passes, x)}", flush=True)
        measured += [measure(net, what, x, rivals, args.rounds) for what in passes]
        del rivals
    print(f"\nPasses:\n\n{pass_table(measured, machine)}")
    if variants := variant_lines(measured):
        print(f"\n{variants}")
    if not targets:
        return 0
    print(f"\nTargets:\n\n{target_table(targets, measured)}", flush=True)
    missed = [target.title for target in targets if not target.met(measured)]
    if missed:
        print(f"deepvis bench: {model.name} missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def _rivals(prototxt: Path, net: Net, batch: int, kinds: Sequence[type[Rival]]) -> list[Rival]:
    """The rivals that can run this net; of the others, why not."""
    rivals: list[Rival] = []
    for kind in kinds:
        try:
            rivals.append(kind(prototxt, net, batch, deepvis.num_threads()))
        except Error as error:
            print(f"not for this net: {kind.name} ({error})")
    return rivals


def _layers(net: Net, machine: Machine, passes: Sequence[Pass], x: Array) -> str:
    """Each layer's best time in a few passes: forward through all, backward from the first start."""
    repeats = 10
    forward, backward = our_pass(net, Pass(), x), our_pass(net, passes[1], x)
    times: dict[Literal["forward", "backward"], dict[str, float]] = {"forward": {}, "backward": {}}
    for _ in range(repeats):
        forward()
        _keep_least(times["forward"], net, "forward")
    for _ in range(repeats):
        backward()
        _keep_least(times["backward"], net, "backward")
    forward()
    return layer_table(net, machine, times["forward"], times["backward"])


def _keep_least(times: dict[str, float], net: Net, direction: Literal["forward", "backward"]) -> None:
    for each in net.runs(direction):
        times[each.layer] = min(times.get(each.layer, each.seconds), each.seconds)


def _below_softmax(model: Model) -> str:
    """The blob that the last softmax takes, or the net's output where there is none."""
    softmax = [layer for layer in model.net.layers if layer.type == "Softmax"]
    return softmax[-1].bottoms[0] if softmax else model.net.outputs[-1]
