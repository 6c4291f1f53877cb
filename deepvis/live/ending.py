"""What surrounds the viewer's loop: signals that end it, threads that end with it, OpenCV kept to one thread."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import cv2

THREADS = "deepvis-"  # what the names of the viewer's threads begin with
PATIENCE = 0.5  # seconds for all threads together to end


@contextmanager
def one_thread_for_opencv() -> Iterator[None]:
    """Keep OpenCV's work in the thread that calls it. Resizing a pane or a frame is over in a moment, but its pool has
    a thread a processor, which would take them from the net's own threads in the middle of a pass.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@contextmanager
def ending_on_signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM instead of dying of them; nothing where handlers cannot be set."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        seen.append(number)

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    except ValueError:  # not the main thread
        pass
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_all(*stops: Callable[[float], object], seconds: float = PATIENCE) -> None:
    """Ask for the end of all that these functions stop, and only then wait for it, `seconds` for all of it. Each takes
    the seconds that it may wait.
    """
    for stop in stops:
        stop(0.0)
    end = time.monotonic() + seconds
    for stop in stops:
        stop(max(0.0, end - time.monotonic()))


def leave(code: int) -> int:
    """The exit code once more; but a process of which a thread hangs in a driver, or in the middle of a long pass, ends
    here and now. Such a thread would go on, in compiled code, while all that it uses is taken away, and crash.
    """
    if any(thread.name.startswith(THREADS) for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
