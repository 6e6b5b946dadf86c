"""Which events alert, also over a restart of the device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from argus.core.events import Kind, VisitEvent
from argus.device.alerts import Alerts
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings
from tests.device.outbox.waiting import DAY, NOON, Clocks, event


class Device:
    """Decides whether events alert, and writes them, as a device does; it can be started anew."""

    def __init__(self, folder: Path) -> None:
        self.clocks = Clocks()
        self.cool_down_seconds = 300.0
        self._folder = folder
        self._number = 0
        self.starts()

    def starts(self) -> None:
        with Outbox(self._folder, Settings) as outbox:
            self.alerts = Alerts(outbox.cool_downs(), self.clocks.now, lambda: self.cool_down_seconds)

    def tells(self, person_id: str | None = "ada", stranger_id: str | None = None, camera: str = "door") -> bool:
        """Whether the event of a visit alerts."""
        self._number += 1
        told = self._event(person_id, stranger_id, camera)
        with Outbox(self._folder, Settings) as outbox:
            outbox.add(told, self.clocks.now(), cool_down=self.alerts.started_by(told))
        return told.alert

    def loses(self, person_id: str) -> bool:
        """As :meth:`tells`, but the event is never written."""
        told = self._event(person_id, None, "door")
        self.alerts.take_back(told)
        return told.alert

    def _event(self, person_id: str | None, stranger_id: str | None, camera: str) -> VisitEvent:
        kind: Kind = "match" if person_id else "unknown"
        told = replace(event(self._number, person_id, kind, stranger_id=stranger_id, alert=False), camera=camera)
        return replace(told, alert=self.alerts(told))


def test_who_returns_within_the_cool_down_does_not_alert_and_afterwards_does(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.tells()
    device.clocks.passes(200)
    assert not device.tells(camera="yard")
    assert device.tells("bob")
    device.clocks.passes(101)  # the visit within it has not prolonged it
    assert device.tells()
    assert not device.tells("bob")


def test_the_same_over_a_restart_of_the_program_and_of_the_device(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.tells()
    device.clocks.passes(100)
    device.starts()
    assert not device.tells()
    device.clocks.boots(off_seconds=100)
    device.starts()
    assert not device.tells()
    device.clocks.boots(off_seconds=101)
    device.starts()
    assert device.tells()


def test_a_clock_put_back_does_not_prolong_a_cool_down(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.tells()
    device.clocks.put(NOON.replace(year=2000))
    device.clocks.passes(299)
    device.starts()
    assert not device.tells()
    device.clocks.passes(2)
    assert device.tells()
    device.clocks.boots()
    device.clocks.put(NOON.replace(year=1999))
    device.starts()
    assert device.tells()


def test_strangers_who_are_known_again_have_one_and_others_always_alert(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert [device.tells(None, "s1"), device.tells(None, "s2"), device.tells(None, "s1")] == [True, True, False]
    assert [device.tells(None), device.tells(None)] == [True, True]


def test_a_lost_alert_is_made_up_for(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.loses("ada")
    assert device.tells("ada")
    assert not device.tells("ada")
    assert not device.loses("ada")  # which had not alerted, so that nothing is taken back
    assert not device.tells("ada")


def test_a_cool_down_that_is_changed_counts_at_once(tmp_path: Path) -> None:
    device = Device(tmp_path)
    assert device.tells()
    device.cool_down_seconds = DAY
    device.clocks.passes(1000)
    assert not device.tells()
    device.cool_down_seconds = 10
    assert device.tells()
