"""The exceptions of deepvis: one small tree, so that a script can catch what it means to catch.

The engine raises the same classes: its bindings look them up here by name.
"""

from __future__ import annotations


class Error(Exception):
    """Anything that deepvis refuses, said in one message: where, what was expected and found, what to do."""


class FormatError(Error):
    """A file or text is not what it should be: syntax, schema, truncation, an unknown layer type."""


class ShapeError(Error):
    """A blob, parameter, seed or image has a shape that does not fit."""


class UnknownNameError(Error, KeyError):
    """A blob, layer, unit, model or setting does not exist; the message lists or suggests those that do.

    A KeyError, so that looking a blob up in a mapping behaves as with a dict.
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would quote it


class StateError(Error):
    """A request cannot be met in the present state, such as a backward pass before any forward pass."""


class LimitError(Error):
    """A request goes past a stated limit: memory, nesting, number of axes, size of a download."""


class DeviceError(Error):
    """A device is absent or failed."""
