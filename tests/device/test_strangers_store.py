"""Strangers stay who they are over restarts and cameras, and leave nothing behind when they are forgotten."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from argus.core.ids import repeatable_ids
from argus.core.types import EMBEDDING_SIZE, MIRROR_MODEL_ID, Template
from argus.device.state import StateError
from argus.device.strangers_store import (
    ERASE_EVERY_SECONDS,
    STRANGERS_FILE,
    StrangerExpiry,
    StrangerStore,
    erase_expired_strangers,
    erase_strangers,
)
from tests.core.measures import NOON, at, flat_calibration


class SetClock:
    """Time passes when a test says so."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def open_store(folder: Path, clock: SetClock, *, seed: str = "store", days: float = 1.0) -> StrangerStore:
    return StrangerStore(folder, flat_calibration(), repeatable_ids(seed), clock.now, timedelta(days=days))


def somebody(seed: int) -> Template:
    """Far from everybody else, and nothing that could be in a file by chance."""
    vector = np.random.default_rng(seed).normal(0, 1, EMBEDDING_SIZE).astype(np.float32)
    return Template(vector, 4)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def trace(template: Template) -> bytes:
    return template.vector[10:14].astype("<f4").tobytes()


def test_the_same_keeps_the_id_and_another_has_another(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first, second = store.recognise(at(0, 3.0)), store.recognise(at(1, 3.0))
    assert first != second
    assert store.recognise(at(0, 3.1)) == first
    assert store.recognise(at(1, 2.9)) == second


def test_over_restarts_and_for_other_cameras(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first = store.recognise(at(0, 3.0))
    beside = open_store(tmp_path, clock, seed="another process")
    assert beside.recognise(at(0, 3.0)) == first
    second = beside.recognise(at(1, 3.0))
    assert store.recognise(at(1, 3.0)) == second
    store.close()
    beside.close()
    again = open_store(tmp_path, clock, seed="after the restart")
    assert again.recognise(at(0, 3.0)) == first
    [stranger, _] = again.strangers()
    assert (stranger.id, stranger.visits, stranger.template.pictures) == (first, 3, 8)


def test_whoever_comes_in_time_is_remembered_longer(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first = store.recognise(at(0, 3.0))
    for _ in range(4):
        clock.time += timedelta(hours=23)
        assert store.recognise(at(0, 3.0)) == first
    clock.time += timedelta(hours=24)
    assert store.recognise(at(0, 3.0)) != first


def test_whose_time_is_over_leaves_no_byte(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    store.recognise(somebody(1))
    store.recognise(somebody(2))
    assert trace(somebody(1)) in bytes_of(tmp_path)
    clock.time += timedelta(hours=24)
    now = [0.0]
    expiry = StrangerExpiry(store, lambda: now[0])
    expiry.shown(None, ())  # type: ignore[arg-type] # it has no use for the frame
    assert trace(somebody(1)) in bytes_of(tmp_path)
    now[0] = ERASE_EVERY_SECONDS
    expiry.shown(None, ())  # type: ignore[arg-type]
    assert trace(somebody(1)) not in bytes_of(tmp_path)
    assert trace(somebody(2)) not in bytes_of(tmp_path)


def test_a_replaced_template_leaves_no_byte(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first = store.recognise(somebody(1))
    moved = Template(somebody(1).vector + np.float32(0.01), 4)
    assert store.recognise(moved) == first
    assert trace(somebody(1)) not in bytes_of(tmp_path)


def test_whoever_is_named_is_forgotten_at_once(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first, second = store.recognise(somebody(1)), store.recognise(somebody(2))
    assert first is not None
    store.forget(first)
    assert [stranger.id for stranger in store.strangers()] == [second]
    assert trace(somebody(1)) not in bytes_of(tmp_path) and trace(somebody(2)) in bytes_of(tmp_path)


def test_the_switch_erases_every_byte(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    for seed in range(20):
        store.recognise(somebody(seed))
    store.close()
    assert erase_strangers(tmp_path) == 20
    assert not any(trace(somebody(seed)) in bytes_of(tmp_path) for seed in range(20))
    assert open_store(tmp_path, clock).strangers() == ()


def test_the_switch_erases_under_a_running_watch_too(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    first = store.recognise(somebody(1))
    assert erase_strangers(tmp_path) == 1
    assert trace(somebody(1)) not in bytes_of(tmp_path)
    assert store.recognise(somebody(1)) != first


def test_without_the_memory_its_remains_still_expire(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    store.recognise(somebody(1))
    clock.time += timedelta(hours=1)
    store.recognise(somebody(2))
    store.close()
    assert erase_expired_strangers(tmp_path, NOON + timedelta(hours=24)) == 1
    assert trace(somebody(1)) not in bytes_of(tmp_path) and trace(somebody(2)) in bytes_of(tmp_path)


def test_nothing_is_made_to_erase_nothing(tmp_path: Path) -> None:
    assert erase_strangers(tmp_path / "nowhere") == erase_expired_strangers(tmp_path, NOON) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_shorter_memory_shortens_what_is_remembered(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock, days=30)
    first = store.recognise(at(0, 3.0))
    store.close()
    shorter = open_store(tmp_path, clock, days=1)
    clock.time += timedelta(hours=25)
    assert shorter.recognise(at(0, 3.0)) != first


def test_the_file_is_its_owners_alone(tmp_path: Path, clock: SetClock) -> None:
    open_store(tmp_path, clock)
    assert (tmp_path / STRANGERS_FILE).stat().st_mode & 0o077 == 0


def test_a_stranger_of_another_model_is_erased(tmp_path: Path, clock: SetClock) -> None:
    store = open_store(tmp_path, clock)
    store.recognise(somebody(1))
    with sqlite3.connect(tmp_path / STRANGERS_FILE) as other:
        other.execute("UPDATE strangers SET model_id = ?", (f"not {MIRROR_MODEL_ID}",))
    store.recognise(somebody(2))
    assert len(store.strangers()) == 1


def test_damage_is_one_sentence(tmp_path: Path, clock: SetClock, caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(tmp_path, clock)
    store.recognise(somebody(1))
    with sqlite3.connect(tmp_path / STRANGERS_FILE) as other:
        other.execute("UPDATE strangers SET vector = x'0102'")
    # A watch goes on without the memory.
    assert store.recognise(somebody(1)) is None
    assert "--remember-strangers off" in caplog.text
    with pytest.raises(StateError, match="--remember-strangers off"):
        open_store(tmp_path, clock)
    assert erase_strangers(tmp_path) == 1
    assert open_store(tmp_path, clock).strangers() == ()


def test_no_database_is_one_sentence(tmp_path: Path, clock: SetClock) -> None:
    (tmp_path / STRANGERS_FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(StateError, match="damaged"):
        open_store(tmp_path, clock)
