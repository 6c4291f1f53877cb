"""The .pth reader takes tensors and nothing else: real files of the legacy layout, hostile ones refused
unrun."""

from __future__ import annotations

import collections
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepvis.errors import FormatError
from deepvis.models.pth import read_state_dict


class FakeStorage:
    """Pickles as PyTorch's storages did: a persistent id."""

    def __init__(self, key: str, values: np.ndarray, kind: str = "FloatStorage") -> None:
        self.key, self.values, self.kind = key, values, kind


class FakeTensor:
    def __init__(self, storage: FakeStorage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts = (storage, offset, shape, strides)


class LegacyPickler(pickle._Pickler):  # type: ignore[name-defined]
    """Python's own pickler, made to write the globals and persistent ids of a torch file."""

    def persistent_id(self, obj: object) -> object:
        return None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, FakeTensor):
            storage, offset, shape, strides = obj.parts
            self.write(b"ctorch._utils\n_rebuild_tensor_v2\n(")
            self.write(b"(X\x07\x00\x00\x00storagectorch\n" + storage.kind.encode() + b"\n")
            for part in (storage.key, "cpu", storage.values.size, None):
                self.save(part)
            self.write(b"tQ")
            for part in (offset, shape, strides, False):
                self.save(part)
            self.write(b"ccollections\nOrderedDict\n)RtR")
        else:
            super().save(obj, save_persistent_id)


def write_pth(path: Path, state: object, storages: list[FakeStorage], **changes: Any) -> Path:
    with path.open("wb") as stream:
        for part in (
            changes.get("magic", 0x1950A86A20F9469CFC6C),
            changes.get("protocol", 1001),
            {
                "protocol_version": 1001,
                "little_endian": True,
                "type_sizes": {"short": 2, "int": 4, "long": 4},
            },
        ):
            pickle.dump(part, stream, protocol=2)
        LegacyPickler(stream, protocol=2).dump(state)
        pickle.dump(changes.get("keys", [s.key for s in storages]), stream, protocol=2)
        for storage in storages:
            stream.write(storage.values.size.to_bytes(8, "little") + storage.values.tobytes())
    return path


def one_storage(count: int = 24) -> FakeStorage:
    return FakeStorage("7", np.arange(count, dtype="<f4"))


def test_tensors_come_out_with_their_names_shapes_and_values(tmp_path: Path) -> None:
    storage, whole = one_storage(), FakeStorage("b", np.array([41], "<i8"), "LongStorage")
    state = collections.OrderedDict(
        [
            ("weight", FakeTensor(storage, 0, (2, 3, 4), (12, 4, 1))),
            ("turned", FakeTensor(storage, 0, (4, 3), (1, 4))),
            ("tail", FakeTensor(storage, 20, (4,), (1,))),
            ("count", FakeTensor(whole, 0, (), ())),
        ]
    )
    read = read_state_dict(write_pth(tmp_path / "a.pth", state, [storage, whole]))
    flat = np.arange(24, dtype=np.float32)
    assert list(read) == ["weight", "turned", "tail", "count"]
    np.testing.assert_array_equal(read["weight"], flat.reshape(2, 3, 4))
    np.testing.assert_array_equal(read["turned"], flat[:12].reshape(3, 4).T)
    np.testing.assert_array_equal(read["tail"], flat[20:])
    assert read["count"].shape == ()
    assert read["count"] == 41
    assert read["weight"].dtype == np.float32


class Malicious:
    """What an attacker would put in: unpickling it would run a command."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "owned"
    pickle.loads(pickle.dumps(Malicious(target), protocol))  # noqa: S301 - the attack works on Python's unpickler
    assert target.exists()
    target.unlink()
    bad = tmp_path / "bad.pth"
    bad.write_bytes(pickle.dumps(Malicious(target), protocol))
    with pytest.raises(FormatError, match=r"bad\.pth"):
        read_state_dict(bad)
    good_start = write_pth(tmp_path / "start.pth", {}, []).read_bytes()
    bad.write_bytes(good_start[:137].split(b"}q", 1)[0] + pickle.dumps(Malicious(target), protocol))
    with pytest.raises(FormatError):
        read_state_dict(bad)
    assert not target.exists()


@pytest.mark.parametrize(
    ("pickled", "said"),
    [
        (b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "names posix.system"),
        (b"\x80\x02cbuiltins\neval\n.", "names builtins.eval"),
        (b"\x80\x02ctorch\nload\n.", "names torch.load"),
        (b"\x80\x02ccollections\nOrderedDict\n}\x81.", "opcode NEWOBJ"),
        (b"\x80\x02(ios\nsystem\n.", "opcode INST"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93.", "SHORT_BINUNICODE"),
        (b"\x80\x02}X\x01\x00\x00\x00aK\x01s}b.", "sets attributes|not a \\.pth|magic"),
        (b"\x80\x02)R.", "not a .pth|calls"),
        (b"\x80\x02t.", "MARK"),
        (b"\x80\x02K\x01K\x02a.", "append"),
        (b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x0fx.", "not a .pth"),  # a text of 10^18 bytes
        (b"\x80\x04\x8e\x00\x00\x00\x00\x00\x01\x00\x00x.", "not a .pth"),
        (b"\x80\x02K\x01", "not a .pth"),
    ],
)
def test_anything_but_tensors_is_named_and_refused(tmp_path: Path, pickled: bytes, said: str) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(pickled)
    with pytest.raises(FormatError, match=said):
        read_state_dict(bad)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (5, 5), (5, 1)),
        (20, (5,), (1,)),
        (0, (2,), (24,)),
        (0, (0,), (1,)),
        (0, (10**9,), (0,)),
        (0, (2,), (1, 1)),
    ],
)
def test_a_tensor_reaching_beyond_its_storage_is_refused(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    storage = one_storage()
    path = write_pth(tmp_path / "a.pth", {"w": FakeTensor(storage, offset, shape, strides)}, [storage])
    with pytest.raises(FormatError, match=r"reaches beyond|make no tensor|larger than the file"):
        read_state_dict(path)


def test_wrong_beginnings_and_cut_files_are_refused(tmp_path: Path) -> None:
    storage = one_storage()
    state = {"w": FakeTensor(storage, 0, (24,), (1,))}
    for changes, said in (
        ({"magic": 5}, "magic"),
        ({"keys": ["8"]}, "storages listed"),
        ({"keys": ["7", "7"]}, "listed"),
    ):
        with pytest.raises(FormatError, match=said):
            read_state_dict(write_pth(tmp_path / "a.pth", state, [storage], **changes))
    whole = write_pth(tmp_path / "a.pth", state, [storage]).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(FormatError, match=r"cut\.pth"):
            read_state_dict(tmp_path / "cut.pth")
    (tmp_path / "zip.pth").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(FormatError, match="zip-format"):
        read_state_dict(tmp_path / "zip.pth")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 600), byte=st.integers(0, 255))
def test_a_flipped_byte_gives_tensors_or_a_format_error(tmp_path: Path, position: int, byte: int) -> None:
    storage = one_storage()
    state = {"w": FakeTensor(storage, 0, (2, 12), (12, 1)), "v": FakeTensor(storage, 3, (4,), (2,))}
    content = bytearray(write_pth(tmp_path / "a.pth", state, [storage]).read_bytes())
    content[position % len(content)] = byte
    (tmp_path / "a.pth").write_bytes(content)
    try:
        read = read_state_dict(tmp_path / "a.pth")
    except FormatError:
        return
    assert all(isinstance(value, np.ndarray) for value in read.values())
