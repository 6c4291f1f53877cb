"""The same messages as classes of Google's protobuf, for scripts that use it on them (text_format.Merge).

They live in a descriptor pool of their own: nothing else in the process can clash with them.
"""

from __future__ import annotations

from typing import Any

from deepvis.pycaffe.proto.message import SCHEMA


def make_classes() -> dict[str, Any]:
    """Message classes by name. Raises ImportError where protobuf is not installed."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="deepvis/caffe.proto", package="caffe", syntax="proto2")
    homes = _enum_homes()
    for type_name, fields in SCHEMA.items():
        message = file.message_type.add(name=type_name)
        for name, row in fields.items():
            field = message.field.add(name=name, number=row["number"])
            field.label = field.LABEL_REPEATED if row["repeated"] else field.LABEL_OPTIONAL
            field.type = getattr(field, f"TYPE_{row['type'].upper()}")
            if row["repeated"] and row["packed"]:
                field.options.packed = True
            if row["type"] == "message":
                field.type_name = f".caffe.{row['message']}"
            elif row["type"] == "enum":
                home = homes[row["enum"], tuple(row["values"])]
                field.type_name = f".caffe.{home}.{row['enum']}"
                if home == type_name and all(enum.name != row["enum"] for enum in message.enum_type):
                    enum = message.enum_type.add(name=row["enum"])
                    for value, number in row["values"].items():
                        enum.value.add(name=value, number=number)
            if row["default"] and not row["repeated"] and row["type"] != "message":
                field.default_value = row["default"]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}")) for name in SCHEMA}


def _enum_homes() -> dict[tuple[str, tuple[str, ...]], str]:
    """The message that declares each enum: the first that uses it."""
    homes: dict[tuple[str, tuple[str, ...]], str] = {}
    for type_name, fields in SCHEMA.items():
        for row in fields.values():
            if row["type"] == "enum":
                homes.setdefault((row["enum"], tuple(row["values"])), type_name)
    return homes
