"""The records of visits, in ``records.sqlite`` of the state folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType

from argus.core.errors import UsageError
from argus.core.events import VisitEvent
from argus.device.database import Database
from argus.device.records.forgetting import delete_expired, delete_old, delete_oldest, delete_person, delete_visits
from argus.device.records.rows import read_visit, write_correction, write_event, write_look
from argus.device.records.schema import IN_FORCE, SCHEMA
from argus.device.records.values import Correction, CounterExample, KeptLook, VisitRecord, VisitSummary

RECORDS_FILE = "records.sqlite"

_SHORTEST_ID = 6
"""Characters of an id that are enough when only one visit has them."""


class RecordStore:
    """The records in one state folder; a context manager.

    Raises:
        StateError: the file cannot be opened, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / RECORDS_FILE, (SCHEMA,))

    @property
    def path(self) -> Path:
        return self._database.path

    def __enter__(self) -> RecordStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def used_bytes(self) -> int:
        """What the records take on the disk."""
        return self._database.used_bytes()

    def add_look(
        self, visit_id: str, camera: str, collection: str, look: KeptLook, *, now: datetime, keep: timedelta
    ) -> None:
        """Keeps a look, and its visit if it is the first, for ``keep`` from now on."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO visits VALUES (?, ?, ?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET kept_at = excluded.kept_at, expires_at = excluded.expires_at",
                (visit_id, camera, collection, now.timestamp(), (now + keep).timestamp()),
            )
            write_look(connection, visit_id, look)

    def add_event(self, event: VisitEvent, now: datetime) -> None:
        """Keeps an event; of a visit without a record nothing."""
        with self._database.transaction() as connection:
            found = connection.execute(
                "UPDATE visits SET expires_at = expires_at - kept_at + ?1, kept_at = ?1 WHERE id = ?2",
                (now.timestamp(), event.visit_id),
            ).rowcount
            if found:
                write_event(connection, event)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written meanwhile is written as a whole at the end, or not at all after an error."""
        with self._database.transaction():
            yield

    def add_correction(self, visit_id: str, correction: Correction) -> None:
        """Keeps what somebody says a visit was."""
        with self._database.transaction() as connection:
            write_correction(connection, visit_id, correction)

    def find(self, text: str) -> VisitRecord:
        """The visit that ``text`` means: the id of one of its events, its own, or the beginning or end of either.

        Raises:
            UsageError: there is none, or there are several.
        """
        with self._database.transaction() as connection:
            ids = _matching_visits(connection, text)
            if len(ids) != 1:
                raise UsageError(_not_one(text, len(ids), self.path))
            return read_visit(connection, ids[0])

    def newest(self, count: int) -> tuple[VisitSummary, ...]:
        """The visits written to last, newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id FROM visits ORDER BY kept_at DESC, id DESC LIMIT ?", (count,))
            return tuple(_summary(read_visit(connection, id_)) for (id_,) in rows.fetchall())

    def counter_examples(self, collection: str, person_id: str, *, but: str) -> tuple[CounterExample, ...]:
        """The counter-examples in force against a person, oldest first, but that of one visit."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT not_person_id, needed, base FROM corrections WHERE collection = ? AND not_person_id = ?"
                f" AND visit_id <> ? AND {IN_FORCE} ORDER BY id",
                (collection, person_id, but),
            )
            return tuple(CounterExample(*row) for row in rows.fetchall())

    def erase(self, visit_id: str) -> bool:
        """Forgets a visit; whether there was one."""
        return self._erase(lambda connection: delete_visits(connection, "id = ?", (visit_id,))) > 0

    def erase_all(self) -> int:
        """Forgets everything; returns how many visits."""
        return self._erase(lambda connection: delete_visits(connection, "true"))

    def erase_person(self, person_id: str, collection: str) -> int:
        """Forgets the visits that named somebody of a collection or were corrected to them, and whom others came near.

        Returns:
            How many visits were forgotten.
        """
        with self._database.transaction() as connection:
            count = delete_person(connection, person_id, collection)
        # Without any visit to forget the name may have gone from others.
        self._database.scrub()
        return count

    def collections(self) -> tuple[str, ...]:
        """The places of all collections that visits were compared with."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT collection FROM visits UNION SELECT collection FROM corrections")
            return tuple(place for (place,) in rows.fetchall())

    def erase_expired(self, now: datetime) -> int:
        """Forgets the visits whose time is over; returns how many."""
        return self._erase(lambda connection: delete_expired(connection, now))

    def prune(self, now: datetime, keep: timedelta, max_bytes: int) -> None:
        """Forgets what is older than ``keep``, then the oldest visits until the rest takes at most ``max_bytes``."""
        self._erase(lambda connection: delete_old(connection, now, keep))
        while self.used_bytes() > max_bytes and self._erase(delete_oldest):
            pass

    def _erase(self, delete: Callable[[Connection], int]) -> int:
        with self._database.transaction() as connection:
            count = delete(connection)
        if count:
            self._database.scrub()
        return count


def _matching_visits(connection: Connection, text: str) -> list[str]:
    wanted = text.strip().lower()
    if len(wanted) < _SHORTEST_ID or not set(wanted) <= set("0123456789abcdef-"):
        return []
    rows = connection.execute(
        "SELECT visit_id FROM events WHERE id LIKE ?1 || '%' OR id LIKE '%' || ?1"
        " UNION SELECT id FROM visits WHERE id LIKE ?1 || '%' OR id LIKE '%' || ?1",
        (wanted,),
    )
    return [row[0] for row in rows]


def _not_one(text: str, count: int, path: Path) -> str:
    if count:
        return f"{count} visits have ids that begin or end with {text!r}: give more of it"
    return f"no visit {text!r} in {path}: it never was or has expired; `argus explain` alone lists those that are kept"


def _summary(visit: VisitRecord) -> VisitSummary:
    return VisitSummary(
        id=visit.id,
        event_id=visit.events[0].event_id if visit.events else None,
        camera=visit.camera,
        at=visit.looks[0].crops[-1].captured_at,
        outcome=visit.outcome,
        person=visit.correction.person if visit.correction else visit.named,
        corrected=visit.correction is not None,
    )
