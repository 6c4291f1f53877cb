"""A slot for one thing: the newest wins, nothing queues and putting never blocks."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands values from one thread to another; a value not yet taken is replaced by the next."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._value: T | None = None
        self.dropped = 0

    def put(self, value: T) -> None:
        """Leave a value, replacing one that nobody took."""
        with self._ready:
            if self._value is not None:
                self.dropped += 1
            self._value = value
            self._ready.notify()

    def take(self, timeout: float = 0.0) -> T | None:
        """The newest value and an empty slot after it; None if there is none within `timeout` seconds."""
        with self._ready:
            if self._value is None and timeout > 0:
                self._ready.wait(timeout)
            value, self._value = self._value, None
            return value
