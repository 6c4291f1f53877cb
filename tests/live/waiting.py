"""Waiting for what other threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from deepvis.live.mailbox import Mailbox

T = TypeVar("T")


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Return once it is true; fails if that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


def next_in(mailbox: Mailbox[T], wanted: Callable[[T], bool] = lambda _: True) -> T:
    """The next one of this kind that is put into a mailbox."""
    found: list[T] = []

    def look() -> bool:
        got = mailbox.take()
        if got is not None and wanted(got):
            found.append(got)
        return bool(found)

    wait_for(look)
    return found[0]
