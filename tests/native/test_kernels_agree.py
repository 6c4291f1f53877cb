"""Whatever the net, all kernels give the numbers of the reference loops, on every instruction set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_nets import RandomNet, random_nets

import deepvis
from deepvis import _native

TOLERANCE = 2e-5  # relative L2: sums in another order


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / max(float(np.linalg.norm(wanted)), 1e-20))


def made(net: RandomNet, **options: object) -> deepvis.Net:
    """The net, or none where its layers shrink its blobs to nothing."""
    try:
        return net.make(**options)
    except deepvis.ShapeError:
        assume(False)
        raise


@pytest.mark.parametrize("kernels", ["best", "portable"])
@settings(max_examples=200, derandomize=True, deadline=None)
@given(random=random_nets(), rule=st.sampled_from(["gradient", "deconv", "guided"]))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_fast_kernels_give_the_reference_numbers(kernels: str, random: RandomNet, rule: deepvis.net.Rule) -> None:
    fast, reference = made(random, kernels=kernels), made(random, kernels="reference")
    fast.forward()
    reference.forward()
    for name in reference.blobs:
        assert relative_error(fast.blobs[name], reference.blobs[name]) <= TOLERANCE, name
    top = random.blobs[-1]
    seed = np.random.default_rng(random.seed + 1).normal(size=reference.shape(top)).astype(np.float32)
    # Going back from the same forward values, so that no maximum is another's by a rounding.
    for name in reference.blobs:
        fast.blobs[name][...] = reference.blobs[name]
    fast.backward(top, seed, rule)
    reference.backward(top, seed, rule)
    assert list(fast.diffs) == list(reference.diffs)
    for name in reference.diffs:
        assert relative_error(fast.diffs[name], reference.diffs[name]) <= TOLERANCE, name


@settings(max_examples=40, derandomize=True, deadline=None)
@given(random=random_nets(), threads=st.integers(2, 5))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_number_of_threads_changes_nothing(random: RandomNet, threads: int) -> None:
    before = deepvis.num_threads()
    try:
        found = []
        for count in (1, threads):
            deepvis.set_num_threads(count)
            net = made(random, kernels="portable")
            net.forward()
            top = random.blobs[-1]
            net.backward(top, np.ones(net.shape(top), np.float32))
            found.append((net.blobs[top].copy(), net.diffs["data"].copy()))
    finally:
        deepvis.set_num_threads(before)
    for one, several in zip(*found, strict=True):
        assert np.array_equal(one, several)


def lesser_instruction_sets() -> list[str]:
    known = ["baseline", "avx2", "avx512"]
    return known[: known.index(_native.instruction_set())]


@pytest.mark.parametrize("isa", lesser_instruction_sets())
def test_lesser_instruction_sets(isa: str) -> None:
    """This file and the golden layers, where the processor is told to be an older one."""
    golden = Path(__file__).parents[1] / "golden" / "test_layers.py"
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    agree = f"{__file__}::test_fast_kernels_give_the_reference_numbers"
    command = [*pytest_, "-k", "portable or best", golden, agree]
    child = subprocess.run(command, env={**os.environ, "DEEPVIS_ISA": isa}, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stdout[-4000:]
    told = subprocess.run(
        [sys.executable, "-c", "from deepvis import _native; print(_native.instruction_set())"],
        env={**os.environ, "DEEPVIS_ISA": isa},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [isa]
