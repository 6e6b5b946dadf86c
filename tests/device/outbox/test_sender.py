"""What is in the outbox reaches the cloud, whatever the cloud and the way to it do meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from argus.core import topics
from argus.device.adapters.clock import SystemClock
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.settings.model import OutboxSettings, Settings
from argus.device.state import StateError
from argus.device.transport import TransportLost
from tests.device.outbox.cloud import Cloud, acknowledgement, comes_true, running
from tests.device.outbox.waiting import DAY, Clocks, event, event_id


def fill(folder: Path, numbers: Iterable[int], clocks: Clocks) -> None:
    with Outbox(folder, Settings) as outbox:
        for number in numbers:
            outbox.add(event(number), clocks.now())


def waiting(folder: Path) -> list[int]:
    with Outbox(folder, Settings) as outbox:
        return [row.sequence for row in outbox.rows(0, 100_000)]


class Wiring:
    """A cloud, and a sender that is connected with it. Its clocks stand still unless a test moves them."""

    def __init__(self, folder: Path, *, answers: bool = True) -> None:
        self.folder = folder
        self.clocks = Clocks()
        self.cloud = Cloud(answers=answers)
        self.settings = Settings()
        self.sender = Sender(folder, lambda: self.settings, self.cloud, self.clocks.now)
        topic = topics.acknowledgement("door-pi")
        self.cloud.subscribe(topic, lambda topic, payload: self.sender.acknowledged(payload))

    def passes(self, seconds: float) -> None:
        self.clocks.passes(seconds)
        self.sender.added()  # which looks at the clock

    def tried(self, before: int) -> bool:
        """Whether more was tried than before, once the longest pause is over."""
        self.passes(31)
        return self.cloud.tries > before

    def add(self, *numbers: int) -> None:
        fill(self.folder, numbers, self.clocks)
        self.sender.added()

    def delivers(self) -> bool:
        return comes_true(lambda: waiting(self.folder) == [])


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return Wiring(tmp_path)


def test_what_waits_at_the_start_and_what_comes_is_delivered_once_in_order(wiring: Wiring) -> None:
    wiring.add(1, 2, 3)
    with running(wiring.sender):
        assert wiring.delivers()
        for number in range(4, 9):
            wiring.add(number)
            assert comes_true(lambda number=number: number in wiring.cloud.sequences)  # type: ignore[misc]
        assert wiring.delivers()
    assert sorted(wiring.cloud.sequences[:3]) == [1, 2, 3] and wiring.cloud.sequences[3:] == [4, 5, 6, 7, 8]
    assert wiring.cloud.received[-1] == event(8)
    with Outbox(wiring.folder, Settings) as outbox:
        assert outbox.state(wiring.clocks.now()).delivered == 8


def test_taken_is_not_delivered(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, answers=False)
    wiring.add(1, 2)
    with running(wiring.sender):
        assert comes_true(lambda: sorted(wiring.cloud.sequences) == [1, 2])
        wiring.sender.acknowledged(acknowledgement([event_id(2), event_id(77)]))
        assert comes_true(lambda: waiting(tmp_path) == [1])
        wiring.passes(11)
        assert comes_true(lambda: wiring.cloud.times_received()[1] == 2)
        wiring.sender.acknowledged(acknowledgement([event_id(2)]))
        wiring.sender.acknowledged(acknowledgement([event_id(1), event_id(1)]))
        assert wiring.delivers()
    assert wiring.cloud.times_received() == {1: 2, 2: 1}


def test_a_restart_publishes_again_what_was_not_acknowledged(tmp_path: Path) -> None:
    first = Wiring(tmp_path, answers=False)
    first.add(1, 2)
    with running(first.sender):
        assert comes_true(lambda: len(first.cloud.received) == 2)
    second = Wiring(tmp_path)
    with running(second.sender):
        assert second.delivers()
    assert sorted(second.cloud.sequences) == [1, 2]


def test_an_acknowledgement_that_came_last_of_all_counts(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, answers=False)
    wiring.add(1)
    with running(wiring.sender):
        assert comes_true(lambda: wiring.cloud.sequences == [1])
        wiring.sender.acknowledged(acknowledgement([event_id(1)]))
    assert waiting(tmp_path) == []


def test_what_is_no_acknowledgement_is_ignored(wiring: Wiring, caplog: pytest.LogCaptureFixture) -> None:
    for payload in (b"", b"{}", b"\xff" * 100, b"[" * 5000, b'{"event_ids": ["a"]}'):
        wiring.sender.acknowledged(payload)
    wiring.add(1)
    with running(wiring.sender):
        assert wiring.delivers()
    assert len(caplog.records) == 5 and "an acknowledgement is ignored" in caplog.text


def test_while_the_transport_refuses_everything_waits_and_then_the_oldest_comes_first(
    wiring: Wiring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wiring.cloud.refuses = lambda event: True
    wiring.add(*range(1, 21))
    with running(wiring.sender):
        for _ in range(3):
            assert comes_true(lambda tries=wiring.cloud.tries: wiring.tried(tries))  # type: ignore[misc]
        assert wiring.sender.problem == "the cloud does not answer: it is tried again"
        time.sleep(0.2)  # in which what had begun ends
        tries = wiring.cloud.tries
        wiring.add(21)
        time.sleep(0.2)
        assert wiring.cloud.tries == tries  # nothing is tried during a pause, also when something is new
        wiring.cloud.refuses = lambda event: False
        wiring.passes(31)
        assert wiring.delivers()
        assert comes_true(lambda: wiring.sender.problem is None)
    assert wiring.cloud.times_received() == {number: 1 for number in range(1, 22)}
    assert 21 in wiring.cloud.sequences[-4:]  # as many are under way together
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "events wait",
        "events are published again",
    ]


def test_a_connection_that_takes_every_third_only_delivers_all(wiring: Wiring) -> None:
    wiring.cloud.refuses = lambda event: wiring.cloud.tries % 3 > 0
    wiring.add(*range(1, 31))
    with running(wiring.sender):

        def nothing_waits() -> bool:
            wiring.passes(31)
            return waiting(wiring.folder) == []

        assert comes_true(nothing_waits)
    assert set(wiring.cloud.sequences) == set(range(1, 31))


def test_a_lost_transport_ends_it(wiring: Wiring) -> None:
    wiring.add(1)
    wiring.cloud.is_lost = True
    with pytest.raises(TransportLost), running(wiring.sender):
        assert comes_true(lambda: wiring.cloud.tries == 1)
    assert waiting(wiring.folder) == [1]


def test_what_nobody_ever_acknowledges_expires_and_is_counted(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, answers=False)
    wiring.settings = replace(Settings(), outbox=OutboxSettings(days=2))
    wiring.add(1, 2)
    with running(wiring.sender):
        assert comes_true(lambda: len(wiring.cloud.sequences) == 2)
        wiring.passes(1.9 * DAY)
        time.sleep(0.1)
        assert waiting(tmp_path) == [1, 2]
        wiring.passes(0.2 * DAY)
        assert wiring.delivers()
    with Outbox(tmp_path, Settings) as outbox:
        assert outbox.state(wiring.clocks.now()).dropped == 2


def test_when_there_is_nothing_to_do_nothing_is_done(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def counted(self: Outbox, after: int, limit: int, *, until: int | None = None) -> list[object]:
        nonlocal asked
        asked += 1
        return []

    monkeypatch.setattr(Outbox, "rows", counted)
    with running(wiring.sender):
        assert comes_true(lambda: asked == 1)
        before = time.process_time()
        time.sleep(2)
        assert asked == 1
        assert time.process_time() - before < 0.4


def test_a_disk_that_takes_no_deletion_stops_no_publication(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    deletion = Outbox.acknowledge

    def full(self: Outbox, event_ids: Iterable[str]) -> int:
        raise StateError("the disk is full: make room")

    monkeypatch.setattr(Outbox, "acknowledge", full)
    wiring.add(1)
    with running(wiring.sender):
        assert comes_true(lambda: wiring.cloud.sequences == [1])
        wiring.add(2)
        assert comes_true(lambda: wiring.cloud.sequences == [1, 2])
        monkeypatch.setattr(Outbox, "acknowledge", deletion)
        wiring.passes(6)
        assert wiring.delivers()
    assert wiring.cloud.times_received() == {1: 1, 2: 1}


def test_what_a_long_time_without_network_has_left_is_delivered_quickly(tmp_path: Path) -> None:
    """Here nothing but the outbox takes time."""
    count, clock = 2000, SystemClock()
    wiring = Wiring(tmp_path)
    with Outbox(tmp_path, Settings) as outbox, outbox._database.transaction():
        for number in range(1, count + 1):
            outbox.add(event(number), wiring.clocks.now())
    began = clock.monotonic_seconds()
    with running(wiring.sender):
        assert wiring.delivers()
    assert wiring.cloud.times_received() == {number: 1 for number in range(1, count + 1)}
    assert clock.monotonic_seconds() - began < 20
