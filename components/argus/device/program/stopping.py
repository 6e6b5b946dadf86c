"""How the program is asked to stop, and how its threads are."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType

from argus.device.program.crew import Crew

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0

RESERVED_SECONDS = 0.5


class Signals:
    """SIGTERM and Ctrl-C ask to end; said again, they end it at once. SIGHUP asks to read the configuration again.

    Supervisors signal a process and then its group, so that what comes within AGAIN_SECONDS is still the first time. A
    context manager, for the main thread.

    Args:
        wake: called in a signal handler, and so must not wait for a lock.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._before: dict[int, object] = {}
        self._asked_at: float | None = None
        self.read_again = False

    @property
    def end(self) -> bool:
        """Whether the program is to end."""
        return self._asked_at is not None

    def __enter__(self) -> Signals:
        handlers = {signal.SIGTERM: self._end, signal.SIGINT: self._end, signal.SIGHUP: self._read_again}
        self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what it returned itself

    def _end(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
            self._wake()
        elif now - self._asked_at >= AGAIN_SECONDS:
            os._exit(128 + number)

    def _read_again(self, number: int, frame: FrameType | None) -> None:
        self.read_again = True
        self._wake()


@dataclass
class Stage:
    """Threads that stop together.

    Attributes:
        stop: set, it ends them.
    """

    crew: Crew
    stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, name: str, run: Callable[[threading.Event], None]) -> None:
        """Runs ``run`` in a thread of that name, until :attr:`stop`."""
        self._threads.append(self.crew.start(name, lambda: run(self.stop)))

    def end(self, until_seconds: float) -> None:
        """Stops the threads and waits for them until that monotonic time; who hangs is left behind."""
        self.stop.set()
        for thread in self._threads:
            thread.join(max(0.0, until_seconds - time.monotonic()))
            if thread.is_alive():
                _log.warning("%s does not end and is left behind", thread.name)


def end_all(stages: Sequence[Stage], seconds: float) -> None:
    """Stops one stage after the other, all within so long: each leaves RESERVED_SECONDS to each of those after it."""
    until = time.monotonic() + seconds
    for after, stage in zip(reversed(range(len(stages))), stages, strict=True):
        stage.end(until - after * RESERVED_SECONDS)


def exit_at_the_latest(seconds: float, code: int) -> None:
    """Ends the process after so long, whatever hangs in it."""

    def end() -> None:
        time.sleep(seconds)
        _log.error("something hangs: the program ends without it")
        os._exit(code)

    threading.Thread(target=end, name="argus-end", daemon=True).start()
