"""The records of visits, in ``records.sqlite`` of the state folder.

Everything of a visit hangs on its row and goes with it. A visit expires by the time of its last writing; when the
file is full the oldest visits go first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime, timedelta, timezone
from pathlib import Path
from sqlite3 import Connection, Row
from types import TracebackType

import numpy as np

from argus.core.calibration import Strictness
from argus.core.errors import EventError, UsageError
from argus.core.events import VisitEvent, decode, encode
from argus.core.grounds import Grounds
from argus.core.matching import Candidate, Outcome, Reason
from argus.core.types import EMBEDDING_SIZE, Box, Person, Quality
from argus.device.database import Database, erase_file
from argus.device.records import Correction, CounterExample, KeptCrop, KeptLook, VisitRecord, VisitSummary
from argus.device.state import StateDamaged, state_path

RECORDS_FILE = "records.sqlite"

_SHORTEST_ID = 6
"""Characters of an id that are enough when only one visit has them."""

_SCHEMA = """
CREATE TABLE visits (
    id TEXT PRIMARY KEY, camera TEXT NOT NULL, collection TEXT NOT NULL, kept_at REAL NOT NULL,
    expires_at REAL NOT NULL);
CREATE INDEX visits_by_age ON visits (kept_at);
CREATE TABLE looks (
    id INTEGER PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits ON DELETE CASCADE, at REAL NOT NULL,
    decided INTEGER NOT NULL);
CREATE INDEX looks_of_visit ON looks (visit_id);
CREATE TABLE grounds (
    look_id INTEGER PRIMARY KEY REFERENCES looks ON DELETE CASCADE, outcome TEXT NOT NULL, reason TEXT, poor TEXT,
    probe_pictures INTEGER NOT NULL, false_alarm_rate REAL NOT NULL, people INTEGER NOT NULL, pair_rate REAL NOT NULL,
    expected_rate REAL NOT NULL, supported INTEGER NOT NULL, near REAL NOT NULL, apart REAL NOT NULL,
    turning_rate REAL);
CREATE TABLE candidates (
    look_id INTEGER NOT NULL REFERENCES looks ON DELETE CASCADE, place INTEGER NOT NULL, person_id TEXT NOT NULL,
    name TEXT NOT NULL, category TEXT NOT NULL, distance REAL NOT NULL, normalised_distance REAL NOT NULL,
    threshold REAL NOT NULL, pictures INTEGER NOT NULL, stricter_by REAL NOT NULL, PRIMARY KEY (look_id, place));
CREATE INDEX candidates_by_person ON candidates (person_id);
CREATE TABLE crops (
    look_id INTEGER NOT NULL REFERENCES looks ON DELETE CASCADE, place INTEGER NOT NULL, picture BLOB NOT NULL,
    vector BLOB NOT NULL, captured_at REAL NOT NULL, frame INTEGER NOT NULL, box_left INTEGER NOT NULL,
    box_top INTEGER NOT NULL, box_right INTEGER NOT NULL, box_bottom INTEGER NOT NULL, face_px INTEGER NOT NULL,
    sharpness REAL NOT NULL, brightness REAL NOT NULL, contrast REAL NOT NULL, frontality REAL NOT NULL,
    score REAL NOT NULL, poor TEXT, PRIMARY KEY (look_id, place));
CREATE TABLE events (
    id TEXT PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits ON DELETE CASCADE, sequence INTEGER NOT NULL,
    json BLOB NOT NULL);
CREATE INDEX events_of_visit ON events (visit_id);
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits ON DELETE CASCADE, at REAL NOT NULL,
    person_id TEXT, name TEXT, category TEXT, collection TEXT NOT NULL, not_person_id TEXT, needed REAL,
    base REAL, face_id TEXT);
CREATE INDEX corrections_of_visit ON corrections (visit_id)
"""

_IN_FORCE = "id IN (SELECT max(id) FROM corrections GROUP BY visit_id)"
"""Of a visit's corrections the last."""


class RecordStore:
    """The records in one state folder; a context manager.

    Raises:
        StateError: the file cannot be opened, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / RECORDS_FILE, (_SCHEMA,))

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
        self, visit_id: str, camera: str, collection: Path, look: KeptLook, *, now: datetime, keep: timedelta
    ) -> None:
        """Keeps a look, and its visit if it is the first, for ``keep`` from now on."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO visits VALUES (?, ?, ?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET kept_at = excluded.kept_at, expires_at = excluded.expires_at",
                (visit_id, camera, str(collection), now.timestamp(), (now + keep).timestamp()),
            )
            look_id = connection.execute(
                "INSERT INTO looks (visit_id, at, decided) VALUES (?, ?, ?)",
                (visit_id, look.at.timestamp(), look.decided),
            ).lastrowid
            if look.grounds is not None:
                _insert(connection, "grounds", [(look_id, *_grounds_row(look.grounds))])
                rows = [(look_id, *place) for place in enumerate(look.grounds.candidates)]
                _insert(connection, "candidates", [(id_, place, *_candidate_row(one)) for id_, place, one in rows])
            _insert(connection, "crops", [(look_id, place, *_crop_row(crop)) for place, crop in enumerate(look.crops)])

    def add_event(self, event: VisitEvent, now: datetime) -> None:
        """Keeps an event; of a visit without a record nothing."""
        with self._database.transaction() as connection:
            found = connection.execute(
                "UPDATE visits SET expires_at = expires_at - kept_at + ?1, kept_at = ?1 WHERE id = ?2",
                (now.timestamp(), event.visit_id),
            ).rowcount
            if found:
                connection.execute(
                    "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)",
                    (event.event_id, event.visit_id, event.device.sequence, encode(event)),
                )

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written meanwhile is written as a whole at the end, or not at all after an error."""
        with self._database.transaction():
            yield

    def add_correction(self, visit_id: str, correction: Correction) -> None:
        """Keeps what somebody says a visit was."""
        person, counter = correction.person, correction.counter_example
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO corrections (visit_id, at, person_id, name, category, collection, not_person_id, needed,"
                " base, face_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    visit_id,
                    correction.at.timestamp(),
                    *((person.id, person.name, person.category) if person else (None, None, None)),
                    str(correction.collection),
                    *((counter.person_id, counter.needed, counter.base) if counter else (None, None, None)),
                    correction.enrolled_face_id,
                ),
            )

    def find(self, text: str) -> VisitRecord:
        """The visit that ``text`` means: the id of one of its events, its own, or the beginning or end of either.

        Raises:
            UsageError: there is none, or there are several.
        """
        with self._database.transaction() as connection:
            ids = _matching_visits(connection, text)
            if len(ids) != 1:
                raise UsageError(_not_one(text, len(ids), self.path))
            return _read_visit(connection, ids[0])

    def newest(self, count: int) -> tuple[VisitSummary, ...]:
        """The visits written to last, newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id FROM visits ORDER BY kept_at DESC, id DESC LIMIT ?", (count,))
            return tuple(_summary(_read_visit(connection, id_)) for (id_,) in rows.fetchall())

    def counter_examples(self, collection: Path, person_id: str, *, but: str) -> tuple[CounterExample, ...]:
        """The counter-examples in force against a person, oldest first, but that of one visit."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT not_person_id, needed, base FROM corrections WHERE collection = ? AND not_person_id = ?"
                f" AND visit_id <> ? AND {_IN_FORCE} ORDER BY id",
                (str(collection), person_id, but),
            )
            return tuple(CounterExample(*row) for row in rows.fetchall())

    def erase(self, visit_id: str) -> bool:
        """Forgets a visit; whether there was one."""
        return self._erase("id = ?", (visit_id,)) > 0

    def erase_all(self) -> int:
        """Forgets everything; returns how many visits."""
        return self._erase("1", ())

    def erase_person(self, person_id: str, collection: Path) -> int:
        """Forgets the visits that named somebody of a collection or were corrected to them, and whom others came near.

        Returns:
            How many visits were forgotten.
        """
        whom = (person_id, str(collection))
        with self._database.transaction() as connection:
            count = _delete_visits(
                connection,
                "collection = ?2 AND id IN (SELECT visit_id FROM looks JOIN grounds ON grounds.look_id = looks.id"
                " JOIN candidates ON candidates.look_id = looks.id AND place = 0"
                " WHERE outcome = 'match' AND candidates.person_id = ?1"
                " UNION SELECT visit_id FROM corrections WHERE person_id = ?1)",
                whom,
            )
            connection.execute(
                "UPDATE candidates SET person_id = 'erased', name = '(erased)', category = 'person'"
                " WHERE person_id = ?1 AND look_id IN"
                " (SELECT looks.id FROM looks JOIN visits ON visits.id = visit_id WHERE collection = ?2)",
                whom,
            )
            connection.execute(
                "UPDATE corrections SET not_person_id = NULL WHERE not_person_id = ?1 AND collection = ?2", whom
            )
        self._database.scrub()
        return count

    def erase_expired(self, now: datetime) -> int:
        """Forgets the visits whose time is over; returns how many."""
        return self._erase("expires_at < ?", (now.timestamp(),))

    def prune(self, now: datetime, keep: timedelta, max_bytes: int) -> None:
        """Forgets what is older than ``keep``, then the oldest visits until the rest takes at most ``max_bytes``.

        A visit from the future, which a clock that was wrong has left, counts as one of now.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE visits SET expires_at = expires_at - kept_at + ?1, kept_at = ?1 WHERE kept_at > ?1",
                (now.timestamp(),),
            )
            gone = _delete_visits(connection, "kept_at < ?", ((now - keep).timestamp(),))
        gone += self.erase_expired(now)
        while self._database.used_bytes() > max_bytes and (erased := self._erase_oldest()):
            gone += erased
        if gone:
            self._database.scrub()

    def _erase_oldest(self) -> int:
        """A tenth of the visits, at least one."""
        with self._database.transaction() as connection:
            return _delete_visits(
                connection,
                "id IN (SELECT id FROM visits ORDER BY kept_at LIMIT (SELECT count(*) / 10 + 1 FROM visits))",
                (),
            )

    def _erase(self, condition: str, values: Sequence[object]) -> int:
        with self._database.transaction() as connection:
            count = _delete_visits(connection, condition, values)
        if count:
            self._database.scrub()
        return count


def _delete_visits(connection: Connection, condition: str, values: Sequence[object]) -> int:
    """Deletes the visits that fulfil ``condition``; returns how many.

    What their counter-examples asked of somebody's threshold cannot be taken back any more: it becomes part of what
    those that stay were built on.
    """
    ids = [(row[0],) for row in connection.execute(f"SELECT id FROM visits WHERE {condition}", values)]
    in_force = f"SELECT visit_id, needed, not_person_id, collection FROM corrections WHERE needed > 0 AND {_IN_FORCE}"
    gone = set(ids)
    for visit_id, *settled in connection.execute(in_force).fetchall():
        if (visit_id,) in gone:
            connection.execute(
                "UPDATE corrections SET base = max(base, ?) WHERE not_person_id = ? AND collection = ?", settled
            )
    connection.executemany("DELETE FROM visits WHERE id = ?", ids)
    return len(ids)


def open_records(state: Path | None, now: datetime) -> RecordStore:
    """The records in the state folder (see :func:`argus.device.state.state_path`) that have not expired.

    Raises:
        UsageError: nothing was ever kept there.
        StateError: the file cannot be opened, or is damaged.
    """
    folder = state_path(state)
    if not (folder / RECORDS_FILE).exists():
        raise UsageError(
            f"no visit is kept in {folder}: `argus watch` keeps them, unless it is told not to; "
            "--state names another folder"
        )
    store = RecordStore(folder)
    store.erase_expired(now)
    return store


def erase_person_records(folder: Path, person_id: str, collection: Path) -> int:
    """Erases somebody from the records in a state folder, if there are any; how many visits that were.

    Raises:
        StateError: the file cannot be opened or written.
    """
    if not (folder / RECORDS_FILE).exists():
        return 0
    with RecordStore(folder) as store:
        return store.erase_person(person_id, collection.absolute())


def erase_records(folder: Path) -> bool:
    """Erases all records in a state folder, those of a damaged file too; whether there were any.

    Raises:
        StateError: the file cannot be written.
    """
    path = folder / RECORDS_FILE
    if not path.exists():
        return False
    try:
        with RecordStore(folder) as store:
            return store.erase_all() > 0
    except StateDamaged:
        erase_file(path)
        return True


def _insert(connection: Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _grounds_row(grounds: Grounds) -> tuple[object, ...]:
    return (
        grounds.outcome.value,
        grounds.reason.value if grounds.reason else None,
        grounds.poor.value if grounds.poor else None,
        grounds.probe_pictures,
        *astuple(grounds.strictness),
        grounds.near,
        grounds.apart,
        grounds.turning_rate,
    )


def _candidate_row(candidate: Candidate) -> tuple[object, ...]:
    person = candidate.person
    return (
        person.id,
        person.name,
        person.category,
        candidate.distance,
        candidate.normalised_distance,
        candidate.threshold,
        candidate.pictures,
        candidate.stricter_by,
    )


def _crop_row(crop: KeptCrop) -> tuple[object, ...]:
    return (
        crop.picture,
        crop.vector.astype("<f4").tobytes(),
        crop.captured_at.timestamp(),
        crop.frame,
        *crop.box.ltrb,
        *astuple(crop.quality),
        crop.poor.value if crop.poor else None,
    )


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


def _read_visit(connection: Connection, visit_id: str) -> VisitRecord:
    """A visit with everything of it.

    Raises:
        StateDamaged: a row of it makes no sense.
    """
    connection.row_factory = Row
    try:
        visit = connection.execute("SELECT * FROM visits WHERE id = ?", (visit_id,)).fetchone()
        looks = connection.execute("SELECT * FROM looks WHERE visit_id = ? ORDER BY id", (visit_id,)).fetchall()
        events = connection.execute("SELECT json FROM events WHERE visit_id = ? ORDER BY sequence", (visit_id,))
        corrections = connection.execute("SELECT * FROM corrections WHERE visit_id = ? ORDER BY id", (visit_id,))
        return VisitRecord(
            id=visit["id"],
            camera=visit["camera"],
            collection=Path(visit["collection"]),
            kept_at=_time(visit["kept_at"]),
            looks=tuple(_read_look(connection, look) for look in looks),
            events=tuple(decode(event["json"]) for event in events),
            corrections=tuple(_correction(row) for row in corrections),
        )
    except (ValueError, TypeError, EventError) as error:
        raise StateDamaged(f"the record of visit {visit_id} is damaged ({error}): erase the records") from error
    finally:
        connection.row_factory = None


def _read_look(connection: Connection, look: Row) -> KeptLook:
    crops = connection.execute("SELECT * FROM crops WHERE look_id = ? ORDER BY place", (look["id"],))
    grounds = connection.execute("SELECT * FROM grounds WHERE look_id = ?", (look["id"],)).fetchone()
    return KeptLook(
        at=_time(look["at"]),
        decided=bool(look["decided"]),
        grounds=_grounds(connection, grounds) if grounds else None,
        crops=tuple(_crop(row) for row in crops),
    )


def _grounds(connection: Connection, row: Row) -> Grounds:
    candidates = connection.execute("SELECT * FROM candidates WHERE look_id = ? ORDER BY place", (row["look_id"],))
    return Grounds(
        outcome=Outcome(row["outcome"]),
        reason=_reason(row["reason"]),
        poor=_reason(row["poor"]),
        candidates=tuple(_candidate(candidate) for candidate in candidates),
        probe_pictures=row["probe_pictures"],
        strictness=Strictness(
            row["false_alarm_rate"], row["people"], row["pair_rate"], row["expected_rate"], bool(row["supported"])
        ),
        near=row["near"],
        apart=row["apart"],
        turning_rate=row["turning_rate"],
    )


def _candidate(row: Row) -> Candidate:
    return Candidate(
        person=Person(row["person_id"], row["name"], row["category"]),
        distance=row["distance"],
        normalised_distance=row["normalised_distance"],
        threshold=row["threshold"],
        pictures=row["pictures"],
        stricter_by=row["stricter_by"],
    )


def _crop(row: Row) -> KeptCrop:
    vector = np.frombuffer(row["vector"], "<f4").astype(np.float32)
    if vector.shape != (EMBEDDING_SIZE,):
        raise ValueError(f"a vector has {len(vector)} numbers")
    return KeptCrop(
        picture=row["picture"],
        vector=vector,
        captured_at=_time(row["captured_at"]),
        frame=row["frame"],
        box=Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"]),
        quality=Quality(
            row["face_px"], row["sharpness"], row["brightness"], row["contrast"], row["frontality"], row["score"]
        ),
        poor=_reason(row["poor"]),
    )


def _correction(row: Row) -> Correction:
    person = Person(row["person_id"], row["name"], row["category"]) if row["person_id"] else None
    counter = None
    if row["not_person_id"]:
        counter = CounterExample(row["not_person_id"], row["needed"], row["base"])
    return Correction(_time(row["at"]), person, Path(row["collection"]), counter, row["face_id"])


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


def _reason(value: str | None) -> Reason | None:
    return Reason(value) if value is not None else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
