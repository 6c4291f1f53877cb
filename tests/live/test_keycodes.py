"""What OpenCV's windows report of keys on other systems."""

from __future__ import annotations

import pytest

from deepvis.live.keycodes import key_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, None),
        (255, None),
        (ord("h"), "h"),
        (0x100000 | ord("J"), "J"),
        (0xFF51, "left"),
        (0x10FF54, "down"),
        (0xFFE1, None),
        (0x250000, "left"),
        (0xF700, "up"),
        (27, "esc"),
        (0xFF55, "pgup"),
        (0xFFC0, "0xffc0"),
    ],
)
def test_key_codes(code, name):
    assert key_name(code) == name
