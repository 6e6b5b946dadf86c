"""Collections that are followed come and go while the device runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.core.instants import Instant
from argus.core.topics import collection_head
from argus.device.program.following import Following
from argus.device.settings.model import CollectionSettings
from argus.storage.folder import FolderStore
from argus.storage.reading import HEAD_KEY
from argus.storage.repository import CollectionRepository
from argus.storage.signing import make_key, read_public_key
from tests.core.measures import flat_calibration
from tests.made_up import enrolled
from tests.waiting import wait_for

NOW = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
INSTANT = Instant(NOW, "boot", 0.0)


def enrol(place: Path, *people: str) -> None:
    for person in people:
        CollectionRepository(FolderStore(place), place.name, lambda: NOW).update(
            lambda old, person=person: old.with_person(enrolled(person, faces=1))  # type: ignore[misc]
        )


@pytest.fixture
def bugs() -> Iterator[list[BaseException]]:
    found: list[BaseException] = []
    yield found
    assert not found


@pytest.fixture
def following(tmp_path: Path, bugs: list[BaseException]) -> Iterator[Following]:
    one = Following(tmp_path / "copies", flat_calibration(), now=lambda: NOW, thing="hall", on_bug=bugs.append)
    yield one
    one.close()


def settings(place: Path, *keys: str) -> CollectionSettings:
    return CollectionSettings(place.name, str(place), keys, interval_seconds=3600)


def test_collections_are_added_and_removed_while_people_stay_recognised(tmp_path: Path, following: Following) -> None:
    staff, guests = tmp_path / "staff", tmp_path / "guests"
    enrol(staff, "ann", "bob")
    enrol(guests, "cem")
    following.follow([settings(staff)])
    wait_for(lambda: following.holder.current.used.people == 2)
    following.follow([settings(staff), settings(guests)])
    assert following.holder.current.used.people >= 2  # from the disk, at once
    wait_for(lambda: following.holder.current.used.people == 3)
    following.follow([settings(guests)])
    wait_for(lambda: following.holder.current.used.id == "guests")
    assert [copy.name for copy in (tmp_path / "copies").iterdir()] == ["guests"]  # no vectors of others stay
    following.follow([])
    assert following.holder.current.used.people == 0 and following.ready


def test_nobody_is_a_stranger_until_all_places_were_asked(tmp_path: Path, following: Following) -> None:
    assert not following.ready
    staff, missing = tmp_path / "staff", tmp_path / "missing"
    following.follow([settings(staff), settings(missing)])
    assert following.ask().wait(20)
    assert not following.ready  # nobody is known at all
    enrol(staff, "ann")
    assert following.ask().wait(20)
    assert following.ready  # what is missing does not keep the others back
    there, not_there = following.states(INSTANT)
    assert (there.id, there.people, there.last_error) == ("staff", 1, None)
    assert not_there.version is None and "no collection" in (not_there.last_error or "")


def test_a_head_that_comes_by_message_is_followed_at_once(tmp_path: Path, following: Following) -> None:
    staff = tmp_path / "staff"
    enrol(staff, "ann")
    following.follow([settings(staff)])
    wait_for(lambda: following.holder.current.used.people == 1)
    enrol(staff, "bob")
    following.heard(collection_head("others"), b"not for us")
    following.heard(collection_head("staff"), (staff / HEAD_KEY).read_bytes())
    wait_for(lambda: following.holder.current.used.people == 2)


def test_keys_and_the_name_of_the_collection_are_asked_for(tmp_path: Path, following: Following) -> None:
    staff = tmp_path / "staff"
    enrol(staff, "ann")
    make_key(tmp_path / "key")
    pem = read_public_key(tmp_path / "key.pub").pem.decode()
    following.follow([settings(staff, pem)])
    assert following.ask().wait(20)
    assert "refused as unsigned" in (following.states(INSTANT)[0].last_error or "")
    following.follow([CollectionSettings("guests", str(staff))])
    assert following.ask().wait(20)
    assert "refused as other_collection" in (following.states(INSTANT)[0].last_error or "")
    assert following.holder.current.used.people == 0


def test_copies_are_kept_while_nobody_says_which_are_wanted(tmp_path: Path, following: Following) -> None:
    enrol(tmp_path / "staff", "ann")
    following.follow([settings(tmp_path / "staff")])
    assert following.ask().wait(20)
    following.follow((), erase_others=False)
    assert list((tmp_path / "copies").glob("staff"))
    following.follow(())
    assert not list((tmp_path / "copies").glob("staff"))
