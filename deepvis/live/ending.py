"""What surrounds the viewer's loop: signals that end it, and OpenCV kept to one thread."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import cv2


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
