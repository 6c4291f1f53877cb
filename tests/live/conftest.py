"""Makes fakes.py importable beside the tests, and a net that the real engine runs in a moment."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

TINY = """
name: "tiny"
input: "picture" input_shape { dim: 1 dim: 3 dim: 32 dim: 40 }
layer { name: "conv1" type: "Convolution" bottom: "picture" top: "conv1"
        convolution_param { num_output: 10 kernel_size: 5 stride: 2
          weight_filler { type: "gaussian" std: 0.01 } bias_filler { type: "constant" value: 0.1 } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1_layer" type: "Pooling" bottom: "conv1" top: "pool1"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc2" type: "InnerProduct" bottom: "pool1" top: "fc2"
        inner_product_param { num_output: 7 weight_filler { type: "gaussian" std: 0.05 } } }
layer { name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }
"""


@pytest.fixture
def tiny_prototxt(tmp_path: Path) -> Path:
    """A net with random weights, an oblong input and a blob that is named differently from its layer."""
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY)
    return path


@pytest.fixture
def picture_folder(tmp_path: Path) -> Path:
    """Three pictures that differ, named so that only natural order gets them right."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    y, x = np.mgrid[0:90, 0:120]
    for number, name in enumerate(("p1.png", "p2.png", "p10.png")):
        image = np.stack([x * 2, y * 2, np.full_like(x, 60 + 80 * number)], axis=-1).astype(np.uint8)
        image[20:50, 20 + 20 * number : 60 + 20 * number] = (0, 80 * number, 255)
        cv2.imwrite(str(folder / name), image)
    return folder
