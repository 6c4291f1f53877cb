"""The nets of prototxt/, layer by layer against what is published of them, and against the originals where
present."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deepvis
from deepvis import _native
from deepvis.models import registry

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
NETS = registry.nets_folder()

PARAMETERS = {
    "caffenet": 60_965_224,
    "alexnet": 60_965_224,
    "googlenet": 6_998_552,
    "squeezenet_v1.0": 1_248_424,
    "squeezenet_v1.1": 1_235_496,
    "efficientnet_lite0": 4_643_000,
}
CONV5 = {
    "data": (3, 227, 227),
    "conv1": (96, 55, 55),
    "pool1": (96, 27, 27),
    "norm1": (96, 27, 27),
    "conv2": (256, 27, 27),
    "pool2": (256, 13, 13),
    "norm2": (256, 13, 13),
    "conv3": (384, 13, 13),
    "conv4": (384, 13, 13),
    "conv5": (256, 13, 13),
    "pool5": (256, 6, 6),
    "fc6": (4096,),
    "fc7": (4096,),
    "fc8": (1000,),
    "prob": (1000,),
}
# Blobs whose shapes the papers' tables give; every other blob is checked against the original net where it
# is present.
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "caffenet": CONV5,
    "alexnet": {**CONV5, "norm1": (96, 55, 55), "norm2": (256, 27, 27)},
    "googlenet": {
        "data": (3, 224, 224),
        "conv1/7x7_s2": (64, 112, 112),
        "pool1/3x3_s2": (64, 56, 56),
        "conv2/3x3": (192, 56, 56),
        "pool2/3x3_s2": (192, 28, 28),
        "inception_3a/output": (256, 28, 28),
        "inception_3b/output": (480, 28, 28),
        "pool3/3x3_s2": (480, 14, 14),
        "inception_4a/output": (512, 14, 14),
        "inception_4b/output": (512, 14, 14),
        "inception_4c/output": (512, 14, 14),
        "inception_4d/output": (528, 14, 14),
        "inception_4e/output": (832, 14, 14),
        "pool4/3x3_s2": (832, 7, 7),
        "inception_5a/output": (832, 7, 7),
        "inception_5b/output": (1024, 7, 7),
        "pool5/7x7_s1": (1024, 1, 1),
        "loss3/classifier": (1000,),
        "prob": (1000,),
    },
    "squeezenet_v1.0": {
        "data": (3, 227, 227),
        "conv1": (96, 111, 111),
        "pool1": (96, 55, 55),
        "fire2/concat": (128, 55, 55),
        "fire4/concat": (256, 55, 55),
        "pool4": (256, 27, 27),
        "fire8/concat": (512, 27, 27),
        "pool8": (512, 13, 13),
        "fire9/squeeze1x1": (64, 13, 13),
        "fire9/concat": (512, 13, 13),
        "conv10": (1000, 15, 15),
        "pool10": (1000, 1, 1),
        "prob": (1000, 1, 1),
    },
    "squeezenet_v1.1": {
        "data": (3, 227, 227),
        "conv1": (64, 113, 113),
        "pool1": (64, 56, 56),
        "fire3/concat": (128, 56, 56),
        "pool3": (128, 28, 28),
        "fire5/concat": (256, 28, 28),
        "pool5": (256, 14, 14),
        "fire9/concat": (512, 14, 14),
        "conv10": (1000, 14, 14),
        "prob": (1000, 1, 1),
    },
    "efficientnet_lite0": {
        "data": (3, 224, 224),
        "stem": (32, 112, 112),
        "block0/project": (16, 112, 112),
        "block1/dw": (96, 56, 56),
        "block2/add": (24, 56, 56),
        "block3/dw": (144, 28, 28),
        "block4/add": (40, 28, 28),
        "block5/project": (80, 14, 14),
        "block10/add": (112, 14, 14),
        "block11/dw": (672, 7, 7),
        "block14/add": (192, 7, 7),
        "block15/project": (320, 7, 7),
        "head": (1280, 7, 7),
        "pool": (1280, 1, 1),
        "fc": (1000,),
        "prob": (1000,),
    },
}
ORIGINALS = {
    "caffenet": "golden/nets/caffenet_random0",
    "alexnet": "golden/nets/alexnet_random1",
    "googlenet": "golden/nets/googlenet_random3",
    "squeezenet_v1.0": "golden/nets/squeezenet_v1.0",
}


@pytest.fixture(scope="module")
def nets() -> dict[str, deepvis.Net]:
    return {name: deepvis.Net(NETS / f"{name}.prototxt") for name in PARAMETERS}


def test_the_files_are_what_make_nets_writes() -> None:
    written = runpy.run_path(str(ROOT / "prototxt" / "make_nets.py"))["NETS"]
    assert sorted(written) == sorted(p.name for p in (ROOT / "prototxt").glob("*.prototxt"))
    for name, make in written.items():
        assert make() == (ROOT / "prototxt" / name).read_text("utf-8"), f"run: python prototxt/make_nets.py ({name})"


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_and_shapes_are_the_published_ones(nets: dict[str, deepvis.Net], name: str) -> None:
    net = nets[name]
    assert sum(p.size for blobs in net.params.values() for p in blobs) == PARAMETERS[name]
    assert net.inputs == ["data"]
    assert net.outputs == ["prob"]
    assert {blob: tuple(net.shape(blob)[1:]) for blob in SHAPES[name]} == SHAPES[name]


def test_lite0_pads_as_its_published_layer_list_says(nets: dict[str, deepvis.Net]) -> None:
    kernels = {name: blobs[0].shape[2:] for name, blobs in nets["efficientnet_lite0"].params.items() if name != "fc"}
    grown = {name for name, kernel in kernels.items() if kernel in ((4, 4), (6, 6))}
    assert grown == {"stem", "block1/dw", "block3/dw", "block5/dw", "block11/dw"}
    assert kernels["block11/dw"] == (6, 6)
    assert sum(name.endswith("/dw") for name in kernels) == 16


def normal_form(path: Path) -> list[tuple[Any, ...]]:
    """Layers with all that bears on numbers, in order; fillers, learning rates and phases do not."""
    layers = []
    for layer in _native.read_net_file(str(path))["layer"]:
        if layer["type"] in ("Input", "Split"):
            continue
        settings: dict[str, Any] = {}
        for key, value in layer.items():
            if not key.endswith("_param") or not isinstance(value, dict):
                continue
            for name, setting in value.items():
                if not name.endswith("_filler"):
                    plain = np.asarray(setting).tolist() if not isinstance(setting, str) else setting
                    settings[name] = plain[0] if isinstance(plain, list) and len(plain) == 1 else plain
        for name, default in (
            ("group", 1),
            ("pad", 0),
            ("stride", 1),
            ("operation", "SUM"),
            ("bias_term", True),
        ):
            if settings.get(name) == default:
                del settings[name]
        if layer["type"] == "Pooling":
            settings.setdefault("pool", "MAX")
        for name in ("alpha", "beta", "dropout_ratio"):
            if name in settings:
                settings[name] = round(settings[name], 6)
        layers.append((layer["name"], layer["type"], tuple(layer["bottom"]), tuple(layer["top"]), settings))
    return layers


@pytest.mark.parametrize("name", ORIGINALS)
def test_layers_are_the_originals(name: str, nets: dict[str, deepvis.Net]) -> None:
    original = SHARED / ORIGINALS[name] / "deploy.prototxt"
    if not original.is_file():
        pytest.skip(f"no original to compare with: {original} is absent")
    assert normal_form(NETS / f"{name}.prototxt") == normal_form(original)
    theirs = deepvis.Net(original, input_shapes={"data": nets[name].shape("data")})
    assert {b: theirs.shape(b) for b in theirs.blobs} == {b: nets[name].shape(b) for b in nets[name].blobs}
    shapes = [{k: [p.shape for p in v] for k, v in net.params.items()} for net in (theirs, nets[name])]
    assert shapes[0] == shapes[1]
