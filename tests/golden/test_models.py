"""Real models with trained weights, of every file format met in the wild, against the original's outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deepvis

TOLERANCE = 1e-4  # relative L2, deconv-semantics.md

# folder, definition, weights, golden file
CIFAR = ("cifar10_full.prototxt", "cifar10_full_iter_70000.caffemodel")
MODELS = [
    ("cifar10_full_v1", *CIFAR, "golden_cifar10_full_iter_70000.npz"),
    ("cifar10_full_h5", CIFAR[0], f"{CIFAR[1]}.h5", "golden_cifar10_full_iter_70000_h5.npz"),
    ("lenet_v1", "lenet.prototxt", "lenet_iter_10000.caffemodel", "golden_lenet_iter_10000.npz"),
    ("mtcnn", "det1.prototxt", "det1.caffemodel", "golden_det1.npz"),
    ("mtcnn", "det2.prototxt", "det2.caffemodel", "golden_det2.npz"),
    ("mtcnn", "det3.prototxt", "det3.caffemodel", "golden_det3.npz"),
    ("squeezenet_v1.0", "deploy.prototxt", "squeezenet_v1.0.caffemodel", "golden_squeezenet_v1.0.npz"),
    ("vanilla_cnn", "vanilla_deploy.prototxt", "vanillaCNN.caffemodel", "golden_vanillaCNN.npz"),
    ("wechat_qr", "sr.prototxt", "sr.caffemodel", "golden_sr.npz"),
]


@pytest.mark.parametrize(("folder", "prototxt", "weights", "golden"), MODELS, ids=[f"{m[0]}-{m[1]}" for m in MODELS])
def test_outputs(shared: Path, folder: str, prototxt: str, weights: str, golden: str) -> None:
    models = shared / "models" / folder
    with np.load(models / golden) as stored:
        inputs = {key.removeprefix("in_"): stored[key] for key in stored.files if key.startswith("in_")}
        wanted = {key.removeprefix("out_"): stored[key] for key in stored.files if key.startswith("out_")}
    net = deepvis.Net(models / prototxt, models / weights, input_shapes={name: x.shape for name, x in inputs.items()})
    net.forward(**inputs)
    for name, numbers in wanted.items():
        found = net.blobs[name]
        assert found.size == numbers.size
        error = np.linalg.norm(found.ravel() - numbers.ravel()) / np.linalg.norm(numbers)
        assert error <= TOLERANCE, f"{name}: {error}"


@pytest.mark.parametrize(
    ("folder", "prototxt", "weights", "shape"),
    [
        ("lenet_v1", "lenet_train_test.prototxt", "lenet_iter_10000.caffemodel", (1, 1, 28, 28)),
        ("cifar10_full_v1", "cifar10_full_train_test.prototxt", "cifar10_full_iter_60000.caffemodel", (2, 3, 32, 32)),
    ],
)
def test_training_files_load(shared: Path, folder: str, prototxt: str, weights: str, shape: tuple[int, ...]) -> None:
    models = shared / "models" / folder
    with pytest.raises(deepvis.FormatError, match="input_shapes"):
        deepvis.Net(models / prototxt, models / weights)
    net = deepvis.Net(models / prototxt, models / weights, input_shapes={"data": shape})
    assert any("loss" in note for note in net.notes)
    assert np.isfinite(net.forward(data=np.ones(shape))[net.outputs[0]]).all()


def test_a_layer_from_elsewhere_is_named(shared: Path) -> None:
    models = shared / "models" / "wechat_qr"
    with pytest.raises(deepvis.FormatError, match=r"detect\.prototxt:\d+:\d+: unknown field 'prior_box_param'"):
        deepvis.Net(models / "detect.prototxt", models / "detect.caffemodel")


def test_the_weights_of_another_net(shared: Path) -> None:
    models = shared / "models"
    with pytest.raises(deepvis.ShapeError, match=r"lenet_iter_10000\.caffemodel: layer 'conv1'.*another net"):
        deepvis.Net(models / "squeezenet_v1.0" / "deploy.prototxt", models / "lenet_v1" / "lenet_iter_10000.caffemodel")
