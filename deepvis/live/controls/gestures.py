"""What the mouse does, for the help."""

from __future__ import annotations

GESTURES = (
    ("hover", "unit, position, value and label; what that position sees; who sees this pixel"),
    ("click", "a layer's name, a unit in the grid or a list, a position of the enlarged unit"),
    ("drag", "over the input: rank units by that box; over an enlarged grid: move it"),
    ("wheel", "enlarge the grid where the mouse is; over the layer bar: next layer"),
)
