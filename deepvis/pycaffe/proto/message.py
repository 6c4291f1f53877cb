"""Messages of Caffe's files with the face of protobuf's Python classes, made from the engine's own tables.

What scripts use is here: fields as attributes, ``add`` and ``extend`` on repeated ones, HasField, CopyFrom,
ParseFromString, SerializeToString, and text through str(). Setting a field that the schema does not have is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from deepvis import _native

SCHEMA: dict[str, dict[str, dict[str, Any]]] = _native._schema()


class Field(NamedTuple):
    """One row of the schema."""

    name: str
    number: int
    kind: str  # "int32", "float", "bool", "string", "bytes", "enum", "message", ...
    repeated: bool
    default: Any
    message: str | None
    values: dict[str, int]  # of an enum


def _fields(rows: dict[str, dict[str, Any]]) -> dict[str, Field]:
    return {
        name: Field(
            name, row["number"], row["type"], row["repeated"], _default(row), row.get("message"), row.get("values", {})
        )
        for name, row in rows.items()
    }


def _default(row: dict[str, Any]) -> Any:
    text = row["default"]
    match row["type"]:
        case "string":
            return text
        case "bytes":
            return text.encode()
        case "bool":
            return text == "true"
        case "float" | "double":
            return float(text or 0)
        case "enum":
            values: dict[str, int] = row["values"]
            return values[text] if text else next(iter(values.values()))
        case _:
            return int(text or 0)


FIELDS = {name: _fields(rows) for name, rows in SCHEMA.items()}


class Messages(list["Message"]):
    """A repeated message field."""

    def __init__(self, type_name: str) -> None:
        super().__init__()
        self._type_name = type_name

    def add(self, **fields: Any) -> Message:
        """Append a new message and return it."""
        self.append(CLASSES[self._type_name](**fields))
        return self[-1]


class Message:
    """One message. Unset fields read as the schema's defaults."""

    _type_name: str
    _values: dict[str, Any]

    def __init__(self, **fields: Any) -> None:
        object.__setattr__(self, "_values", {})
        for name, value in fields.items():
            field = self._field(name)
            if field.repeated:
                getattr(self, name).extend(value)
            elif field.message:
                getattr(self, name).CopyFrom(value)
            else:
                setattr(self, name, value)

    @classmethod
    def _field(cls, name: str) -> Field:
        field = FIELDS[cls._type_name].get(name)
        if field is None:
            raise AttributeError(f"{cls._type_name} has no field {name!r}")
        return field

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        field = self._field(name)
        if name not in self._values:
            if field.repeated:
                self._values[name] = Messages(field.message) if field.message else []
            elif field.message:
                self._values[name] = CLASSES[field.message]()
            else:
                return field.default
        return self._values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        field = self._field(name)
        if field.repeated or field.message:
            raise AttributeError(f"{self._type_name}.{name} cannot be assigned; use its extend, add or CopyFrom")
        self._values[name] = field.values[value] if isinstance(value, str) and field.values else value

    def HasField(self, name: str) -> bool:
        """Whether a singular field was set; a message counts once anything in it was."""
        field = self._field(name)
        if field.repeated:
            raise ValueError(f"{self._type_name}.{name} is repeated: ask for its len()")
        value = self._values.get(name)
        return value is not None and (not isinstance(value, Message) or value._filled())

    def _filled(self) -> bool:
        return any(
            (len(value) > 0) if FIELDS[self._type_name][name].repeated else self.HasField(name)
            for name, value in self._values.items()
        )

    def ClearField(self, name: str) -> None:
        """Unset one field."""
        self._field(name)
        self._values.pop(name, None)

    def Clear(self) -> None:
        """Unset every field."""
        self._values.clear()

    def CopyFrom(self, other: Message) -> None:
        """Become a copy of another message of the same type."""
        if other is not self:
            self.Clear()
            self.MergeFrom(other)

    def MergeFrom(self, other: Message) -> None:
        """Take over what is set in another message; repeated fields are appended."""
        if type(other) is not type(self):
            raise TypeError(f"cannot merge {type(other).__name__} into {type(self).__name__}")
        self._merge(other._dict())

    def ParseFromString(self, serialized: bytes) -> int:
        """Read protobuf's binary format; raises deepvis.FormatError. Returns the number of bytes read."""
        self.Clear()
        return self.MergeFromString(serialized)

    def MergeFromString(self, serialized: bytes) -> int:
        """As ParseFromString, on top of what is set."""
        self._merge(_native.parse_wire(self._type_name, bytes(serialized), f"<{self._type_name}>"))
        return len(serialized)

    @classmethod
    def FromString(cls, serialized: bytes) -> Message:
        """A new message from protobuf's binary format."""
        message = cls()
        message.ParseFromString(serialized)
        return message

    def SerializeToString(self) -> bytes:
        """This message in protobuf's binary format."""
        return bytes(_native.serialize(self._type_name, self._dict()))

    def ByteSize(self) -> int:
        """Length of SerializeToString()."""
        return len(self.SerializeToString())

    def __str__(self) -> str:
        return str(_native.print_text(self._type_name, self._dict()))

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._dict() == other._dict()

    __hash__ = None  # type: ignore[assignment]

    def _merge(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            field = self._field(name)
            if field.message:
                for each in value if field.repeated else [value]:
                    (getattr(self, name).add() if field.repeated else getattr(self, name))._merge(each)
            elif field.repeated:
                getattr(self, name).extend(_number(field, each) for each in _listed(value))
            else:
                self._values[name] = _number(field, value)

    def _dict(self) -> dict[str, Any]:
        """As the engine's readers and writers take it."""
        result: dict[str, Any] = {}
        for name, value in self._values.items():
            field = FIELDS[self._type_name][name]
            if field.repeated and len(value) == 0:
                continue
            if field.message and field.repeated:
                result[name] = [each._dict() for each in value]
            elif field.message:
                if value._filled():
                    result[name] = value._dict()
            else:
                result[name] = value
        return result


def _listed(values: Any) -> Iterable[Any]:
    return values.tolist() if hasattr(values, "tolist") else values


def _number(field: Field, value: Any) -> Any:
    return field.values[value] if isinstance(value, str) and field.values else value


def _make_class(type_name: str) -> type[Message]:
    members: dict[str, Any] = {"_type_name": type_name, "__doc__": f"Caffe's {type_name}."}
    for field in FIELDS[type_name].values():
        members.update(field.values)  # PoolingParameter.MAX
    return type(type_name, (Message,), members)


CLASSES: dict[str, type[Message]] = {name: _make_class(name) for name in SCHEMA}
