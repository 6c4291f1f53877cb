"""The wheel's grab among other programs of the display: window managers that grab it too, windows that vanish."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from viewer_process import NEEDS

pytestmark = NEEDS

# another program's window, which grabs the wheel with Alt held as window managers do
PROGRAM = """
import ctypes, json, subprocess, time
from ctypes import c_char_p, c_int, c_uint, c_ulong, c_void_p
from deepvis.live.x11 import X11Window
from deepvis.live.x11_wheel import Wheel

x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = c_void_p
x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = c_ulong, [c_void_p]
x.XCreateSimpleWindow.restype = c_ulong
x.XCreateSimpleWindow.argtypes = [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong]
x.XStoreName.argtypes = [c_void_p, c_ulong, c_char_p]
x.XMapWindow.argtypes = [c_void_p, c_ulong]
x.XSync.argtypes = [c_void_p, c_int]
x.XGrabButton.argtypes = [c_void_p, c_uint, c_uint, c_ulong, c_int, c_uint, c_int, c_int, c_ulong, c_ulong]
display = x.XOpenDisplay(None)
window = x.XCreateSimpleWindow(display, x.XDefaultRootWindow(display), 0, 0, 200, 100, 0, 0, 0)
x.XStoreName(display, window, b"another window")
x.XMapWindow(display, window)
x.XGrabButton(display, 4, HELD, window, 0, 4, 1, 1, 0, 0)
x.XSync(display, 0)

wheel = Wheel(X11Window("another window"))
assert wheel.turns() == []
subprocess.run(["xdotool", "mousemove", "50", "75", "click", "4", "click", "5"], check=True)
turned = []
end = time.monotonic() + 10
while len(turned) < COUNT and time.monotonic() < end:
    turned += wheel.turns()
    time.sleep(0.01)
print(json.dumps(turned))
"""


@pytest.mark.parametrize(("held", "turned"), [(1 << 3, [1, -1]), (1 << 15, [-1])], ids=["alt", "anything"])
def test_a_wheel_that_a_window_manager_grabs_too(display, held, turned):
    """With Alt alone, the rest comes here; with anything held, nothing of that button. Neither ends the process."""
    program = PROGRAM.replace("HELD", str(held)).replace("COUNT", str(len(turned)))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=display.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[pytest.approx(0.755), pytest.approx(0.2525), way] for way in turned]
