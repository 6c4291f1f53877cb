"""Weights and means on disk: every age and form of them, and wrong files called what they are."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from deepvis import _native, errors

VALUES = np.arange(6, dtype=np.float32)


def weights(tmp_path: Path, net: dict) -> list:
    path = tmp_path / "w.caffemodel"
    path.write_bytes(_native.serialize("NetParameter", net))
    return _native.read_weights(path)


def shapes(layers: list) -> list:
    return [(name, kind, [blob.shape for blob in blobs]) for name, kind, blobs in layers]


def blob(shape: list[int], values: np.ndarray = VALUES) -> dict:
    return {"shape": {"dim": shape}, "data": values}


def legacy(*shape: int) -> dict:
    return dict(zip(("num", "channels", "height", "width"), shape, strict=False)) | {"data": VALUES}


def test_v2(tmp_path):
    layers = weights(
        tmp_path,
        {
            "layer": [
                {"name": "data", "type": "Input"},
                {"name": "c", "type": "Convolution", "blobs": [blob([2, 3, 1, 1]), blob([2], VALUES[:2])]},
                {"type": "Scale", "blobs": [blob([], VALUES[:1])]},
            ]
        },
    )
    assert shapes(layers) == [("c", "Convolution", [(2, 3, 1, 1), (2,)]), ("", "Scale", [()])]
    np.testing.assert_array_equal(layers[0][2][0].ravel(), VALUES)
    assert layers[0][2][0].dtype == np.float32


def test_v1(tmp_path):
    layer = {"name": "c", "type": "INNER_PRODUCT", "blobs": [legacy(1, 1, 2, 3)]}
    assert shapes(weights(tmp_path, {"layers": [layer]})) == [("c", "InnerProduct", [(1, 1, 2, 3)])]


def test_v0(tmp_path):
    layer = {"layer": {"name": "c", "type": "conv", "blobs": [legacy(2, 3, 1, 1)]}, "bottom": ["data"]}
    assert shapes(weights(tmp_path, {"layers": [layer]})) == [("c", "Convolution", [(2, 3, 1, 1)])]


def test_doubles_become_floats(tmp_path):
    stored = {"shape": {"dim": [2]}, "double_data": [0.1, 1e300]}
    ((_, _, (read,)),) = weights(tmp_path, {"layer": [{"name": "a", "blobs": [stored]}]})
    np.testing.assert_array_equal(read, np.array([0.1, np.inf], np.float32))


@pytest.mark.parametrize(("kind", "dtype"), [("FLOAT", np.float32), ("FLOAT16", np.float16), ("DOUBLE", np.float64)])
def test_raw_values_of_other_forks(tmp_path, kind, dtype):
    values = np.array([0, -0.0, 1, -2.5, 6e-8, 6e-5, 65504, np.inf, -np.inf, np.nan, 0.1], dtype)
    stored = {"shape": {"dim": [11]}, "raw_data_type": kind, "raw_data": values.tobytes()}
    ((_, _, (read,)),) = weights(tmp_path, {"layer": [{"name": "a", "blobs": [stored]}]})
    np.testing.assert_array_equal(read, values.astype(np.float32))
    np.testing.assert_array_equal(np.signbit(read[:10]), np.signbit(values[:10]))


def test_every_half_is_read_as_numpy_reads_it(tmp_path):
    values = np.arange(2**16, dtype=np.uint16).view(np.float16)
    stored = {"shape": {"dim": [2**16]}, "raw_data_type": "FLOAT16", "raw_data": values.tobytes()}
    ((_, _, (read,)),) = weights(tmp_path, {"layer": [{"name": "a", "blobs": [stored]}]})
    np.testing.assert_array_equal(read, values.astype(np.float32))


def test_an_empty_blob_has_no_values(tmp_path):
    assert shapes(weights(tmp_path, {"layer": [{"name": "a", "blobs": [{}]}]})) == [("a", "", [(0,)])]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (blob([2, 2]), "blob 0 of layer 'a' declares shape (2, 2) = 4 values but holds 6"),
        (legacy(1, 1, 2), "blob 0 of layer 'a' declares shape (1, 1, 2, 0) = 0 values but holds 6"),
        ({"shape": {"dim": [3]}}, "blob 0 of layer 'a' declares shape (3,) = 3 values but holds 0"),
        ({"shape": {"dim": [3]}, "diff": VALUES[:3]}, "= 3 values but holds 0"),
        ({"data": VALUES}, "declares shape () = 1 values but holds 6"),
        ({"raw_data": b"abc", "raw_data_type": "FLOAT16"}, "holds 3 raw bytes, no whole number of 2-byte"),
        ({"raw_data": b"abcd", "raw_data_type": "INT"}, "raw values of type INT; expected FLOAT, FLOAT16"),
    ],
)
def test_a_blob_that_contradicts_itself(tmp_path, stored, words):
    with pytest.raises(errors.FormatError) as caught:
        weights(tmp_path, {"layer": [{"name": "a", "blobs": [stored]}]})
    assert str(caught.value).startswith("w.caffemodel: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("dims", "words"),
    [
        ([2**16, 2**16], r"\(65536, 65536\) has more than 2\^31 - 1 elements"),
        ([2**62, 4], "more than"),
        ([-1, -6], "negative extent"),
        ([1] * 33, "33 axes; at most 32"),
    ],
)
def test_shapes_past_the_limits(tmp_path, dims, words):
    with pytest.raises(errors.LimitError, match=words):
        weights(tmp_path, {"layer": [{"name": "a", "blobs": [blob(dims)]}]})


def test_what_another_fork_numbered_its_own_way_does_not_stop_weights(tmp_path):
    layer = _native.serialize("LayerParameter", {"name": "a", "blobs": [blob([6])]})
    foreign = (
        b"\xd2\x06\x03\xff\xff\xff"  # field 106 (convolution_param) with content that is no message
        b"\x2a\x03abc"  # field 5 (loss_weight) as a string
        b"\x82\x3f\x02\xff\xff"  # field 1008
    )
    layer += foreign
    path = tmp_path / "w.caffemodel"
    path.write_bytes(b"\xa2\x06" + bytes([len(layer)]) + layer)
    assert shapes(_native.read_weights(path)) == [("a", "", [(6,)])]


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "b")
    return out.getvalue()


def array() -> bytes:
    out = io.BytesIO()
    np.save(out, VALUES)
    return out.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize("reader", ["read_weights", "read_blob", "read_net_file"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"<!DOCTYPE html>\n<html>", "looks like a web page: the download probably failed"),
        (b"\xef\xbb\xbf\n<html lang='en'>", "looks like a web page"),
        (b"  <HTML><head>", "looks like a web page"),
        (b"<?xml version='1.0'?><Error>", "looks like a web page"),
        (LFS, "is a Git-LFS pointer, not the file itself: fetch the content with 'git lfs pull'"),
        (gzip.compress(b"x"), "is a gzip file: unpack it first"),
        (zipped(), "is a zip file"),
        (array(), "is a NumPy array"),
        (
            b"\x89HDF\r\n\x1a\n\0\0",
            "is an HDF5 file: weights in HDF5 are read when",
        ),
        (b"\x89PNG\r\n\x1a\n\0", "is a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a JPEG picture"),
    ],
)
def test_wrong_files_are_called_what_they_are(tmp_path, reader, content, words):
    path = tmp_path / "given.bin"
    path.write_bytes(content)
    with pytest.raises(errors.FormatError) as caught:
        getattr(_native, reader)(path)
    assert str(caught.value).startswith("given.bin")
    assert words in str(caught.value)


def test_text_and_weights_are_told_apart(tmp_path):
    text, binary = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    text.write_text('name: "net"\nlayer { name: "r" type: "ReLU" }\n')
    binary.write_bytes(_native.serialize("NetParameter", {"layer": [{"blobs": [blob([6])]}]}))
    with pytest.raises(errors.FormatError, match=r"net.prototxt is text .*binary weights .* were expected"):
        _native.read_weights(text)
    with pytest.raises(errors.FormatError, match=r"net.caffemodel is a binary file .*\.prototxt\) was expected"):
        _native.read_net_file(binary)


def test_a_mean_is_not_weights_nor_weights_a_mean(tmp_path):
    mean, model = tmp_path / "mean.binaryproto", tmp_path / "w.caffemodel"
    mean.write_bytes(_native.serialize("BlobProto", legacy(1, 1, 2, 3)))
    model.write_bytes(_native.serialize("NetParameter", {"layer": [{"name": "a", "blobs": [blob([6])]}]}))
    assert _native.read_blob(mean).shape == (1, 1, 2, 3)
    with pytest.raises(errors.FormatError, match=r"holds no layers.*may be a mean image"):
        _native.read_weights(mean)
    with pytest.raises(errors.FormatError, match="holds no values: expected one blob"):
        _native.read_blob(model)


@pytest.mark.parametrize("reader", ["read_weights", "read_blob", "read_net_file"])
def test_files_that_cannot_be_opened_are_oserrors(tmp_path, reader):
    with pytest.raises(FileNotFoundError) as caught:
        getattr(_native, reader)(tmp_path / "absent")
    assert caught.value.filename == str(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        getattr(_native, reader)(tmp_path)
    with pytest.raises(OSError, match="Invalid argument"):
        getattr(_native, reader)("/dev/null")


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "net.caffemodel"
    net = {"name": "n", "layer": [{"name": "a", "type": "Scale", "blobs": [blob([2, 3])]}]}
    _native.write_wire_file(path, "NetParameter", net)
    _native.write_text_file(tmp_path / "net.prototxt", "NetParameter", {"name": "n"})
    assert path.read_bytes() == _native.serialize("NetParameter", net)
    assert (tmp_path / "net.prototxt").read_text() == 'name: "n"\n'
    (tmp_path / "made.by.open").touch()
    assert path.stat().st_mode == (tmp_path / "made.by.open").stat().st_mode
    before = path.read_bytes()
    with pytest.raises(errors.FormatError):
        _native.write_wire_file(path, "NetParameter", {"nam": "n"})
    with pytest.raises(FileNotFoundError):
        _native.write_wire_file(tmp_path / "absent" / "x", "NetParameter", net)
    (tmp_path / "directory").mkdir()
    with pytest.raises(IsADirectoryError):
        _native.write_wire_file(tmp_path / "directory", "NetParameter", net)
    assert path.read_bytes() == before
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == ["directory", "made.by.open", "net.caffemodel", "net.prototxt"]


def test_arrays_outlive_the_file(tmp_path):
    layers = weights(tmp_path, {"layer": [{"name": "a", "blobs": [blob([6])]}]})
    (tmp_path / "w.caffemodel").unlink()
    np.testing.assert_array_equal(layers[0][2][0], VALUES)
