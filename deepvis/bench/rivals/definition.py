"""A Caffe net as the rivals build it: its layers in order, every blob split into the values it holds in turn."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepvis import _native
from deepvis.errors import FormatError, ShapeError
from deepvis.net import Net, PathLike
from deepvis.views import Array

Message = dict[str, Any]
Shape = tuple[int, ...]

# Layer types that the builders know, and where each keeps its settings.
SETTINGS = {
    "BatchNorm": "batch_norm_param",
    "Clip": "clip_param",
    "Concat": "concat_param",
    "Convolution": "convolution_param",
    "Dropout": "dropout_param",
    "Eltwise": "eltwise_param",
    "Flatten": "flatten_param",
    "InnerProduct": "inner_product_param",
    "Input": "input_param",
    "LRN": "lrn_param",
    "Pooling": "pooling_param",
    "ReLU": "relu_param",
    "Scale": "scale_param",
    "Softmax": "softmax_param",
}


@dataclass(frozen=True)
class Layer:
    """A layer between values. ``settings`` holds what the prototxt says; shapes are those of the bottoms and the top.

    A value is named like its blob; one that an in-place layer makes of it also names that layer.
    """

    name: str
    type: str
    bottoms: tuple[str, ...]
    top: str
    shapes: tuple[Shape, ...]
    top_shape: Shape
    settings: Message
    weights: tuple[Array, ...]

    def error(self, why: str) -> FormatError:
        """Make an error that names this layer."""
        return FormatError(f"layer {self.name!r} ({self.type}): {why}")


@dataclass(frozen=True)
class Definition:
    """A net of one input. Input and dropout layers are gone: a rival has nothing to do for them.

    ``outputs`` are values; ``starts`` gives for each blob the value that a backward pass from it begins at.
    """

    input: str
    input_shape: Shape
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    starts: dict[str, str]

    def leading_to(self, values: Iterable[str]) -> list[Layer]:
        """Pick the layers that are needed to make some values, in order."""
        needed = set(values)
        picked = []
        for layer in reversed(self.layers):
            if layer.top in needed:
                needed.update(layer.bottoms)
                picked.append(layer)
        return picked[::-1]

    def readers(self) -> Counter[str]:
        """Count how often layers read each value."""
        return Counter(bottom for layer in self.layers for bottom in layer.bottoms)


def read_layers(prototxt: PathLike, net: Net) -> list[Message]:
    """Read those layers of a prototxt that are in the net, in net order, without ReLUs that a Clip makes pointless.

    Data layers come as the Input layers that stand for them. Raises FormatError.
    """
    written = {
        (each["name"], each["type"], tuple(each.get("bottom", ())), tuple(each.get("top", ()))): each
        for each in _native.read_net_file(prototxt)["layer"]
    }
    layers: list[Message] = []
    for info in net.layers:
        found = written.get((info.name, info.type, info.bottoms, info.tops))
        if found is None and info.type != "Input":
            raise FormatError(f"{os.fspath(prototxt)}: no layer {info.name!r} ({info.type}) as the net has it")
        layers.append(found or {"name": info.name, "type": info.type, "top": list(info.tops)})
    return _without_idle_relus(layers)


def read_definition(prototxt: PathLike, net: Net, batch: int) -> Definition:
    """Read what the builders need of a net, for a batch size. Raises FormatError, naming layer and type."""
    if len(net.inputs) != 1:
        raise FormatError(f"{os.fspath(prototxt)}: expected a net of one input, found {len(net.inputs)}")
    current: dict[str, str] = {}  # blob → the value it holds
    starts: dict[str, str] = {}
    layers = []
    for message in read_layers(prototxt, net):
        layer = _layer(message, net, batch, current)
        blob = message["top"][0]
        if layer.type == "Dropout":
            current[blob] = layer.bottoms[0]  # in TEST phase it passes everything on
        else:
            current[blob] = layer.top
            if layer.type != "Input":
                layers.append(layer)
        if layer.name == blob:
            starts[blob] = current[blob]
        else:
            starts.setdefault(blob, current[blob])
    return Definition(
        input=net.inputs[0],
        input_shape=_batched(net.shape(net.inputs[0]), batch),
        layers=tuple(layers),
        outputs=tuple(current[blob] for blob in net.outputs),
        starts=starts,
    )


def open_net(prototxt: PathLike, weights: PathLike | Net) -> Net:
    """Load a net, or take the one that is given."""
    return weights if isinstance(weights, Net) else Net(prototxt, weights)


def check_input(x: Array, shape: Shape) -> Array:
    """Give x as contiguous float32. Raises ShapeError when it has another shape."""
    if x.shape != shape:
        raise ShapeError(f"expected an input of shape {shape}, found {x.shape}")
    return np.ascontiguousarray(x, dtype=np.float32)


def _layer(message: Message, net: Net, batch: int, current: dict[str, str]) -> Layer:
    name, kind = message["name"], message["type"]
    bottoms, tops = message.get("bottom", []), message.get("top", [])
    if kind not in SETTINGS or len(tops) != 1:
        known = f"layers of this type are not built for rivals; known types: {', '.join(SETTINGS)}"
        why = known if kind not in SETTINGS else f"expected one top, found {len(tops)}"
        raise FormatError(f"layer {name!r} ({kind}): {why}")
    return Layer(
        name=name,
        type=kind,
        bottoms=tuple(current[blob] for blob in bottoms),
        top=f"{tops[0]} after {name}" if tops[0] in current else tops[0],
        shapes=tuple(_batched(net.shape(blob), batch) for blob in bottoms),
        top_shape=_batched(net.shape(tops[0]), batch),
        settings=message.get(SETTINGS[kind], {}),
        # Copies: a view that somebody holds makes the net look for changes in each of its passes.
        weights=tuple(blob.copy() for blob in net.params[name]) if name in net.params else (),
    )


def _batched(shape: Shape, batch: int) -> Shape:
    return (batch, *shape[1:])


def _without_idle_relus(layers: Sequence[Message]) -> list[Message]:
    """Leave out an in-place ReLU right before an in-place Clip that cuts at 0 or above: ReLU6 as Caffe spells it.

    Other frameworks have ReLU6 as one operation, and a rival should not pay for two.
    """
    kept = []
    for i, layer in enumerate(layers):
        blobs = set(layer.get("top", ()))
        follower = next((later for later in layers[i + 1 :] if blobs & set(later.get("bottom", ()))), None)
        idle = (
            layer["type"] == "ReLU"
            and follower is not None
            and follower["type"] == "Clip"
            and layer["bottom"] == layer["top"] == follower["bottom"] == follower["top"]
            and follower.get("clip_param", {}).get("min", 0) >= 0
            and layer.get("relu_param", {}).get("negative_slope", 0) == 0
        )
        if not idle:
            kept.append(layer)
    return kept
