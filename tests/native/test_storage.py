"""Memory: blobs that nobody looks at share it, and those that are not kept say so."""

from __future__ import annotations

import numpy as np
import pytest

import deepvis

LAYERS = "\n".join(
    f"""layer {{ name: "conv{i}" type: "Convolution" bottom: "{f"norm{i - 1}" if i else "data"}" top: "conv{i}"
  convolution_param {{ num_output: 16 kernel_size: 3 pad: 1 weight_filler {{ type: "gaussian" std: 0.1 }} }} }}
layer {{ name: "relu{i}" type: "ReLU" bottom: "conv{i}" top: "conv{i}" }}
layer {{ name: "norm{i}" type: "LRN" bottom: "conv{i}" top: "norm{i}" }}"""
    for i in range(8)
)
TEXT = f'input: "data" input_shape {{ dim: 1 dim: 16 dim: 20 dim: 20 }}\n{LAYERS}'
BLOB_BYTES = 16 * 20 * 20 * 4


def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, 16, 20, 20)).astype(np.float32)


def test_kept_blobs_hold_what_they_would_and_others_share_memory() -> None:
    everything = deepvis.Net.from_text(TEXT)
    few = deepvis.Net.from_text(TEXT, keep=["conv3"], backward=False)
    outputs = everything.forward(data=x())
    assert few.forward(data=x()).keys() == outputs.keys()
    for name in ("data", "conv3", *outputs):
        assert np.array_equal(few.blobs[name], everything.blobs[name]), name
    # Along a chain, two buffers serve all that is not kept; what is kept or goes in or out lies plain as well.
    assert few._native.blob_bytes <= (2 + 2 * 3) * BLOB_BYTES
    assert few._native.blob_bytes < everything._native.blob_bytes / 2


def test_going_back_needs_no_blob_to_be_kept() -> None:
    everything, few = deepvis.Net.from_text(TEXT), deepvis.Net.from_text(TEXT, keep=[])
    seed = np.random.default_rng(1).normal(size=everything.shape("conv7"))
    for net in (everything, few):
        net.forward(data=x())
    for rule in ("gradient", "deconv", "guided"):
        assert np.array_equal(few.backward("conv7", seed, rule), everything.backward("conv7", seed, rule))


def test_what_is_not_kept_says_so() -> None:
    net = deepvis.Net.from_text(TEXT, keep=["conv3"])
    net.forward(data=x())
    with pytest.raises(deepvis.StateError, match=r"'conv2' is not kept.*`keep`"):
        _ = net.blobs["conv2"]
    net.backward("conv3", "conv3:0")
    with pytest.raises(deepvis.StateError, match="'conv2' is not kept"):
        _ = net.diffs["conv2"]
    assert net.diffs["conv3"].any()


def test_a_pass_does_not_go_on_from_numbers_that_others_have_written_over() -> None:
    net = deepvis.Net.from_text(TEXT, keep=[], backward=False)
    net.forward(end="conv5", data=x())
    net.forward(start="conv5")  # still there
    with pytest.raises(deepvis.StateError, match="'conv2' is not kept"):
        net.forward(start="conv2")


def test_a_pass_that_ends_at_a_blob_gives_it_kept_or_not() -> None:
    everything, few = deepvis.Net.from_text(TEXT), deepvis.Net.from_text(TEXT, keep=[], backward=False)
    found, wanted = (net.forward(end="conv5", data=x())["conv5"] for net in (few, everything))
    assert np.array_equal(found, wanted)


def test_blobs_to_keep_must_be_there() -> None:
    with pytest.raises(deepvis.UnknownNameError, match="conv9"):
        deepvis.Net.from_text(TEXT, keep=["conv9"])


def test_a_net_made_for_forward_passes_does_not_go_back() -> None:
    net = deepvis.Net.from_text(TEXT, backward=False)
    net.forward(data=x())
    with pytest.raises(deepvis.StateError, match="backward=False"):
        net.backward("conv3", "conv3:0")
    with pytest.raises(deepvis.StateError, match="backward=False"):
        net.backward("conv3", "conv3:0@1,1")


def test_what_is_written_into_a_view_is_what_the_next_layers_take() -> None:
    """Blobs lie channels last inside; the outside writes into plain ones."""
    net = deepvis.Net.from_text(TEXT)
    net.forward(data=x())
    zeros = net.forward(start="conv4", conv4=np.zeros(net.shape("conv4")))["norm7"]
    net.forward(data=x())
    held = net.blobs["conv4"]
    assert held.any()
    held[...] = 0
    assert np.array_equal(net.forward(start="conv4")["norm7"], zeros)
    net.forward(data=x())
    assert held.any()
    held *= 0
    assert np.array_equal(net.forward(start="conv4")["norm7"], zeros)
