"""The outbox: what a device has decided and the cloud does not have yet, in ``outbox.sqlite`` of the state folder.

An event that :meth:`Outbox.add` took survives a power cut, together with its picture, its number and the cool-down
that it starts. It stays until the cloud acknowledges it, is too old, or is one too many; whatever is given up is
counted, and leaves a gap in the numbers.

SQLite orders what several threads do, each with an outbox of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from argus.core import topics
from argus.core.cooldown import CoolDown, person_key
from argus.core.events import VisitEvent, encode
from argus.core.instants import Instant
from argus.device.outbox.file import OutboxFile
from argus.device.outbox.queue import EVENTS, SNAPSHOTS, read_instant, stored_instant
from argus.device.sync.gallery import member_id
from argus.storage.failpoints import failpoint

COOL_DOWNS_KEPT = 2000
"""Far more than raise an alert within any cool-down."""


@dataclass(frozen=True)
class OutboxRow:
    """An event that waits.

    Attributes:
        sequence: its number on this device; the order in which events are told.
    """

    sequence: int
    event_id: str
    topic: str
    payload: bytes


@dataclass(frozen=True)
class Erased:
    """How many events and pictures of somebody were waiting."""

    events: int
    snapshots: int


class Outbox(OutboxFile):
    """The events of the outbox, and what goes with them; see :class:`OutboxFile`."""

    queue = EVENTS

    def next_sequence(self) -> int:
        """The number of the next event; see :class:`argus.device.reporting.EventWriter`."""
        with self._database.transaction() as connection:
            return int(connection.execute("SELECT next_sequence FROM device").fetchone()[0])

    def cool_downs(self) -> dict[str, Instant]:
        """When each of those alerted who did so last."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT * FROM cool_downs").fetchall()
            return {row["key"]: read_instant(row, "alerted_at") for row in rows}

    def add(
        self, event: VisitEvent, since: Instant, *, cool_down: CoolDown | None = None, picture: bytes | None = None
    ) -> OutboxRow:
        """Takes an event in, durably and as a whole; what is then too old or too much is given up.

        Args:
            event: of a kind that has a topic, numbered higher than any before.
            since: now.
            cool_down: what the event's alert starts.
            picture: the JPEG that belongs under the key ``event.snapshot``.

        Raises:
            EventError: the event is larger than a message may be.
            StateError: it cannot be written; nothing of it was.
        """
        payload = encode(event)
        row = OutboxRow(event.device.sequence, event.event_id, topic_of(event), payload)
        with self._database.transaction() as connection:
            (expected,) = connection.execute("SELECT next_sequence FROM device").fetchone()
            if row.sequence < expected:
                raise ValueError(f"event number {row.sequence} is told already: the next is {expected}")
            connection.execute("UPDATE device SET next_sequence = ?", (row.sequence + 1,))
            EVENTS.append(connection, event, since, len(payload), (row.topic, payload))
            if event.snapshot is not None and picture is not None:
                SNAPSHOTS.append(connection, event, since, len(picture), (event.snapshot, picture))
            if event.revises is not None and event.person is not None:
                # The stranger has a name now, by which their picture can be erased.
                for table in ("events", "snapshots"):
                    connection.execute(
                        f"UPDATE {table} SET person_id = ? WHERE event_id = ?", (event.person.id, event.revises)
                    )
            if cool_down is not None:
                added = connection.execute(
                    "INSERT OR REPLACE INTO cool_downs (key, alerted_at, boot_id, at_seconds, clock_set)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (cool_down.key, *stored_instant(cool_down.alerted_at)),
                ).lastrowid
                assert added is not None
                connection.execute("DELETE FROM cool_downs WHERE id <= ?", (added - COOL_DOWNS_KEPT,))
            settings = self._settings()
            EVENTS.drop_beyond(connection, most=settings.outbox.events)
            SNAPSHOTS.drop_beyond(connection, most_bytes=settings.snapshots.megabytes * 1_000_000)
            failpoint("outbox.adding")
        failpoint("outbox.added")
        return row

    def rows(self, after: int, limit: int, *, until: int | None = None) -> list[OutboxRow]:
        """The next events that wait, in their order.

        Args:
            after: only those numbered higher.
            until: only those numbered so, or lower.
        """
        with self._database.transaction() as connection:
            found = connection.execute(
                "SELECT place, event_id, topic, payload FROM events WHERE place > ?1 AND (?2 IS NULL OR place <= ?2)"
                " ORDER BY place LIMIT ?3",
                (after, until, limit),
            )
            return [OutboxRow(*row) for row in found]

    def acknowledge(self, event_ids: Iterable[str]) -> int:
        """The cloud has these events; returns how many of them were still waiting.

        Raises:
            StateError: the file cannot be written.
        """
        return self._deliver(list(event_ids))

    def count_dropped(self, events: int, snapshots: int) -> None:
        """Counts what was lost before it could be written."""
        with self._database.transaction() as connection:
            EVENTS.count_dropped(connection, events)
            SNAPSHOTS.count_dropped(connection, snapshots)

    def erase_person(self, person_id: str, collection_id: str) -> Erased:
        """Erases somebody of a collection from all that waits.

        Their events go as well as their pictures: what the cloud does not know yet of somebody who was erased it is
        not told any more. They count as dropped, which explains the gap in the numbers.

        Raises:
            StateError: the file cannot be written.
        """
        member = member_id(collection_id, person_id)
        condition = "person_id = ? AND collection_id = ? OR person_id = ?"
        who = (person_id, collection_id, member)
        with self._database.transaction() as connection:
            keys = (person_key(person_id), person_key(member))
            connection.execute("DELETE FROM cool_downs WHERE key IN (?, ?)", keys)
            erased = Erased(EVENTS.drop(connection, condition, who), SNAPSHOTS.drop(connection, condition, who))
        self._database.scrub()
        return erased

    def _days(self) -> float:
        return self._settings().outbox.days


def topic_of(event: VisitEvent) -> str:
    """Where an event is published."""
    return topics.visit_event(event.kind, event.device.thing, event.camera)
