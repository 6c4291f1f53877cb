"""Google's protobuf with a schema of its own: the oracle for the readers and writers of Caffe's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

protoc = pytest.importorskip("grpc_tools.protoc", reason="grpcio-tools compiles the oracle's schema")
descriptor_pb2 = pytest.importorskip("google.protobuf.descriptor_pb2", reason="protobuf is the oracle")

from google.protobuf import descriptor_pool, message_factory  # noqa: E402
from google.protobuf.descriptor import Descriptor, FieldDescriptor  # noqa: E402
from google.protobuf.message import Message  # noqa: E402

Dict = dict[str, Any]

INTEGERS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
}


class Oracle:
    """The oracle's messages by name, and random ones."""

    def __init__(self, descriptors: bytes) -> None:
        pool = descriptor_pool.DescriptorPool()
        self._file = pool.Add(descriptor_pb2.FileDescriptorSet.FromString(descriptors).file[0])
        if self._file is None:  # newer protobuf returns nothing here
            self._file = pool.FindFileByName("caffe.proto")
        self.descriptors: dict[str, Descriptor] = dict(self._file.message_types_by_name)

    def new(self, name: str) -> Message:
        return message_factory.GetMessageClass(self.descriptors[name])()

    def messages(self, name: str, depth: int = 4) -> st.SearchStrategy[Message]:
        """Random messages, valid and odd: a few fields each, extreme numbers, any text."""

        @st.composite
        def build(draw: Callable[[Any], Any]) -> Message:
            message = self.new(name)
            _fill(draw, message, depth)
            return message

        return build()


def _fill(draw: Callable[[Any], Any], message: Message, depth: int) -> None:
    fields = list(message.DESCRIPTOR.fields)
    if depth == 0:
        fields = [field for field in fields if field.message_type is None]
    if not fields:
        return
    for field in draw(st.lists(st.sampled_from(fields), max_size=4, unique_by=lambda f: f.number)):
        if field.message_type is not None:
            if field.is_repeated:
                for _ in range(draw(st.integers(1, 3))):
                    _fill(draw, getattr(message, field.name).add(), depth - 1)
            else:
                getattr(message, field.name).SetInParent()
                _fill(draw, getattr(message, field.name), depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(_values(field), min_size=1, max_size=4)))
        else:
            setattr(message, field.name, draw(_values(field)))


def _values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.type in INTEGERS:
        low, high = INTEGERS[field.type]
        return st.integers(low, high) | st.integers(0, 300)
    if field.type == FieldDescriptor.TYPE_FLOAT:
        return st.floats(width=32) | st.sampled_from([0.1, 0.5, 1e-5, 3.0])
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return st.floats()
    if field.type == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    if field.type == FieldDescriptor.TYPE_ENUM:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=12)
    if field.type == FieldDescriptor.TYPE_STRING:
        return st.text(max_size=12)
    raise AssertionError(f"no values for {field.full_name}")


def as_dict(message: Message) -> Dict:
    """A message of the oracle's, as the native readers give it."""
    result: Dict = {}
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_FLOAT and field.is_repeated:
            result[field.name] = np.array(value, np.float32)
        elif field.type == FieldDescriptor.TYPE_DOUBLE and field.is_repeated:
            result[field.name] = np.array(value, np.float64)
        elif field.is_repeated:
            result[field.name] = [_plain(field, each) for each in value]
        else:
            result[field.name] = _plain(field, value)
    return result


def _plain(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return as_dict(value)
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    if isinstance(value, bytes) and field.type != FieldDescriptor.TYPE_BYTES:  # a string that is not UTF-8
        return value.decode("utf-8", "surrogateescape")
    return value


def assert_same(ours: Any, theirs: Any, path: str = "") -> None:
    """Equal content; NaN equals NaN whatever its sign, and zero has one."""
    assert type(ours) is type(theirs), f"{path}: {ours!r} against {theirs!r}"
    if isinstance(ours, dict):
        assert sorted(ours) == sorted(theirs), path
        for key in ours:
            assert_same(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), path
        for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{path}[{index}]")
    elif isinstance(ours, np.ndarray | float):
        np.testing.assert_array_equal(ours, theirs, err_msg=path)
        signs = [np.where(np.isnan(each), False, np.signbit(each)) for each in (ours, theirs)]
        np.testing.assert_array_equal(signs[0], signs[1], err_msg=path)
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    else:
        assert ours == theirs, path


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    here = Path(__file__).parent
    out = tmp_path_factory.mktemp("oracle") / "caffe.desc"
    status = protoc.main(["protoc", f"-I{here}", f"--descriptor_set_out={out}", str(here / "caffe.proto")])
    assert status == 0
    return Oracle(out.read_bytes())


@pytest.fixture(scope="session")
def same() -> Callable[[Any, Any], None]:
    """Compares what the native reader gave with a message of the oracle's."""
    return lambda ours, theirs: assert_same(ours, as_dict(theirs))
