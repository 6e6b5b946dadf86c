"""The database files of the state folder, and others who look at them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from argus.device.database import Database

SCHEMA = "CREATE TABLE seen (number INTEGER)"

LOOK = """
import sqlite3, sys

connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM seen").fetchone()[0])
connection.close()
"""
"""What anybody may do with a file of a program that runs."""


def look(path: Path) -> int:
    done = subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_another_process_that_looks_at_a_file_in_use_does_no_harm(tmp_path: Path) -> None:
    """SQLite's locks are those of the process, and go when it closes the file by whatever descriptor.

    Without them whoever looks takes itself for the only one, and removes the log of what was committed.
    """
    path = tmp_path / "seen.sqlite"
    used = Database(path, (SCHEMA,), durable=True)
    with used.transaction() as connection:
        connection.execute("INSERT INTO seen VALUES (1)")
    Database(path, (SCHEMA,)).close()  # another thread's
    assert look(path) == 1
    with used.transaction() as connection:
        connection.execute("INSERT INTO seen VALUES (2)")
    assert look(path) == 2
    used.close()
    assert look(path) == 2


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "seen.sqlite"
    used = Database(path, (SCHEMA,))
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    used.close()
