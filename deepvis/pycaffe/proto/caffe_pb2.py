"""pycaffe's ``caffe.proto.caffe_pb2``: the messages of Caffe's files.

Where Google's protobuf is installed the classes are its own, so that text_format works on them; else they are those of
message.py. Files are read alike.
"""

from __future__ import annotations

from typing import Any

from deepvis.pycaffe.proto.message import CLASSES

try:
    from deepvis.pycaffe.proto.google import make_classes

    _classes: dict[str, Any] = make_classes()
except ImportError:
    _classes = dict(CLASSES)

TRAIN = 0
TEST = 1


def __getattr__(name: str) -> Any:
    if name in _classes:
        return _classes[name]
    raise AttributeError(f"caffe_pb2 has no message {name!r}; it has {', '.join(sorted(_classes))}")


def __dir__() -> list[str]:
    return ["TEST", "TRAIN", *sorted(_classes)]
