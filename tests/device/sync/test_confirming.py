"""A device tells the source which version it uses."""

from __future__ import annotations

from pathlib import Path

from argus.core.confirmation import Confirmation
from argus.core.errors import CollectionError
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID
from argus.device.sync.collection_sync import CollectionSync
from argus.device.sync.people_sync import PeopleSync
from argus.device.sync.status import SyncStatus
from argus.storage.confirmations import read_confirmations
from argus.storage.folder import FolderStore
from tests.core.measures import flat_calibration
from tests.device.sync.followed import Clock, change, fill, writer


class Guarded(FolderStore):
    """A place in which a device may read, and write only when it is allowed to."""

    allowed = True
    writes = 0

    def put(self, key: str, data: bytes) -> None:
        self.writes += 1
        if not self.allowed:
            raise CollectionError("no right")
        super().put(key, data)


class Device:
    def __init__(self, folder: Path) -> None:
        fill(folder / "source")
        self.folder = folder
        self.source = Guarded(folder / "source")
        self.clock = Clock()
        self.told: list[SyncStatus] = []
        policy = TrustPolicy((), self.clock)
        self.sync = CollectionSync(
            "the source", self.source, FolderStore(folder / "local"), trust=policy, now=self.clock, thing="door-1"
        )
        self.people = PeopleSync([self.sync], flat_calibration(), interval_seconds=60, tell=self.told.append)

    def confirmed(self) -> Confirmation | None:
        return read_confirmations(self.source, "staff").get("door-1")


def test_it_confirms_what_it_uses(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.people.open()
    snapshot = writer(device.source.root).load()
    assert device.confirmed() == Confirmation("door-1", "staff", 1, snapshot.version, MIRROR_MODEL_ID, device.clock())
    change(device.source.root)
    device.clock.passes(minutes=1)
    device.people.poll()
    confirmed = device.confirmed()
    assert confirmed is not None
    assert (confirmed.sequence, confirmed.confirmed_at) == (2, device.clock())


def test_what_is_the_same_is_confirmed_once_a_day(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.people.open()
    for _ in range(3):
        device.clock.passes(hours=7)
        device.people.poll()
    assert device.source.writes == 1
    device.clock.passes(hours=4)
    device.people.poll()
    assert device.source.writes == 2
    confirmed = device.confirmed()
    assert confirmed is not None and confirmed.confirmed_at == device.clock()


def test_a_refusal_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.source.allowed = False
    device.people.open()
    device.people.poll()
    change(device.source.root)
    device.people.poll()
    device.people.poll()
    assert [(status.sequence, status.last_error) for status in device.told] == [(1, None), (2, None)]
    assert all("could not be told" in str(status.unconfirmed) and "no right" in str(status.unconfirmed)
               for status in device.told)  # fmt: skip
    assert device.confirmed() is None
    device.source.allowed = True
    device.people.poll()
    assert device.confirmed() is not None
    assert device.told[-1].unconfirmed is None


def test_nothing_is_confirmed_while_the_source_does_not_answer(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.people.open()
    change(device.source.root)
    (tmp_path / "source").rename(tmp_path / "away")
    device.clock.passes(days=2)
    device.people.poll()
    assert device.source.writes == 1
    assert device.sync.status.sequence == 1
