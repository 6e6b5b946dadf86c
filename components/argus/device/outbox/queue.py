"""What events and pictures have in common while they wait: a place in a queue, an age, a limit, and who they show.

Every function works in its caller's transaction. What waits is taken from the front: if something is dropped for its
age, so is everything before it, so that what came while the clock was not set, and has no age that can be told, goes
with what came after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from sqlite3 import Connection, Row
from typing import Literal

from argus.core.events import VisitEvent
from argus.core.instants import Instant
from argus.core.status import QueueState

_SECONDS_A_DAY = 86400.0
_IDS_AT_ONCE = 500
"""Under the 999 parameters that every SQLite takes."""


@dataclass(frozen=True)
class Queue:
    """One of the two tables of what waits."""

    name: Literal["events", "snapshots"]

    def append(
        self, connection: Connection, event: VisitEvent, since: Instant, size: int, values: tuple[str, bytes]
    ) -> None:
        """Takes in what belongs to an event; ``values`` are the table's last two columns."""
        person_id = event.person.id if event.person else None
        who = (event.collection.id, person_id)
        row = (event.device.sequence, event.event_id, *who, *stored_instant(since), size, *values)
        connection.execute(f"INSERT INTO {self.name} VALUES ({', '.join('?' * len(row))})", row)
        connection.execute(
            "UPDATE queues SET waiting = waiting + 1, bytes = bytes + ? WHERE name = ?", (size, self.name)
        )

    def deliver(self, connection: Connection, event_ids: Iterable[str]) -> int:
        """Lets go of what has arrived; ids that are not waiting are none. Returns how many were waiting."""
        ids, count = list(event_ids), 0
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[start : start + _IDS_AT_ONCE]
            count += self._delete(connection, f"event_id IN ({', '.join('?' * len(some))})", some)
        connection.execute("UPDATE queues SET delivered = delivered + ? WHERE name = ?", (count, self.name))
        return count

    def drop(self, connection: Connection, condition: str, values: Sequence[object]) -> int:
        """Gives up what fulfils ``condition``, and counts it; returns how many."""
        count = self._delete(connection, condition, values)
        self.count_dropped(connection, count)
        return count

    def drop_expired(self, connection: Connection, now: Instant, days: float) -> int:
        """Gives up what has waited for longer than ``days``, and what came before it."""
        if now.clock_set:
            # What nothing can tell the age of counts as of now, once, so that it goes in the end.
            connection.execute(
                f"UPDATE {self.name} SET created_at = ?1, boot_id = ?2, at_seconds = ?3, clock_set = 1"
                " WHERE boot_id <> ?2 AND (clock_set = 0 OR created_at > ?1)",
                stored_instant(now)[:3],
            )
        limit = days * _SECONDS_A_DAY
        (last,) = connection.execute(
            f"SELECT max(place) FROM {self.name} WHERE boot_id = ?1 AND at_seconds < ?2"
            " OR boot_id <> ?1 AND clock_set = 1 AND ?3 AND created_at < ?4",
            (now.boot_id, now.at_seconds - limit, now.clock_set, now.at.timestamp() - limit),
        ).fetchone()
        return 0 if last is None else self.drop(connection, "place <= ?", (last,))

    def drop_beyond(self, connection: Connection, *, most: int | None = None, most_bytes: int | None = None) -> int:
        """Gives up the oldest until the rest is no more than that."""
        waiting, size = self._totals(connection)
        if most is not None and waiting > most:
            oldest = f"place IN (SELECT place FROM {self.name} ORDER BY place LIMIT ?)"
            return self.drop(connection, oldest, (waiting - most,))
        if most_bytes is None or size <= most_bytes:
            return 0
        last, excess = 0, size - most_bytes
        for place, taken in connection.execute(f"SELECT place, bytes FROM {self.name} ORDER BY place"):
            last, excess = place, excess - taken
            if excess <= 0:
                break
        return self.drop(connection, "place <= ?", (last,))

    def count_dropped(self, connection: Connection, count: int) -> None:
        """Counts what was given up."""
        connection.execute("UPDATE queues SET dropped = dropped + ? WHERE name = ?", (count, self.name))

    def state(self, connection: Connection, now: Instant) -> QueueState:
        """For the heartbeat."""
        row = connection.execute("SELECT * FROM queues WHERE name = ?", (self.name,)).fetchone()
        oldest = connection.execute(f"SELECT * FROM {self.name} ORDER BY place LIMIT 1").fetchone()
        # An age that nothing can tell is at least not too high this way.
        seconds = None if oldest is None else now.since(read_instant(oldest, "created_at")) or 0.0
        return QueueState(row["waiting"], seconds, row["delivered"], row["dropped"])

    def _delete(self, connection: Connection, condition: str, values: Sequence[object]) -> int:
        count, size = connection.execute(
            f"SELECT count(*), coalesce(sum(bytes), 0) FROM {self.name} WHERE {condition}", values
        ).fetchone()
        if count:
            connection.execute(f"DELETE FROM {self.name} WHERE {condition}", values)
            connection.execute(
                "UPDATE queues SET waiting = waiting - ?, bytes = bytes - ? WHERE name = ?", (count, size, self.name)
            )
        return int(count)

    def _totals(self, connection: Connection) -> tuple[int, int]:
        row = connection.execute("SELECT waiting, bytes FROM queues WHERE name = ?", (self.name,)).fetchone()
        return row["waiting"], row["bytes"]


EVENTS = Queue("events")
SNAPSHOTS = Queue("snapshots")


def stored_instant(instant: Instant) -> tuple[float, str, float, bool]:
    """An instant as columns: wall clock, boot, monotonic clock, whether the wall clock was set."""
    return instant.at.timestamp(), instant.boot_id, instant.at_seconds, instant.clock_set


def read_instant(row: Row, wall_clock: str) -> Instant:
    """What :func:`stored_instant` wrote, the wall clock in the column of that name."""
    at = datetime.fromtimestamp(row[wall_clock], timezone.utc)
    return Instant(at, row["boot_id"], row["at_seconds"], bool(row["clock_set"]))
