"""Other programs that run the same nets, behind one face, so that a benchmark can time them like deepvis itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar, Protocol

from deepvis.errors import Error, UnknownNameError
from deepvis.net import Net, PathLike
from deepvis.views import Array


class Rival(Protocol):
    """One program with one net loaded, for one batch size and number of threads.

    What a variant needs is set up on its first pass, so run each once before timing it. Results are float32 and may
    be views of the program's own memory in any layout: take a copy of what must outlive the next pass.
    """

    name: ClassVar[str]  # what `find_rivals` calls it
    title: ClassVar[str]  # what a table calls it
    version: ClassVar[str]
    supports_backward: ClassVar[bool] = False

    def __init__(self, prototxt: PathLike, weights: PathLike | Net, batch: int, threads: int) -> None:
        """Build the net of a prototxt with the weights of a .caffemodel, or those of a deepvis.Net of that prototxt.

        Weights are copied. ``threads`` is the most that a pass uses, at least 1. Raises FormatError, naming layer and
        type, for a net that the program or its builder here does not know; OSError.
        """

    def variants(self) -> list[str]:
        """Name the ways in which this program can run this net; its best is the fastest of them, thing by thing."""
        ...

    def forward(self, variant: str, x: Array) -> Array:
        """Run the whole net on (batch, C, H, W) float32 and return its last output, (batch, ...).

        Raises ShapeError, and UnknownNameError for a variant that is not there.
        """
        ...

    def forward_backward(self, variant: str, x: Array, blob: str, unit: int) -> Array:  # noqa: ARG002
        """Run forward to a blob and back from one of its units; return the gradient at the input, the shape of x.

        The seed is 1 at channel ``unit`` of every image, at the centre (H // 2, W // 2) where the blob has positions.
        The pass begins below in-place layers behind the blob's own, as ``Net.backward(blob, ...)`` does, and nothing
        that lies behind it runs. Raises Error where ``supports_backward`` is false.
        """
        raise Error(f"{self.title} has no backward pass")


@dataclass(frozen=True)
class Found:
    """A rival that can run here: call ``kind(prototxt, weights, batch, threads)``."""

    name: str
    title: str
    version: str
    kind: type[Rival]


@dataclass(frozen=True)
class Absent:
    """A rival that cannot run here, and why."""

    name: str
    reason: str


# Imported only when asked for: each loads a large library.
_PLACES = {
    "opencv": ("deepvis.bench.rivals.opencv_net", "OpenCVRival"),
    "torch": ("deepvis.bench.rivals.torch_net", "TorchRival"),
    "onnxruntime": ("deepvis.bench.rivals.onnx_net", "ONNXRuntimeRival"),
}

RIVALS = tuple(_PLACES)


def find_rivals(names: Iterable[str] = RIVALS) -> tuple[list[Found], list[Absent]]:
    """Import rivals, all or those named, and say which are there and which are not. Raises UnknownNameError."""
    found: list[Found] = []
    absent: list[Absent] = []
    for name in names:
        if name not in _PLACES:
            raise UnknownNameError(f"no rival {name!r}; there are: {', '.join(RIVALS)}")
        place, class_name = _PLACES[name]
        try:
            kind: type[Rival] = getattr(import_module(place), class_name)
        except (ImportError, OSError) as error:  # OSError: a shared library that does not load
            absent.append(Absent(name, str(error)))
        else:
            found.append(Found(name, kind.title, kind.version, kind))
    return found, absent
