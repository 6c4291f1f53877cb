"""The mouse wheel of a window on X11, taken before OpenCV's Qt sees it.

Qt's window in OpenCV enlarges its whole picture when the wheel turns, which nothing turns off and nothing turns back.
So the wheel's buttons are grabbed on the window: their presses come here instead.
"""

from __future__ import annotations

from ctypes import byref

from deepvis.live.x11 import ButtonEvent, X11Window

AWAY, TOWARDS = 4, 5  # the wheel's two buttons
_ANY_MODIFIER, _PRESS_MASK, _ASYNC, _BUTTON_PRESS = 1 << 15, 1 << 2, 1, 4
_LOCKS = (0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4)  # nothing held, but Caps Lock or Num Lock on


class Wheel:
    """The wheel over a window of this process; where there is no X11, it never turns."""

    def __init__(self, window: X11Window) -> None:
        self._window = window
        self._grabbed = False

    def turns(self) -> list[tuple[float, float, int]]:
        """What was turned since the last look: (row, column, 1 for away from the user or -1), the place as shares of
        the window's height and width.
        """
        if not self._grabbed and not self._grab():
            return []
        x11, display = self._window.lib, self._window.display
        turned = []
        event = ButtonEvent()
        while display is not None and x11.XPending(display):
            x11.XNextEvent(display, byref(event))
            if event.type == _BUTTON_PRESS and event.button in (AWAY, TOWARDS):
                height, width = self._window.extent()
                row, column = (event.y + 0.5) / height, (event.x + 0.5) / width
                turned.append((row, column, 1 if event.button == AWAY else -1))
        return turned

    def _grab(self) -> bool:
        window = self._window.window
        if window is None:
            return False
        # window managers have grabs of their own, such as of the wheel with Alt; one that overlaps is refused whole
        if not self._grab_with((_ANY_MODIFIER,), window):
            self._grab_with(_LOCKS, window)
        self._grabbed = True
        return True

    def _grab_with(self, modifiers: tuple[int, ...], window: int) -> bool:
        display = self._window.display
        with self._window.errors() as errors:
            for button in (AWAY, TOWARDS):
                for held in modifiers:
                    self._window.lib.XGrabButton(display, button, held, window, 0, _PRESS_MASK, _ASYNC, _ASYNC, 0, 0)
        return not errors
