"""The threads that read pictures, so that a slow disk or camera never holds up keys and drawing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from deepvis.live.mailbox import Mailbox
from deepvis.live.sources import Frame, LiveSource, Order, PictureFiles, Player

__all__ = ["Feeder", "Order"]


class Feeder:
    """Puts the newest frame into `frames`, as `order` asks.

    Files are read in one thread and the camera or video in another, so that the files are there at once though a
    camera hangs. `problem` says what is wrong with what is asked for, or that a video has ended; `skipped` counts the
    files that could not be read. name: what to call the live source before it has been opened.
    """

    def __init__(
        self,
        files: PictureFiles | None,
        open_source: Callable[[], LiveSource] | None,
        *,
        name: str = "the camera or video",
    ) -> None:
        self.frames: Mailbox[Frame] = Mailbox()
        self._files = files
        self._player = Player(open_source, self._give_live, name) if open_source else None
        self._changed = threading.Condition()
        self._order = Order()
        self._done: Order | None = None  # the order that the files' thread has obeyed last
        self.order = Order(live=files is None)
        self._stopped = False
        self._serial = 0
        self._files_problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="deepvis-feeder", daemon=True)

    @property
    def order(self) -> Order:
        """What is to be shown; set it at any time, from any thread."""
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        with self._changed:
            self._order = order
            self._changed.notify_all()
        if self._player is not None:
            self._player.obey(order)

    @property
    def problem(self) -> str | None:
        """What keeps the pictures that are asked for from coming, in words; None while they come."""
        if not self._order.live:
            return self._files_problem
        return self._player.problem if self._player else None

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
        if self._player is not None:
            self._player.start()

    def stop(self, timeout: float = 1.0) -> bool:
        """Ask the threads to end and wait for them, `timeout` seconds at most; False if one hangs in a device driver.
        Such a thread lets go of its device when the driver returns, and does not keep the process from ending.
        """
        end = time.monotonic() + timeout
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._player is not None:
            self._player.stop()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        ended = self._player is None or self._player.join(max(0.0, end - time.monotonic()))
        return ended and not self._thread.is_alive()

    def _give_live(self, frame: Frame) -> None:
        self._give(frame, live=True)

    def _give(self, frame: Frame, *, live: bool) -> None:
        """Leave a frame for the viewer, unless it is not wanted any more, such as a stalled camera's last."""
        with self._changed:
            if self._order.live == live and not self._stopped:
                self._serial += 1
                self.frames.put(replace(frame, serial=self._serial))

    def _run(self) -> None:
        place = self._order.file  # in steps, of the file read last
        while not self._stopped:
            order, done = self._order, self._done
            changed = done is None or done.live or order.file != place
            if self._files is not None and not order.live and changed:
                self._files_problem = self._read_file(self._files, order.file - place)
                place = order.file
            self._done = order
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._order != self._done)

    def _read_file(self, files: PictureFiles, steps: int) -> str | None:
        """Give the file so many steps on; what went wrong, if anything did."""
        try:
            frame = files.step(steps)
        except Exception as error:  # shown in the window; whatever it was, the viewer goes on
            return f"{error}" or type(error).__name__
        if frame is None:
            return f"no picture can be read: {self.last_skipped}"
        self._give(frame, live=False)
        return None
