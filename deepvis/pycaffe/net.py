"""pycaffe's Net over deepvis.Net."""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

import deepvis
from deepvis.errors import ShapeError, UnknownNameError
from deepvis.net import Rule
from deepvis.pycaffe.blob import Blob, Layer, Param

TRAIN = 0
TEST = 1

DECONV_RULES: dict[str, Rule] = {"Zeiler & Fergus": "deconv", "Guided Backprop": "guided"}

Floats = npt.NDArray[np.float32]
PathLike = str | os.PathLike[str]


class Net:
    """``Net(network_file, phase)``, ``Net(network_file, weights, phase)`` or ``Net(network_file, phase, weights=...)``.

    Runs in TEST phase whatever is asked for; there is no training here. Passes run layers by index, as in pycaffe, but
    a backward pass starts from clean diffs: of what earlier passes left behind, nothing but the seeds that a script
    wrote itself has an effect. ``blobs`` lacks the copies that Caffe makes where a blob branches ("data_split_0").
    """

    def __init__(
        self,
        network_file: PathLike,
        *arguments: Any,
        phase: int | None = None,
        weights: PathLike | None = None,
        level: int = 0,
        stages: Sequence[str] | None = None,
    ) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], int):
            phase = arguments[0]
        elif len(arguments) == 2 and isinstance(arguments[1], int):
            weights, phase = arguments
        elif len(arguments) == 2 and isinstance(arguments[0], int):
            phase, weights = arguments
        elif arguments:
            raise TypeError(
                "expected (network_file, phase), (network_file, weights, phase) or (..., phase, weights=...)"
            )
        if phase is None:
            raise TypeError("Net needs a phase: Net(network_file, caffe.TEST)")
        if phase != TEST:
            warnings.warn("deepvis runs nets in TEST phase only; phase TRAIN is taken as TEST", stacklevel=2)
        if level or stages:
            warnings.warn("deepvis does not choose layers by level or stage; both are ignored", stacklevel=2)
        self.engine = deepvis.Net(network_file, weights)
        self._native = self.engine._native
        layers = self.engine.layers
        self._layer_names = [layer.name for layer in layers]
        self._blob_names = list(self.engine.blobs)
        self.inputs = list(self.engine.inputs)
        self.outputs = list(self.engine.outputs)
        self.bottom_names = OrderedDict((layer.name, list(layer.bottoms)) for layer in layers)
        self.top_names = OrderedDict((layer.name, list(layer.tops)) for layer in layers)
        self.blobs = OrderedDict((name, Blob(self, name)) for name in self._blob_names)
        self.layers = [
            Layer(layer.type, [self._param(layer.name, i) for i in range(len(layer.param_shapes))]) for layer in layers
        ]
        self.layer_dict = OrderedDict(zip(self._layer_names, self.layers, strict=True))
        self.params = OrderedDict((name, layer.blobs) for name, layer in self.layer_dict.items() if layer.blobs)
        self._pending: dict[str, Floats] = {}
        self._diffs: dict[str, Floats] = {}  # those that scripts asked for
        self._results: dict[
            str, Floats
        ] = {}  # what the last passes wrote into them, to know it from what scripts wrote

    # Passes

    def forward(
        self,
        blobs: Iterable[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **inputs: Any,
    ) -> dict[str, Floats]:
        """Run the layers from ``start`` to ``end`` (names; by default all).

        ``inputs`` are values for the input blobs. Returns views of the last layer's tops (or the net's outputs), and of
        the ``blobs`` named.
        """
        first = 0 if start is None else self._layer_index(start)
        last = len(self._layer_names) - 1 if end is None else self._layer_index(end)
        results = self.outputs if end is None else self.top_names[end]
        if inputs:
            self._fill(inputs, self.inputs, "inputs", lambda name: self.blobs[name].data)
        self.reshape()
        if first <= last:
            self._native.forward_range(first, last)
        return {name: self._blob(name).data for name in dict.fromkeys([*results, *(blobs or [])])}

    def backward(
        self,
        diffs: Iterable[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **seeds: Any,
    ) -> dict[str, Floats]:
        """Run backward through the layers from ``start`` to ``end`` (names; by default all).

        The signal starts from the ``diff`` of the blobs on top; ``seeds`` are values for those of the net's outputs.
        Returns the diffs of the last layer's bottoms (or the net's inputs) and of the blobs named in ``diffs``.
        """
        if seeds:
            self._fill(seeds, self.outputs, "outputs", lambda name: self.blobs[name].diff)
        return self._run_backward(start, end, diffs, "gradient")

    def backward_from_layer(
        self, start_name: str, start_diff: Any, diffs: Iterable[str] | None = None, zero_higher: bool = True
    ) -> dict[str, Floats]:
        """Backward from the blob ``start_name`` with the seed ``start_diff``; begins at the layer of that name.

        ``zero_higher`` clears the diffs of the blobs above it, which have no part in the result.
        """
        return self._from_layer(start_name, start_diff, diffs, zero_higher, "gradient")

    def deconv_from_layer(
        self,
        start_name: str,
        start_diff: Any,
        diffs: Iterable[str] | None = None,
        zero_higher: bool = True,
        deconv_type: str = "Zeiler & Fergus",
    ) -> dict[str, Floats]:
        """As backward_from_layer, with another rule in every ReLU.

        "Zeiler & Fergus" passes on what is positive in the signal; "Guided Backprop" that, where the unit was active.
        """
        if deconv_type not in DECONV_RULES:
            raise ValueError(f"no deconv_type {deconv_type!r}; there are: {', '.join(DECONV_RULES)}")
        return self._from_layer(start_name, start_diff, diffs, zero_higher, DECONV_RULES[deconv_type])

    def deconv(
        self,
        diffs: Iterable[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **seeds: Any,
    ) -> dict[str, Floats]:
        """As backward, with the deconvolution rule."""
        if seeds:
            self._fill(seeds, self.outputs, "outputs", lambda name: self.blobs[name].diff)
        return self._run_backward(start, end, diffs, "deconv")

    def forward_all(self, blobs: Iterable[str] | None = None, **inputs: Any) -> dict[str, Floats]:
        """Run any number of items through the net, a batch at a time; the last batch is padded with zeros."""
        names = list(blobs or [])
        count = len(next(iter(inputs.values())))
        parts: dict[str, list[Floats]] = {}
        for batch in self._batches(inputs):
            for name, values in self.forward(names, None, None, **batch).items():
                parts.setdefault(name, []).append(values.copy())
        return {name: np.concatenate(arrays)[:count] for name, arrays in parts.items()}

    def forward_backward_all(
        self, blobs: Iterable[str] | None = None, diffs: Iterable[str] | None = None, **values: Any
    ) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Forward and backward for any number of items; ``values`` are inputs and output diffs, by blob name."""
        names, diff_names = list(blobs or []), list(diffs or [])
        count = len(next(iter(values.values())))
        forward_batches = self._batches({name: values[name] for name in self.inputs if name in values})
        backward_batches = self._batches({name: values[name] for name in self.outputs if name in values})
        outputs: dict[str, list[Floats]] = {}
        signals: dict[str, list[Floats]] = {}
        for inputs, seeds in zip_longest(forward_batches, backward_batches, fillvalue=dict[str, Floats]()):
            for name, array in self.forward(names, None, None, **inputs).items():
                outputs.setdefault(name, []).append(array.copy())
            for name, array in self.backward(diff_names, None, None, **seeds).items():
                signals.setdefault(name, []).append(array.copy())
        return (
            {name: np.concatenate(arrays)[:count] for name, arrays in outputs.items()},
            {name: np.concatenate(arrays)[:count] for name, arrays in signals.items()},
        )

    # Weights

    def copy_from(self, weights: PathLike) -> None:
        """Load a .caffemodel, or a .caffemodel.h5, by layer name."""
        self.engine.load(weights)

    def share_with(self, other: Net) -> None:
        """Use the very parameters of another net's layers of the same names: a change to one shows in both."""
        self._native.share_params(other._native)

    def save(self, filename: PathLike) -> None:
        """Write net and weights as a .caffemodel."""
        self.engine.save(filename)

    load_hdf5 = copy_from
    save_hdf5 = save  # the file's name says which: .h5

    # Shapes

    def reshape(self) -> None:
        """Bring the net into line with its reshaped input blobs."""
        if self._pending:
            pending, self._pending = self._pending, {}
            self.engine.reshape(**{name: values.shape for name, values in pending.items()})
            for name, values in pending.items():
                self.engine.blobs[name][...] = values
            self._drop_misfits()

    def set_input_arrays(self, data: Floats, labels: Floats) -> None:
        """Only for nets with a MemoryData layer, which deepvis turns into inputs: assign blobs['data'].data instead."""
        raise NotImplementedError("MemoryData nets are fed by net.blobs['data'].data[...] = values here")

    def clear_param_diffs(self) -> None:
        """Zero the parameters' diffs."""
        for params in self.params.values():
            for param in params:
                param.diff[...] = 0

    # Spellings of 2014

    def set_phase_test(self) -> None:
        """Nothing to do: nets always run in TEST phase."""

    def set_phase_train(self) -> None:
        warnings.warn("deepvis runs nets in TEST phase only", stacklevel=2)

    def set_mode_cpu(self) -> None:
        from deepvis import pycaffe

        pycaffe.set_mode_cpu()

    def set_mode_gpu(self) -> None:
        from deepvis import pycaffe

        pycaffe.set_mode_gpu()

    # What blobs ask of their net

    def _shape(self, name: str) -> tuple[int, ...]:
        return self._pending[name].shape if name in self._pending else self.engine.shape(name)

    def _data(self, name: str) -> Floats:
        return self._pending[name] if name in self._pending else self.engine.blobs[name]

    def _diff(self, name: str) -> Floats:
        held = self._diffs.get(name)
        if held is None or held.shape != self._shape(name):
            held = np.zeros(self._shape(name), np.float32)
            if (last := self._native.diff(name)) is not None and last.shape == held.shape:
                held[...] = last
                self._results[name] = last.copy()
            self._diffs[name] = held
        return held

    def _reshape_blob(self, name: str, dims: tuple[int, ...]) -> None:
        if len(dims) == 1 and isinstance(dims[0], Sequence):
            dims = tuple(dims[0])
        shape = tuple(int(extent) for extent in dims)
        if shape == self._shape(name):
            return
        if name not in self.inputs:
            raise ShapeError(
                f"blob {name!r} has the shape {self._shape(name)}, which the layer below determines; it cannot become "
                f"{shape}. Reshape an input instead: {', '.join(self.inputs)}"
            )
        if not self._pending:
            try:
                self.engine.reshape(**{name: shape})
            except ShapeError:
                pass  # it may fit once the other inputs are reshaped too: wait until the net is used
            else:
                self._drop_misfits()
                return
        self._pending[name] = np.zeros(shape, np.float32)

    # Helpers

    def _param(self, layer: str, index: int) -> Param:
        return Param(lambda: self.engine.params[layer][index], f"parameter {index} of layer {layer!r}")

    def _layer_index(self, name: str) -> int:
        try:
            return self._layer_names.index(name)
        except ValueError:
            raise UnknownNameError(f"no layer {name!r} in this net; layers: {', '.join(self._layer_names)}") from None

    def _blob(self, name: str) -> Blob:
        try:
            return self.blobs[name]
        except KeyError:
            raise UnknownNameError(f"no blob {name!r} in this net; blobs: {', '.join(self._blob_names)}") from None

    def _fill(
        self, values: Mapping[str, Any], wanted: Sequence[str], what: str, target: Callable[[str], Floats]
    ) -> None:
        if set(values) != set(wanted):
            raise ValueError(f"values are given for {sorted(values)}, but the net's {what} are {sorted(wanted)}")
        for name, array in values.items():
            into = target(name)
            array = np.asarray(array, np.float32)
            if array.shape[:1] != into.shape[:1]:
                raise ShapeError(
                    f"{name!r} holds batches of {into.shape[0]}, found {array.shape}; reshape it or use forward_all"
                )
            try:
                into[...] = array.reshape(into.shape) if array.size == into.size else array
            except ValueError:
                raise ShapeError(f"{name!r} has the shape {into.shape}, found {array.shape}") from None

    def _batches(self, arrays: Mapping[str, Any]) -> Iterator[dict[str, Floats]]:
        if not arrays:
            return
        size = self.blobs[next(iter(arrays))].shape[0]
        count = len(next(iter(arrays.values())))
        for begin in range(0, count, size):
            batch = {}
            for name, values in arrays.items():
                part = np.asarray(values[begin : begin + size], np.float32)
                padding = np.zeros((size - len(part), *part.shape[1:]), np.float32)
                batch[name] = np.concatenate([part, padding])
            yield batch

    def _drop_misfits(self) -> None:
        self._diffs = {name: diff for name, diff in self._diffs.items() if diff.shape == self._shape(name)}
        self._results.clear()

    def _from_layer(
        self, name: str, seed: Any, diffs: Iterable[str] | None, zero_higher: bool, rule: Rule
    ) -> dict[str, Floats]:
        blob = self._blob(name)
        seed = np.asarray(seed, np.float32)
        if seed.shape != blob.shape:
            raise ShapeError(f"the seed for {name!r} must have its shape {blob.shape}, found {seed.shape}")
        blob.diff[...] = seed
        if zero_higher:
            for higher in self._blob_names[self._blob_names.index(name) + 1 :]:
                if higher in self._diffs:
                    self._diffs[higher][...] = 0
        return self._run_backward(name, None, diffs, rule)

    def _run_backward(
        self, start: str | None, end: str | None, diffs: Iterable[str] | None, rule: Rule
    ) -> dict[str, Floats]:
        first = len(self._layer_names) - 1 if start is None else self._layer_index(start)
        last = 0 if end is None else self._layer_index(end)
        results = self.inputs if end is None else self.bottom_names[end]
        seeds = self._seeds(first, last)
        self._native.backward_range(seeds, first, last, rule)
        for name, held in self._diffs.items():
            if (signal := self._native.diff(name)) is not None and not np.array_equal(held, signal):
                held[...] = signal
                self._results[name] = signal.copy()
        return {name: self._blob(name).diff for name in dict.fromkeys([*results, *(diffs or [])])}

    def _seeds(self, first: int, last: int) -> dict[str, Floats]:
        """What a script wrote into the diffs of blobs that layers up to ``first`` make and none of them takes."""
        layers = self.engine.layers
        made: dict[str, int] = {}
        taken: dict[str, int] = {}
        for index, layer in enumerate(layers[: first + 1]):
            taken.update(dict.fromkeys(layer.bottoms, index))
            made.update(dict.fromkeys(layer.tops, index))
        open_ends = [name for name, index in made.items() if index >= last and taken.get(name, -1) <= index]
        return {
            name: self._diff(name)
            for name in open_ends
            if name in layers[first].tops or (name in self._diffs and self._written_by_script(name))
        }

    def _written_by_script(self, name: str) -> bool:
        held, result = self._diffs[name], self._results.get(name)
        return bool(held.any()) and (result is None or not np.array_equal(held, result))
