"""What lies over the panes: what went wrong, times, what is under the mouse, and the panes' own places."""

from __future__ import annotations

from deepvis.live.controls.pointing import hovered
from deepvis.live.layout import PANES
from deepvis.live.panes.common import WHITE, number, piece, rectangle, shade, shaded_line
from deepvis.live.view import View
from deepvis.render import Picture, Style, colour_bytes, text
from deepvis.render.picture import Colour

ALARM: Colour = (0.55, 0.1, 0.1)
FRAME: Colour = (1.0, 64 / 255, 64 / 255)


def problem_banner(view: View, picture: Picture) -> None:
    """What went wrong, across the foot of the large pane; nothing where nothing did."""
    if not view.problems:
        return
    style = Style(view.layout.cap, WHITE)
    pane = piece(picture, view.layout.layers)
    room = pane.shape[1] - 2 * style.cap
    lines: list[str] = []
    for problem in view.problems:
        words = problem.split()
        lines += [" ".join(words[n] for n in line) for line in text.wrap(words, style, room)[:6]]
    top = max(0, pane.shape[0] - style.line * len(lines) - style.cap)
    pane[top:] = colour_bytes(ALARM)
    row = top + round(style.cap * 1.6)
    for words_of_line in lines:
        text.draw(pane, text.shorten(words_of_line, style, room), row, style.cap, style)
        row += style.line


def times(view: View, picture: Picture) -> None:
    """Milliseconds of each step, at the top right of the large pane; at the second level of the slowest layers too."""
    state, pace = view.state, view.pace
    if not state.hud:
        return
    result = view.result
    lines = [("drawn", f"{pace.shown:.1f} a second"), ("draw", f"{pace.draw:.1f} ms"), ("skipped", str(pace.skipped))]
    if result is not None:
        took = result.times
        steps = {"capture": took.capture, "preprocess": took.preprocess, "forward": took.forward}
        if took.backward:
            steps["backward"] = took.backward
        lines = [(name, f"{ms:.1f} ms") for name, ms in steps.items()] + lines
        if state.hud == 2:
            slowest = sorted(took.layers, key=lambda layer: -layer[2])[:12]
            lines += [(f"{name} ({kernel})", f"{ms:.2f} ms") for name, kernel, ms in slowest]
    lines += [("", words) for words in (view.scene.machine, f"weights {view.scene.precision}") if words]
    style = Style(max(8, round(view.layout.cap * 0.85)), WHITE)
    pane = piece(picture, view.layout.layers)
    left = max((text.width(name, style) for name, _ in lines), default=0)
    right = max((text.width(words, style) for name, words in lines if name), default=0)
    wide = max(left + right + style.cap, *(text.width(words, style) for _, words in lines)) + 2 * style.cap
    start = max(0, pane.shape[1] - wide)
    shade(pane, 0, start, style.line * len(lines) + style.cap, pane.shape[1], 0.2)
    for row, (name, words) in enumerate(lines):
        at = style.line * row + round(style.cap * 1.5)
        text.draw(pane, name, at, start + style.cap, style)
        column = start + style.cap if not name else pane.shape[1] - style.cap - text.width(words, style)
        text.draw(pane, words, at, column, style)


def hover_line(view: View, picture: Picture) -> None:
    """What is under the mouse, beside it."""
    if view.state.pointer is None or view.state.help:
        return
    at, layer = hovered(view), view.layer
    words: list[str] = []
    if at.unit is not None and at.pane in ("grid", "unit"):
        words.append(f"{layer.title}:{at.unit}")
        if at.position is not None:
            words[-1] += "@{},{}".format(*at.position)
        if view.current is not None and not view.state.pattern:
            shown = view.current.diffs if view.state.show_back else view.current.acts
            if shown is not None:
                unit = shown[at.unit]
                words.append(number(float(unit[at.position] if at.position is not None else unit.max())))
        words.append(view.scene.label(view.state.layer, at.unit))
        found = view.findings
        if view.state.similar and found.dead is not None and at.unit < len(found.dead):
            words += ["dead"] * bool(found.dead[at.unit])
            twins = [unit for group in found.duplicates if at.unit in group for unit in group if unit != at.unit]
            words += [f"like {', '.join(map(str, twins[:4]))}"] * bool(twins)
    elif at.pane == "bar" and at.layer is not None:
        named = view.scene.layers[at.layer]
        size = "" if (named.height, named.width) == (1, 1) else f" of {named.height}\u00d7{named.width}"
        sees = named.sees
        field = f"sees {sees.size[0]:g}\u00d7{sees.size[1]:g}" if sees is not None and not sees.whole else ""
        words += [named.blob, f"{named.units} units{size}", field]
    elif at.share is not None:
        y, x = (int(share * extent) for share, extent in zip(at.share, view.scene.input_size, strict=True))
        words.append(f"input @{y},{x}")
    line = "  ".join(word for word in words if word)
    if not line:
        return
    style = Style(view.layout.cap, WHITE)
    row, column = view.state.pointer
    wide = text.width(line, style)
    left = min(column + 2 * style.cap, picture.shape[1] - wide - style.cap)
    below = row + 3 * style.cap
    shaded_line(
        picture, line, below if below < picture.shape[0] - style.cap else row - style.cap, max(left, style.cap), style
    )


def window_frames(view: View, picture: Picture) -> None:
    """Each pane's name, place and size: the classic's debug_window_panes."""
    if not view.scene.settings.debug_panes:
        return
    style = Style(max(8, round(view.layout.cap * 0.8)), FRAME)
    for name in PANES:
        box = getattr(view.layout, name)
        if box.height and box.width:
            pane = piece(picture, box)
            shade(pane, 0, 0, box.height, box.width, 0.5)
            rectangle(pane, 0, 0, box.height, box.width, FRAME)
            text.draw(pane, f"{name} at {box.top},{box.left}", style.cap * 2, style.cap, style)
            text.draw(pane, f"{box.height} x {box.width}", style.cap * 4, style.cap, style)
