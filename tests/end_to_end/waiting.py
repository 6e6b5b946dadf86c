"""Waiting for what goes through many hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""For what takes some seconds on a machine that has nothing else to do."""

PAUSE_SECONDS = 0.3
"""Between two looks, each of which costs the cloud something."""


def eventually(ask: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is true; the last one after ``seconds``."""
    end = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)
    return answer
