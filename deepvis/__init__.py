"""Look inside a convolutional network while it sees.

The engine loads Caffe nets and runs them forward and backward::

    net = deepvis.Net("deploy.prototxt", "weights.caffemodel")
    out = net.forward(data=x)
    picture = net.backward("conv5", "conv5:151", rule="deconv")
"""

from __future__ import annotations

from importlib.metadata import version

from deepvis._native import num_threads, set_num_threads
from deepvis.errors import (
    DeviceError,
    Error,
    FormatError,
    LimitError,
    ShapeError,
    StateError,
    UnknownNameError,
)
from deepvis.net import Net
from deepvis.results import ConeSignal, LayerInfo, LayerRun, ReceptiveField

__version__ = version("deepvis")

__all__ = [
    "ConeSignal",
    "DeviceError",
    "Error",
    "FormatError",
    "LayerInfo",
    "LayerRun",
    "LimitError",
    "Net",
    "ReceptiveField",
    "ShapeError",
    "StateError",
    "UnknownNameError",
    "__version__",
    "num_threads",
    "set_num_threads",
]
