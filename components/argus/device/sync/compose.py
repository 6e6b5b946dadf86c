"""From places and folders to a device that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from argus.core.calibration import Calibration
from argus.core.errors import CollectionDamaged, UsageError
from argus.core.head import decode_head
from argus.core.trust import TrustPolicy
from argus.device.sync.collection_sync import CollectionSync
from argus.device.sync.local_copy import ACCEPTED_KEY
from argus.device.sync.people_sync import PeopleSync
from argus.device.sync.status import SyncStatus
from argus.storage.folder import FolderStore
from argus.storage.later import OpenedLater
from argus.storage.open_store import is_folder
from argus.storage.reading import HEAD_KEY


def follow(
    places: Mapping[Path, str],
    calibration: Calibration,
    *,
    trust: TrustPolicy,
    now: Callable[[], datetime],
    interval_seconds: float,
    tell: Callable[[SyncStatus], None] = lambda status: None,
    on_bug: Callable[[], None] = lambda: None,
    thing: str | None = None,
) -> PeopleSync:
    """Follows each place with a copy in the folder before it; nothing is read yet.

    Args:
        interval_seconds, tell, on_bug: see :class:`PeopleSync`.
        thing: what this device is called where it confirms what it uses; None confirms nothing.

    Raises:
        UsageError: a folder holds a collection that is no copy, or a place is none.
    """
    collections = copies(places, trust=trust, now=now, thing=thing)
    return PeopleSync(collections, calibration, interval_seconds=interval_seconds, tell=tell, on_bug=on_bug)


def copies(
    places: Mapping[Path, str], *, trust: TrustPolicy, now: Callable[[], datetime], thing: str | None = None
) -> list[CollectionSync]:
    """As :func:`follow`, without recognising anybody: each is to be opened and polled by whoever asked for it."""
    collections = []
    for folder, place in places.items():
        local = FolderStore(folder)
        if local.get(HEAD_KEY) is not None and local.get(ACCEPTED_KEY) is None:
            raise UsageError(f"{folder} holds a collection of its own: name another folder for the copy of {place}")
        collections.append(CollectionSync(place, OpenedLater(place), local, trust=trust, now=now, thing=thing))
    return collections


def copied_collection(place: str) -> str | None:
    """The id of the collection that the folder at ``place`` is a copy of; None where it is none, or cannot be read."""
    found = FolderStore(Path(place)).get(ACCEPTED_KEY) if is_folder(place) else None
    try:
        return None if found is None else decode_head(found[0]).statement.collection_id
    except CollectionDamaged:
        return None


def is_copy(place: str) -> bool:
    """Whether what is at ``place`` follows another one, so that a change made to it would be lost."""
    return is_folder(place) and FolderStore(Path(place)).get(ACCEPTED_KEY) is not None
