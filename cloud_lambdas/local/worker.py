"""What goes on, on a thread of its own, until it is asked to end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class Worker(ABC):
    """One thread; many are asked to end before the first is waited for, so that their last rounds pass together."""

    def __init__(self, name: str) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def _run(self) -> None:
        """Returns soon after ``_ending`` is set."""

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Asks it to end; :meth:`join` waits for it."""
        self._ending.set()

    def join(self) -> None:
        self._thread.join()
