"""Small nets for the pycaffe tests, and where the larger ones lie if there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"

CLASSIFIER = """
name: "small"
input: "data" input_shape { dim: 2 dim: 3 dim: 12 dim: 10 }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "gaussian" std: 0.5 } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc2" type: "InnerProduct" bottom: "pool1" top: "fc2"
  inner_product_param { num_output: 5 weight_filler { type: "gaussian" std: 0.3 } } }
layer { name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }
"""

# Two branches, two inputs, two outputs.
BRANCHES = """
layer { name: "a" type: "Input" top: "a" input_param { shape { dim: 1 dim: 2 dim: 4 dim: 4 } } }
layer { name: "b" type: "Input" top: "b" input_param { shape { dim: 1 dim: 2 dim: 4 dim: 4 } } }
layer { name: "left" type: "Power" bottom: "a" top: "left" power_param { scale: 2 } }
layer { name: "right" type: "Power" bottom: "a" top: "right" power_param { scale: 3 } }
layer { name: "sum" type: "Eltwise" bottom: "left" bottom: "b" top: "sum" }
"""

FULLY_CONVOLUTIONAL = """
input: "data" input_shape { dim: 1 dim: 3 dim: 6 dim: 6 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
"""


def write(folder: Path, text: str, name: str = "deploy.prototxt") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def shared(*parts: str) -> Path:
    """A file of ../shared; skips the test where it is not there."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(('../shared', *parts))}")
    return path
