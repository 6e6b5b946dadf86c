"""One gallery over all collections that a device follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from argus.core.calibration import Calibration
from argus.core.collection import Enrolled
from argus.core.events import CollectionUsed
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Person, Template
from argus.device.people import Recognised
from argus.storage.reading import Snapshot

_ID_BYTES = 128
"""The longest id that a person may have."""


class Member(NamedTuple):
    """Somebody of one of several collections; see :class:`argus.core.matching.Enrolled`."""

    person: Person
    template: Template
    stricter_by: float


def recognised(snapshots: Sequence[Snapshot], calibration: Calibration, before: Recognised | None = None) -> Recognised:
    """Everybody in ``snapshots``, ready to be searched, and how events name them all.

    Of one collection all is as it stands there. Of several, two people may have the same id in two of them, so ids
    begin with the collection's (``staff:ann``); the collections' ids are joined by ``+`` in their order, and the
    version is the sha256 of theirs.

    Args:
        before: what these replace; of it is taken over what did not change.
    """
    if len(snapshots) == 1:
        people: Sequence[Enrolled | Member] = snapshots[0].collection.people
        id_, version = snapshots[0].collection_id, snapshots[0].version
    else:
        people = [member for snapshot in snapshots for member in _members(snapshot)]
        id_ = "+".join(snapshot.collection_id for snapshot in snapshots)
        version = hashlib.sha256("".join(snapshot.version for snapshot in snapshots).encode()).hexdigest()
    gallery = Gallery(people, calibration, before=before.gallery if before else None)
    return Recognised(gallery, CollectionUsed(id_, version, len(people), MIRROR_MODEL_ID))


def _members(snapshot: Snapshot) -> Iterator[Member]:
    for enrolled in snapshot.collection.people:
        person = replace(enrolled.person, id=member_id(snapshot.collection_id, enrolled.person.id))
        yield Member(person, enrolled.template, enrolled.stricter_by)


def member_id(collection_id: str, person_id: str) -> str:
    """How events name somebody of one of several collections."""
    id_ = f"{collection_id}:{person_id}"
    if len(id_.encode()) > _ID_BYTES:
        return f"{collection_id}:{hashlib.sha256(person_id.encode()).hexdigest()[:32]}"
    return id_
