"""From whoever recognises into the outbox: in order, without waiting, and over a disk that is full for a while."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.events import VisitEvent, decode
from argus.core.types import RgbImage
from argus.device.alerts import Alerts
from argus.device.outbox import intake as intake_module
from argus.device.outbox.intake import Intake
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings, SnapshotSettings
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.state import StateError
from tests.device.outbox.cloud import comes_true, running
from tests.device.outbox.waiting import Clocks, event

PORTRAIT: RgbImage = (
    np.broadcast_to(np.arange(0, 240, 0.25, dtype=np.float32)[:, None], (960, 900))
    .astype(np.uint8)[..., None]
    .repeat(3, axis=2)
)


class Wiring:
    """An intake, and what it has written."""

    def __init__(self, folder: Path, keep: SnapshotSettings | None = None) -> None:
        self.folder = folder
        self.clocks = Clocks()
        self.settings = replace(Settings(), snapshots=keep or SnapshotSettings())
        self.alerts = Alerts({}, self.clocks.now, lambda: 300.0)
        self.written: list[VisitEvent] = []
        self.intake = Intake(folder, lambda: self.settings, self.clocks.now, self.alerts, self.written.append)

    def take(self, told: VisitEvent, portrait: RgbImage | None = None) -> None:
        self.intake.take(replace(told, alert=self.alerts(told)), portrait)

    def stored(self) -> list[VisitEvent]:
        with Outbox(self.folder, lambda: self.settings) as outbox:
            return [decode(row.payload) for row in outbox.rows(0, 10_000)]

    def numbers(self) -> list[int]:
        return [event.device.sequence for event in self.stored()]

    def dropped(self) -> int:
        with Outbox(self.folder, lambda: self.settings) as outbox:
            return outbox.state(self.clocks.now()).dropped


class FullDisk:
    """Takes no events, or only those without a picture."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.has_room_for_small = False
        add = Outbox.add

        def limited(outbox: Outbox, told: VisitEvent, *args: object, **kwargs: object) -> object:
            if self.full and not (self.has_room_for_small and kwargs.get("picture") is None):
                raise StateError("the disk is full: make room")
            return add(outbox, told, *args, **kwargs)  # type: ignore[arg-type]

        patch.setattr(Outbox, "add", limited)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[FullDisk]:
    monkeypatch.setattr(intake_module, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(intake_module, "LAST_SECONDS", 0.0)
    yield FullDisk(monkeypatch)


def test_events_are_written_in_order_and_told(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path)
    with running(wiring.intake):
        for number in range(1, 6):
            wiring.take(event(number))
        wiring.take(event(6, kind="uncertain", person_id=None))
        assert comes_true(lambda: len(wiring.written) == 5)
    assert wiring.stored() == wiring.written
    assert wiring.numbers() == [1, 2, 3, 4, 5]
    assert [told.alert for told in wiring.written] == [True] + [False] * 4
    with Outbox(tmp_path, Settings) as outbox:
        assert set(outbox.cool_downs()) == {"person:ada"}


def test_what_is_taken_last_is_written_before_the_end(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path)
    wiring.take(event(1))
    with running(wiring.intake):
        wiring.take(event(2))
    assert wiring.numbers() == [1, 2]


@pytest.mark.parametrize(("keep", "kinds"), [("none", set()), ("unknown", {"unknown"}), ("all", {"match", "unknown"})])
def test_pictures_are_kept_of_whom_the_settings_say(tmp_path: Path, keep: str, kinds: set[str]) -> None:
    wiring = Wiring(tmp_path, SnapshotSettings(keep, "s3://bucket"))  # type: ignore[arg-type]
    told = [
        replace(event(1, None, "unknown"), captured_at=datetime(2024, 2, 3, 23, 59, tzinfo=timezone.utc)),
        event(2),
        event(3, kind="left"),
    ]
    with running(wiring.intake):
        for one in told:
            wiring.take(one, PORTRAIT if one.kind != "left" else None)
    stored = wiring.stored()
    assert {one.kind for one in stored if one.snapshot} == kinds
    with SnapshotQueue(tmp_path, Settings) as queue:
        assert queue.state(wiring.clocks.now()).waiting == len(kinds)
        waiting = queue.next()
    if waiting is None:
        return
    assert waiting.key == stored[0].snapshot == f"snapshots/door-pi/2024/02/03/{stored[0].event_id}.jpg"
    with Image.open(io.BytesIO(waiting.picture)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (600, 640), {})


def test_a_prefix_is_part_of_the_key(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, SnapshotSettings("all", "s3://bucket/house/one"))
    with running(wiring.intake):
        wiring.take(event(1), PORTRAIT)
    assert str(wiring.stored()[0].snapshot).startswith("house/one/snapshots/door-pi/2024/05/01/")


def test_a_match_without_a_picture_names_none(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, SnapshotSettings("all", "s3://bucket"))
    with running(wiring.intake):
        wiring.take(event(1))
    assert wiring.stored()[0].snapshot is None


def test_while_the_disk_is_full_events_are_held_and_then_written(
    tmp_path: Path, disk: FullDisk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wiring = Wiring(tmp_path)
    disk.full = True
    with running(wiring.intake):
        wiring.take(event(1))
        wiring.take(event(2))
        assert comes_true(lambda: wiring.intake.problem == "the disk is full: make room")
        wiring.take(event(3, "bob"))
        disk.full = False
        assert comes_true(lambda: len(wiring.written) == 3)
        assert comes_true(lambda: wiring.intake.problem is None)
    assert wiring.numbers() == [1, 2, 3]
    assert [told.alert for told in wiring.stored()] == [True, False, True]
    assert wiring.dropped() == 0
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_what_is_held_for_too_long_is_lost_counted_and_leaves_a_gap(tmp_path: Path, disk: FullDisk) -> None:
    wiring = Wiring(tmp_path)
    disk.full = True
    with running(wiring.intake):
        wiring.take(event(1))
        wiring.take(event(2, "bob"))
        assert comes_true(lambda: wiring.intake.problem is not None)
        wiring.clocks.passes(599)
        wiring.take(event(3, "carl"))
        wiring.clocks.passes(2)
        assert comes_true(lambda: wiring.intake.lost == 2)
        disk.full = False
        wiring.take(event(4, "ada"))
        assert comes_true(lambda: len(wiring.written) == 2 and wiring.intake.lost == 0)
    assert wiring.numbers() == [3, 4]
    assert wiring.dropped() == 2
    assert [told.alert for told in wiring.stored()] == [True, True]  # nobody was ever told of ada's first


def test_what_is_too_much_is_lost_oldest_first(tmp_path: Path, disk: FullDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "HELD", 5)
    wiring = Wiring(tmp_path)
    disk.full = True
    with running(wiring.intake):
        for number in range(1, 9):
            wiring.take(event(number))
        assert comes_true(lambda: wiring.intake.lost == 3)
        disk.full = False
        assert comes_true(lambda: len(wiring.written) == 5)
    assert (wiring.numbers(), wiring.dropped()) == ([4, 5, 6, 7, 8], 3)


def test_where_there_is_no_room_for_the_picture_the_event_is_written_without(tmp_path: Path, disk: FullDisk) -> None:
    wiring = Wiring(tmp_path, SnapshotSettings("all", "s3://bucket"))
    disk.full = disk.has_room_for_small = True
    with running(wiring.intake):
        wiring.take(event(1), PORTRAIT)
        assert comes_true(lambda: len(wiring.written) == 1)
    assert wiring.stored()[0].snapshot is None
    with SnapshotQueue(tmp_path, Settings) as queue:
        assert (queue.next(), queue.state(wiring.clocks.now()).dropped) == (None, 1)


def test_more_pictures_than_memory_can_hold_are_left_out_and_counted(
    tmp_path: Path, disk: FullDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "PICTURES_HELD", 2)
    wiring = Wiring(tmp_path, SnapshotSettings("unknown", "s3://bucket"))
    disk.full = True
    for number in range(1, 5):
        wiring.take(event(number, None, "unknown"), PORTRAIT)
    wiring.take(event(5), PORTRAIT)  # of which none would be kept
    disk.full = False
    with running(wiring.intake):
        assert comes_true(lambda: len(wiring.written) == 5)
    assert [one.snapshot is not None for one in wiring.stored()] == [True, True, False, False, False]
    with SnapshotQueue(tmp_path, Settings) as queue:
        assert (queue.state(wiring.clocks.now()).waiting, queue.state(wiring.clocks.now()).dropped) == (2, 2)


def test_an_event_that_no_message_can_hold_stops_no_other(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path)
    with running(wiring.intake):
        wiring.take(replace(event(1), visit_id="v" * 7000))
        wiring.take(event(2))
        assert comes_true(lambda: len(wiring.written) == 1)
    assert (wiring.numbers(), wiring.dropped()) == ([2], 1)
    assert wiring.stored()[0].alert is False  # decided before the first was lost


def test_a_full_disk_at_the_end_is_said(tmp_path: Path, disk: FullDisk, caplog: pytest.LogCaptureFixture) -> None:
    wiring = Wiring(tmp_path)
    disk.full = True
    with running(wiring.intake):
        wiring.take(event(1))
    assert "1 events are lost: the disk is full" in caplog.text
