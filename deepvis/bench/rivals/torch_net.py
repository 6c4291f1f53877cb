"""PyTorch on the CPU, run as its users do, layer by layer, in each memory layout and with each way to write LRN."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch

from deepvis.bench.rivals import Rival
from deepvis.bench.rivals.definition import Definition, check_input, open_net, read_definition
from deepvis.bench.rivals.torch_layers import LRNForm, Operation, operation
from deepvis.errors import UnknownNameError
from deepvis.net import Net, PathLike
from deepvis.views import Array

# Layers whose output is new memory that their own way back does not read: what follows may write over it.
_FRESH = {"BatchNorm", "Concat", "Convolution", "Eltwise", "InnerProduct", "LRN", "Pooling", "Scale"}


@dataclass(frozen=True)
class _Variant:
    """One way to run a net: the layout of its blobs, and the form of its LRN layers, if it has any."""

    channels_last: bool
    lrn: LRNForm | None

    @property
    def name(self) -> str:
        layout = "channels_last" if self.channels_last else "nchw"
        return layout if self.lrn is None else f"{layout}, {self.lrn} LRN"


@dataclass(frozen=True)
class _Step:
    """An operation between values; ``dead`` are those that nothing reads after it, so that memory is used again."""

    run: Operation
    bottoms: tuple[str, ...]
    top: str
    dead: tuple[str, ...]


@dataclass
class _Built:
    """What a variant has so far: operations by the value they make, programs by the values they end in."""

    operations: dict[str, Operation]
    programs: dict[tuple[str, ...], list[_Step]] = field(default_factory=dict)


class TorchRival(Rival):
    """A net built of torch's functions, eager, under ``inference_mode`` or with autograd back to the input alone.

    Variants are "nchw" and "channels_last"; for a net with LRN each of them with LRN "stock" (torch's own),
    "pooled" (avg_pool3d and pow) and "sliced" (sums of shifted slices and rsqrt). Bringing the input into the layout
    counts as part of a pass.
    """

    name: ClassVar[str] = "torch"
    title: ClassVar[str] = "PyTorch"
    version: ClassVar[str] = torch.__version__
    supports_backward: ClassVar[bool] = True

    def __init__(self, prototxt: PathLike, weights: PathLike | Net, batch: int, threads: int) -> None:
        """Read the net and copy its weights into torch's memory."""
        self._definition = read_definition(prototxt, open_net(prototxt, weights), batch)
        self._threads = threads
        # Not from_numpy: torch aligns its own memory. None of them ask for a gradient.
        self._weights = {
            layer.name: [torch.tensor(each) for each in layer.weights] for layer in self._definition.layers
        }
        forms: list[LRNForm | None] = [None]
        if any(layer.type == "LRN" for layer in self._definition.layers):
            forms = ["stock", "pooled", "sliced"]
        layouts = (False, True) if len(self._definition.input_shape) == 4 else (False,)
        variants = [_Variant(layout, form) for layout in layouts for form in forms]
        self._variants = {variant.name: variant for variant in variants}
        self._built: dict[str, _Built] = {}
        self._operations(variants[0])  # so that what cannot be built is said at once

    def variants(self) -> list[str]:
        """Name layouts, with the form of LRN where there is any."""
        return list(self._variants)

    def forward(self, variant: str, x: Array) -> Array:
        """Run the whole net; see Rival."""
        outputs = self._definition.outputs
        program = self._program(variant, outputs)
        self._claim_threads()
        with torch.inference_mode():
            result: Array = self._run(program, self._input(variant, x), outputs).numpy()
        return result

    def forward_backward(self, variant: str, x: Array, blob: str, unit: int) -> Array:
        """Run to a blob and back from one of its units; see Rival."""
        start = self._definition.starts.get(blob)
        if start is None:
            raise UnknownNameError(f"no blob {blob!r} in this net")
        program = self._program(variant, (start,))
        self._claim_threads()
        given = self._input(variant, x).requires_grad_()
        reached = self._run(program, given, (start,))
        if not 0 <= unit < reached.shape[1]:
            raise UnknownNameError(f"no channel {unit} in {blob!r}, whose shape is {tuple(reached.shape)}")
        seed = torch.zeros_like(reached)
        centre: Any = (slice(None), unit, *(extent // 2 for extent in reached.shape[2:]))
        seed[centre] = 1
        (gradient,) = torch.autograd.grad(reached, given, seed)
        result: Array = gradient.numpy()
        return result

    def _claim_threads(self) -> None:
        # One setting for the whole process, which another rival of another number of threads may have changed.
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)

    def _input(self, variant: str, x: Array) -> torch.Tensor:
        tensor = torch.from_numpy(check_input(x, self._definition.input_shape))
        if self._variants[variant].channels_last:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        return tensor

    def _run(self, program: list[_Step], x: torch.Tensor, ends: tuple[str, ...]) -> torch.Tensor:
        values = {self._definition.input: x}
        for step in program:
            values[step.top] = step.run(*[values[bottom] for bottom in step.bottoms])
            for dead in step.dead:
                del values[dead]
        return values[ends[-1]]

    def _program(self, variant: str, ends: tuple[str, ...]) -> list[_Step]:
        if variant not in self._variants:
            raise UnknownNameError(f"no variant {variant!r}; there are: {', '.join(self._variants)}")
        built = self._built.get(variant) or self._operations(self._variants[variant])
        program = built.programs.get(ends)
        if program is None:
            program = built.programs[ends] = _plan(self._definition, built.operations, ends)
        return program

    def _operations(self, variant: _Variant) -> _Built:
        operations = {}
        free = _may_be_written_over(self._definition)
        for layer in self._definition.layers:
            weights = self._weights[layer.name]
            if variant.channels_last:
                weights = [_to_channels_last(each) for each in weights]
            in_place = layer.bottoms[0] in free
            operations[layer.top] = operation(layer, weights, variant.lrn or "stock", in_place)
        self._built[variant.name] = _Built(operations)
        return self._built[variant.name]


def _to_channels_last(weights: torch.Tensor) -> torch.Tensor:
    return weights.contiguous(memory_format=torch.channels_last) if weights.dim() == 4 else weights


def _may_be_written_over(definition: Definition) -> set[str]:
    """Find values in memory of their own that one layer alone reads and that the way back does not need.

    The input is not among them: it is the caller's. A sum of one bottom may be that bottom itself.
    """
    readers = definition.readers()
    return {
        layer.top
        for layer in definition.layers
        if layer.type in _FRESH
        and readers[layer.top] == 1
        and layer.top not in definition.outputs
        and not (layer.type == "Eltwise" and len(layer.bottoms) == 1)
    }


def _plan(definition: Definition, operations: dict[str, Operation], ends: Iterable[str]) -> list[_Step]:
    layers = definition.leading_to(ends)
    last_reader = {bottom: i for i, layer in enumerate(layers) for bottom in layer.bottoms}
    return [
        _Step(
            operations[layer.top],
            layer.bottoms,
            layer.top,
            tuple(value for value, reader in last_reader.items() if reader == i and value not in set(ends)),
        )
        for i, layer in enumerate(layers)
    ]
