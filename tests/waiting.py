"""Waiting for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float = 20.0) -> T:
    """The first answer that is true; the last one after ``seconds``."""
    end = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Fails where the condition does not come true in time."""
    assert until(condition, seconds), "it did not happen"
