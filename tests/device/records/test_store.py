from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from argus.core.errors import UsageError
from argus.core.matching import Outcome, Reason
from argus.device.records.folder import erase_records, open_records
from argus.device.records.store import RECORDS_FILE, RecordStore
from argus.device.records.values import Correction, CounterExample, KeptLook
from argus.device.state import StateDamaged, StateError, state_directory
from tests.core.measures import at, entry
from tests.device.records.kept import HOME, NOON, crop, event, look

MARIA, ANA = entry("maria", at(0, 0.5)), entry("ana", at(1, 0.9))
VISITS = [f"018f3{number:03d}-0000-7000-8000-00000000abc{number}" for number in range(10)]
EVENTS = [f"018f4{number:03d}-0000-7000-8000-00000000def{number}" for number in range(10)]
WEEK = timedelta(days=7)
MANY_BYTES = 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with RecordStore(tmp_path) as opened:
        yield opened


def add(store: RecordStore, number: int, kept: KeptLook, now: datetime = NOON) -> str:
    store.add_look(VISITS[number], "hall", HOME, kept, now=now, keep=WEEK)
    return VISITS[number]


def of_maria() -> KeptLook:
    return look([crop(at(2, 0.1).vector), crop(at(2, 0.2).vector, score=0.5)], [MARIA, ANA])


def of_a_stranger(picture: bytes | None = None) -> KeptLook:
    return look([crop(at(2, 3).vector, picture=picture)], [MARIA, ANA])


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_what_is_kept_is_read_again(store: RecordStore) -> None:
    kept = of_maria()
    visit_id = add(store, 0, kept)
    unused = KeptLook(NOON + timedelta(seconds=3), False, None, (crop(at(2, 1).vector, poor=Reason.SMALL),))
    add(store, 0, unused, NOON + timedelta(seconds=5))
    told = [event("match", EVENTS[0], visit_id, MARIA.person), event("left", EVENTS[1], visit_id, MARIA.person, 2)]
    for one in reversed(told):
        store.add_event(one, NOON)
    record = store.find(visit_id)
    assert (record.id, record.camera, record.collection) == (visit_id, "hall", HOME)
    assert record.events == tuple(told)
    assert record.outcome is Outcome.MATCH and record.named == MARIA.person and record.correction is None
    first, second = record.looks
    assert first.grounds == kept.grounds and second.grounds is None
    assert record.deciding is first and (first.at, second.at) == (kept.at, unused.at)
    for read, written in zip((*first.crops, *second.crops), (*kept.crops, *unused.crops), strict=True):
        assert np.array_equal(read.vector, written.vector) and read.vector.dtype == np.float32
        assert replace(read, vector=written.vector).__dict__ == written.__dict__
    assert np.array_equal(first.template.vector, kept.template.vector)


def test_the_last_look_that_decided_counts(store: RecordStore) -> None:
    add(store, 0, of_a_stranger())
    add(store, 0, of_maria())
    add(store, 0, replace(of_a_stranger(), decided=False))
    assert store.find(VISITS[0]).named == MARIA.person


def test_a_visit_is_found_by_its_ids_and_their_ends(store: RecordStore) -> None:
    for number in range(2):
        visit_id = add(store, number, of_maria())
        store.add_event(event("match", EVENTS[number], visit_id, MARIA.person), NOON)
    for text in (VISITS[1], EVENTS[1], "0000abc1", "DEF1".rjust(8, "0"), "018f3001", f" {EVENTS[1]} "):
        assert store.find(text).id == VISITS[1]
    with pytest.raises(UsageError, match="2 visits have ids that begin or end with '018f30'"):
        store.find("018f30")
    for text in ("", "abc1", "ffffffff", "%", "018f3_01", "maria"):
        with pytest.raises(UsageError, match="it never was or has expired"):
            store.find(text)


def test_the_newest_visits_are_listed_first(store: RecordStore) -> None:
    add(store, 0, of_maria(), NOON)
    add(store, 1, of_a_stranger(), NOON + timedelta(hours=1))
    store.add_event(event("match", EVENTS[0], VISITS[0], MARIA.person), NOON)
    store.add_correction(VISITS[1], Correction(NOON, ANA.person, HOME))
    newest, older = store.newest(5)
    assert (newest.id, newest.event_id, newest.person, newest.corrected) == (VISITS[1], None, ANA.person, True)
    assert (older.outcome, older.event_id, older.person) == (Outcome.MATCH, EVENTS[0], MARIA.person)
    assert [visit.id for visit in store.newest(1)] == [VISITS[1]]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    folder = state_directory(tmp_path / "a" / "state")
    with RecordStore(folder) as store:
        add(store, 0, of_maria())
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_visits_expire_by_their_last_writing(store: RecordStore) -> None:
    add(store, 0, of_maria(), NOON)
    add(store, 1, of_maria(), NOON)
    add(store, 1, of_maria(), NOON + timedelta(days=3))
    store.prune(NOON + timedelta(days=6.9), WEEK, MANY_BYTES)
    assert {visit.id for visit in store.newest(5)} == {VISITS[0], VISITS[1]}
    store.prune(NOON + timedelta(days=7.1), WEEK, MANY_BYTES)
    assert {visit.id for visit in store.newest(5)} == {VISITS[1]}


def test_whoever_opens_the_records_finds_nothing_expired(tmp_path: Path) -> None:
    with RecordStore(tmp_path) as store:
        add(store, 0, of_a_stranger(b"OLD-FACE" * 4000))
        add(store, 1, of_maria(), NOON + timedelta(days=1))
        store.add_event(event("left", EVENTS[0], VISITS[1]), NOON + timedelta(days=2))
    with open_records(tmp_path, NOON + timedelta(days=8.9)) as store:
        assert [visit.id for visit in store.newest(5)] == [VISITS[1]]
    assert b"OLD-FACE" not in files(tmp_path)
    with open_records(tmp_path, NOON + timedelta(days=9.1)) as store:
        assert store.newest(5) == ()


def test_a_shorter_time_counts_for_what_was_kept_before(store: RecordStore) -> None:
    add(store, 0, of_maria())
    store.prune(NOON + timedelta(days=2), timedelta(days=1), MANY_BYTES)
    assert store.newest(5) == ()


def test_a_clock_that_was_wrong_keeps_nothing_for_ever(store: RecordStore) -> None:
    add(store, 0, of_maria(), NOON + timedelta(days=4000))
    store.prune(NOON, WEEK, MANY_BYTES)
    assert len(store.newest(5)) == 1
    store.prune(NOON + timedelta(days=8), WEEK, MANY_BYTES)
    assert store.newest(5) == ()


def test_the_oldest_visits_make_room(store: RecordStore) -> None:
    for number in range(10):
        add(store, number, of_a_stranger(bytes([number]) * 100_000), NOON + timedelta(minutes=number))
    before = store.used_bytes()
    assert before > 1_000_000
    store.prune(NOON + timedelta(hours=1), WEEK, 500_000)
    assert store.used_bytes() <= 500_000
    assert store.path.stat().st_size <= 500_000
    left = [visit.id for visit in store.newest(10)]
    assert left == VISITS[::-1][: len(left)] and 3 <= len(left) < 5


def test_what_is_erased_is_in_no_file_any_more(tmp_path: Path) -> None:
    with RecordStore(tmp_path) as store:
        for number, marker in enumerate((b"FIRST-FACE", b"SECOND-FACE")):
            visit_id = add(store, number, of_a_stranger(marker * 4000))
            store.add_event(event("unknown", EVENTS[number], visit_id), NOON)
        assert b"FIRST-FACE" in files(tmp_path) and EVENTS[0].encode() in files(tmp_path)
        assert store.erase(VISITS[0]) and not store.erase(VISITS[0])
        for gone in (b"FIRST-FACE", VISITS[0].encode(), EVENTS[0].encode()):
            assert gone not in files(tmp_path)
        assert b"SECOND-FACE" in files(tmp_path)
        assert store.erase_all() == 1
        assert b"SECOND-FACE" not in files(tmp_path) and MARIA.person.name.encode() not in files(tmp_path)


def test_what_expires_is_in_no_file_any_more(tmp_path: Path) -> None:
    with RecordStore(tmp_path) as store:
        add(store, 0, of_a_stranger(b"OLD-FACE" * 4000))
        store.prune(NOON + timedelta(days=8), WEEK, MANY_BYTES)
        assert b"OLD-FACE" not in files(tmp_path)


def test_a_person_is_erased_from_all_records(tmp_path: Path) -> None:
    with RecordStore(tmp_path) as store:
        for number, kept in enumerate((of_maria(), of_a_stranger(), look([crop(at(3, 3).vector)], [ANA]))):
            store.add_event(event("left", EVENTS[number], add(store, number, kept)), NOON)
        store.add_correction(VISITS[2], Correction(NOON, MARIA.person, HOME))
        assert store.erase_person("maria", "/elsewhere") == 0 and len(store.newest(5)) == 3
        assert store.erase_person("maria", HOME) == 2
        [left] = store.newest(5)
        assert left.id == VISITS[1]
        assert b"maria" not in files(tmp_path).lower()
        grounds = store.find(VISITS[1]).looks[0].grounds
        assert grounds is not None and {one.person.id for one in grounds.candidates} == {"ana", "erased"}


def test_counter_examples_that_go_become_the_ground_of_those_that_stay(store: RecordStore) -> None:
    for number, needed in enumerate((0.05, 0.1)):
        add(store, number, of_maria(), NOON + timedelta(days=number))
        store.add_correction(VISITS[number], Correction(NOON, None, HOME, CounterExample("maria", needed, 0.01)))
    assert [one.needed for one in store.counter_examples(HOME, "maria", but=VISITS[1])] == [0.05]
    assert store.counter_examples("/elsewhere", "maria", but="") == ()
    store.prune(NOON + timedelta(days=7.5), WEEK, MANY_BYTES)
    assert store.counter_examples(HOME, "maria", but="") == (CounterExample("maria", 0.1, 0.05),)
    # Of a visit's corrections only the last is in force.
    store.add_correction(VISITS[1], Correction(NOON, MARIA.person, HOME))
    assert store.counter_examples(HOME, "maria", but="") == ()


def test_an_error_leaves_nothing_half_written(store: RecordStore) -> None:
    visit_id = add(store, 0, of_maria())
    with pytest.raises(RuntimeError), store.together():
        store.add_correction(visit_id, Correction(NOON, None, HOME))
        raise RuntimeError("in between")
    assert store.find(visit_id).corrections == ()


def test_an_event_of_a_visit_without_record_is_left_out(store: RecordStore) -> None:
    store.add_event(event("left", EVENTS[0], VISITS[0]), NOON)
    assert store.newest(5) == ()


def test_two_programs_write_to_one_file(tmp_path: Path) -> None:
    with RecordStore(tmp_path) as one, RecordStore(tmp_path) as other:
        add(one, 0, of_maria())
        add(other, 1, of_maria())
        assert len(one.newest(5)) == len(other.newest(5)) == 2


@pytest.mark.parametrize("content", [b"this is no database" * 300, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_said_to_be_so_and_can_be_erased(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORDS_FILE).write_bytes(content)
    with pytest.raises(StateDamaged, match=r"records\.sqlite is damaged"):
        RecordStore(tmp_path)
    assert erase_records(tmp_path) and list(tmp_path.iterdir()) == []
    assert not erase_records(tmp_path)
    with RecordStore(tmp_path) as store:
        add(store, 0, of_maria())


def test_a_row_that_makes_no_sense_is_said_to_be_so(store: RecordStore, tmp_path: Path) -> None:
    visit_id = add(store, 0, of_maria())
    with sqlite3.connect(tmp_path / RECORDS_FILE) as connection:
        connection.execute("UPDATE crops SET vector = x'00'")
    connection.close()
    with pytest.raises(StateDamaged, match=f"the record of visit {visit_id} is damaged"):
        store.find(visit_id)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    RecordStore(tmp_path).__exit__(None, None, None)
    with sqlite3.connect(tmp_path / RECORDS_FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StateError, match="made by a newer version of Argus"):
        RecordStore(tmp_path)


def test_nothing_was_ever_kept(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no visit is kept in"), open_records(tmp_path / "nowhere", NOON):
        pass
    assert not (tmp_path / "nowhere").exists()


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateError, match="name another folder with --state or in ARGUS_STATE"):
        state_directory(tmp_path / "file" / "state")
