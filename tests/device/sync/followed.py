"""A collection that changes at its source, and devices that follow it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from argus.core.ports import BlobStore, Unchanged
from argus.core.trust import TrustPolicy
from argus.device.sync.collection_sync import MAX_COLLECTION_BYTES, CollectionSync
from argus.storage.failpoints import VARIABLE
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from tests.made_up import enrolled

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
PEOPLE = 12


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def passes(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class Watched(FolderStore):
    """A folder that notes what is read, and can be out of reach."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: list[str] = []
        self.bytes_read = 0

    def get(self, key: str) -> tuple[bytes, str] | None:
        found = super().get(key)
        self.read.append(key.partition("/")[0])
        self.bytes_read += len(found[0]) if found else 0
        return found

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        found = super().get_unless(key, tag)
        self.read[-1] += " unless"
        return found


def writer(root: Path, clock: Clock | None = None) -> CollectionRepository:
    return CollectionRepository(FolderStore(root), "staff", clock or (lambda: NOW))


def fill(root: Path) -> None:
    """Version 1: a dozen people."""
    people = [enrolled(f"person-{number}") for number in range(PEOPLE)]
    writer(root).update(lambda old: type(old).of(people))


def change(root: Path) -> None:
    """The next version: somebody leaves, somebody has another photo, somebody comes."""
    number = len(FolderStore(root).keys("manifests/"))
    writer(root).update(
        lambda old: (
            old.without_person(f"person-{number}")
            .with_person(enrolled(f"person-{number + 6}", faces=3))
            .with_person(enrolled(f"new-{number}"))
        )
    )


def following(
    remote: BlobStore, local: Path, *, trust: TrustPolicy | None = None, max_bytes: int = MAX_COLLECTION_BYTES
) -> CollectionSync:
    policy = trust or TrustPolicy((), lambda: NOW)
    return CollectionSync("the source", remote, FolderStore(local), trust=policy, now=policy.now, max_bytes=max_bytes)


def names(sync: CollectionSync) -> set[str]:
    """Who is in use."""
    return set() if sync.snapshot is None else {one.person.id for one in sync.snapshot.collection.people}


def files(folder: Path) -> dict[str, bytes]:
    """All that is on the disk, but for locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (".sync", ".lock")
    }


def sync_once(remote: Path, local: Path, failpoint: str = "") -> None:
    """A device that starts, follows and ends; runs in a process of its own."""
    if failpoint:
        os.environ[VARIABLE] = failpoint
    sync = following(FolderStore(remote), local)
    sync.open()
    sync.poll()
    assert sync.status.last_error is None, sync.status.last_error
