"""Every smooth layer's way back against finite differences of its way forward."""

from __future__ import annotations

import numpy as np
import pytest

import deepvis

# Layer text (bottoms a, or a and b, each (2, 6, 5, 4)) → top y. Kinks (ReLU, MAX) are checked in test_net and golden/.
CASES = {
    "absval, away from 0": 'type: "AbsVal" bottom: "a"',
    "bnll": 'type: "BNLL" bottom: "a"',
    "batch norm, stored": 'type: "BatchNorm" bottom: "a"',
    "batch norm, of the batch": 'type: "BatchNorm" bottom: "a" batch_norm_param { use_global_stats: false }',
    "bias": 'type: "Bias" bottom: "a" bias_param { filler { type: "gaussian" } }',
    "bias from a bottom": 'type: "Bias" bottom: "a" bottom: "b" bias_param { axis: 0 }',
    "clip, inside": 'type: "Clip" bottom: "a" clip_param { min: -9 max: 9 }',
    "concat": 'type: "Concat" bottom: "a" bottom: "b" concat_param { axis: 2 }',
    "convolution": 'type: "Convolution" bottom: "a" convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 2 '
    'weight_filler { type: "gaussian" std: 0.3 } }',
    "convolution, strided": 'type: "Convolution" bottom: "a" convolution_param { num_output: 3 kernel_h: 2 kernel_w: 3 '
    'stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0 dilation: 1 weight_filler { type: "gaussian" std: 0.3 } }',
    "deconvolution": 'type: "Deconvolution" bottom: "a" convolution_param { num_output: 4 kernel_size: 3 stride: 2 '
    'pad: 1 group: 2 weight_filler { type: "gaussian" std: 0.3 } }',
    "elu": 'type: "ELU" bottom: "a"',
    "eltwise sum": 'type: "Eltwise" bottom: "a" bottom: "b" eltwise_param { operation: SUM coeff: 0.5 coeff: -2 }',
    "eltwise product": 'type: "Eltwise" bottom: "a" bottom: "b" eltwise_param { operation: PROD }',
    "eltwise with itself": 'type: "Eltwise" bottom: "a" bottom: "a" eltwise_param { operation: PROD }',
    "exp": 'type: "Exp" bottom: "a" exp_param { base: 2 scale: 0.5 shift: 0.1 }',
    "flatten": 'type: "Flatten" bottom: "a" flatten_param { axis: 2 }',
    "inner product": 'type: "InnerProduct" bottom: "a" inner_product_param { num_output: 3 '
    'weight_filler { type: "gaussian" std: 0.3 } }',
    "inner product, transposed": 'type: "InnerProduct" bottom: "a" inner_product_param { num_output: 3 transpose: true '
    'axis: 2 weight_filler { type: "gaussian" std: 0.3 } }',
    "log": 'type: "Log" bottom: "a" log_param { base: 3 scale: 0.2 shift: 4 }',
    "lrn across": 'type: "LRN" bottom: "a" lrn_param { local_size: 3 alpha: 2 beta: 0.6 k: 1.5 }',
    "lrn within": 'type: "LRN" bottom: "a" lrn_param { local_size: 3 alpha: 2 beta: 0.6 norm_region: WITHIN_CHANNEL }',
    "mvn": 'type: "MVN" bottom: "a"',
    "mvn, mean only": 'type: "MVN" bottom: "a" mvn_param { normalize_variance: false across_channels: true }',
    "permute": 'type: "Permute" bottom: "a" permute_param { order: 0 order: 2 order: 3 order: 1 }',
    "average pooling": 'type: "Pooling" bottom: "a" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }',
    "global pooling": 'type: "Pooling" bottom: "a" pooling_param { pool: AVE global_pooling: true }',
    "power": 'type: "Power" bottom: "a" power_param { power: 3 scale: 0.5 shift: 1 }',
    "prelu, away from 0": 'type: "PReLU" bottom: "a"',
    "reduction": 'type: "Reduction" bottom: "a" reduction_param { operation: SUMSQ axis: 2 coeff: 0.7 }',
    "mean": 'type: "Reduction" bottom: "a" reduction_param { operation: MEAN axis: 1 }',
    "reshape": 'type: "Reshape" bottom: "a" reshape_param { shape { dim: 0 dim: 3 dim: -1 } }',
    "scale": 'type: "Scale" bottom: "a" scale_param { bias_term: true filler { type: "gaussian" } }',
    "scale from a bottom": 'type: "Scale" bottom: "a" bottom: "b" scale_param { axis: 0 }',
    "sigmoid": 'type: "Sigmoid" bottom: "a"',
    "slice": 'type: "Slice" bottom: "a" top: "z" slice_param { slice_point: 2 }',
    "softmax": 'type: "Softmax" bottom: "a"',
    "split": 'type: "Split" bottom: "a" top: "z"',
    "swish": 'type: "Swish" bottom: "a" swish_param { beta: 1.3 }',
    "tanh": 'type: "TanH" bottom: "a"',
    "tile": 'type: "Tile" bottom: "a" tile_param { axis: 2 tiles: 3 }',
}

NAMES = ("a", "b")


def build(layer: str) -> deepvis.Net:
    inputs = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" '
        "input_param { shape { dim: 2 dim: 6 dim: 5 dim: 4 } } }\n"
        for name in NAMES
        if f'bottom: "{name}"' in layer
    )
    net = deepvis.Net.from_text(f'{inputs}layer {{ name: "layer" {layer} top: "y" }}', seed=5)
    if "BatchNorm" in layer:
        for blob, value in zip(net.params["layer"], (0.3, 2.0, 1.0), strict=True):
            blob[...] = value
    return net


@pytest.mark.parametrize("case", CASES)
def test_backward_is_the_derivative_of_forward(case: str) -> None:
    net = build(CASES[case])
    random = np.random.default_rng(1)
    inputs = {}
    for name in net.inputs:
        x = random.uniform(0.2, 1.5, net.shape(name)) * random.choice([-1, 1], net.shape(name))
        inputs[name] = x.astype(np.float32)
    top = "y"
    weights = random.normal(size=net.shape(top)).astype(np.float32)

    def objective(values: dict[str, np.ndarray]) -> float:
        return float((net.forward(end=top, **values)[top].astype(np.float64) * weights).sum())

    objective(inputs)
    net.backward(top, weights)
    found = {name: net.diffs[name].copy() for name in net.inputs}
    step = 1e-2
    for name in net.inputs:
        for index in random.choice(inputs[name].size, size=25, replace=False):
            at = np.unravel_index(index, inputs[name].shape)
            moved = {key: x.copy() for key, x in inputs.items()}
            moved[name][at] += step
            above = objective(moved)
            moved[name][at] -= 2 * step
            numeric = (above - objective(moved)) / (2 * step)
            assert found[name][at] == pytest.approx(numeric, rel=2e-2, abs=5e-3), f"{name}{at}"


def test_a_whole_smooth_net() -> None:
    net = deepvis.Net.from_text(
        """
        layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 dim: 9 dim: 9 } } }
        layer { name: "c1" type: "Convolution" bottom: "data" top: "c1"
          convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
        layer { name: "t1" type: "TanH" bottom: "c1" top: "c1" }
        layer { name: "n1" type: "LRN" bottom: "c1" top: "n1" lrn_param { local_size: 3 alpha: 0.5 } }
        layer { name: "p1" type: "Pooling" bottom: "n1" top: "p1" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
        layer { name: "c2" type: "Convolution" bottom: "p1" top: "c2"
          convolution_param { num_output: 4 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
        layer { name: "sum" type: "Eltwise" bottom: "c2" bottom: "p1" top: "sum" }
        layer { name: "s" type: "Sigmoid" bottom: "sum" top: "sum" }
        layer { name: "fc" type: "InnerProduct" bottom: "sum" top: "fc"
          inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
        layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
        """,
        seed=2,
    )
    random = np.random.default_rng(0)
    x = random.normal(size=(1, 2, 9, 9)).astype(np.float32)
    net.forward(data=x)
    seed = np.array([[3.0, -1.0, 0.5]], np.float32)
    found = net.backward("prob", seed)
    direction = random.normal(size=x.shape).astype(np.float32)
    step = 1e-2
    numeric = (
        (net.forward(data=x + step * direction)["prob"].astype(np.float64) * seed).sum()
        - (net.forward(data=x - step * direction)["prob"].astype(np.float64) * seed).sum()
    ) / (2 * step)
    assert float((found * direction).sum()) == pytest.approx(numeric, rel=2e-2)
