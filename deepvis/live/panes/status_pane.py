"""The status line: what is shown, how, how fast."""

from __future__ import annotations

from deepvis.live.controls.changes import REGULARISERS
from deepvis.live.panes.common import number
from deepvis.live.view import View
from deepvis.render import Picture, Style, text


def status_line(view: View) -> str:
    """The words of the status line: the classic's, then what the classic had not."""
    state, scene = view.state, view.scene
    layer = view.layer
    mode = "pattern" if state.pattern else "back" if state.show_back else "fwd"
    parts = [f"{mode} {layer.title}:{state.unit}"]
    if scene.precision != "fp32":
        parts.append(scene.precision.replace("-", " "))
    back = "off"
    if state.back or state.compare:
        start, unit = state.start
        rule = "three rules"
        if state.back:
            rule = "bprop" if state.rule == "gradient" else state.rule
        back = f"{rule} (from {scene.layers[start].title}_{unit}, disp {state.filter})"
    parts.append(f"Back: {back}")
    parts.append(f"Boost: {scene.settings.boost_choices[state.boost]:g}/{scene.settings.gamma_choices[state.gamma]:g}")
    if view.pace.fps > 0:
        parts.append(f"FPS: {view.pace.fps:.1f}")
    parts += _numbers(view)
    if state.ascent.start != "off":
        preset = scene.presets[state.ascent.preset % len(scene.presets)] if scene.presets else "none"
        parts.append(f"ascent {preset}, keys on {REGULARISERS[state.ascent.regulariser]}")
    if view.frame:
        parts.append(view.frame.name)
    if state.message:
        parts.append(state.message)
    return " | ".join(parts)


def _numbers(view: View) -> list[str]:
    """The selected unit's value, and what the brightness stands for."""
    state = view.state
    if view.current is None or state.pattern:
        return []
    parts = []
    if state.cursor == "bottom" and not state.show_back and view.value is not None:
        value, (y, x) = view.value
        where = "" if (view.layer.height, view.layer.width) == (1, 1) else f" @{y},{x}"
        parts.append(f"max {number(value)}{where}")
    if not state.show_back and view.scaled is not None:
        _, low, high = view.scaled
        at = state.unit if low.size > 1 else 0
        scale = f"{state.scale} " if state.scale != "layer" else ""
        parts.append(f"{scale}{number(float(low.reshape(-1)[at]))} to {number(float(high.reshape(-1)[at]))}")
    return parts


def status_pane(view: View, pane: Picture) -> None:
    """One line."""
    style = Style(view.layout.caps["status"], view.scene.settings.status_colour)
    line = text.shorten(status_line(view), style, pane.shape[1] - 2 * style.cap)
    text.draw(pane, line, (pane.shape[0] + style.cap) // 2, style.cap, style)
