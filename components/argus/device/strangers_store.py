"""The strangers a device remembers, in ``strangers.sqlite`` of the state folder; the rules are in the core.

All cameras share it, also those of other processes, so that nothing is held here between two questions: whoever
asks reads, decides and writes in one transaction. A template is all that is kept of a face; no picture.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from argus.core.calibration import Calibration
from argus.core.events import VisitEvent
from argus.core.ids import IdMaker
from argus.core.strangers import Stranger, known_again, still_remembered
from argus.core.types import MIRROR_MODEL_ID, Frame, Template
from argus.device.database import Database
from argus.device.pipeline import SettledLook, Shown
from argus.device.state import StateError

STRANGERS_FILE = "strangers.sqlite"

DEFAULT_KEEP = timedelta(days=1)

ERASE_EVERY_SECONDS = 3600.0

_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE strangers (
    id TEXT PRIMARY KEY, model_id TEXT NOT NULL, vector BLOB NOT NULL, pictures INTEGER NOT NULL,
    first_seen_at REAL NOT NULL, seen_at REAL NOT NULL, expires_at REAL NOT NULL, visits INTEGER NOT NULL)
"""


class StrangerStore:
    """Remembers strangers from visit to visit; whoever has expired is erased whenever it is asked, and at its opening.

    Once it is open it never stops what it serves: where the file cannot be read or written, nobody is known again,
    and a warning says so.

    Args:
        folder: the state folder.
        calibration: says how alike two faces must be to be one person's.
        make_id: makes strangers' ids.
        now: the wall clock.
        keep: how long somebody is remembered who is not seen again.

    Raises:
        StateError: the file cannot be opened.
    """

    def __init__(
        self,
        folder: Path,
        calibration: Calibration,
        make_id: IdMaker,
        now: Callable[[], datetime],
        keep: timedelta = DEFAULT_KEEP,
    ) -> None:
        if keep <= timedelta(0):
            raise ValueError(f"strangers are remembered for a positive time, not {keep}")
        self._calibration = calibration
        self._make_id = make_id
        self._now = now
        self._keep = keep
        self._database = _open(folder)
        self.strangers()

    @property
    def path(self) -> Path:
        return self._database.path

    def recognise(self, template: Template) -> str | None:
        """The id of the stranger in the pictures, who is remembered from now on; None when that is impossible."""
        try:
            return self._recognised(template).id
        except StateError as error:
            _log.warning("a stranger is not remembered: %s", error)
            return None

    def forget(self, stranger_id: str) -> None:
        """The stranger has turned out to be somebody enrolled."""
        try:
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM strangers WHERE id = ?", (stranger_id,))
            self._database.scrub()
        except StateError as error:
            _log.warning("a stranger who was named is still remembered: %s", error)

    def strangers(self) -> tuple[Stranger, ...]:
        """Who is remembered, the newest first.

        Raises:
            StateError: the file cannot be used.
        """
        with self._database.transaction() as connection:
            remembered, gone = self._remembered(connection)
        if gone:
            self._database.scrub()
        return remembered

    def erase_expired(self) -> None:
        """Erases whose time is over."""
        try:
            self.strangers()
        except StateError as error:
            _log.warning("strangers whose time is over are not erased: %s", error)

    def close(self) -> None:
        self._database.close()

    def _recognised(self, template: Template) -> Stranger:
        now = self._now()
        with self._database.transaction() as connection:
            remembered, gone = self._remembered(connection)
            known = known_again(template, remembered, self._calibration)
            if known is not None:
                stranger = known.seen_again(template, now, self._keep)
            else:
                stranger = Stranger.new(self._make_id(now), template, now, self._keep)
            others = [other for other in remembered if other is not known]
            kept = still_remembered([stranger, *others], now, self._keep)
            gone += _delete_others(connection, kept)
            connection.execute("INSERT OR REPLACE INTO strangers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _row(stranger))
        # A template that was replaced is to leave no copy either.
        if gone or known is not None:
            self._database.scrub()
        return stranger

    def _remembered(self, connection: Connection) -> tuple[tuple[Stranger, ...], int]:
        """Who is remembered, and how many were erased because they no longer are."""
        rows = connection.execute("SELECT * FROM strangers WHERE model_id = ?", (MIRROR_MODEL_ID,)).fetchall()
        remembered = still_remembered([_stranger(row) for row in rows], self._now(), self._keep)
        connection.executemany(
            "UPDATE strangers SET expires_at = ? WHERE id = ?",
            [(stranger.expires_at.timestamp(), stranger.id) for stranger in remembered],
        )
        return remembered, _delete_others(connection, remembered)


class StrangerExpiry:
    """A :class:`argus.device.channel.WatchObserver` that erases who has expired, also while nobody comes."""

    def __init__(self, store: StrangerStore, monotonic_seconds: Callable[[], float]) -> None:
        self._store = store
        self._monotonic_seconds = monotonic_seconds
        self._erased_at = monotonic_seconds()

    def looked(self, look: SettledLook) -> None:
        """Nothing is to be done."""

    def told(self, event: VisitEvent) -> None:
        """Nothing is to be done."""

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        """Looks every hour."""
        now = self._monotonic_seconds()
        if now - self._erased_at >= ERASE_EVERY_SECONDS:
            self._erased_at = now
            self._store.erase_expired()


def erase_strangers(folder: Path) -> int:
    """Forgets all strangers of a state folder, which need not exist; returns how many there were.

    Raises:
        StateError: the file cannot be used.
    """
    return _erase(folder, "DELETE FROM strangers", ())


def erase_expired_strangers(folder: Path, now: datetime) -> int:
    """Forgets the strangers whose time is over, also where the memory is not in use any more.

    Raises:
        StateError: the file cannot be used.
    """
    return _erase(folder, "DELETE FROM strangers WHERE expires_at <= ?", (now.timestamp(),))


def _erase(folder: Path, statement: str, values: Sequence[object]) -> int:
    if not (folder / STRANGERS_FILE).exists():
        return 0
    database = _open(folder)
    try:
        with database.transaction() as connection:
            count = connection.execute(statement, values).rowcount
        database.scrub()
    finally:
        database.close()
    return count


def _open(folder: Path) -> Database:
    return Database(folder / STRANGERS_FILE, (_SCHEMA,))


def _delete_others(connection: Connection, kept: Sequence[Stranger]) -> int:
    """Deletes everybody but ``kept``; returns how many."""
    known = {stranger.id for stranger in kept}
    others = [row for row in connection.execute("SELECT id FROM strangers") if row[0] not in known]
    connection.executemany("DELETE FROM strangers WHERE id = ?", others)
    return len(others)


def _row(stranger: Stranger) -> tuple[object, ...]:
    times = (stranger.first_seen_at, stranger.seen_at, stranger.expires_at)
    return (
        stranger.id,
        stranger.template.model_id,
        stranger.template.vector.astype("<f4").tobytes(),
        stranger.template.pictures,
        *(time.timestamp() for time in times),
        stranger.visits,
    )


def _stranger(row: tuple[str, str, bytes, int, float, float, float, int]) -> Stranger:
    """A row as the core knows it.

    Raises:
        StateError: it makes no sense.
    """
    id_, model_id, vector, pictures, *times, visits = row
    try:
        template = Template(np.frombuffer(vector, "<f4").astype(np.float32), pictures, model_id)
        first, seen, expires = (datetime.fromtimestamp(time, timezone.utc) for time in times)
    except (ValueError, OverflowError, OSError) as error:
        raise StateError(
            f"the memory of strangers is damaged ({error}): erase it (--remember-strangers off)"
        ) from error
    return Stranger(id_, template, first, seen, expires, visits)
