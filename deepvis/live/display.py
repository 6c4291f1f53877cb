"""Whether a window can be opened here. OpenCV's Qt does not raise without a display: it ends the process."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import cv2

PROBE = "import cv2; cv2.namedWindow('deepvis', cv2.WINDOW_GUI_NORMAL); cv2.destroyAllWindows(); print('window')"


def framework() -> str:
    """OpenCV's GUI: QT, GTK, COCOA, WIN32 …; empty in a headless build."""
    ask = getattr(cv2, "currentUIFramework", None)
    if ask is not None:
        return str(ask())
    said = re.search(r"GUI:\s*(\S+)", cv2.getBuildInformation())  # before 4.9: QT5, GTK3, NONE …
    return said[1].rstrip("0123456789") if said else "unknown"


def has_display() -> bool:
    """Whether a window might open, as far as can be told without opening one."""
    if framework() in ("", "NONE"):
        return False
    return bool(os.environ.get("DISPLAY")) if sys.platform.startswith("linux") else True


class DisplayCheck:
    """Finds out in the background whether a window opens, by opening one in a process of its own."""

    def __init__(self) -> None:
        self._probe: subprocess.Popen[str] | None = None
        self._answer: str | None = None
        if framework() in ("", "NONE"):
            self._answer = "this OpenCV has no windows: pip uninstall opencv-python-headless, pip install opencv-python"
        elif sys.platform.startswith("linux"):
            if not os.environ.get("DISPLAY"):
                self._answer = "there is no display (DISPLAY is not set)"
            else:
                self._probe = subprocess.Popen(
                    [sys.executable, "-c", PROBE],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )

    def why_not(self, timeout: float = 20.0) -> str | None:
        """None if a window opens here; else the reason, as the middle of a sentence."""
        if self._probe is not None:
            try:
                out, err = self._probe.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                self._probe.kill()
                self._probe.communicate()
                out, err = "", "it did not answer"
            if "window" not in out:
                said = [line.strip() for line in err.splitlines() if line.strip()]
                telling = [line for line in said if re.search(r"display|[Ee]rror|[Cc]ould not", line)]
                detail = f": {[*telling, *said[-1:]][0].rstrip('.')}" if said else ""
                self._answer = f"no window opens on display {os.environ.get('DISPLAY')}{detail}"
            self._probe = None
        return self._answer
