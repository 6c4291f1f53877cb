"""Through the public face: a wrong model file gives one deepvis error, and the net that was there stays as it was."""

from __future__ import annotations

import numpy as np
import pytest

import deepvis

NET = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } }
}
"""


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "good.caffemodel"
    deepvis.Net.from_text(NET, seed=7).save(path)
    return path


def refused(tmp_path, saved, content: bytes, kind: type[Exception]) -> str:
    """What Net says when given these bytes as weights, at once and by load()."""
    bad = tmp_path / "bad.caffemodel"
    bad.write_bytes(content)
    with pytest.raises(kind) as at_once:
        deepvis.Net.from_text(NET, bad)
    net = deepvis.Net.from_text(NET, saved)
    before = net.params["conv"][0].copy()
    with pytest.raises(kind) as by_load:
        net.load(bad)
    assert str(by_load.value) == str(at_once.value)
    np.testing.assert_array_equal(net.params["conv"][0], before)
    return str(at_once.value)


def test_what_is_saved_loads(saved):
    again = deepvis.Net.from_text(NET, saved)
    np.testing.assert_array_equal(again.params["conv"][0], deepvis.Net.from_text(NET, seed=7).params["conv"][0])


def test_a_web_page(tmp_path, saved):
    page = b"<!DOCTYPE html>\n<html><title>404</title></html>"
    said = refused(tmp_path, saved, page, deepvis.FormatError)
    assert "bad.caffemodel looks like a web page: the download probably failed" in said


def test_every_cut_is_refused(tmp_path, saved):
    whole = saved.read_bytes()
    for length in {0, 1, 2, 7, len(whole) // 2, len(whole) - 1}:
        refused(tmp_path, saved, whole[:length], deepvis.FormatError)
    assert "cut short, fetch it again" in refused(tmp_path, saved, whole[:-1], deepvis.FormatError)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("kernel_size: 3", "kernel_size: 5"), ["(4, 3, 5, 5)", "(4, 3, 3, 3)"]),
        (("num_output: 4", "num_output: 4 bias_term: false"), ["holds 1 blobs", "takes 2"]),
    ],
)
def test_the_weights_of_another_net(tmp_path, saved, change, words):
    other = tmp_path / "other.caffemodel"
    deepvis.Net.from_text(NET.replace(*change)).save(other)
    said = refused(tmp_path, saved, other.read_bytes(), deepvis.ShapeError)
    for word in ["layer 'conv'", *words]:
        assert word in said


def test_text_given_as_weights_and_weights_as_text(tmp_path, saved):
    assert "is text" in refused(tmp_path, saved, NET.encode(), deepvis.FormatError)
    with pytest.raises(deepvis.FormatError, match=r"good.caffemodel is a binary file"):
        deepvis.Net(saved)


def test_absent_files_are_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent.prototxt"):
        deepvis.Net(tmp_path / "absent.prototxt")
    with pytest.raises(FileNotFoundError, match=r"absent.caffemodel"):
        deepvis.Net.from_text(NET, tmp_path / "absent.caffemodel")


# Found by fuzzing: each once ended the process or ran into undefined arithmetic.
@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        (('"conv" type', '"i" type: "Input" } layer { type'), deepvis.FormatError, "at least 1 tops, found 0"),
        (("dim: 8 dim: 8", "dim: 0 dim: 8"), deepvis.ShapeError, "would be empty: its shape is (1, 3, 0, 8)"),
        (
            ('"Convolution"', '"Pooling" pooling_param { kernel_size: 2 stride: 4294967295 }'),
            deepvis.FormatError,
            "stride must be at most 1048576, found 4294967295",
        ),
    ],
)
def test_findings_of_the_fuzzers(change, expected, words):
    with pytest.raises(expected) as caught:
        deepvis.Net.from_text(NET.replace(*change)).forward()
    assert words in str(caught.value)
