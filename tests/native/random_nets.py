"""Random nets for property tests: convolutions, pooling, normalization, branches and in-place layers of odd sizes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import deepvis


@dataclass
class RandomNet:
    """A net's text, grown layer by layer, with what is needed to grow it on: blobs of (C, H, W)."""

    images: int
    channels: int
    height: int
    width: int
    seed: int
    lines: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=lambda: ["data"])

    @property
    def text(self) -> str:
        """The prototxt."""
        shape = (self.images, self.channels, self.height, self.width)
        dims = " ".join(f"dim: {extent}" for extent in shape)
        return "\n".join([f'input: "data" input_shape {{ {dims} }}', *self.lines])

    def make(self, **options: object) -> deepvis.Net:
        """The net with random weights of a size that keeps activations alive, and its input filled."""
        net = deepvis.Net.from_text(self.text, **options)  # type: ignore[arg-type]
        random = np.random.default_rng(self.seed)
        for layer in net.layers:
            for index, values in enumerate(net.params.get(layer.name, [])):
                fan_in = values[0].size if values.ndim > 1 else 1
                values[...] = random.normal(0.2 * (index > 0), np.sqrt(2 / fan_in) if index == 0 else 0.2, values.shape)
                if layer.type == "BatchNorm":
                    values[...] = np.abs(values) + 0.5
        net.blobs["data"][...] = random.normal(size=net.shape("data"))
        return net

    def __repr__(self) -> str:
        return self.text


@st.composite
def random_nets(draw: st.DrawFn) -> RandomNet:
    """Nets of 1 to 6 steps; each step is a layer, or two branches joined."""
    net = RandomNet(
        images=draw(st.integers(1, 3)),
        channels=draw(st.sampled_from([1, 2, 3, 4, 16, 20])),
        height=draw(st.integers(7, 40)),
        width=draw(st.integers(7, 40)),
        seed=draw(st.integers(0, 1000)),
    )
    channels, top = net.channels, "data"
    for step in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["conv", "conv", "pool", "pool", "lrn", "pointwise", "branch"]))
        if kind == "conv":
            top, channels = _convolution(draw, net, f"conv{step}", top, channels)
        elif kind == "pool":
            top = _pooling(draw, net, f"pool{step}", top)
        elif kind == "lrn":
            size = draw(st.sampled_from([1, 3, 5]))
            top = _layer(net, f"norm{step}", "LRN", [top], f"lrn_param {{ local_size: {size} alpha: 0.3 beta: 0.75 }}")
        elif kind == "pointwise":
            top = _pointwise(draw, net, f"point{step}", top)
        else:
            same = "num_output: {} kernel_size: {} pad: {}"
            outputs = draw(st.sampled_from([2, 16, 17]))
            join = draw(st.sampled_from(["Concat", "Eltwise"]))
            left = _convolve(net, f"left{step}", top, same.format(outputs, 3, 1))
            if join == "Concat":
                window = "pooling_param { kernel_size: 3 stride: 1 pad: 1 }"
                right = _layer(net, f"right{step}", "Pooling", [top], window)
            else:
                right = _convolve(net, f"right{step}", top, same.format(outputs, 1, 0))
            top = _layer(net, f"join{step}", join, [left, right])
            channels = outputs + channels if join == "Concat" else outputs
        net.blobs.append(top)
    return net


def _layer(net: RandomNet, name: str, type_: str, bottoms: list[str], param: str = "", top: str | None = None) -> str:
    links = " ".join(f'bottom: "{each}"' for each in bottoms)
    net.lines.append(f'layer {{ name: "{name}" type: "{type_}" {links} top: "{top or name}" {param} }}')
    return top or name


def _convolve(net: RandomNet, name: str, bottom: str, param: str) -> str:
    own = f'convolution_param {{ {param} weight_filler {{ type: "gaussian" }} }}'
    return _layer(net, name, "Convolution", [bottom], own)


def _convolution(draw: st.DrawFn, net: RandomNet, name: str, bottom: str, channels: int) -> tuple[str, int]:
    kernel, stride = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (3, 1), (3, 1), (3, 2), (5, 2), (4, 3)]))
    group = draw(st.sampled_from([each for each in (1, 2, channels) if channels % each == 0]))
    outputs = group * draw(st.integers(1, 3)) if group > 1 else draw(st.sampled_from([1, 3, 16, 33, 64]))
    param = (
        f"num_output: {outputs} kernel_size: {kernel} stride: {stride} group: {group} pad: {draw(st.integers(0, 2))} "
        f"dilation: {draw(st.sampled_from([1, 1, 1, 2]))} bias_term: {draw(st.sampled_from(['true', 'false']))}"
    )
    top = _convolve(net, name, bottom, param)
    if draw(st.booleans()):
        _layer(net, f"{name}/relu", "ReLU", [top], top=top)
    return top, outputs


def _pooling(draw: st.DrawFn, net: RandomNet, name: str, bottom: str) -> str:
    kernel, stride, pad = draw(st.sampled_from([(2, 2, 0), (3, 2, 0), (3, 2, 1), (3, 1, 1), (2, 1, 0)]))
    method = draw(st.sampled_from(["MAX", "AVE"]))
    param = f"pooling_param {{ pool: {method} kernel_size: {kernel} stride: {stride} pad: {pad} }}"
    return _layer(net, name, "Pooling", [bottom], param)


def _pointwise(draw: st.DrawFn, net: RandomNet, name: str, bottom: str) -> str:
    type_, param = draw(
        st.sampled_from(
            [
                ("ReLU", ""),
                ("ReLU", "relu_param { negative_slope: 0.1 }"),
                ("PReLU", ""),
                ("Scale", "scale_param { bias_term: true }"),
                ("BatchNorm", ""),
                ("Sigmoid", ""),
                ("Clip", "clip_param { min: -0.5 max: 0.5 }"),
                ("Dropout", ""),
            ]
        )
    )
    return _layer(net, name, type_, [bottom], param)
