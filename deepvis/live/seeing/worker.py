"""The thread that owns the net. The newest order wins; an exception becomes text for the window and work goes
on.
"""

from __future__ import annotations

import threading
import traceback
from typing import Protocol

from deepvis.live.mailbox import Mailbox
from deepvis.live.seeing.wants import Result, Wants
from deepvis.live.sources import Frame


class Computes(Protocol):
    """An Engine, or what stands in for it in tests."""

    def compute(self, wants: Wants, frame: Frame) -> Result: ...


class Worker:
    """Takes orders, gives `results`; `problem` says what went wrong with the last order, if anything did."""

    def __init__(self, engine: Computes) -> None:
        self.results: Mailbox[Result] = Mailbox()
        self.problem: str | None = None
        self.details: str = ""
        self._engine = engine
        self._orders: Mailbox[tuple[Wants, Frame]] = Mailbox()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deepvis-worker", daemon=True)

    @property
    def skipped(self) -> int:
        """Orders replaced by newer ones before they were begun."""
        return self._orders.dropped

    def start(self) -> None:
        """Begin working."""
        self._thread.start()

    def order(self, wants: Wants, frame: Frame) -> None:
        """Ask for a result; replaces an order not yet begun."""
        self._orders.put((wants, frame))

    def stop(self, timeout: float = 1.0) -> bool:
        """Ask the thread to end after the pass it is in; False if that takes over `timeout` seconds."""
        self._stop.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            order = self._orders.take(timeout=0.1)
            if order is None:
                continue
            try:
                self.results.put(self._engine.compute(*order))
                self.problem = None
            except Exception as error:  # any failure is shown in the window instead of ending the thread
                self.details = traceback.format_exc()
                self.problem = f"{type(error).__name__}: {error}"
