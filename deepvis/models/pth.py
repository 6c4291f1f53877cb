"""Reading the tensors of a PyTorch .pth file without PyTorch and without running anything that the file says.

A .pth is a pickle, and a pickle is a program. Python's unpickler would run it. Here the few opcodes that a
plain state dict needs are interpreted, with three things that may be "called" (an ordered dict, a tensor over
a storage, a storage type), all of them done here. Any other opcode or name is an error.

Only the format before PyTorch 1.6 is read (no zip): magic number, protocol, system facts, the state dict, the
keys of the storages, then their raw little-endian bytes in that order, each after its 64-bit element count.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from deepvis.errors import FormatError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_STEPS_LIMIT = 1_000_000  # opcodes in one pickle; a state dict has a few dozen a tensor
_ITEMS_LIMIT = 100_000
_STORAGE_TYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("<i1"),
    "ByteStorage": np.dtype("<u1"),
    "BoolStorage": np.dtype("?"),
}
_ORDERED_DICT = ("collections", "OrderedDict")
_REBUILD = ("torch._utils", "_rebuild_tensor_v2")


@dataclass(frozen=True)
class _Name:
    """A global that the pickle names; a word here, never looked up."""

    module: str
    name: str


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Mark:
    """The pickle machine's MARK on the stack."""


def read_state_dict(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a legacy .pth state dict by name, each in its own shape and type. Raises FormatError."""
    content = Path(path).read_bytes()
    if content.startswith(b"PK"):
        raise FormatError(f"{path}: a zip-format .pth (PyTorch 1.6 or later); save it with the legacy format")
    # From memory, not from the file: a length in the pickle then cannot make a read allocate more than
    # there is.
    stream = io.BytesIO(content)
    try:
        magic, protocol, system = (_Machine(stream).run() for _ in range(3))
        if magic != _MAGIC or protocol != _PROTOCOL:
            raise FormatError("the magic number or protocol is not that of a .pth file")
        if not isinstance(system, dict) or system.get("little_endian") is not True:
            raise FormatError("not written on a little-endian machine")
        tensors = _Machine(stream).run()
        keys = _Machine(stream).run()
        return _build(stream, tensors, keys, len(content))
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise FormatError(f"{path}: not a .pth that can be read: {error}") from error


def _build(stream: BinaryIO, tensors: object, keys: object, size: int) -> dict[str, npt.NDArray[Any]]:
    """Storages from the file's tail, then the tensors as views of them, copied."""
    if not isinstance(tensors, dict) or not isinstance(keys, list):
        raise FormatError("expected a state dict and a list of storages")
    wanted: dict[str, _Storage] = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise FormatError(f"entry {name!r} of the state dict is not a tensor")
        if wanted.setdefault(tensor.storage.key, tensor.storage) != tensor.storage:
            raise FormatError(f"storage {tensor.storage.key!r} is described in two ways")
    if len(keys) != len(set(map(str, keys))) or set(wanted) != set(keys):
        raise FormatError("the storages listed are not those of the tensors")
    if sum(math.prod(t.shape) * t.storage.dtype.itemsize for t in tensors.values()) > 2 * size:
        raise FormatError("the tensors share storages so that they are far larger than the file")
    data: dict[str, npt.NDArray[Any]] = {}
    for key in keys:
        storage = wanted[key]
        length = storage.count * storage.dtype.itemsize
        header = stream.read(8)
        if len(header) < 8 or length > size - stream.tell():
            raise FormatError(f"cut short: storage {key!r} needs {length} bytes, {size - stream.tell()} are left")
        if int.from_bytes(header, "little") != storage.count:
            raise FormatError(f"storage {key!r} holds another number of elements than its tensor says")
        data[key] = np.frombuffer(stream.read(length), storage.dtype)
    return {name: _view(name, tensor, data[tensor.storage.key]) for name, tensor in tensors.items()}


def _view(name: str, tensor: _Tensor, storage: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A tensor's elements in C order; every index is checked against the storage first."""
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
    if math.prod(tensor.shape) > storage.size or last >= storage.size or min(tensor.shape, default=1) < 1:
        raise FormatError(f"tensor {name!r} of shape {tensor.shape} reaches beyond its {storage.size} elements")
    strides = tuple(s * storage.itemsize for s in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides, writeable=False)
    return np.array(view, order="C")


class _Machine:
    """Interprets one pickle: a stack, a memo and the opcodes below, nothing else."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> object:
        for step, (opcode, argument, position) in enumerate(pickletools.genops(self.stream)):
            if step > _STEPS_LIMIT:
                raise FormatError("the pickle is too long for a state dict")
            if opcode.name == "STOP":
                return self.stack.pop()
            self._step(opcode.name, argument, position)
        raise FormatError("the pickle ends without STOP")

    def _step(self, name: str, argument: Any, position: int | None) -> None:
        if name in ("BINUNICODE", "LONG1", "BININT", "BININT1", "BININT2"):
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            items = tuple(self.stack[-count:])
            if len(items) < count:
                raise FormatError("the pickle's stack is empty where a tuple is made")
            self.stack[-count:] = [items]
        elif name == "TUPLE":
            self.stack.append(tuple(self._pop_to_mark()))
        elif name in ("APPEND", "APPENDS"):
            items_ = [self.stack.pop()] if name == "APPEND" else self._pop_to_mark()
            self._container(list).extend(items_)
        elif name in ("SETITEM", "SETITEMS"):
            pairs = self._pop_to_mark() if name == "SETITEMS" else [self.stack.pop(-2), self.stack.pop()]
            self._set_items(pairs)
        elif name == "GLOBAL":
            module, _, attribute = argument.partition(" ")
            self.stack.append(_known(module, attribute, position))
        elif name == "REDUCE":
            arguments = self.stack.pop()
            self.stack.append(_call(self.stack.pop(), arguments))
        elif name == "BINPERSID":
            self.stack.append(_storage(self.stack.pop()))
        elif name == "BUILD":
            self._forget_attributes(self.stack.pop())
        elif name != "PROTO":
            raise FormatError(f"pickle opcode {name} at byte {position} is not allowed in a file of tensors")

    def _pop_to_mark(self) -> list[Any]:
        for index in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[index], _Mark):
                items = self.stack[index + 1 :]
                del self.stack[index:]
                return items
        raise FormatError("the pickle has no MARK where one is needed")

    def _container(self, kind: type[list[Any]]) -> list[Any]:
        target = self.stack[-1]
        if not isinstance(target, kind) or len(target) > _ITEMS_LIMIT:
            raise FormatError("the pickle appends to something that is not a list, or to a list too long")
        return target

    def _set_items(self, pairs: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(pairs) % 2 or len(target) > _ITEMS_LIMIT:
            raise FormatError("the pickle sets items in something that is not a dict, or in one too large")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, str):
                raise FormatError(f"a dict key is {type(key).__name__}, expected text")
            target[key] = value

    def _forget_attributes(self, state: object) -> None:
        """The state dict carries `_metadata` (module versions) as an attribute; nothing here has use for
        it."""
        if not isinstance(self.stack[-1], dict) or not isinstance(state, dict) or set(state) - {"_metadata"}:
            raise FormatError("the pickle sets attributes; only _metadata of the state dict is expected")


_CONSTANTS: dict[str, Callable[[], Any]] = {
    "MARK": _Mark,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
}


def _known(module: str, name: str, position: int | None) -> _Name:
    if (module, name) in (_ORDERED_DICT, _REBUILD) or (module == "torch" and name in _STORAGE_TYPES):
        return _Name(module, name)
    raise FormatError(f"the pickle names {module}.{name} at byte {position}; only tensors are allowed")


def _call(function: Any, arguments: Any) -> object:
    if not isinstance(function, _Name) or not isinstance(arguments, tuple):
        raise FormatError("the pickle calls something that is no function")
    if (function.module, function.name) == _ORDERED_DICT and arguments == ():
        return {}
    if (function.module, function.name) == _REBUILD and len(arguments) == 6:
        storage, offset, shape, strides = arguments[:4]
        whole = isinstance(storage, _Storage) and _natural(offset) and _naturals(shape) and _naturals(strides)
        if whole and len(shape) == len(strides) <= 32:
            return _Tensor(storage, offset, shape, strides)
    raise FormatError(f"the pickle calls {function.module}.{function.name} with arguments that make no tensor")


def _storage(identity: Any) -> _Storage:
    """The persistent id of a storage: ("storage", type, key, device, element count, None)."""
    if isinstance(identity, tuple) and len(identity) == 6 and identity[0] == "storage" and identity[5] is None:
        kind, key, count = identity[1], identity[2], identity[4]
        dtype = _STORAGE_TYPES.get(kind.name) if isinstance(kind, _Name) else None
        if dtype is not None and isinstance(key, str) and _natural(count):
            return _Storage(key, dtype, count)
    raise FormatError("the pickle refers to something that is not a storage")


def _natural(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**48


def _naturals(values: Any) -> bool:
    return isinstance(values, tuple) and all(_natural(v) for v in values)
