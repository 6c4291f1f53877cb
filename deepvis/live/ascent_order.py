"""From the view to what is asked of the live ascent."""

from __future__ import annotations

from deepvis.live.ascending import AscentOrder
from deepvis.live.view import View
from deepvis.render import Picture
from deepvis.units import Unit


def ascent_order(
    view: View, begun_from: tuple[object, ...] | None, start: Picture | None
) -> tuple[AscentOrder | None, tuple[object, ...] | None, Picture | None]:
    """What the state asks of the live ascent, with what it was begun from: the frame is taken when it begins and kept
    until it begins anew.
    """
    state, scene, wish = view.state, view.scene, view.state.ascent
    on = wish.start != "off" and (state.cursor == "bottom" or state.origin is not None) and bool(scene.presets)
    if not on or (wish.start == "frame" and view.frame is None):
        return None, None, None
    number, channel = (state.layer, state.unit) if state.cursor == "bottom" else state.start
    layer = scene.layers[number]
    of_map = (layer.height, layer.width) != (1, 1)
    unit = Unit(layer.blob, channel, state.point if of_map and number == state.layer else None)
    now = (str(unit), wish.start, wish.restarts)
    if now != begun_from:
        start = view.frame.image if wish.start == "frame" and view.frame is not None else None
    preset = scene.presets[wish.preset % len(scene.presets)]
    of_map = of_map and layer.blob not in scene.labelled  # a class, with as little of a map as another
    return AscentOrder(unit, of_map, scene.suitable, preset, wish.strengths, start, wish.restarts), now, start
