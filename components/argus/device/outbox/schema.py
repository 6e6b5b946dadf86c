"""The tables of ``outbox.sqlite``: what waits for the cloud, and what must agree with it.

Events and pictures are in one file, so that an event, the place of its picture in the queue, the cool-down that its
alert starts and the number of the next event are written in one transaction. A picture is a BLOB: some tens of
kilobytes, which SQLite writes as fast as a file system does, and which then cannot be there without its row, nor its
row without it.

``place`` orders a queue as it was written, and is an event's sequence number. Only the columns of the index are read
to find what has expired; the payload of what waits is not.
"""

from __future__ import annotations


def _queue(name: str, content: str) -> str:
    return f"""
CREATE TABLE {name} (
    place INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, collection_id TEXT NOT NULL, person_id TEXT,
    created_at REAL NOT NULL, boot_id TEXT NOT NULL, at_seconds REAL NOT NULL, clock_set INTEGER NOT NULL,
    bytes INTEGER NOT NULL, {content});
CREATE INDEX {name}_by_age ON {name} (boot_id, clock_set, created_at, at_seconds);
CREATE INDEX {name}_by_person ON {name} (person_id);
INSERT INTO queues VALUES ('{name}', 0, 0, 0, 0);
"""


SCHEMA = f"""
CREATE TABLE device (next_sequence INTEGER NOT NULL);
INSERT INTO device VALUES (1);
CREATE TABLE queues (
    name TEXT PRIMARY KEY, waiting INTEGER NOT NULL, bytes INTEGER NOT NULL, delivered INTEGER NOT NULL,
    dropped INTEGER NOT NULL);
{_queue("events", "topic TEXT NOT NULL, payload BLOB NOT NULL")}
{_queue("snapshots", "key TEXT NOT NULL, picture BLOB NOT NULL")}
CREATE TABLE cool_downs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, alerted_at REAL NOT NULL, boot_id TEXT NOT NULL,
    at_seconds REAL NOT NULL, clock_set INTEGER NOT NULL)
"""
