"""A net as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepvis.net import Net
    from deepvis.results import ReceptiveField

HEADER = ("layer", "type", "blob", "shape", "sees", "step", "from", "parameters", "kernel")


def describe_net(net: Net) -> str:
    """Make a table with a row a layer.

    ``sees``, ``step`` and ``from`` are the receptive field's size, stride and offset in pixels.
    """
    rows = [HEADER]
    for layer in net.layers:
        count = sum(math.prod(shape) for shape in layer.param_shapes)
        top = layer.tops[0] if layer.tops else ""
        field = net.receptive_field(top) if top else None
        rows.append(
            (
                layer.name,
                layer.type,
                "(in place)" if layer.in_place else ", ".join(layer.tops),
                "" if layer.in_place or not top else " × ".join(str(extent) for extent in net.shape(top)),
                "" if layer.in_place else _pair(field, "size"),
                "" if layer.in_place or (field and field.whole) else _pair(field, "stride"),
                "" if layer.in_place or (field and field.whole) else _pair(field, "offset"),
                f"{count:,}" if count else "",
                layer.kernel,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    total = sum(math.prod(shape) for layer in net.layers for shape in layer.param_shapes)
    return "\n".join([*lines, f"{len(net.layers)} layers, {len(net.blobs)} blobs, {total:,} parameters"])


def _pair(field: ReceptiveField | None, what: str) -> str:
    """One number for a square, two for another rectangle."""
    if field is None:
        return ""
    height, width = getattr(field, what)
    return f"{height:g}" if height == width else f"{height:g}x{width:g}"
