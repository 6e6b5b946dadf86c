"""The pictures that wait to be uploaded; :class:`argus.device.outbox.store.Outbox` puts them there with their events.

A picture stays until the store has it, is too old, or there are too many bytes of them. What is given up is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from argus.device.outbox.file import OutboxFile
from argus.device.outbox.queue import SNAPSHOTS


@dataclass(frozen=True)
class WaitingSnapshot:
    """A picture that waits.

    Attributes:
        place: in the queue.
        key: where it belongs, as its event says.
        picture: JPEG.
    """

    place: int
    event_id: str
    key: str
    picture: bytes


class SnapshotQueue(OutboxFile):
    """The pictures of the outbox; see :class:`OutboxFile`."""

    queue = SNAPSHOTS

    def next(self, after: int = 0) -> WaitingSnapshot | None:
        """The one to be uploaded next, the oldest after a place, else the oldest of all.

        Raises:
            StateError: the file cannot be read.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT place, event_id, key, picture FROM snapshots ORDER BY place <= ?, place LIMIT 1", (after,)
            ).fetchone()
            return WaitingSnapshot(*row) if row else None

    def uploaded(self, event_id: str) -> bool:
        """The store has that event's picture; False when it was erased or given up meanwhile.

        Raises:
            StateError: the file cannot be written.
        """
        return self._deliver([event_id]) > 0

    def drop_all(self) -> int:
        """Gives up all that waits, of which no copy is left in the file; returns how many.

        Raises:
            StateError: the file cannot be written.
        """
        with self._database.transaction() as connection:
            count = self.queue.drop(connection, "1", ())
        if count:
            self._database.scrub()
        return count

    def _days(self) -> float:
        return self._settings().snapshots.days
