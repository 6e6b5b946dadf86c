"""Values of a visit as rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime, timezone
from sqlite3 import Connection, Row

import numpy as np

from argus.core.calibration import Strictness
from argus.core.errors import EventError
from argus.core.events import VisitEvent, decode, encode
from argus.core.grounds import Grounds
from argus.core.matching import Candidate, Outcome, Reason
from argus.core.types import EMBEDDING_SIZE, Box, Person, Quality
from argus.device.records.values import Correction, CounterExample, KeptCrop, KeptLook, VisitRecord
from argus.device.state import StateDamaged


def write_look(connection: Connection, visit_id: str, look: KeptLook) -> None:
    """Adds a look to a visit that has its row."""
    look_id = connection.execute(
        "INSERT INTO looks (visit_id, at, decided) VALUES (?, ?, ?)", (visit_id, look.at.timestamp(), look.decided)
    ).lastrowid
    if look.grounds is not None:
        candidates = enumerate(look.grounds.candidates)
        _insert(connection, "grounds", [(look_id, *_grounds_row(look.grounds))])
        _insert(connection, "candidates", [(look_id, place, *_candidate_row(one)) for place, one in candidates])
    _insert(connection, "crops", [(look_id, place, *_crop_row(crop)) for place, crop in enumerate(look.crops)])


def write_event(connection: Connection, event: VisitEvent) -> None:
    """Adds an event to a visit that has its row, or replaces it."""
    connection.execute(
        "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)",
        (event.event_id, event.visit_id, event.device.sequence, encode(event)),
    )


def write_correction(connection: Connection, visit_id: str, correction: Correction) -> None:
    """Adds a correction to a visit that has its row."""
    person, counter = correction.person, correction.counter_example
    row = (
        None,  # its id, which SQLite counts
        visit_id,
        correction.at.timestamp(),
        *((person.id, person.name, person.category) if person else (None, None, None)),
        correction.collection,
        *((counter.person_id, counter.needed, counter.base) if counter else (None, None, None)),
        correction.enrolled_face_id,
    )
    _insert(connection, "corrections", [row])


def read_visit(connection: Connection, visit_id: str) -> VisitRecord:
    """A visit with everything of it.

    Raises:
        StateDamaged: a row of it makes no sense.
    """
    visit = connection.execute("SELECT * FROM visits WHERE id = ?", (visit_id,)).fetchone()
    looks = connection.execute("SELECT * FROM looks WHERE visit_id = ? ORDER BY id", (visit_id,))
    events = connection.execute("SELECT json FROM events WHERE visit_id = ? ORDER BY sequence", (visit_id,))
    corrections = connection.execute("SELECT * FROM corrections WHERE visit_id = ? ORDER BY id", (visit_id,))
    try:
        return VisitRecord(
            id=visit["id"],
            camera=visit["camera"],
            collection=visit["collection"],
            looks=tuple(_read_look(connection, look) for look in looks),
            events=tuple(decode(event["json"]) for event in events),
            corrections=tuple(_correction(row) for row in corrections),
        )
    except (ValueError, TypeError, OverflowError, OSError, EventError) as error:
        raise StateDamaged(f"the record of visit {visit_id} is damaged ({error}): erase the records") from error


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
    return Correction(_time(row["at"]), person, row["collection"], counter, row["face_id"])


def _reason(value: str | None) -> Reason | None:
    return Reason(value) if value is not None else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
