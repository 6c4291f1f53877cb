"""pycaffe's face on deepvis: scripts written for Caffe's Python module run with one line changed.

    import deepvis.pycaffe as caffe

The inference side is here: Net, Classifier, Detector, io, proto.caffe_pb2. Training is not.
"""

from __future__ import annotations

import warnings
from typing import Any

from deepvis import _native
from deepvis.pycaffe import io, proto
from deepvis.pycaffe.blob import Blob, Layer
from deepvis.pycaffe.classifier import Classifier
from deepvis.pycaffe.detector import Detector
from deepvis.pycaffe.net import TEST, TRAIN, Net

__version__ = "1.0.0"  # the Caffe whose face this is

__all__ = [
    "TEST",
    "TRAIN",
    "Blob",
    "Classifier",
    "Detector",
    "Layer",
    "Net",
    "init_log",
    "io",
    "layer_type_list",
    "proto",
    "set_device",
    "set_mode_cpu",
    "set_mode_gpu",
    "set_random_seed",
]


def set_mode_cpu() -> None:
    """Compute on the CPU, as always."""


def set_mode_gpu() -> None:
    """Accepted, with a warning: computing stays on the CPU."""
    warnings.warn("deepvis.pycaffe computes on the CPU; set_mode_gpu has no effect", stacklevel=2)


def set_device(gpu_id: int) -> None:
    """Accepted without effect: there is no GPU to choose."""


def set_random_seed(seed: int) -> None:
    """Accepted without effect: nothing here is random once a net has its weights."""


def init_log(prefix: str = "", also_to_stderr: bool = True) -> None:
    """Accepted without effect: there is no log, what is worth saying is raised or warned."""


def layer_type_list() -> list[str]:
    """Names of the layer types that can run."""
    return list(_native.layer_types())


def __getattr__(name: str) -> Any:
    if name.endswith("Solver") or name in ("get_solver", "NetSpec", "layers", "params", "NCCL", "Timer"):
        raise AttributeError(f"deepvis.pycaffe has no {name!r}: it runs trained nets and does not make or train them")
    raise AttributeError(f"module 'deepvis.pycaffe' has no attribute {name!r}")
