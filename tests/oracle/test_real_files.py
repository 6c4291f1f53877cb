"""Nets and weights from the wild, where they are at hand: the same here as with Google's protobuf."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format

from deepvis import _native, errors

MODELS = Path(__file__).parents[2].parent / "shared" / "models"
# Real solver settings and an SSD detector's layers are not in the schema: they get an error that says so.
REFUSED = {
    "cifar10_full_solver.prototxt": "unknown field 'net' in NetParameter",
    "detect.prototxt": "unknown field 'prior_box_param' in LayerParameter",
}


def files(pattern: str) -> list[Path]:
    return sorted(MODELS.glob(pattern))


def parameters(pattern: str) -> list:
    found = [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in files(pattern)]
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=f"no real files: {MODELS} is absent"))]


@pytest.mark.parametrize("path", parameters("*/*.prototxt"))
def test_prototxt(oracle, same, path):
    if path.name in REFUSED:
        with pytest.raises(errors.FormatError, match=REFUSED[path.name]):
            _native.read_net_file(path)
        return
    text = path.read_text()
    same(_native.parse_text("NetParameter", text), text_format.Parse(text, oracle.new("NetParameter")))
    net = _native.read_net_file(path)
    assert "layers" not in net
    assert "input" not in net
    assert all(layer["type"] for layer in net["layer"])


@pytest.mark.parametrize("path", parameters("*/*.caffemodel"))
def test_caffemodel(oracle, same, path):
    theirs = oracle.new("NetParameter").FromString(path.read_bytes())
    ours = _native.parse_wire("NetParameter", path.read_bytes())
    same(ours, theirs)
    written = oracle.new("NetParameter").FromString(_native.serialize("NetParameter", ours))
    theirs.DiscardUnknownFields()
    assert written == theirs

    layers = [layer for layer in [*theirs.layer, *theirs.layers] if layer.blobs]
    read = _native.read_weights(path)
    assert [name for name, _, _ in read] == [layer.name for layer in layers]
    for (_, kind, blobs), layer in zip(read, layers, strict=True):
        assert kind.replace("_", "").lower() == v1_name(layer).replace("_", "").lower()
        assert len(blobs) == len(layer.blobs)
        for blob, stored in zip(blobs, layer.blobs, strict=True):
            np.testing.assert_array_equal(blob.ravel(), np.array(stored.data, np.float32))


def v1_name(layer) -> str:
    if isinstance(layer.type, str):
        return layer.type
    return layer.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[layer.type].name


@pytest.mark.parametrize("path", parameters("*/*.binaryproto"))
def test_binaryproto(oracle, path):
    if path.name.startswith("TRUNCATED"):
        with pytest.raises(errors.FormatError) as caught:
            _native.read_blob(path)
        assert "declares 786432 bytes at offset 10 but the file ends after 94706 of them" in str(caught.value)
        return
    stored = oracle.new("BlobProto").FromString(path.read_bytes())
    blob = _native.read_blob(path)
    assert blob.shape == (1, stored.channels, stored.height, stored.width)
    np.testing.assert_array_equal(blob.ravel(), np.array(stored.data, np.float32))


def test_the_wrong_kind_of_real_file():
    if not MODELS.is_dir():
        pytest.skip(f"no real files: {MODELS} is absent")
    lenet = MODELS / "lenet_v1"
    with pytest.raises(errors.FormatError, match=r"lenet.prototxt is text"):
        _native.read_weights(lenet / "lenet.prototxt")
    with pytest.raises(errors.FormatError, match=r"lenet_iter_10000.caffemodel is a binary file"):
        _native.read_net_file(lenet / "lenet_iter_10000.caffemodel")
    with pytest.raises(errors.FormatError, match="holds no layers"):
        _native.read_weights(MODELS / "means" / "imagenet_mean.binaryproto")
    with pytest.raises(errors.FormatError, match="is an HDF5 file"):
        _native.read_weights(MODELS / "cifar10_full_h5" / "cifar10_full_iter_70000.caffemodel.h5")
