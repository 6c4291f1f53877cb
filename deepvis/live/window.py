"""The real window: the only place that calls OpenCV's GUI."""

from __future__ import annotations

import cv2
import numpy as np

from deepvis.render import Picture

TITLE = "Deep Visualization Toolbox"
# what waitKeyEx gives: X11 and its keypad, macOS, Windows
SPECIAL = {
    0xFF51: "left",
    0xFF52: "up",
    0xFF53: "right",
    0xFF54: "down",
    0xFF55: "pgup",
    0xFF56: "pgdn",
    0xFF96: "left",
    0xFF97: "up",
    0xFF98: "right",
    0xFF99: "down",
    0xFF9A: "pgup",
    0xFF9B: "pgdn",
    0xF700: "up",
    0xF701: "down",
    0xF702: "left",
    0xF703: "right",
    0xF72C: "pgup",
    0xF72D: "pgdn",
    0x250000: "left",
    0x260000: "up",
    0x270000: "right",
    0x280000: "down",
    0x210000: "pgup",
    0x220000: "pgdn",
    27: "esc",
    13: "enter",
    10: "enter",
    32: "space",
    9: "tab",
    8: "backspace",
}
MODIFIERS = range(0xFFE1, 0xFFEF)  # Shift, Control, Caps Lock, Alt … on their own


def key_name(code: int) -> str | None:
    """A key's name as in the table of actions from waitKeyEx's code; None for no key."""
    if code in (-1, 255):
        return None
    low = code & 0xFFFF  # GTK sets bits above for Shift, Control and Num Lock
    if low in MODIFIERS:
        return None
    if code in SPECIAL or low in SPECIAL:
        return SPECIAL.get(code) or SPECIAL[low]
    if low < 256 and chr(low).isprintable():
        return chr(low)
    return f"0x{code:x}"


class Window:
    """One window of fixed size; call it from the main thread. Ask display.why_not() first: without a display
    OpenCV ends the whole process.
    """

    def __init__(self, title: str = TITLE) -> None:
        self._title = title
        self._shown = False
        cv2.namedWindow(title, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)

    def show(self, picture: Picture) -> None:
        """Show an RGB picture."""
        cv2.imshow(self._title, np.ascontiguousarray(picture[..., ::-1]))
        self._shown = True

    def key(self, wait_ms: int = 1) -> str | None:
        """Let the window work for `wait_ms` milliseconds; the key pressed, if any."""
        return key_name(cv2.waitKeyEx(max(1, wait_ms)))

    @property
    def closed(self) -> bool:
        """Whether the user closed the window."""
        try:
            return self._shown and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def close(self) -> None:
        """Take the window away."""
        try:
            cv2.destroyWindow(self._title)
        except cv2.error:
            return
        cv2.waitKey(1)
