"""What the mouse or the keys point at, as values: a layer's name, a unit and a position of it, a place on the input."""

from __future__ import annotations

from dataclasses import dataclass

from deepvis.live.layout import Layout
from deepvis.live.panes.bar import bar_of, layer_at
from deepvis.live.panes.listing import listed_unit
from deepvis.live.scene import Scene
from deepvis.live.view import View
from deepvis.render import fitted


@dataclass(frozen=True)
class Target:
    """layer: whose name it is in the bar; unit: of the layer looked at, with the position in its map if one is meant;
    share: the place on the input picture, as shares of its height and width; pane: "bar", "grid", "unit", "input",
    "back", "list" or nothing.
    """

    pane: str = ""
    layer: int | None = None
    unit: int | None = None
    position: tuple[int, int] | None = None
    share: tuple[float, float] | None = None


def input_rectangles(scene: Scene, layout: Layout) -> list[tuple[int, int, int, int]]:
    """Where each of the net's pictures is drawn in the input pane: (top, left, height, width)."""
    box = layout.input
    room = box.width // scene.pictures
    height, width, _ = fitted(*scene.input_size, max(box.height, 1), max(room, 1))
    return [(0, number * room, height, width) for number in range(scene.pictures)]


def target(view: View, row: int, column: int) -> Target:
    """What is at a pixel of the window."""
    layout, layer = view.layout, view.layer
    if layout.control.holds(row, column):
        bar = bar_of(view.scene, layout, view.state.layer)
        at = layer_at(bar, layout.caps["control"], row - layout.control.top, column - layout.control.left)
        return Target("bar", layer=at)
    if layout.layers.holds(row, column):
        return _in_grid(view, row - layout.layers.top, column - layout.layers.left)
    if layout.input.holds(row, column):
        return Target("input", share=_on_input(view, row - layout.input.top, column - layout.input.left))
    if layout.aux.holds(row, column) and view.state.cursor == "bottom" and (layer.height, layer.width) != (1, 1):
        scale = min(layout.aux.height / layer.height, layout.aux.width / layer.width)
        y, x = int((row - layout.aux.top) / scale), int((column - layout.aux.left) / scale)
        inside = y < layer.height and x < layer.width
        return Target("unit", unit=view.state.unit, position=(y, x) if inside else None)
    if layout.column.holds(row, column):
        return Target("list", unit=listed_unit(view, row - layout.column.top))
    return Target()


def _in_grid(view: View, row: int, column: int) -> Target:
    state, layer = view.state, view.layer
    if state.compare or state.zoom == 2:
        return Target("back")
    if state.zoom == 1:
        box = view.layout.layers
        scale = min(box.height / layer.height, box.width / layer.width)
        y, x = int(row / scale), int(column / scale)
        inside = y < layer.height and x < layer.width and not state.pattern
        return Target("unit", unit=state.unit, position=(y, x) if inside else None)
    if view.tiles is None:
        return Target("grid")
    place = view.place
    unit = place.unit_at(row, column)
    position = None if state.pattern else place.position_at(row, column, layer.height, layer.width)
    return Target("grid", unit=unit, position=position)


def _on_input(view: View, row: int, column: int) -> tuple[float, float] | None:
    for top, left, height, width in input_rectangles(view.scene, view.layout):
        if 0 <= row - top < height and 0 <= column - left < width:
            return (row - top + 0.5) / height, (column - left + 0.5) / width
    return None


def hovered(view: View) -> Target:
    """What is under the mouse."""
    return target(view, *view.state.pointer) if view.state.pointer is not None else Target()


def pointed_position(view: View) -> tuple[int, int] | None:
    """The position of the unit's map that is pointed at, by the keys or else by the mouse."""
    if view.state.point is not None:
        return view.state.point
    at = hovered(view)
    return at.position if at.position is not None else None


def seeing_positions(view: View) -> tuple[slice, slice] | None:
    """The positions of the maps that see the input's pixel under the mouse; None where nothing is pointed at."""
    at, sees = hovered(view), view.layer.sees
    if at.share is None or sees is None or sees.whole or view.state.corner is not None:
        return None
    high, wide = view.scene.input_size
    pixel = (int(at.share[0] * high), int(at.share[1] * wide))
    rows, columns = sees.positions_seeing(pixel, (view.layer.height, view.layer.width))
    return (rows, columns) if rows.stop > rows.start and columns.stop > columns.start else None
