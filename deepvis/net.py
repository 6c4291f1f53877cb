"""A Caffe net: load it, run it forward, carry a signal back from any unit, look at every blob."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from deepvis import _native, hdf5, places
from deepvis.errors import DeviceError, ShapeError, StateError, UnknownNameError
from deepvis.results import ConeSignal, LayerInfo, LayerRun, ReceptiveField
from deepvis.views import Array, BlobViews, ParamViews, SignalViews

PathLike = str | os.PathLike[str]
Rule = Literal["gradient", "deconv", "guided"]
Kernels = Literal["best", "portable", "reference"]
Precision = Literal["fp32", "fp16-weights"]


class Net:
    """A net from Caffe's files.

    Blobs are float32, (N, C, H, W) or (N, C). ``net.blobs``, ``net.diffs`` and ``net.params`` give NumPy views that
    stay valid after the net is gone; a reshape gives blobs new memory, and views taken before show the old.
    """

    def __init__(
        self,
        prototxt: PathLike,
        weights: PathLike | None = None,
        *,
        device: str = "cpu",
        input_shapes: Mapping[str, Sequence[int]] | None = None,
        seed: int = 0,
        memory_limit: int | None = None,
        kernels: Kernels = "best",
        precision: Precision = "fp32",
        keep: Iterable[str] | None = None,
        backward: bool = True,
    ) -> None:
        """Load a net definition and, unless None, its weights (.caffemodel, or .h5 with the ``hdf5`` extra).

        ``input_shapes`` gives or replaces the shapes of input blobs. Parameters without weights are filled as the
        prototxt's fillers say, from ``seed``. ``memory_limit`` in bytes bounds all blobs with their signals together,
        and again all parameters (default 4 GiB). ``kernels``: "best" is the fastest that this build and processor have,
        "portable" leaves out oneDNN, "reference" is plain loops, slow and easily read. ``precision`` "fp16-weights"
        keeps the weights of fully connected layers in half precision: those layers take half the time, with a relative
        error of 2e-4. ``keep`` names the blobs that can be looked at after a pass, besides inputs and outputs (default:
        all); the others share memory. ``backward=False`` gives up backward passes for less memory still.
        Raises FormatError, ShapeError, LimitError, OSError.
        """
        _check_device(device)
        options = _options(input_shapes, seed, memory_limit, kernels, precision, keep, backward)
        self._start(_native.Net.from_file(os.fspath(prototxt), options), weights)

    @classmethod
    def from_text(
        cls,
        text: str,
        weights: PathLike | None = None,
        *,
        source: str = "<text>",
        device: str = "cpu",
        input_shapes: Mapping[str, Sequence[int]] | None = None,
        seed: int = 0,
        memory_limit: int | None = None,
        kernels: Kernels = "best",
        precision: Precision = "fp32",
        keep: Iterable[str] | None = None,
        backward: bool = True,
    ) -> Net:
        """Load a net from prototxt text; ``source`` names it in errors. The rest is as in ``Net()``."""
        _check_device(device)
        options = _options(input_shapes, seed, memory_limit, kernels, precision, keep, backward)
        net = cls.__new__(cls)
        net._start(_native.Net.from_text(text, source, options), weights)
        return net

    def _start(self, native: _native.Net, weights: PathLike | None) -> None:
        self._native = native
        self.blobs: Mapping[str, Array] = BlobViews(native)
        self.diffs: Mapping[str, Array] = SignalViews(native)
        self.params: Mapping[str, list[Array]] = ParamViews(
            native, {layer.name: i for i, layer in enumerate(self.layers) if layer.param_shapes}
        )
        self._remarked: set[str] = set()
        if weights is not None:
            self.load(weights)
        native.fill()

    def clone(self) -> Net:
        """Make a net with blobs of its own that shares this one's parameters. Clones may run in parallel threads."""
        net = type(self).__new__(type(self))
        net._start(self._native.clone(), None)
        return net

    @property
    def layers(self) -> list[LayerInfo]:
        """The layers in order, with the kernels that they run on at the present shapes."""
        return [
            LayerInfo(name, kind, tuple(bottoms), tuple(tops), tuple(params), kernel, in_place)
            for name, kind, bottoms, tops, params, kernel, in_place in self._native.layer_table()
        ]

    @property
    def precision(self) -> Precision:
        """What fully connected layers keep their weights in: "fp32" or "fp16-weights"."""
        return "fp16-weights" if self._native.half_weights else "fp32"

    @property
    def name(self) -> str:
        """The name the prototxt gives the net."""
        return self._native.name

    @property
    def inputs(self) -> list[str]:
        """Names of the blobs that the caller fills."""
        return self._native.inputs

    @property
    def outputs(self) -> list[str]:
        """Names of the blobs that no layer takes."""
        return self._native.outputs

    @property
    def notes(self) -> list[str]:
        """What was left out, ignored or filled on loading, one sentence each."""
        return self._native.notes

    def load(self, weights: PathLike) -> None:
        """Copy weights from a .caffemodel or .h5 file into the layers of the same names.

        Layers of the file that this net lacks are left with a note. Raises ShapeError when a shape differs; the net
        then stays as it was.
        """
        if hdf5.is_hdf5(weights):
            self._native.load_arrays(hdf5.read_weights(weights), Path(weights).name)
        else:
            self._native.load_file(os.fspath(weights))

    def save(self, path: PathLike) -> None:
        """Write the net's layers and parameters, atomically, as a .caffemodel (or .h5, parameters only)."""
        if hdf5.is_hdf5(path):
            hdf5.write_weights(path, list(self.params.items()))
        else:
            self._native.save(os.fspath(path))

    def shape(self, blob: str) -> tuple[int, ...]:
        """Give the shape of a blob."""
        return self._native.shape(blob)

    def reshape(self, **shapes: Sequence[int]) -> None:
        """Change the shapes of input blobs, and so of all others: ``net.reshape(data=(10, 3, 227, 227))``.

        Raises ShapeError where a layer's parameters do not fit the new size; the net then stays as it was.
        """
        self._native.reshape(_shapes(shapes))

    def forward(self, start: str | None = None, end: str | None = None, **inputs: ArrayLike) -> dict[str, Array]:
        """Run the layers that lead to ``end`` and return copies of the blobs there, by name.

        ``inputs`` are given by blob name and must have the blob's shape, but for the batch axis: another number of
        images reshapes the net. ``end`` is a blob (its value after its in-place layers) or a layer (what that layer
        makes); None means the net's outputs. ``start`` is a blob whose values are taken as they stand, or a layer to
        begin with; its blob may be given as an input.
        """
        arrays = {name: np.asarray(value, dtype=np.float32) for name, value in inputs.items()}
        batches = {name: x.shape for name, x in arrays.items() if name in self.inputs and self._other_batch(name, x)}
        if batches:
            self.reshape(**batches)
        names = self._native.forward(arrays, start, end)
        return {name: self._native.copy(name) for name in names}

    def _other_batch(self, name: str, values: Array) -> bool:
        shape = self.shape(name)
        return values.shape != shape and values.ndim == len(shape) > 1 and values.shape[1:] == shape[1:]

    def backward(
        self, start: str, seed: ArrayLike | str | Sequence[str], rule: Rule = "gradient", end: str | None = None
    ) -> Array:
        """Carry a signal from a blob down to the input (or to ``end``) and return a copy of what arrives there.

        The pass starts at the layer named like ``start``, so from "conv5" it begins below an in-place ReLU, where even
        a unit whose activation is 0 gets a signal; name the layer "relu5" to begin above. ``seed`` is an array of the
        blob's shape, each image with its own; or a unit "conv5:151" (its own activations as the signal, the gradient of
        ½‖a‖²) or "conv5:151@6,6" (1 at that position); or a sequence of units, one an image. ``rule`` decides what ReLU
        lets through: "gradient", "deconv" (Zeiler & Fergus) or "guided" (Springenberg et al.). Signals on the way are
        in ``diffs``. Raises StateError when the forward values are missing or out of date.
        """
        self._warn(rule)
        named = places.seed_units(self._native, start, seed)
        if named is None:
            reached = self._native.backward(start, np.asarray(seed, dtype=np.float32), end, rule)
        elif end is None and (place := places.common_position(named)):
            reached = self._native.backward_from_position(start, [unit.channel for unit in named], *place, rule)
        else:
            reached = self._native.backward(start, places.seed_signal(self._native, start, named), end, rule)
        arrived: Array = self.diffs[reached].copy()
        return arrived

    def forward_cone(
        self,
        unit: str | Sequence[str],
        x: ArrayLike | None = None,
        *,
        before_in_place: bool = False,
        **inputs: ArrayLike,
    ) -> Array:
        """Compute one unit at one position, ``"conv3:10@6,6"``, and of everything below it only what it depends on.

        ``x`` (N, C, H, W) is the whole input of a net with one; ``inputs`` give several by name, and what is not given
        is taken as it stands. Returns the unit's value for each image, (N,) float32: that of the finished blob, or with
        ``before_in_place`` what the layer made before its in-place ReLU. A sequence of units names one an image, all
        at one position. The numbers are those of a whole forward pass, for a fraction of its work; blobs do not
        change. Raises UnknownNameError, ShapeError.
        """
        blob, (row, column), channels = places.cone_of(self._native, unit)
        arrays = {name: np.asarray(value, dtype=np.float32) for name, value in inputs.items()}
        if x is not None:
            if len(self.inputs) != 1:
                raise ShapeError(f"this net has {len(self.inputs)} inputs; name them: {', '.join(self.inputs)}")
            arrays[self.inputs[0]] = np.asarray(x, dtype=np.float32)
        for name in arrays:
            if name not in self.inputs:
                raise UnknownNameError(f"{name!r} is not an input of this net; inputs: {', '.join(self.inputs)}")
        return self._native.forward_cone(blob, row, column, channels, arrays, before_in_place)

    def backward_cone(
        self,
        unit: str | Sequence[str],
        seed: float | Sequence[float] = 1.0,
        rule: Rule = "gradient",
        wrt: str | None = None,
    ) -> ConeSignal:
        """Carry a seed from one unit down through its cone, after ``forward_cone`` of the same unit.

        ``seed`` is one number, or one an image. The pass starts where ``backward`` does: below an in-place ReLU behind
        the blob. Returns the signal at the part of the input that the unit sees (``wrt`` names one of several inputs);
        everywhere else it would be 0. Raises StateError without that forward pass.
        """
        self._warn(rule)
        blob, (row, column), channels = places.cone_of(self._native, unit)
        seeds = [float(seed)] * len(channels) if isinstance(seed, int | float) else [float(each) for each in seed]
        name = wrt or self.inputs[0]
        signal, top, left = self._native.backward_cone(blob, row, column, channels, seeds, rule, name)
        return ConeSignal(signal, top, left, self.shape(name))

    def cone_box(self, unit: str, wrt: str | None = None) -> tuple[slice, slice]:
        """Give the rows and columns of an input that a unit at a position depends on."""
        blob, (row, column) = places.place_of(self._native, unit)
        top, left, height, width = self._native.cone_box(blob, row, column, wrt or self.inputs[0])
        return slice(top, top + height), slice(left, left + width)

    def _warn(self, rule: str) -> None:
        """Say once what a rule makes of this net that a user may not expect, such as a leaky ReLU in a deconv pass."""
        if rule in self._remarked:
            return
        self._remarked.add(rule)
        for remark in self._native.remarks(rule):
            warnings.warn(remark, stacklevel=3)

    def runs(self, direction: Literal["forward", "backward"] = "forward") -> list[LayerRun]:
        """Tell what the last pass in a direction ran, in order, with the time that each layer took."""
        return [LayerRun(*row) for row in self._native.runs(direction == "backward")]

    def receptive_field(self, blob: str) -> ReceptiveField:
        """Give the part of the input that positions of a blob see."""
        field = self._native.receptive_field(blob)
        if field is None:
            raise StateError(f"{blob!r} does not depend on any input of this net")
        return ReceptiveField(*field)

    def describe(self) -> str:
        """Make a table: for each layer its type, top blob, shape, receptive field, parameters and kernel."""
        from deepvis.describe import describe_net

        return describe_net(self)

    def _forward_range(self, first: int, last: int) -> None:
        """Run layers by index, both ends included, whatever leads to them: what pycaffe's forward(start, end) means."""
        self._native.forward_range(first, last)

    def _backward_range(self, seeds: Mapping[str, ArrayLike], first: int, last: int, rule: Rule = "gradient") -> None:
        """Carry signals at blobs, as they stand at layer ``first``, down to what the layers from ``last`` on take."""
        arrays = {name: np.asarray(seed, dtype=np.float32) for name, seed in seeds.items()}
        self._native.backward_range(arrays, first, last, rule)


def _check_device(device: str) -> None:
    if device != "cpu":
        raise DeviceError(f"no device {device!r}: this build of deepvis runs on 'cpu' only")


def _options(
    input_shapes: Mapping[str, Sequence[int]] | None,
    seed: int,
    memory_limit: int | None,
    kernels: str,
    precision: str,
    keep: Iterable[str] | None,
    backward: bool,
) -> dict[str, Any]:
    """Gather what the engine's constructors take."""
    return {
        "input_shapes": _shapes(input_shapes),
        "seed": seed,
        "memory_limit": memory_limit,
        "kernels": kernels,
        "precision": precision,
        "keep": None if keep is None else set(keep),
        "backward": backward,
    }


def _shapes(shapes: Mapping[str, Sequence[int]] | None) -> dict[str, list[int]]:
    return {name: [int(extent) for extent in shape] for name, shape in (shapes or {}).items()}
