"""Devices of two models follow one place while it moves from the one to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID
from argus.device.sync.collection_sync import CollectionSync
from argus.storage.folder import FolderStore
from argus.storage.heads import side_key
from argus.storage.reading import HEAD_KEY
from tests.device.sync.followed import names
from tests.made_up import enrolled
from tests.storage.moving import NOW, carry, new, old, plain, upgrade_of


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Ann as the plain model sees her, in three versions."""
    found = FolderStore(tmp_path / "place")
    for faces in (1, 2, 3):
        old(found).update(lambda people, faces=faces: people.with_person(plain("ann", faces)))  # type: ignore[misc]
    return found


def device(store: FolderStore, folder: Path, model_id: str) -> CollectionSync:
    return CollectionSync(
        "the place", store, FolderStore(folder), trust=TrustPolicy((), lambda: NOW), now=lambda: NOW, model_id=model_id
    )


def refused(sync: CollectionSync, reason: str) -> bool:
    return (sync.status.last_error or "").startswith(f"refused as {reason}: ")


def test_each_follows_the_head_of_its_model(store: FolderStore, tmp_path: Path) -> None:
    of_old, of_new = device(store, tmp_path / "1", PLAIN_MODEL_ID), device(store, tmp_path / "2", MIRROR_MODEL_ID)
    assert of_old.poll() and not of_new.poll()
    assert refused(of_new, "other_model")
    carry(upgrade_of(store))
    assert of_new.poll() and not of_old.poll()
    new(store).update(lambda people: people.with_person(enrolled("eve")))
    old(store).update(lambda people: people.with_person(plain("bob")))
    assert of_new.poll() and of_old.poll()
    assert (names(of_new), names(of_old)) == ({"ann", "eve"}, {"ann", "bob"})
    # A message brings the head of the other model: nothing new, and nothing wrong.
    assert not of_new.notify((store.get(HEAD_KEY) or (b"",))[0]) and of_new.status.last_error is None
    carry(upgrade_of(store))
    upgrade_of(store).finish()
    assert of_new.poll() and not of_old.poll()
    assert (names(of_new), names(of_old)) == ({"ann", "bob", "eve"}, {"ann", "bob"})
    assert refused(of_old, "other_model")
    assert names(device_opened(store, tmp_path / "1", PLAIN_MODEL_ID)) == {"ann", "bob"}


def device_opened(store: FolderStore, folder: Path, model_id: str) -> CollectionSync:
    sync = device(store, folder, model_id)
    sync.open()
    return sync


def test_a_device_that_gets_the_new_program_switches_and_never_goes_back(store: FolderStore, tmp_path: Path) -> None:
    device(store, tmp_path / "copy", PLAIN_MODEL_ID).poll()
    carry(upgrade_of(store))
    first = store.get(side_key(MIRROR_MODEL_ID))
    new(store).update(lambda people: people.with_person(enrolled("eve")))
    for faces in (1, 2, 3, 1):  # the other model's numbers are far above by now
        old(store).update(lambda people, faces=faces: people.with_person(plain("bob", faces)))  # type: ignore[misc]
    device(store, tmp_path / "copy", PLAIN_MODEL_ID).poll()
    switched = device_opened(store, tmp_path / "copy", MIRROR_MODEL_ID)
    assert refused(switched, "other_model") and switched.snapshot is None
    assert switched.poll() and switched.status.last_error is None
    assert names(switched) == {"ann", "eve"}
    assert first is not None
    store.put(side_key(MIRROR_MODEL_ID), first[0])
    assert not switched.poll() and refused(switched, "older")
    assert names(device_opened(store, tmp_path / "copy", MIRROR_MODEL_ID)) == {"ann", "eve"}


def test_an_abandoned_model_is_kept_by_who_has_it(store: FolderStore, tmp_path: Path) -> None:
    carry(upgrade_of(store))
    of_new = device(store, tmp_path / "copy", MIRROR_MODEL_ID)
    of_new.poll()
    upgrade_of(store).abandon()
    assert not of_new.poll() and refused(of_new, "other_model")
    assert names(of_new) == {"ann"}
    carry(upgrade_of(store))
    assert of_new.poll() and of_new.status.last_error is None
