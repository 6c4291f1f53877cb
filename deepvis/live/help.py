"""The help screen, made from the table of actions."""

from __future__ import annotations

from deepvis.live.actions import HelpLine, help_lines
from deepvis.live.scene import Scene
from deepvis.render import Picture, Style, dim, text
from deepvis.render.picture import Colour

PLACE = (0.07, 0.07, 0.86, 0.86)  # top, left, height, width as parts of the window
WHITE: Colour = (1.0, 1.0, 1.0)
TITLE = "~ ~ ~ Deep Visualization Toolbox ~ ~ ~"
NAMES = {"left": "\u2190", "right": "\u2192", "up": "\u2191", "down": "\u2193"}


def key_words(line: HelpLine) -> str:
    """The keys of one line as people write them: the classic ones, second bindings in brackets."""
    arrows = "".join(NAMES[key] for key in line.keys if key in NAMES)
    words = ([arrows] if arrows else []) + [key for key in line.keys if key not in NAMES]
    also = f" ({' '.join(line.also)})" if line.also else ""
    return " ".join(words) + also


def help_overlay(picture: Picture, scene: Scene) -> None:
    """Dim the window, the help's rectangle once more, and write the keys over it, in place."""
    height, width = picture.shape[:2]
    picture[...] = dim(picture, 0.7)
    top, left = int(PLACE[0] * height), int(PLACE[1] * width)
    box = picture[top : top + int(PLACE[2] * height), left : left + int(PLACE[3] * width)]
    box[...] = dim(box, 0.35)  # darker than the classic's 0.7: small text over a bright grid must be readable
    lines = help_lines()
    sections = list(dict.fromkeys(line.section for line in lines))
    rows = len(lines) + 2 * len(sections) + 3
    cap = round(scene.layout.cap * 1.2)
    while cap > 8 and Style(cap).line * rows > box.shape[0]:
        cap -= 1
    style, bold = Style(cap, WHITE), Style(cap, WHITE, bold=True)
    pitch = min(round(cap * 2.1), box.shape[0] // rows)
    keys_right = cap + max(text.width(key_words(line), bold) for line in lines) + cap
    row = pitch + cap // 2
    text.draw(box, TITLE, row, (box.shape[1] - text.width(TITLE, bold)) // 2, bold)
    for section in sections:
        row += 2 * pitch
        text.draw(box, section, row, cap * 2, Style(cap, (0.5, 1.0, 0.5), bold=True))
        for line in (line for line in lines if line.section == section):
            row += pitch
            words = key_words(line)
            text.draw(box, words, row, keys_right - text.width(words, bold), bold)
            room = box.shape[1] - keys_right - 3 * cap
            text.draw(box, text.shorten(line.text, style, room), row, keys_right + 2 * cap, style)
