"""The outbox: what it took stays until it is acknowledged, and nothing else does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.cooldown import CoolDown, person_key
from argus.core.errors import EventError
from argus.core.events import decode
from argus.core.status import QueueState
from argus.device.outbox import store
from argus.device.outbox.erasing import erase_person_waiting
from argus.device.outbox.file import OUTBOX_FILE
from argus.device.outbox.store import Erased, Outbox
from argus.device.settings.model import OutboxSettings, Settings, SnapshotSettings
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.state import StateDamaged
from argus.device.sync.gallery import member_id
from tests.device.outbox.waiting import DAY, NOON, Clocks, event, event_id


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path, Settings) as outbox:
        yield outbox


def numbers(outbox: Outbox) -> list[int]:
    return [row.sequence for row in outbox.rows(0, 1000)]


def limited(**limits: float) -> Callable[[], Settings]:
    return lambda: replace(Settings(), outbox=OutboxSettings(**limits))  # type: ignore[arg-type]


def test_what_was_taken_is_there_after_a_restart_and_tells_the_same(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, Settings) as outbox:
        first, second = outbox.add(event(1), clocks.now()), outbox.add(event(2, None, "unknown"), clocks.now())
        assert outbox.next_sequence() == 3
    with Outbox(tmp_path, Settings) as outbox:
        assert outbox.rows(0, 10) == [first, second]
        assert decode(second.payload) == event(2, None, "unknown")
        assert (second.sequence, second.event_id) == (2, event_id(2))
        assert second.topic == f"argus/v1/unknown/door-pi/{event(2).camera}"
        assert outbox.next_sequence() == 3


def test_a_number_is_never_given_twice_also_when_the_outbox_is_empty(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, Settings) as outbox:
        outbox.add(event(1), clocks.now())
        outbox.acknowledge([event_id(1)])
    with Outbox(tmp_path, Settings) as outbox:
        assert (numbers(outbox), outbox.next_sequence()) == ([], 2)
        with pytest.raises(ValueError, match="the next is 2"):
            outbox.add(event(1), clocks.now())


def test_rows_come_in_order_and_in_parts(outbox: Outbox, clocks: Clocks) -> None:
    for number in range(1, 8):
        outbox.add(event(number), clocks.now())
    assert [row.sequence for row in outbox.rows(2, 3)] == [3, 4, 5]
    assert [row.sequence for row in outbox.rows(2, 10, until=4)] == [3, 4]


def test_acknowledgements_may_be_late_repeated_out_of_order_and_of_anything(outbox: Outbox, clocks: Clocks) -> None:
    for number in range(1, 6):
        outbox.add(event(number), clocks.now())
    assert outbox.acknowledge([event_id(4), event_id(2), event_id(4)]) == 2
    assert outbox.acknowledge([event_id(2), "nothing", "'; DROP TABLE events"]) == 0
    assert outbox.acknowledge([]) == 0
    assert numbers(outbox) == [1, 3, 5]
    assert outbox.acknowledge([event_id(number) for number in range(1, 2000)]) == 3
    assert outbox.state(clocks.now()) == QueueState(0, None, delivered=5, dropped=0)


def test_an_event_that_is_too_large_takes_nothing(outbox: Outbox, clocks: Clocks) -> None:
    with pytest.raises(EventError, match="over the limit"):
        outbox.add(replace(event(1), visit_id="v" * 6000), clocks.now())
    assert (numbers(outbox), outbox.next_sequence()) == ([], 1)


def test_one_too_many_costs_the_oldest_and_is_counted(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, limited(events=3)) as outbox:
        for number in range(1, 6):
            outbox.add(event(number), clocks.now())
            clocks.passes(5)
        assert numbers(outbox) == [3, 4, 5]
        assert outbox.state(clocks.now()) == QueueState(3, 15.0, delivered=0, dropped=2)


def test_what_is_too_old_is_given_up(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, limited(days=2)) as outbox:
        outbox.add(event(1), clocks.now())
        clocks.passes(1.5 * DAY)
        outbox.add(event(2), clocks.now())
        assert outbox.drop_expired(clocks.now()) == 0
        clocks.passes(DAY)
        assert outbox.drop_expired(clocks.now()) == 1
        clocks.boots(off_seconds=1.5 * DAY)
        outbox.add(event(3), clocks.now())
        assert outbox.drop_expired(clocks.now()) == 1
        assert numbers(outbox) == [3]
        assert outbox.state(clocks.now()) == QueueState(1, 0.0, delivered=0, dropped=2)


LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("to", [LONG_AGO, NOON - timedelta(days=400), NOON + timedelta(days=4000)])
def test_a_clock_that_is_put_does_not_expire_anything_while_the_device_runs(
    tmp_path: Path, clocks: Clocks, to: datetime
) -> None:
    with Outbox(tmp_path, limited(days=2)) as outbox:
        outbox.add(event(1), clocks.now())
        clocks.passes(DAY)
        clocks.put(to)
        outbox.add(event(2), clocks.now())
        assert outbox.drop_expired(clocks.now()) == 0
        assert outbox.state(clocks.now()).oldest_seconds == DAY
        clocks.passes(1.5 * DAY)
        assert outbox.drop_expired(clocks.now()) == 1
        assert numbers(outbox) == [2]


def test_a_clock_put_back_over_a_restart_expires_nothing_and_keeps_nothing_for_ever(
    tmp_path: Path, clocks: Clocks
) -> None:
    with Outbox(tmp_path, limited(days=2)) as outbox:
        outbox.add(event(1), clocks.now())
        clocks.boots()
        clocks.put(NOON - timedelta(days=400))
        assert outbox.drop_expired(clocks.now()) == 0
        assert outbox.state(clocks.now()).oldest_seconds == 0
        clocks.passes(1.9 * DAY)
        assert outbox.drop_expired(clocks.now()) == 0
        clocks.passes(0.2 * DAY)
        assert outbox.drop_expired(clocks.now()) == 1


def test_events_of_a_device_whose_clock_was_not_set_do_not_expire_when_it_is(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, limited(days=2)) as outbox:
        clocks.put(LONG_AGO, clock_set=False)
        outbox.add(event(1), clocks.now())
        clocks.boots()
        outbox.add(event(2), clocks.now())
        clocks.passes(10)
        assert outbox.drop_expired(clocks.now()) == 0
        clocks.put(NOON)
        assert outbox.drop_expired(clocks.now()) == 0
        assert numbers(outbox) == [1, 2]
        clocks.boots(off_seconds=3 * DAY)
        assert outbox.drop_expired(clocks.now()) == 1  # the first has been there since the clock was set
        assert numbers(outbox) == [2]  # whose clock never was


def test_while_the_clock_is_not_set_only_the_monotonic_clock_expires(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, limited(days=2)) as outbox:
        outbox.add(event(1), clocks.now())
        clocks.boots()
        clocks.put(LONG_AGO, clock_set=False)
        outbox.add(event(2), clocks.now())
        clocks.passes(1.9 * DAY)
        assert outbox.drop_expired(clocks.now()) == 0
        clocks.passes(0.2 * DAY)
        assert outbox.drop_expired(clocks.now()) == 2  # the first is older than the second


def test_cool_downs_are_kept_with_their_events(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, Settings) as outbox:
        outbox.add(event(1), clocks.now(), cool_down=CoolDown("person:ada", clocks.now()))
        clocks.passes(400)
        later = clocks.now()
        outbox.add(event(2), later, cool_down=CoolDown("person:ada", later))
        with pytest.raises(ValueError, match="told already"):
            outbox.add(event(2), later, cool_down=CoolDown("person:bob", later))
    with Outbox(tmp_path, Settings) as outbox:
        assert outbox.cool_downs() == {"person:ada": later}


def test_no_more_cool_downs_are_kept_than_can_matter(
    outbox: Outbox, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "COOL_DOWNS_KEPT", 3)
    for number in range(1, 6):
        outbox.add(event(number), clocks.now(), cool_down=CoolDown(f"person:{number}", clocks.now()))
    assert set(outbox.cool_downs()) == {"person:3", "person:4", "person:5"}


def test_whoever_is_erased_is_in_no_queue_and_no_file(tmp_path: Path, clocks: Clocks) -> None:
    now = clocks.now()
    unknown = replace(event(1, None, "unknown"), snapshot="s/1.jpg")
    named = replace(event(2, "charlotte"), snapshot="s/2.jpg", revises=unknown.event_id)
    with Outbox(tmp_path, Settings) as outbox, SnapshotQueue(tmp_path, Settings) as snapshots:
        outbox.add(unknown, now, picture=b"stranger-picture" * 999)
        outbox.add(named, now, picture=b"charlotte-picture" * 999, cool_down=CoolDown("person:charlotte", now))
        outbox.add(replace(event(3, "bob"), snapshot="s/3.jpg"), now, picture=b"bob")
        outbox.add(event(4, "charlotte", "left"), now)
        assert outbox.erase_person("nobody", "staff") == Erased(0, 0)
        assert outbox.erase_person("charlotte", "visitors") == Erased(0, 0)
        assert outbox.erase_person("charlotte", "staff") == Erased(3, 2)
        assert (numbers(outbox), outbox.cool_downs()) == ([3], {})
        assert outbox.state(now) == QueueState(1, 0.0, delivered=0, dropped=3)
        assert snapshots.state(now) == QueueState(1, 0.0, delivered=0, dropped=2)
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"charlotte" not in files.lower() and b"stranger-picture" not in files
        assert b'"bob"' in files


LONG = "a" * 126


def test_whoever_is_of_one_of_several_collections_is_erased_by_their_own_id(outbox: Outbox, clocks: Clocks) -> None:
    both = replace(event(1).collection, id="staff+visitors")
    for number, person_id in enumerate(["staff:ann", "visitors:ann", member_id("staff", LONG)], start=1):
        told = replace(event(number, person_id), collection=both)
        outbox.add(told, clocks.now(), cool_down=CoolDown(person_key(person_id), clocks.now()))
    assert outbox.erase_person("ann", "staff") == Erased(1, 0)
    assert outbox.erase_person(LONG, "staff") == Erased(1, 0)
    assert numbers(outbox) == [2]
    assert "person:staff:ann" not in outbox.cool_downs() and "person:visitors:ann" in outbox.cool_downs()


def test_a_machine_without_an_outbox_has_nothing_to_erase(tmp_path: Path, clocks: Clocks) -> None:
    assert erase_person_waiting(tmp_path, "ada", ["staff"]) == Erased(0, 0)
    assert list(tmp_path.iterdir()) == []
    with Outbox(tmp_path, Settings) as outbox:
        outbox.add(event(1), clocks.now())
    assert erase_person_waiting(tmp_path, "ada", ["visitors", "staff"]) == Erased(1, 0)


def test_a_file_that_is_no_outbox_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / OUTBOX_FILE).write_bytes(b"x" * 5000)
    with pytest.raises(StateDamaged, match="delete it"):
        Outbox(tmp_path, Settings)


def test_pictures_are_bounded_by_their_bytes(tmp_path: Path, clocks: Clocks) -> None:
    settings = replace(Settings(), snapshots=SnapshotSettings(megabytes=1))
    with Outbox(tmp_path, lambda: settings) as outbox, SnapshotQueue(tmp_path, lambda: settings) as snapshots:
        for number in range(1, 7):
            waiting = replace(event(number), snapshot=f"s/{number}.jpg")
            outbox.add(waiting, clocks.now(), picture=bytes(300_000 if number < 6 else 500_000))
        assert snapshots.state(clocks.now()) == QueueState(2, 0.0, delivered=0, dropped=4)
        assert numbers(outbox) == [1, 2, 3, 4, 5, 6]
        outbox.add(replace(event(7), snapshot="s/7.jpg"), clocks.now(), picture=bytes(1_000_001))
        assert snapshots.state(clocks.now()) == QueueState(0, None, delivered=0, dropped=7)


def test_numbers_may_leave_a_gap_where_an_event_was_lost(outbox: Outbox, clocks: Clocks) -> None:
    outbox.add(event(1), clocks.now())
    outbox.count_dropped(2, 1)
    outbox.add(event(4), clocks.now())
    assert (numbers(outbox), outbox.next_sequence()) == ([1, 4], 5)
    assert outbox.state(clocks.now()).dropped == 2


def test_threads_open_outboxes_of_their_own(tmp_path: Path, clocks: Clocks) -> None:
    with Outbox(tmp_path, Settings) as writer, Outbox(tmp_path, Settings) as reader:
        for number in itertools.islice(itertools.count(1), 20):
            writer.add(event(number), clocks.now())
            assert numbers(reader) == [number]
            assert reader.acknowledge([event_id(number)]) == 1
