"""The help screen, made from the table of actions."""

from __future__ import annotations

from deepvis.live.controls.actions import BASE, CLASSIC, HelpLine, help_lines
from deepvis.live.view import View
from deepvis.render import Picture, Style, dim, text

TITLE = "~ ~ ~ Deep Visualization Toolbox ~ ~ ~"
NAMES = {"left": "\u2190", "right": "\u2192", "up": "\u2191", "down": "\u2193"}


def key_words(line: HelpLine) -> str:
    """The keys of one line as people write them: the classic ones, second bindings in brackets."""
    arrows = "".join(NAMES[key] for key in line.keys if key in NAMES)
    words = ([arrows] if arrows else []) + [key for key in line.keys if key not in NAMES]
    also = f" ({' '.join(line.also)})" if line.also else ""
    return " ".join(words) + also


def help_overlay(picture: Picture, view: View) -> None:
    """Dim the window, the help's rectangle once more, and write the keys over it in two columns, in place."""
    height, width = picture.shape[:2]
    settings = view.scene.settings
    picture[...] = dim(picture, 0.7)
    part_top, part_left, part_height, part_width = settings.help_pane
    top, left = int(part_top * height), int(part_left * width)
    box = picture[top : top + int(part_height * height), left : left + int(part_width * width)]
    box[...] = dim(box, 0.35)  # darker than the classic's 0.7: small text over a bright grid must be readable
    lines = help_lines()
    classic = [line for line in lines if line.section in (BASE, CLASSIC)]
    columns = (classic, [line for line in lines if line not in classic])
    rows = max(_rows(column) for column in columns) + 2
    cap = round(view.layout.caps["help"] * 1.2)
    while cap > 7 and (Style(cap).line * rows > box.shape[0] or sum(_width(c, cap) for c in columns) > box.shape[1]):
        cap -= 1
    bold = Style(cap, settings.help_colour, bold=True)
    pitch = min(round(cap * 2.1), box.shape[0] // (rows + 1))
    text.draw(box, TITLE, pitch + cap // 2, (box.shape[1] - text.width(TITLE, bold)) // 2, bold)
    spare = max(0, box.shape[1] - sum(_width(column, cap) for column in columns))
    left = 0
    for column in columns:
        wide = _width(column, cap) + spare // len(columns)
        _column(box[:, left : left + wide], column, pitch, cap, view)
        left += wide


def _sections(lines: list[HelpLine]) -> list[str]:
    return list(dict.fromkeys(line.section for line in lines))


def _rows(lines: list[HelpLine]) -> int:
    return len(lines) + 2 * len(_sections(lines))


def _keys_width(lines: list[HelpLine], cap: int) -> int:
    return max(text.width(key_words(line), Style(cap, bold=True)) for line in lines)


def _width(lines: list[HelpLine], cap: int) -> int:
    return 5 * cap + _keys_width(lines, cap) + max(text.width(line.text, Style(cap)) for line in lines)


def _column(box: Picture, lines: list[HelpLine], pitch: int, cap: int, view: View) -> None:
    settings = view.scene.settings
    style, bold = Style(cap, settings.help_colour), Style(cap, settings.help_colour, bold=True)
    keys_right = 2 * cap + _keys_width(lines, cap)
    row = pitch + cap // 2
    for section in _sections(lines):
        row += 2 * pitch
        text.draw(box, section, row, cap * 2, Style(cap, settings.control_colour_cursor, bold=True))
        for line in (line for line in lines if line.section == section):
            row += pitch
            words = key_words(line)
            text.draw(box, words, row, keys_right - text.width(words, bold), bold)
            room = box.shape[1] - keys_right - 2 * cap
            text.draw(box, text.shorten(line.text, style, room), row, keys_right + round(1.5 * cap), style)
