"""Several collections in one gallery, swapped while faces are recognised."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from argus.core.collection import Enrolled
from argus.core.errors import UsageError
from argus.core.matching import Outcome
from argus.core.trust import TrustPolicy
from argus.core.types import Person, Template
from argus.device.people import PeopleHolder
from argus.device.sync.compose import follow
from argus.device.sync.gallery import recognised
from argus.device.sync.people_sync import PeopleSync
from argus.storage.folder import FolderStore
from argus.storage.reading import HEAD_KEY
from argus.storage.repository import CollectionRepository
from tests.core.measures import flat_calibration
from tests.device.sync.followed import NOW, following
from tests.made_up import enrolled, face, vector
from tests.waiting import wait_for

LONG_ID = "x" * 125


class Place:
    """Where a collection is kept."""

    def __init__(self, root: Path, collection_id: str) -> None:
        self.root = root / collection_id
        self.repository = CollectionRepository(FolderStore(self.root), collection_id, lambda: NOW)

    def enrol(self, *people: Enrolled) -> None:
        def add(old: object) -> object:
            for one in people:
                old = old.with_person(one)  # type: ignore[attr-defined]
            return old

        self.repository.update(add)  # type: ignore[arg-type]


@pytest.fixture
def staff(tmp_path: Path) -> Place:
    place = Place(tmp_path, "staff")
    place.enrol(enrolled("ann", faces=1), enrolled("bob", faces=1))
    return place


@pytest.fixture
def visitors(tmp_path: Path) -> Place:
    place = Place(tmp_path, "visitors")
    another_ann = Enrolled.of(Person("ann", "Another Ann"), [face("another ann")])
    place.enrol(another_ann, enrolled(LONG_ID, faces=1))
    return place


def people_sync(
    tmp_path: Path, *places: Place, interval_seconds: float | Sequence[float] = 60.0, holder: PeopleHolder | None = None
) -> PeopleSync:
    return PeopleSync(
        [following(FolderStore(place.root), tmp_path / "device" / place.root.name) for place in places],
        flat_calibration(),
        interval_seconds=interval_seconds,
        holder=holder,
    )


def named(sync: PeopleSync, seed: str) -> str | None:
    """Who the gallery says that this is."""
    decision = sync.holder.current.gallery.decide(Template(vector(seed), 1), 0.01)
    return decision.person.id if decision.outcome is Outcome.MATCH and decision.person else None


def test_of_one_collection_ids_and_version_are_its_own(tmp_path: Path, staff: Place) -> None:
    sync = people_sync(tmp_path, staff)
    sync.open()
    used = sync.holder.current.used
    assert (used.id, used.version, used.people) == ("staff", staff.repository.load().version, 2)
    assert named(sync, "bob/0") == "bob"


def test_of_several_everybody_is_told_from_who_has_the_same_id(tmp_path: Path, staff: Place, visitors: Place) -> None:
    sync = people_sync(tmp_path, staff, visitors)
    sync.open()
    used = sync.holder.current.used
    assert (used.id, used.people) == ("staff+visitors", 4)
    assert named(sync, "bob/0") == "staff:bob"
    assert named(sync, "another ann") == "visitors:ann"
    long_id = named(sync, f"{LONG_ID}/0") or ""
    assert long_id.startswith("visitors:") and len(long_id) < 128
    assert [status.people for status in sync.statuses] == [2, 2]
    staff.enrol(enrolled("cem", faces=1))
    sync.poll()
    assert sync.holder.current.used.version != used.version and named(sync, "cem/0") == "staff:cem"


def test_one_that_is_out_of_reach_does_not_keep_the_others_from_the_device(
    tmp_path: Path, staff: Place, visitors: Place
) -> None:
    sync = people_sync(tmp_path, Place(tmp_path, "missing"), staff)
    sync.open()
    assert sync.holder.current.used.id == "staff" and named(sync, "bob/0") == "bob"
    assert [status.last_error is None for status in sync.statuses] == [False, True]


def test_a_message_and_polling_are_followed_while_faces_are_recognised(tmp_path: Path, staff: Place) -> None:
    sync = people_sync(tmp_path, staff, interval_seconds=60)
    seen: set[int] = set()
    ended = threading.Event()

    def recognise() -> None:
        while not ended.is_set():
            people = sync.holder.current
            assert len(people.gallery) == people.used.people
            assert people.gallery.decide(Template(vector("bob/0"), 1), 0.01).person is not None
            seen.add(people.used.people)

    thread = threading.Thread(target=recognise)
    with sync:
        thread.start()
        for number in range(5):
            staff.enrol(enrolled(f"new-{number}"))
            sync.notify("staff", (staff.root / HEAD_KEY).read_bytes())
            wait_for(lambda number=number: 3 + number in seen)  # type: ignore[misc]
        sync.notify("visitors", b"of a collection that nobody here follows")
    ended.set()
    thread.join()
    assert max(seen) == 7 and sync.statuses[0].last_error is None


def test_the_message_of_a_first_version_is_followed_at_once(tmp_path: Path, staff: Place) -> None:
    new = Place(tmp_path, "new")
    with people_sync(tmp_path, staff, new, interval_seconds=3600.0) as sync:
        assert sync.asked_all.wait(20)
        new.enrol(enrolled("eve", faces=1))
        assert named(sync, "eve/0") is None
        sync.notify("new", (new.root / HEAD_KEY).read_bytes())
        wait_for(lambda: named(sync, "eve/0") == "new:eve")


def test_polling_alone_is_enough(tmp_path: Path, staff: Place) -> None:
    sync = people_sync(tmp_path, staff, interval_seconds=0.05)
    with sync:
        staff.enrol(enrolled("cem", faces=1))
        wait_for(lambda: named(sync, "cem/0") == "cem")


def test_each_is_asked_as_often_as_it_wants_and_all_when_somebody_says_so(
    tmp_path: Path, staff: Place, visitors: Place
) -> None:
    with people_sync(tmp_path, staff, visitors, interval_seconds=[0.05, 3600.0]) as sync:
        assert sync.asked_all.wait(20)
        visitors.enrol(enrolled("dan", faces=1))
        staff.enrol(enrolled("cem", faces=1))
        wait_for(lambda: named(sync, "cem/0") == "staff:cem")
        assert named(sync, "dan/0") is None
        assert sync.ask().wait(20)
        assert named(sync, "dan/0") == "visitors:dan"


def test_it_begins_with_the_disk_alone_and_goes_on_with_the_people_of_a_holder(
    tmp_path: Path, staff: Place, visitors: Place
) -> None:
    with people_sync(tmp_path, staff) as before:
        pass
    after = people_sync(tmp_path, staff, visitors, holder=before.holder)
    (staff.root / HEAD_KEY).rename(tmp_path / "away")
    after.begin()
    assert named(before, "bob/0") == "bob" and after.holder is before.holder
    wait_for(lambda: after.holder.current.used.id == "staff+visitors")
    assert after.close()


def test_a_bug_in_the_thread_does_not_end_silently(tmp_path: Path, staff: Place) -> None:
    ended = threading.Event()

    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    sync = PeopleSync(
        [following(FolderStore(staff.root), tmp_path / "device")],
        flat_calibration(),
        interval_seconds=0.01,
        on_bug=ended.set,
    )
    with pytest.raises(ZeroDivisionError, match="a bug"), sync:
        assert named(sync, "bob/0") == "bob"
        sync._tell = broken
        staff.enrol(enrolled("cem"))
        assert ended.wait(20)


def test_nobody_is_recognised_before_there_is_a_collection() -> None:
    assert len(recognised((), flat_calibration()).gallery) == 0


def test_changes_and_new_troubles_are_told_once(tmp_path: Path, staff: Place) -> None:
    told: list[tuple[int | None, bool]] = []
    sync = PeopleSync(
        [following(FolderStore(staff.root), tmp_path / "device")],
        flat_calibration(),
        interval_seconds=60,
        tell=lambda status: told.append((status.sequence, status.last_error is None)),
    )
    sync.open()
    sync.poll()
    staff.enrol(enrolled("cem"))
    sync.poll()
    head = staff.root / HEAD_KEY
    head.rename(tmp_path / "kept")
    sync.poll()
    sync.poll()
    (tmp_path / "kept").rename(head)
    sync.poll()
    assert told == [(1, True), (2, True), (2, False), (2, True)]


def test_a_collection_of_its_own_is_not_overwritten(tmp_path: Path, staff: Place, visitors: Place) -> None:
    trust = TrustPolicy((), lambda: NOW)
    with pytest.raises(UsageError, match="another folder"):
        follow({visitors.root: str(staff.root)}, flat_calibration(), trust=trust, now=lambda: NOW, interval_seconds=60)
    for _ in range(2):
        copy = {tmp_path / "copy": str(staff.root)}
        with follow(copy, flat_calibration(), trust=trust, now=lambda: NOW, interval_seconds=60) as sync:
            assert sync.holder.current.used.people == 2
