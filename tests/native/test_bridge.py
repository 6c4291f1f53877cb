"""The bridge between C++ and Python: lifetimes, reference counts, exceptions, threads."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import deepvis

TEXT = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 64 dim: 64 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 16 kernel_size: 5 weight_filler { type: "xavier" } } }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""


def test_views_outlive_the_net() -> None:
    net = deepvis.Net.from_text(TEXT)
    x = np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32)
    net.forward(data=x)
    net.backward("fc", "fc:1@0,0")
    views = [net.blobs["conv"], net.params["conv"][0], net.diffs["data"]]
    copies = [view.copy() for view in views]
    dead = weakref.ref(net)
    del net
    gc.collect()
    assert dead() is None
    _ = [np.ones(1 << 20, np.float32) for _ in range(8)]  # whatever would take freed memory
    for view, copy in zip(views, copies, strict=True):
        np.testing.assert_array_equal(view, copy)
        view[...] = 1


def test_views_of_before_a_reshape_stay_valid() -> None:
    net = deepvis.Net.from_text(TEXT[: TEXT.index('layer { name: "fc"')])
    old = net.blobs["conv"]
    net.reshape(data=(4, 3, 90, 90))
    old[...] = 5
    net.forward(data=np.zeros((4, 3, 90, 90)))
    assert (old == 5).all() and old.shape == (1, 16, 60, 60)


def test_nothing_leaks() -> None:
    net = deepvis.Net.from_text(TEXT)
    x = np.ones((1, 3, 64, 64), np.float32)
    before = sys.getrefcount(x)
    for _ in range(50):
        net.forward(data=x)
        net.backward("fc", "fc:0@0,0")
        net.blobs["conv"], net.params["fc"], net.clone()
    gc.collect()
    assert sys.getrefcount(x) == before
    assert net.blobs["conv"].flags.writeable and not net.blobs["conv"].flags.owndata


def test_arrays_of_other_kinds_are_converted_or_refused() -> None:
    net = deepvis.Net.from_text(TEXT)
    x = np.random.default_rng(0).normal(size=(1, 64, 64, 3))
    wanted = net.forward(data=x.transpose(0, 3, 1, 2).astype(np.float32))["fc"]
    np.testing.assert_array_equal(net.forward(data=x.transpose(0, 3, 1, 2))["fc"], wanted)  # strided float64
    np.testing.assert_array_equal(net.forward(data=x.transpose(0, 3, 1, 2).tolist())["fc"], wanted)
    with pytest.raises((TypeError, ValueError)):
        net.forward(data="a picture")
    with pytest.raises(deepvis.ShapeError):
        net.forward(data=np.zeros(()))


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("FormatError", lambda: deepvis.Net.from_text("layer {")),
        ("ShapeError", lambda: deepvis.Net.from_text(TEXT).forward(data=np.zeros((1, 3, 5, 5)))),
        ("UnknownNameError", lambda: deepvis.Net.from_text(TEXT).forward(end="nowhere")),
        ("StateError", lambda: deepvis.Net.from_text(TEXT).backward("fc", "fc:0@0,0")),
        ("LimitError", lambda: deepvis.Net.from_text(TEXT, memory_limit=1000)),
    ],
)
def test_exceptions_are_ours_and_name_no_c_plus_plus(name: str, call) -> None:
    with pytest.raises(deepvis.Error) as caught:
        call()
    assert type(caught.value) is getattr(deepvis, name)
    for word in ("std::", "deepvis::", "_native", "terminate", "basic_string"):
        assert word not in str(caught.value)


def test_the_interpreter_runs_on_while_the_engine_computes() -> None:
    net = deepvis.Net.from_text(TEXT.replace("num_output: 16", "num_output: 512"))
    x = np.ones((1, 3, 64, 64), np.float32)
    net.forward(data=x)
    computing = threading.Event()
    ticks = 0

    def compute() -> None:
        for _ in range(5):
            net.forward(data=x)
        computing.set()

    thread = threading.Thread(target=compute)
    thread.start()
    while not computing.is_set():
        ticks += 1
        time.sleep(0.001)
    thread.join()
    assert ticks > 5


def test_clones_compute_in_parallel_threads() -> None:
    net = deepvis.Net.from_text(TEXT)
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(1, 3, 64, 64)).astype(np.float32) for _ in range(4)]
    wanted = [(net.forward(data=x)["fc"], net.backward("fc", "fc:2@0,0")) for x in inputs]
    results: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in inputs]

    def work(index: int, own: deepvis.Net) -> None:
        for _ in range(10):
            results[index].append((own.forward(data=inputs[index])["fc"], own.backward("fc", "fc:2@0,0")))

    threads = [threading.Thread(target=work, args=(i, net.clone())) for i in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, found in zip(wanted, results, strict=True):
        assert len(found) == 10
        for forward, backward in found:
            np.testing.assert_array_equal(forward, expected[0])
            np.testing.assert_array_equal(backward, expected[1])


def test_one_net_in_many_threads_takes_turns() -> None:
    net = deepvis.Net.from_text(TEXT)
    shapes = [(n, 3, 64, 64) for n in (1, 2, 3)]
    failures: list[Exception] = []

    def work(shape: tuple[int, ...]) -> None:
        try:
            for _ in range(10):
                net.reshape(data=shape)
                net._forward_range(0, len(net.layers) - 1)
                assert net.blobs["fc"].shape[1] == 4
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(shape,)) for shape in shapes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_thread_count() -> None:
    before = deepvis.num_threads()
    try:
        deepvis.set_num_threads(1)
        assert deepvis.num_threads() == 1
        net = deepvis.Net.from_text(TEXT)
        one = net.forward(data=np.ones((1, 3, 64, 64)))["fc"]
        deepvis.set_num_threads(3)
        np.testing.assert_array_equal(net.forward(data=np.ones((1, 3, 64, 64)))["fc"], one)
        with pytest.raises(ValueError, match="at least 1"):
            deepvis.set_num_threads(0)
    finally:
        deepvis.set_num_threads(before)


def test_it_works_after_a_fork() -> None:
    code = f"""
import os, sys
import numpy as np, deepvis
net = deepvis.Net.from_text({TEXT!r})
net.forward(data=np.ones((1, 3, 64, 64)))
child = os.fork()
if child == 0:
    deepvis.set_num_threads(1)
    out = deepvis.Net.from_text({TEXT!r}).forward(data=np.ones((1, 3, 64, 64)))
    os._exit(0 if np.array_equal(out["fc"], net.blobs["fc"]) else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
