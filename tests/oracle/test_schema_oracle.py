"""The native tables against the oracle's descriptors, field by field."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor

from deepvis import _native

TYPES = {
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_ENUM: "enum",
    FieldDescriptor.TYPE_MESSAGE: "message",
}


def parsed_default(kind: str, text: str, values: dict[str, int]) -> object:
    """What an unset field reads as."""
    if kind == "enum":
        return values[text] if text else next(iter(values.values()))
    if kind == "bool":
        return text == "true"
    if kind in ("float", "double"):
        return float(text or 0)
    if kind == "string":
        return text
    if kind == "bytes":
        return text.encode()
    return int(text or 0)


def test_the_same_messages(oracle):
    assert sorted(_native._schema()) == sorted(oracle.descriptors)


def test_the_same_fields(oracle):
    for name, fields in _native._schema().items():
        theirs = oracle.descriptors[name].fields_by_name
        assert sorted(fields) == sorted(theirs), name
        for field_name, ours in fields.items():
            field = theirs[field_name]
            where = f"{name}.{field_name}"
            assert ours["number"] == field.number, where
            assert ours["type"] == TYPES[field.type], where
            assert ours["repeated"] == field.is_repeated, where
            assert ours["packed"] == field.is_packed, where
            if field.message_type is not None:
                assert ours["message"] == field.message_type.name, where
            if field.enum_type is not None:
                assert ours["values"] == {v.name: v.number for v in field.enum_type.values}, where
            if not field.is_repeated and field.message_type is None:
                values = {v.name: v.number for v in field.enum_type.values} if field.enum_type else {}
                default = parsed_default(ours["type"], ours["default"], values)
                if ours["type"] == "float":
                    assert abs(default - field.default_value) <= 1e-7 * abs(default), where
                else:
                    assert default == field.default_value, where
