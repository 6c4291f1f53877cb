"""Key names from the codes that OpenCV's windows report on X11, macOS and Windows."""

from __future__ import annotations

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
    0xFFC2: "f5",
    0xF700: "up",
    0xF701: "down",
    0xF702: "left",
    0xF703: "right",
    0xF708: "f5",
    0xF72C: "pgup",
    0xF72D: "pgdn",
    0x250000: "left",
    0x260000: "up",
    0x270000: "right",
    0x280000: "down",
    0x210000: "pgup",
    0x220000: "pgdn",
    0x740000: "f5",
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
