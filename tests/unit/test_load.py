"""models.load: what is taken from a card, what is guessed and said, and real nets on real pictures where
present."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import deepvis
from deepvis.errors import FormatError, ShapeError, UnknownNameError
from deepvis.models import load
from deepvis.models.labels import imagenet_labels, read_labels
from deepvis.pictures import read_picture

SHARED = Path(__file__).parents[3] / "shared"
PICTURE = np.random.RandomState(1).randint(0, 256, (30, 40, 3), np.uint8)


def net_text(channels: int = 3, classes: int = 4, batch: int = 10, tail: str = "", head: str = "") -> str:
    return f"""
    name: "small" {head}
    layer {{ name: "data" type: "Input" top: "data"
      input_param {{ shape {{ dim: [{batch}, {channels}, 12, 12] }} }} }}
    layer {{ name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
      convolution_param {{ num_output: 6 kernel_size: 3 weight_filler {{ type: "xavier" }} }} }}
    layer {{ name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }}
    layer {{ name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
      pooling_param {{ global_pooling: true }} }}
    layer {{ name: "score" type: "InnerProduct" bottom: "pool1" top: "score"
      inner_product_param {{ num_output: {classes} weight_filler {{ type: "xavier" }} }} }} {tail}"""


SOFTMAX = 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }'


def written(tmp_path: Path, text: str, card: str = "") -> Path:
    (tmp_path / "small.prototxt").write_text(text)
    if not card:
        return tmp_path / "small.prototxt"
    (tmp_path / "small.yaml").write_text("prototxt: small.prototxt\n" + card)
    return tmp_path / "small.yaml"


def test_a_prototxt_with_weights_of_its_own_runs_and_every_guess_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, net_text(classes=1000, tail=SOFTMAX))
    deepvis.Net(path, seed=5).save(tmp_path / "trained.caffemodel")
    model = load(path, tmp_path / "trained.caffemodel")
    assert model.name == "small"
    assert model.net.shape("data") == (1, 3, 12, 12), "one picture, though the prototxt asks for a batch of 10"
    assert model.class_blob == "prob"
    assert model.card.class_labels_layers == ("score", "prob")
    assert model.preprocess.order == "BGR"
    assert model.preprocess.mean is not None
    assert model.preprocess.mean.ravel().tolist() == [104, 117, 123]
    assert model.labels == read_labels(imagenet_labels())
    said = "\n".join(model.notes)
    for key in (
        "class_blob: prob",
        "order: BGR",
        "mean: (104.0, 117.0, 123.0)",
        "labels: imagenet_labels.txt",
    ):
        assert f"{key} is a guess" in said
    np.testing.assert_array_equal(model.net.params["conv1"][0], deepvis.Net(path, seed=5).params["conv1"][0])


def test_what_the_card_says_is_not_guessed(tmp_path: Path) -> None:
    card = "order: RGB\nmean: null\nclass_blob: score\nlabel_layers: [score]\nlabels: null\n"
    model = load(written(tmp_path, net_text(classes=1000, tail=SOFTMAX), card))
    assert model.class_blob == "score"
    assert model.card.class_labels_layers == ("score",)
    assert model.preprocess.mean is None
    assert model.labels is None
    assert not [note for note in model.notes if "guess" in note]


def test_a_small_net_gets_no_imagenet_mean_or_labels(tmp_path: Path) -> None:
    model = load(written(tmp_path, net_text(classes=4)), order="RGB")
    assert model.preprocess.mean is None
    assert model.labels is None
    assert model.class_blob == "score", "without a softmax, the only flat output"
    assert model.classify(PICTURE)[0][1].startswith("class ")
    assert len(model.classify(PICTURE)) == 4


def test_grey_nets_are_recognised(tmp_path: Path) -> None:
    model = load(written(tmp_path, net_text(channels=1), "scale: 0.00390625\n"))
    assert model.preprocess.order == "GRAY"
    assert model.preprocess.apply(PICTURE).shape == (1, 1, 12, 12)
    with pytest.raises(ShapeError, match="order is RGB, but the net's input has 1 channels"):
        load(written(tmp_path, net_text(channels=1)), order="RGB")


def test_forward_and_classify_agree_with_the_net_by_hand(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\n")
    card = "order: BGR\nmean: [10, 20, 30]\nscale: 0.02\nlabels: names.txt\n"
    model = load(written(tmp_path, net_text(tail=SOFTMAX), card))
    found = model.classify(PICTURE)
    blob = cv2.resize(PICTURE[:, 5:35], (12, 12))[:, :, ::-1].astype(np.float32) - np.float32([10, 20, 30])
    by_hand = model.net.forward(data=(blob * np.float32(0.02)).transpose(2, 0, 1)[None])["prob"][0]
    assert [label for _, label, _ in found] == [("a", "b", "c", "d")[i] for i in np.argsort(-by_hand)]
    np.testing.assert_allclose([p for _, _, p in found], np.sort(by_hand)[::-1], rtol=1e-6)


def test_another_input_size_for_nets_that_allow_it(tmp_path: Path) -> None:
    model = load(written(tmp_path, net_text()), input_size=[20, 33])
    assert model.net.shape("data") == (1, 3, 20, 33)
    assert model.net.shape("conv1") == (1, 6, 18, 31)
    assert model.preprocess.apply(PICTURE).shape == (1, 3, 20, 33)


def test_two_inputs_need_a_name(tmp_path: Path) -> None:
    second = 'layer { name: "b" type: "Input" top: "b" input_param { shape { dim: [1, 3, 5, 5] } } }'
    flat = 'layer { name: "rois" type: "Input" top: "rois" input_param { shape { dim: [1, 5] } } }'
    with pytest.raises(ShapeError, match=r"cannot tell which input takes a picture .*name it with 'input'"):
        load(written(tmp_path, net_text(tail=second)))
    assert load(written(tmp_path, net_text(tail=second)), input="b").input_blob == "b"
    assert load(written(tmp_path, net_text(tail=flat))).input_blob == "data"
    with pytest.raises(UnknownNameError, match="no input 'c'; inputs: data, b"):
        load(written(tmp_path, net_text(tail=second)), input="c")


def test_what_does_not_fit_the_net_is_noted_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a\nb\n")
    card = "labels: names.txt\nclass_blob: score\nlabel_layers: [scor, score]\ndisplay_names: {konv1: c1}\n"
    model = load(written(tmp_path, net_text(), card))
    said = "\n".join(model.notes)
    assert "label_layers: the net has no blob 'scor'; nearest is 'score'" in said
    assert "display_names: the net has no blob 'konv1'; nearest is 'conv1'" in said
    assert "labels: 2 names for the 4 classes of 'score'" in said
    assert {label for _, label, _ in model.classify(PICTURE)} == {"a", "b", "class 2", "class 3"}


@pytest.mark.parametrize(
    ("card", "error", "said"),
    [
        ("weights: gone.caffemodel\n", FormatError, r"gone\.caffemodel do not exist"),
        ("labels: gone.txt\n", FormatError, r"gone\.txt: cannot read the labels"),
        ("mean: gone.npy\n", FormatError, r"gone\.npy"),
        ("mean: [1, 2]\n", ShapeError, r"small: preprocessing: mean has shape \(2,\)"),
        ("input_size: 20000\n", ShapeError, "not a picture's size"),
        ("resize: 5\n", ShapeError, "smaller than the input"),
    ],
)
def test_a_card_that_does_not_work_is_one_error(tmp_path: Path, card: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        load(written(tmp_path, net_text(), card))


def test_a_wrong_class_blob_is_noted_and_refused_when_used(tmp_path: Path) -> None:
    model = load(written(tmp_path, net_text(), "class_blob: porb\n"))
    assert any("no blob 'porb'" in note for note in model.notes)
    with pytest.raises(UnknownNameError, match="porb"):
        model.classify(PICTURE)


def squeezenet(**overrides: Any) -> Any:
    weights = SHARED / "models" / "squeezenet_v1.0" / "squeezenet_v1.0.caffemodel"
    if not weights.is_file():
        pytest.skip(f"no trained SqueezeNet: {weights} is absent")
    return load("squeezenet_v1.0", weights, **overrides)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("00000610", "jaguar"),
        ("00006491", "great white shark"),
        ("00008338", "golden retriever"),
        ("00011425", "orangutan"),
        ("00016655", "fireboat"),
    ],
)
def test_squeezenet_knows_the_pictures_of_imagenet(number: str, expected: str) -> None:
    model = squeezenet()
    picture = SHARED / "images" / f"ILSVRC2012_val_{number}.jpg"
    assert model.classify(read_picture(picture))[0][1] == expected
    assert model.notes == []


@pytest.mark.parametrize(
    ("name", "golden", "key"),
    [
        ("squeezenet_v1.0", "squeezenet_v1.0/golden_squeezenet_v1.0.npz", "out_prob"),
        (None, "efficientnet_lite0/golden_efficientnet_lite0.npz", "out_prob"),
    ],
)
def test_from_picture_to_probabilities_as_the_original_did(name: str | None, golden: str, key: str) -> None:
    """cat.jpg, stretched with area averaging, gave the golden inputs: here they come out bit for bit."""
    path, picture = SHARED / "models" / golden, SHARED / "images" / "cat.jpg"
    if not path.is_file():
        pytest.skip(f"no golden numbers: {path} is absent")
    model = (squeezenet if name else load)(fit="stretch", interpolation="area")
    with np.load(path) as expected:
        blob = model.preprocess.apply(read_picture(picture))
        np.testing.assert_array_equal(blob, expected["in_data"])
        found = model.forward(read_picture(picture))["prob"].ravel()
        wanted = expected[key].ravel()
    assert np.linalg.norm(found - wanted) <= 1e-4 * np.linalg.norm(wanted)


def test_a_net_trained_on_whitened_pictures(tmp_path: Path) -> None:
    folder = SHARED / "models" / "vanilla_cnn"
    if not folder.is_dir():
        pytest.skip(f"no such net: {folder} is absent")
    card = tmp_path / "vanilla.yaml"
    card.write_text(
        f"prototxt: {folder}/vanilla_deploy.prototxt\nweights: {folder}/vanillaCNN.caffemodel\n"
        f"order: BGR\nmean: {folder}/trainMean.png\nstd: {folder}/trainSTD.png\n"
    )
    model = load(card)
    assert "minus mean picture 40x40" in model.describe()
    assert "from trainMean.png" in model.describe()
    assert "divided by std picture 40x40" in model.describe()
    landmarks = model.forward(read_picture(SHARED / "models" / "mtcnn" / "test1.jpg"))
    assert next(iter(landmarks.values())).shape == (1, 10)


def test_the_mean_file_of_the_classic_toolbox(tmp_path: Path) -> None:
    means = SHARED / "models" / "means"
    if not means.is_dir():
        pytest.skip(f"no mean files: {means} is absent")
    blobs = []
    for name in ("ilsvrc_2012_mean.npy", "imagenet_mean.binaryproto"):
        model = squeezenet(mean=str(means / name))
        blobs.append(model.preprocess.apply(PICTURE))
        assert f"from {name}" in model.describe()
    np.testing.assert_allclose(blobs[0], blobs[1], atol=1e-4)
    with pytest.raises(FormatError, match="TRUNCATED_imagenet_mean"):
        squeezenet(mean=str(means / "TRUNCATED_imagenet_mean.binaryproto"))
