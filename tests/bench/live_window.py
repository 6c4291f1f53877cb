"""How fast the viewer is in a real window: frames shown a second, milliseconds to draw one, and from key to picture.

    python tests/bench/live_window.py [MODEL] [--layer conv5] [--seconds 10]

A video of 640×480 at 30 frames a second is looked at, with the layer's grid, its deconv view and a window of 1500×930
on a virtual display (needs Xvfb and xdotool). Latency is from just before xdotool presses a key until the display's
memory has changed as the key says; xdotool's own start is in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "live"))
from xserver import Display

SIZE = (1500, 930)
KEYS = 20


def video(path: Path, fps: float) -> Path:
    """Ten seconds of something that moves."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (640, 480))
    rng = np.random.default_rng(0)
    ground = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    for number in range(300):
        frame = np.roll(ground, number * 3, axis=1)
        cv2.circle(frame, (320 + int(200 * np.sin(number / 20)), 240), 60, (30, 60, 220), -1)
        writer.write(frame)
    writer.release()
    return path


def child(arguments: argparse.Namespace) -> None:
    """The viewer itself, told to count."""
    from deepvis.cli import main
    from deepvis.live import app

    draws: list[tuple[float, float, float, int]] = []
    plain = app.compose

    def compose(view, **more):
        begun, busy = time.perf_counter(), time.thread_time()
        picture = plain(view, **more)
        backward = view.back_current
        seen = backward.wants.frame if backward is not None else 0
        draws.append((begun, time.perf_counter() - begun, time.thread_time() - busy, seen))
        return picture

    app.compose = compose
    model = [arguments.model] if arguments.model else []
    words = ["live", *model, "-s", arguments.source, "-l", f"{arguments.layer}:10", "-b", arguments.rule]
    main.main([*words, "--keys", arguments.keys])
    Path(arguments.out).write_text(json.dumps(draws))


def middle(values: list[float]) -> str:
    values = sorted(values)
    return f"{statistics.median(values):.1f} (90 %: {values[int(len(values) * 0.9)]:.1f})"


def main() -> None:
    """Start the viewer, let it run, press keys, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--layer", default="conv5")
    parser.add_argument("--rule", default="deconv")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--source", default="")
    parser.add_argument("--out", default="")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--keys", default="", help="keys of the viewer pressed at its start")
    arguments = parser.parse_args()
    if arguments.out:
        child(arguments)
        return
    with tempfile.TemporaryDirectory() as name, Display(Path(name)) as display:
        out = Path(name) / "draws.json"
        source = video(Path(name) / "moving.avi", arguments.fps)
        words = [*([arguments.model] if arguments.model else []), "--layer", arguments.layer, "--rule", arguments.rule]
        words += ["--source", str(source), "--out", str(out), "--keys", arguments.keys]
        command = [sys.executable, __file__, *words]
        process = subprocess.Popen(command, env=display.environment, stdout=subprocess.DEVNULL)
        display.wait(lambda screen: len(display.windows("Deep Visualization Toolbox: ")) > 0)
        subprocess.run(["xdotool", "mousemove", "5", str(SIZE[1] - 10)], env=display.environment, check=True)
        time.sleep(2)
        begun = time.perf_counter()
        time.sleep(arguments.seconds)
        ended = time.perf_counter()
        latencies = [press(display) for _ in range(KEYS)]
        display.press("q")
        process.wait(10)
        draws = json.loads(out.read_text())
    inside = [(took, busy, seen) for at, took, busy, seen in draws if begun <= at < ended]
    frames = len({seen for _, _, seen in inside})
    what = f"{arguments.model or 'built-in'} {arguments.layer} {arguments.rule}, {SIZE[0]}x{SIZE[1]}"
    print(f"{what}, source of {arguments.fps:g} frames a second, keys {arguments.keys or 'none'}")
    print(f"  frames a second      {frames / (ended - begun):.1f}, each with its own backward pass")
    print(f"  draws a second       {len(inside) / (ended - begun):.1f}")
    print(f"  draw, ms             {middle([took * 1e3 for took, _, _ in inside])}")
    print(f"  of it computing, ms  {middle([busy * 1e3 for _, busy, _ in inside])}")
    print(f"  key to picture, ms   {middle(latencies)}")


def press(display: Display) -> float:
    """Help on or off: milliseconds until what it covers of the backward view is much darker or brighter."""

    def brightness() -> float:
        return float(display.picture()[700:850, 110:280].mean())

    before = brightness()
    begun = time.perf_counter()
    display.press("h")
    while 0.6 < brightness() / before < 1 / 0.6:
        if time.perf_counter() - begun > 5:
            raise RuntimeError("the key had no effect")
    took = (time.perf_counter() - begun) * 1e3
    time.sleep(0.15)
    return took


if __name__ == "__main__":
    main()
