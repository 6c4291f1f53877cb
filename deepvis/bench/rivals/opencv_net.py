"""OpenCV's dnn module with its own reader of Caffe's files. It runs forward only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import cv2
import numpy as np

from deepvis import _native, hdf5
from deepvis.bench.rivals import Rival
from deepvis.bench.rivals.definition import SETTINGS, Message, check_input, open_net, read_layers
from deepvis.errors import FormatError, UnknownNameError
from deepvis.net import Net, PathLike
from deepvis.views import Array

_read_net: Any = getattr(cv2.dnn, "readNetFromCaffe", None)
if _read_net is None:
    raise ImportError(f"OpenCV {cv2.__version__} has no reader of Caffe nets; OpenCV 4 has one: opencv-python<5")


class OpenCVRival(Rival):
    """A net as ``cv2.dnn.readNetFromCaffe`` builds it, on OpenCV's own CPU code.

    Variants are "winograd" (OpenCV's choice: 3x3 convolutions with other rounding) and "direct".
    """

    name: ClassVar[str] = "opencv"
    title: ClassVar[str] = "OpenCV"
    version: ClassVar[str] = cv2.__version__

    def __init__(self, prototxt: PathLike, weights: PathLike | Net, batch: int, threads: int) -> None:
        """Have OpenCV read the files. A Net's weights, and what OpenCV would misread, go through others."""
        net = open_net(prototxt, weights)
        if len(net.inputs) != 1:
            raise FormatError(f"{os.fspath(prototxt)}: expected a net of one input, found {len(net.inputs)}")
        self._shape = (batch, *net.shape(net.inputs[0])[1:])
        self._threads = threads
        self._nets = {}
        with TemporaryDirectory() as folder, _errors_say("OpenCV cannot build this net"):
            definition = _definition_file(prototxt, net, Path(folder))
            weight_file = _weight_file(weights, net, Path(folder))
            for variant, winograd in (("winograd", True), ("direct", False)):
                loaded = _read_net(definition, weight_file)
                loaded.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
                loaded.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
                loaded.enableWinograd(winograd)
                self._nets[variant] = loaded
                # Layers are made on the first pass only, and what OpenCV does not know should be said now.
                self.forward(variant, np.zeros(self._shape, dtype=np.float32))

    def variants(self) -> list[str]:
        """Name both ways to convolve."""
        return list(self._nets)

    def forward(self, variant: str, x: Array) -> Array:
        """Run the whole net; see Rival."""
        if variant not in self._nets:
            raise UnknownNameError(f"no variant {variant!r}; there are: {', '.join(self._nets)}")
        if cv2.getNumThreads() != self._threads:  # one setting for the whole process
            cv2.setNumThreads(self._threads)
        net = self._nets[variant]
        with _errors_say("OpenCV cannot run this net"):
            net.setInput(check_input(x, self._shape))
            return np.asarray(net.forward(), dtype=np.float32)


@contextmanager
def _errors_say(what: str) -> Iterator[None]:
    try:
        yield
    except cv2.error as error:
        raise FormatError(f"{what}: {str(error).strip()}") from None


def _definition_file(prototxt: PathLike, net: Net, folder: Path) -> str:
    """Give a prototxt that OpenCV reads as Caffe does: the file itself, or else one in the folder."""
    layers = read_layers(prototxt, net)
    adapted = [_adapted(layer) for layer in layers]
    if all(new is old for new, old in zip(adapted, layers, strict=True)):
        return os.fspath(prototxt)
    path = folder / "deploy.prototxt"
    path.write_text(_native.print_text("NetParameter", {"layer": adapted}))
    return str(path)


def _adapted(layer: Message) -> Message:
    """Spell a layer so that OpenCV understands it. Raises FormatError where it would compute something else."""
    kind, own = layer["type"], layer.get(SETTINGS.get(layer["type"], ""), {})
    if kind == "Clip":
        if (own.get("min"), own.get("max")) != (0, 6):
            raise FormatError(f"layer {layer['name']!r} (Clip): OpenCV limits values to 0 and 6 only")
        return {key: value for key, value in layer.items() if key != SETTINGS[kind]} | {"type": "ReLU6"}
    if kind == "Pooling" and "pool" not in own:  # it misses Caffe's default for global pooling
        return layer | {SETTINGS[kind]: own | {"pool": "MAX"}}
    if kind == "LRN" and own.get("k", 1) != 1:
        raise FormatError(f"layer {layer['name']!r} (LRN): OpenCV takes k for 1, found {own['k']}")
    return layer


def _weight_file(weights: PathLike | Net, net: Net, folder: Path) -> str:
    if not isinstance(weights, Net) and not hdf5.is_hdf5(weights):
        return os.fspath(weights)
    path = folder / "weights.caffemodel"
    net.save(path)
    return str(path)
