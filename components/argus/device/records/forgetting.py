"""Which visits are forgotten: one, those of somebody, those whose time is over, those there is no room for.

Every function deletes rows in the caller's transaction, and returns how many visits that were; that nothing of them is
left in the file is for the caller to see to (:meth:`argus.device.database.Database.scrub`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from sqlite3 import Connection

from argus.device.records.schema import IN_FORCE


def delete_visits(connection: Connection, condition: str, values: Sequence[object] = ()) -> int:
    """Deletes the visits that fulfil ``condition``; returns how many.

    What their counter-examples asked of somebody's threshold cannot be taken back any more: it becomes part of what
    those that stay were built on.
    """
    ids = [(row[0],) for row in connection.execute(f"SELECT id FROM visits WHERE {condition}", values)]
    in_force = f"SELECT visit_id, needed, not_person_id, collection FROM corrections WHERE needed > 0 AND {IN_FORCE}"
    gone = set(ids)
    for visit_id, *settled in connection.execute(in_force).fetchall():
        if (visit_id,) in gone:
            connection.execute(
                "UPDATE corrections SET base = max(base, ?) WHERE not_person_id = ? AND collection = ?", settled
            )
    connection.executemany("DELETE FROM visits WHERE id = ?", ids)
    return len(ids)


def delete_expired(connection: Connection, now: datetime) -> int:
    """Those whose time is over."""
    return delete_visits(connection, "expires_at < ?", (now.timestamp(),))


def delete_old(connection: Connection, now: datetime, keep: timedelta) -> int:
    """Those that have expired, or were written to last before ``keep``.

    A visit from the future, which a clock that was wrong has left, counts as one of now.
    """
    connection.execute(
        "UPDATE visits SET expires_at = expires_at - kept_at + ?1, kept_at = ?1 WHERE kept_at > ?1",
        (now.timestamp(),),
    )
    return delete_visits(connection, "kept_at < ?", ((now - keep).timestamp(),)) + delete_expired(connection, now)


def delete_oldest(connection: Connection) -> int:
    """A tenth of the visits, at least one if there are any, by the time of their last writing."""
    return delete_visits(
        connection, "id IN (SELECT id FROM visits ORDER BY kept_at LIMIT (SELECT count(*) / 10 + 1 FROM visits))"
    )


def delete_person(connection: Connection, person_id: str, collection: str) -> int:
    """Those that named somebody of a collection or were corrected to them; whom others came near loses the name."""
    whom = (person_id, collection)
    count = delete_visits(
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
    connection.execute("UPDATE corrections SET not_person_id = NULL WHERE not_person_id = ?1 AND collection = ?2", whom)
    return count
