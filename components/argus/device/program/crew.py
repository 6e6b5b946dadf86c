"""The program's threads: what ends one of them by surprise ends the program.

A thread ends when it is told to, or because the transport is lost; anything else that is raised in one is a bug. It is
logged with its traceback and told to the main thread, which then stops everything and exits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from argus.device.transport import TransportLost

_log = logging.getLogger(__name__)


class Crew:
    """Threads that are watched over.

    Args:
        wake: called, in whatever thread, when :attr:`bug` or :attr:`lost` was set.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.bug: BaseException | None = None
        self.lost: str | None = None

    def start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        """Runs ``run`` in a thread of that name."""
        thread = threading.Thread(target=self._watched, args=(run,), name=f"argus-{name}", daemon=True)
        thread.start()
        return thread

    def report(self, bug: BaseException) -> None:
        """Something that ran elsewhere was ended by ``bug``."""
        name = threading.current_thread().name
        _log.error("%s was ended by a bug; the program ends and is to be started again", name, exc_info=bug)
        self.bug = self.bug or bug
        self._wake()

    def _watched(self, run: Callable[[], None]) -> None:
        try:
            run()
        except TransportLost as lost:
            self.lost = self.lost or str(lost)
            self._wake()
        except BaseException as bug:
            self.report(bug)
