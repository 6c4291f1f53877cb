"""The viewer's own line font: every glyph is a few strokes, so text is the same picture whatever OpenCV is
installed.

OpenCV 4 and 5 draw `putText` with different fonts of different sizes, so nothing measured with one fits with
the other. Glyphs are written on a grid with the baseline at y = 0, small letters 10 high, capitals 14 high,
descenders to -4, x to the right. A stroke is a path: `M x y` start, `L x y` line, `Q x1 y1 x y` quadratic
curve, and `A cx cy rx ry a b` an elliptic arc from angle a to b (degrees, counter-clockwise from +x), which
starts a new stroke.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

X_HEIGHT, CAP_HEIGHT, DESCENT = 10.0, 14.0, 4.0
SIDE = 1.9  # free space left and right of the strokes, in grid units

# character: (width between the outermost stroke centres, path)
GLYPHS: dict[str, tuple[float, str]] = {
    " ": (2.6, ""),
    "a": (7.4, ("M.6 8.4 Q1.7 10 4 10 Q7.4 10 7.4 6.8 L7.4 0 M7.4 5.9 L3.5 5.9 Q0 5.8 "
                "0 2.9 Q0 0 3.1 0 Q5.8 0 7.4 2.6")),
    "b": (8, "M0 14 L0 0 A4 5 4 5 0 360"),
    "c": (7, "A4 5 4 5 45 315"),
    "d": (8, "M8 14 L8 0 A4 5 4 5 0 360"),
    "e": (8, "M0 5.2 L8 5.2 A4 5 4 5 2 318"),
    "f": (5.4, "M5.6 14 L5 14 Q2.2 14 2.2 11 L2.2 0 M0 10 L5.2 10"),
    "g": (8, "M8 10 L8 -.6 Q8 -4 4.2 -4 Q2 -4 .7 -2.8 A4 5 4 5 0 360"),
    "h": (7.4, "M0 14 L0 0 M0 6 Q.5 10 4 10 Q7.4 10 7.4 6.2 L7.4 0"),
    "i": (0, "M0 10 L0 0 M0 13.5 L0 13.9"),
    "j": (1.6, "M1.6 10 L1.6 -1.4 Q1.6 -4 -.9 -4 M1.6 13.5 L1.6 13.9"),
    "k": (7, "M0 14 L0 0 M6.6 10 L0 4 M2.5 6.3 L7 0"),
    "l": (2, "M0 14 L0 2 Q0 0 2.2 0"),
    "m": (12, "M0 10 L0 0 M0 6 Q.4 10 3.2 10 Q6 10 6 6.4 L6 0 M6 6 Q6.4 10 9.2 10 Q12 10 12 6.4 L12 0"),
    "n": (7.4, "M0 10 L0 0 M0 6 Q.5 10 4 10 Q7.4 10 7.4 6.2 L7.4 0"),
    "o": (8, "A4 5 4 5 0 360"),
    "p": (8, "M0 10 L0 -4 A4 5 4 5 0 360"),
    "q": (8, "M8 10 L8 -4 A4 5 4 5 0 360"),
    "r": (4.4, "M0 10 L0 0 M0 5.6 Q.4 10 4.4 10"),
    "s": (6.8, ("M6.5 8.3 Q5.6 10 3.4 10 Q.4 10 .4 7.6 Q.4 5.6 3.5 5.1 Q6.8 4.6 6.8 "
                "2.4 Q6.8 0 3.4 0 Q1 0 0 1.8")),
    "t": (5.6, "M2.2 13 L2.2 3 Q2.2 0 4.8 0 L5.6 0 M0 10 L5.4 10"),
    "u": (7.4, "M0 10 L0 3.8 Q0 0 3.4 0 Q6.9 0 7.4 4 M7.4 10 L7.4 0"),
    "v": (7.6, "M0 10 L3.8 0 L7.6 10"),
    "w": (11.6, "M0 10 L2.9 0 L5.8 9 L8.7 0 L11.6 10"),
    "x": (7.2, "M0 10 L7.2 0 M7.2 10 L0 0"),
    "y": (7.6, "M0 10 L3.8 .4 M7.6 10 L3.2 -1.8 Q2.4 -4 .4 -4"),
    "z": (7, "M.2 10 L6.8 10 L0 0 L7 0"),
    "A": (10, "M0 0 L5 14 L10 0 M1.8 4.8 L8.2 4.8"),
    "B": (9, "M0 0 L0 14 L5 14 Q8.3 14 8.3 10.7 Q8.3 7.4 5 7.4 L0 7.4 M5 7.4 Q9 7.4 9 3.7 Q9 0 5 0 L0 0"),
    "C": (9.4, "A5.4 7 5.4 7 48 312"),
    "D": (9.6, "M0 0 L0 14 L4 14 Q9.6 14 9.6 7 Q9.6 0 4 0 L0 0"),
    "E": (7.8, "M7.8 14 L0 14 L0 0 L7.8 0 M0 7.3 L6.8 7.3"),
    "F": (7.6, "M7.6 14 L0 14 L0 0 M0 7 L6.6 7"),
    "G": (10.4, "A5.4 7 5.4 7 48 356 M10.6 6.6 L6 6.6"),
    "H": (9.4, "M0 0 L0 14 M9.4 14 L9.4 0 M0 7.3 L9.4 7.3"),
    "I": (0, "M0 0 L0 14"),
    "J": (6, "M6 14 L6 4 Q6 0 3 0 Q.2 0 0 3.2"),
    "K": (8.8, "M0 0 L0 14 M8.4 14 L0 5.4 M3.1 8.6 L8.8 0"),
    "L": (7.4, "M0 14 L0 0 L7.4 0"),
    "M": (11.4, "M0 0 L0 14 L5.7 4 L11.4 14 L11.4 0"),
    "N": (9.4, "M0 0 L0 14 L9.4 0 L9.4 14"),
    "O": (11, "A5.5 7 5.5 7 0 360"),
    "P": (8.6, "M0 0 L0 14 L5 14 Q8.6 14 8.6 10.3 Q8.6 6.5 5 6.5 L0 6.5"),
    "Q": (11, "A5.5 7 5.5 7 0 360 M7 3.4 L11 -.8"),
    "R": (8.8, "M0 0 L0 14 L5 14 Q8.6 14 8.6 10.5 Q8.6 7 5 7 L0 7 M4.8 7 L8.8 0"),
    "S": (8.6, ("M8.2 11.8 Q7.2 14 4.3 14 Q.4 14 .4 10.6 Q.4 7.8 4.4 7.2 Q8.6 6.5 8.6 "
                "3.5 Q8.6 0 4.3 0 Q1 0 0 2.6")),
    "T": (9, "M0 14 L9 14 M4.5 14 L4.5 0"),
    "U": (9.4, "M0 14 L0 5 Q0 0 4.7 0 Q9.4 0 9.4 5 L9.4 14"),
    "V": (10, "M0 14 L5 0 L10 14"),
    "W": (14, "M0 14 L3.5 0 L7 13 L10.5 0 L14 14"),
    "X": (9, "M0 14 L9 0 M9 14 L0 0"),
    "Y": (9, "M0 14 L4.5 6.6 L9 14 M4.5 6.6 L4.5 0"),
    "Z": (8.6, "M.2 14 L8.4 14 L0 0 L8.6 0"),
    "0": (8, "A4 7 4 7 0 360"),
    "1": (8, "M1.2 11 L4.6 14 L4.6 0"),
    "2": (8, "M.4 10.8 Q.7 14 4 14 Q7.7 14 7.7 10.6 Q7.7 8.3 5.2 5.6 L0 0 L8 0"),
    "3": (8, "M.6 11.6 Q1.4 14 4 14 Q7.4 14 7.4 10.8 Q7.4 7.6 3.4 7.5 Q8 7.4 8 3.8 Q8 0 4 0 Q.8 0 .2 2.8"),
    "4": (8, "M5.8 0 L5.8 14 L0 4.2 L8 4.2"),
    "5": (8, "M7.2 14 L1.2 14 L.7 7.4 Q2 9 4.2 9 Q8 9 8 4.6 Q8 0 4 0 Q.9 0 .2 2.6"),
    "6": (8, "M6.9 12.4 Q6.2 14 4.4 14 Q0 14 0 6 L0 4.6 A4 4.5 4 4.5 0 360"),
    "7": (8, "M0 14 L8 14 L3 0"),
    "8": (8, "A4 10.7 3.3 3.3 0 360 A4 3.7 4 3.7 0 360"),
    "9": (8, "M1.1 1.6 Q1.8 0 3.6 0 Q8 0 8 8 L8 9.4 A4 9.5 4 4.5 0 360"),
    ".": (0, "M0 0 L0 .3"),
    ",": (.8, "M.8 .4 L0 -2.4"),
    ":": (0, "M0 0 L0 .3 M0 8 L0 8.3"),
    ";": (.8, "M.8 .4 L0 -2.4 M.8 8 L.8 8.3"),
    "!": (0, "M0 14 L0 4.4 M0 0 L0 .3"),
    "?": (7, "M0 11 Q.2 14 3.5 14 Q7 14 7 10.8 Q7 8.4 3.6 7 L3.6 4.4 M3.6 0 L3.6 .3"),
    "'": (0, "M0 14 L0 10.6"),
    "`": (2, "M0 14 L2 11.6"),
    '"': (3.4, "M0 14 L0 10.6 M3.4 14 L3.4 10.6"),
    "-": (5, "M0 5.4 L5 5.4"),
    "\u2013": (8, "M0 5.4 L8 5.4"),
    "_": (8, "M0 -2 L8 -2"),
    "+": (7, "M0 6 L7 6 M3.5 9.5 L3.5 2.5"),
    "=": (7, "M0 7.8 L7 7.8 M0 4 L7 4"),
    "*": (6, "M3 14 L3 8 M.3 12.6 L5.7 9.4 M5.7 12.6 L.3 9.4"),
    "/": (6, "M0 -1.6 L6 15"),
    "\\": (6, "M0 15 L6 -1.6"),
    "|": (0, "M0 15 L0 -3"),
    "(": (3, "M3 15.4 Q0 11.6 0 6.4 Q0 1 3 -3"),
    ")": (3, "M0 15.4 Q3 11.6 3 6.4 Q3 1 0 -3"),
    "[": (3, "M3 15.4 L0 15.4 L0 -3 L3 -3"),
    "]": (3, "M0 15.4 L3 15.4 L3 -3 L0 -3"),
    "{": (4, "M4 15.4 Q2 15.4 2 13 L2 8.6 Q2 6.4 0 6.4 Q2 6.4 2 4 L2 -.6 Q2 -3 4 -3"),
    "}": (4, "M0 15.4 Q2 15.4 2 13 L2 8.6 Q2 6.4 4 6.4 Q2 6.4 2 4 L2 -.6 Q2 -3 0 -3"),
    "<": (6.4, "M6.4 10 L0 6 L6.4 2"),
    ">": (6.4, "M0 10 L6.4 6 L0 2"),
    "#": (9, "M2 0 L4 14 M6 0 L8 14 M.8 9.4 L9 9.4 M0 4.6 L8.2 4.6"),
    "%": (11, "A2.4 11.2 2.4 2.8 0 360 A8.6 2.8 2.4 2.8 0 360 M9 14 L2 0"),
    "&": (9.6, ("M9.6 0 L2.2 10 Q1.4 14 4.2 14 Q6.8 14 6.6 11.2 Q6.2 9 3 7.4 Q0 5.8 0 "
                "3.4 Q.2 0 3.8 0 Q8 0 9 6")),
    "@": (12, "A6 5.6 2.6 3.2 0 360 M8.6 9 L8.6 4.4 Q8.7 2.6 10.2 2.6 Q12 2.6 12 6.4 A6 6 6 7.4 4 300"),
    "$": (8, ("M7.6 11 Q6.8 12.6 4 12.6 Q.4 12.6 .4 9.8 Q.4 7.4 4 6.8 Q8 6 8 3.6 Q8 "
                "1 4 1 Q1 1 0 3 M4 15 L4 -1.6")),
    "^": (6, "M0 9.4 L3 14 L6 9.4"),
    "~": (8, "M0 5 Q1.2 7.4 3.4 6.2 L4.6 5.2 Q6.8 3.8 8 6.4"),
    "\u00d7": (6, "M0 9 L6 3 M6 9 L0 3"),
    "\u00b7": (0, "M0 5.4 L0 5.7"),
    "\u2026": (8, "M0 0 L0 .3 M4 0 L4 .3 M8 0 L8 .3"),
    "\u00b0": (4, "A2 12 2 2 0 360"),
    "\u2190": (9, "M9 5.4 L0 5.4 M3.4 9 L0 5.4 L3.4 1.8"),
    "\u2192": (9, "M0 5.4 L9 5.4 M5.6 9 L9 5.4 L5.6 1.8"),
    "\u2191": (7, "M3.5 0 L3.5 11.6 M0 8 L3.5 11.6 L7 8"),
    "\u2193": (7, "M3.5 11.6 L3.5 0 M0 3.6 L3.5 0 L7 3.6"),
}  # fmt: skip
MISSING = (6.0, "M0 0 L0 12 L6 12 L6 0 L0 0")  # what stands for a character that has no glyph


def _flatten(path: str) -> npt.NDArray[np.float64]:
    """All strokes of a path as line segments, (n, 4) of x0 y0 x1 y1."""
    segments: list[tuple[float, float, float, float]] = []
    words = "".join(f" {c} " if c in "MLQA" else c for c in path).split()
    at = (0.0, 0.0)
    while words:
        command = words.pop(0)
        count = {"M": 2, "L": 2, "Q": 4, "A": 6}[command]
        v = [float(words.pop(0)) for _ in range(count)]
        if command == "M":
            at = (v[0], v[1])
            continue
        if command == "L":
            points = [(v[0], v[1])]
        elif command == "Q":
            t = np.linspace(0, 1, 9)[1:]
            points = [
                (
                    (1 - s) ** 2 * at[0] + 2 * s * (1 - s) * v[0] + s * s * v[2],
                    (1 - s) ** 2 * at[1] + 2 * s * (1 - s) * v[1] + s * s * v[3],
                )
                for s in t
            ]
        else:
            angles = np.radians(np.linspace(v[4], v[5], max(8, int((v[5] - v[4]) / 12)) + 1))
            points = [(v[0] + v[2] * float(np.cos(a)), v[1] + v[3] * float(np.sin(a))) for a in angles]
            at = points.pop(0)
        for point in points:
            segments.append((*at, *point))
            at = point
    return np.array(segments, np.float64).reshape(-1, 4)


def _hinted(y: npt.NDArray[np.float64], cap: int) -> npt.NDArray[np.float64]:
    """Grid heights → pixels above the baseline, with the small letters' height on a whole pixel so that rows
    look sharp.
    """
    x_height = round(cap * X_HEIGHT / CAP_HEIGHT)
    scale = cap / CAP_HEIGHT
    return np.interp(y, [-8, 0, X_HEIGHT, CAP_HEIGHT, 20], [-8 * scale, 0, x_height, cap, cap + 6 * scale])


@cache
def glyph(char: str, cap: int, weight: float) -> tuple[npt.NDArray[np.float32], int]:
    """Coverage (0..1) of one character for capitals `cap` pixels high and strokes `weight` pixels wide.

    Returns the mask, (cap + 2 * margin, width + 2 * margin) with margin = `margin(cap)` on every side around
    the advance box that stands on the baseline, and the advance in pixels.
    """
    width, path = GLYPHS.get(char, MISSING)
    scale = cap / CAP_HEIGHT
    advance = round((width + 2 * SIDE) * scale)  # the same for bold, so that nothing shifts when text changes weight
    pad = margin(cap)
    mask = np.zeros((cap + 2 * pad, advance + 2 * pad), np.float32)
    segments = _flatten(path)
    if not len(segments):
        return mask, advance
    left = pad + (advance - width * scale) / 2
    x0, x1 = left + segments[:, 0] * scale, left + segments[:, 2] * scale
    # stroke centres sit half a pixel above the baseline's edge, so that flat strokes fill whole pixel rows
    y0, y1 = (pad + cap - weight / 2 - _hinted(v, cap) * (cap - weight) / cap for v in (segments[:, 1], segments[:, 3]))
    py, px = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]] + 0.5
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy + 1e-12
    t = np.clip(((px[..., None] - x0) * dx + (py[..., None] - y0) * dy) / length2, 0, 1)
    distance = np.hypot(px[..., None] - x0 - t * dx, py[..., None] - y0 - t * dy).min(axis=-1)
    return np.clip(0.5 + weight / 2 - distance, 0, 1).astype(np.float32), advance


def margin(cap: int) -> int:
    """Pixels kept free around a glyph's advance box: descenders and overhangs live there."""
    return max(3, round(cap * 0.45))
