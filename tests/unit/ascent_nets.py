"""Small nets that ascents are tried on."""

from __future__ import annotations

import numpy as np

import deepvis
from deepvis.preprocess import Preprocess

TINY = """
input: "picture" input_shape {{ dim: 1 dim: {channels} dim: 32 dim: 40 }}
layer {{ name: "conv1" type: "Convolution" bottom: "picture" top: "conv1"
        convolution_param {{ num_output: 8 kernel_size: 5 stride: 2
          weight_filler {{ type: "gaussian" std: 0.02 }} bias_filler {{ type: "constant" value: {bias} }} }} }}
layer {{ name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }}
layer {{ name: "pool1_layer" type: "Pooling" bottom: "conv1" top: "pool1"
        pooling_param {{ pool: MAX kernel_size: 2 stride: 2 }} }}
layer {{ name: "fc2" type: "InnerProduct" bottom: "pool1" top: "fc2"
        inner_product_param {{ num_output: 7 weight_filler {{ type: "gaussian" std: 0.05 }} }} }}
layer {{ name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }}
"""
COLOUR = Preprocess((32, 40), mean=np.array([104, 117, 123], np.float32))

# Without corners where its values are, so that finite differences hold; two ways lead up from act1, and "scores" is the
# mean over the map of "classes", whose ReLU its bias keeps open.
SMOOTH = """
input: "picture" input_shape { dim: 1 dim: 3 dim: 32 dim: 40 }
layer { name: "conv1" type: "Convolution" bottom: "picture" top: "conv1"
        convolution_param { num_output: 6 kernel_size: 5 stride: 2 weight_filler { type: "gaussian" std: 0.01 } } }
layer { name: "tanh1" type: "TanH" bottom: "conv1" top: "act1" }
layer { name: "left" type: "Convolution" bottom: "act1" top: "left"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 weight_filler { type: "gaussian" std: 0.2 } } }
layer { name: "right" type: "Convolution" bottom: "act1" top: "right"
        convolution_param { num_output: 5 kernel_size: 1 weight_filler { type: "gaussian" std: 0.3 } } }
layer { name: "both" type: "Concat" bottom: "left" bottom: "right" top: "both" }
layer { name: "classes" type: "Convolution" bottom: "both" top: "classes"
        convolution_param { num_output: 7 kernel_size: 3 weight_filler { type: "gaussian" std: 0.2 }
          bias_filler { type: "constant" value: 5 } } }
layer { name: "relu_classes" type: "ReLU" bottom: "classes" top: "classes" }
layer { name: "scores" type: "Pooling" bottom: "classes" top: "scores"
        pooling_param { pool: AVE global_pooling: true } }
layer { name: "prob" type: "Softmax" bottom: "scores" top: "prob" }
"""


def tiny(channels: int = 3, bias: float = 0.1) -> deepvis.Net:
    """A convolution with a ReLU, max pooling, a fully connected layer and a softmax."""
    return deepvis.Net.from_text(TINY.format(channels=channels, bias=bias), seed=1)


def smooth() -> deepvis.Net:
    """Branches that join, and nothing with corners."""
    return deepvis.Net.from_text(SMOOTH, seed=2)
