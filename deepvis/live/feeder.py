"""The thread that reads pictures, so that a slow disk or camera never holds up keys and drawing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from deepvis.live.mailbox import Mailbox
from deepvis.live.sources import Frame, LiveSource, PictureFiles

IDLE = 0.01  # seconds between looks at the order while there is nothing to read


@dataclass(frozen=True)
class Order:
    """What the state asks of the feeder."""

    live: bool = False
    paused: bool = False
    file: int = 0


class Feeder:
    """Puts the newest frame into `frames`; what goes wrong is in `problem` (live source) and `skipped`
    (files).
    """

    def __init__(self, files: PictureFiles | None, open_source: Callable[[], LiveSource] | None) -> None:
        self.frames: Mailbox[Frame] = Mailbox()
        self.order = Order(live=files is None)
        self.problem: str | None = None
        self._files, self._open_source = files, open_source
        self._stop = threading.Event()
        self._serial = 0
        self._live_failed = False
        self._thread = threading.Thread(target=self._run, name="deepvis-feeder", daemon=True)

    @property
    def skipped(self) -> int:
        """How many files could not be read so far."""
        return len(self._files.skipped) if self._files else 0

    @property
    def last_skipped(self) -> str:
        """What was wrong with the last of them."""
        return self._files.skipped[-1] if self._files and self._files.skipped else ""

    def start(self) -> None:
        """Begin reading."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Ask the thread to end and wait for it; False if it hangs in a device driver."""
        self._stop.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _publish(self, frame: Frame) -> None:
        self._serial += 1
        self.frames.put(replace(frame, serial=self._serial))

    def _run(self) -> None:
        source: LiveSource | None = None
        shown: Order | None = None
        while not self._stop.is_set():
            order = self.order
            if not order.live and self._live_failed:
                self._live_failed, self.problem = False, None
            try:
                if order.live and self._open_source:
                    if source is None:
                        source = self._open_source()
                        self.problem = None
                    if shown is None or not shown.live:
                        shown = order
                    if order.paused and shown == order and self._serial:
                        self._stop.wait(IDLE)
                        continue
                    frame = source.read()
                    shown = order
                    if frame is None:
                        self._stop.wait(IDLE)
                    else:
                        self._publish(frame)
                elif self._files and (shown is None or shown.live or shown.file != order.file):
                    steps = 0 if shown is None else order.file - shown.file
                    shown = order
                    frame = self._files.step(steps)
                    if frame is None:
                        self.problem = f"no picture can be read: {self.last_skipped}"
                    else:
                        self._publish(frame)
                else:
                    self._stop.wait(IDLE)
            except Exception as error:  # shown in the window; whatever it was, the viewer goes on
                self.problem = f"{error}" or type(error).__name__
                self._live_failed = order.live
                if source is not None:
                    source.close()
                    source = None
                self._stop.wait(0.5)
        if source is not None:
            source.close()
