"""The tables of ``records.sqlite``: everything of a visit hangs on its row and goes with it."""

from __future__ import annotations

SCHEMA = """
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

IN_FORCE = "id IN (SELECT max(id) FROM corrections GROUP BY visit_id)"
"""Of a visit's corrections the last."""
