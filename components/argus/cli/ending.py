"""How a command that goes on and on is asked to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def asked_to_end() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that everything that was started is ended in order."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {wanted: signal.signal(wanted, end) for wanted in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)
