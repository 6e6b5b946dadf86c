"""A SQLite file in the state folder, which forgets what it is told to forget.

Deleted content is overwritten in the file (``secure_delete``), the file shrinks (incremental vacuum), and the
write-ahead log, which would still hold the old pages, is emptied by :meth:`Database.scrub`. What a flash disk keeps
of overwritten blocks is beyond a program's reach; encrypt the disk against that.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from argus.device.state import StateDamaged, StateError

_BUSY_SECONDS = 5.0
"""So long another program is waited for: it holds the file for some milliseconds."""


def erase_file(path: Path) -> None:
    """Overwrites and removes a database that cannot be opened, with its log.

    Raises:
        StateError: it cannot be.
    """
    try:
        for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if part.exists():
                with part.open("r+b") as file:
                    file.write(bytes(part.stat().st_size))
                    os.fsync(file.fileno())
                part.unlink()
    except OSError as error:
        raise StateError(f"{path} cannot be erased ({error.strerror}): delete it") from error


class Database:
    """One file, readable to its owner alone, opened by the thread that uses it.

    Args:
        path: in a folder that exists; the file is made when it is missing.
        migrations: SQL statements parted by semicolons; the n-th leads from version n - 1 (``user_version``) to n.
        durable: whether a transaction that was committed survives a power cut; each then waits for the disk.

    Raises:
        StateError: the file cannot be opened, is damaged, or was made by a newer version.
    """

    def __init__(self, path: Path, migrations: Sequence[str], *, durable: bool = False) -> None:
        self.path = path
        try:
            # Not opened: to close it would take away the locks that this process has on it in other threads.
            os.mknod(path, 0o600)
        except FileExistsError:
            pass
        except OSError as error:
            raise StateError(f"{path} cannot be opened ({error.strerror}): check its rights") from error
        with self._explained():
            # Without isolation_level Python leaves transactions to the program.
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare(migrations, durable)
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; inside another transaction it is a part of that one.

        Raises:
            StateError: the file cannot be read or written.
        """
        if self._connection.in_transaction:
            yield self._connection
            return
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def used_bytes(self) -> int:
        """What the content takes, free pages not counted.

        Raises:
            StateError: the file cannot be read.
        """
        with self._explained():
            pages, free, size = (self._pragma(name) for name in ("page_count", "freelist_count", "page_size"))
        return (pages - free) * size

    def scrub(self) -> None:
        """Gives free pages back and empties the write-ahead log, so that nothing deleted is left in any file.

        Raises:
            StateError: the file cannot be written.
        """
        with self._explained():
            # A script runs to its end; a single execute would give back one page only.
            self._connection.executescript("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._connection.close()

    def _prepare(self, migrations: Sequence[str], durable: bool) -> None:
        with self._explained():
            # Only an empty file takes auto_vacuum; any other is written to for it, which a full disk does not allow.
            if self._pragma("page_count") == 0:
                self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            for pragma in ("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
            # With NORMAL a power cut may cost the newest transactions, never the file.
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        with self.transaction() as connection:
            version = self._pragma("user_version")
            if version > len(migrations):
                raise StateError(f"{self.path} was made by a newer version of Argus: update this one, or move it away")
            for script in migrations[version:]:
                for statement in script.split(";"):
                    connection.execute(statement)
            # A file that is up to date is not written to: it can be opened on a full disk.
            if version < len(migrations):
                connection.execute(f"PRAGMA user_version = {len(migrations)}")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StateError(
                f"{self.path} cannot be used ({error}): make room on the disk, check the file's rights, "
                "and end other programs that use it"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StateDamaged(f"{self.path} is damaged ({error}): delete it or move it away") from error
