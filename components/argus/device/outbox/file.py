"""``outbox.sqlite``, opened by one of the threads that use it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from argus.core.instants import Instant
from argus.core.status import QueueState
from argus.device.database import Database
from argus.device.outbox.queue import Queue
from argus.device.outbox.schema import SCHEMA
from argus.device.settings.model import Settings

OUTBOX_FILE = "outbox.sqlite"

Own = TypeVar("Own", bound="OutboxFile")


class OutboxFile(ABC):
    """One queue of the file in a state folder; a context manager. Each thread opens one of its own.

    Args:
        folder: the state folder.
        settings: the settings in force; asked anew each time.

    Raises:
        StateError: the file cannot be opened, or is damaged.
    """

    queue: Queue

    def __init__(self, folder: Path, settings: Callable[[], Settings]) -> None:
        self._database = Database(folder / OUTBOX_FILE, (SCHEMA,), durable=True)
        self._settings = settings
        self._delivered = False

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def state(self, now: Instant) -> QueueState:
        """What waits, for the heartbeat.

        Raises:
            StateError: the file cannot be read.
        """
        with self._database.transaction() as connection:
            return self.queue.state(connection, now)

    def drop_expired(self, now: Instant) -> int:
        """Gives up what has waited for too long; returns how many. Of what is gone no copy is left in the file.

        Raises:
            StateError: the file cannot be written.
        """
        with self._database.transaction() as connection:
            count = self.queue.drop_expired(connection, now, self._days())
        if count or self._delivered:
            self._database.scrub()
            self._delivered = False
        return count

    @abstractmethod
    def _days(self) -> float:
        """For how long something may wait."""

    def _deliver(self, event_ids: list[str]) -> int:
        """Lets go of what has arrived; how many were still waiting."""
        with self._database.transaction() as connection:
            count = self.queue.deliver(connection, event_ids)
        self._delivered |= count > 0
        return count
