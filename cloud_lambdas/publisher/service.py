"""From the faces in the table to a signed collection that devices follow.

The table is the truth, and it is read after the head that a new version is built on. So whoever replaces that head has
read everything that was there when the one before was made: of several publishers none brings back what another took
out. A burst of changes is one version. Somebody whose record cannot be used stays as they are, and is named; the others
do not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from argus.core.collection import Collection, Enrolled
from argus.core.errors import ArgusError, CollectionError, UsageError
from argus.core.head import Statement, encode_head
from argus.core.topics import collection_head
from argus.core.trust import lifetime_of
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.at_once import each
from argus.storage.erasing import Erased
from argus.storage.failpoints import failpoint
from argus.storage.reading import Snapshot
from argus.storage.repository import CollectionRepository
from cloud_lambdas.shared.changes import Change
from cloud_lambdas.shared.enrolled_person import as_person
from cloud_lambdas.shared.faces_table import StoredFace
from cloud_lambdas.shared.person import PersonRecord

READERS = 8
"""People who are read at the same time."""

MANY = 50
"""From so many on the tables are read whole, which is 2 requests a megabyte instead of 2 a person."""

MODEL_ID = MIRROR_MODEL_ID

Truth = Enrolled | UsageError | None
"""A person as the tables have them: to be recognised, with a record that cannot be used, or not to be recognised."""


class Faces(Protocol):
    """See :class:`cloud_lambdas.shared.faces_table.FacesTable`."""

    def of(self, person_id: str) -> list[StoredFace]: ...

    def everything(self) -> list[StoredFace]: ...


class People(Protocol):
    """See :class:`cloud_lambdas.shared.people_table.PeopleTable`."""

    def find(self, person_id: str) -> PersonRecord | None: ...

    def everybody(self) -> Iterable[PersonRecord]: ...


@dataclass(frozen=True)
class Published:
    """What became of some changes.

    Attributes:
        snapshot: the version that devices were told of.
        failed: id of a person who could not be erased or brought up to date -> why.
    """

    snapshot: Snapshot
    failed: Mapping[str, str]


class Publisher:
    """See the module.

    Args:
        erase: takes a person out of every version; see :func:`argus.storage.erasing.erase_person`.
        publish: sends retained bytes to a topic.
        now: the time, aware UTC.
    """

    def __init__(
        self,
        repository: CollectionRepository,
        faces: Faces,
        people: People,
        *,
        erase: Callable[[str], Erased],
        publish: Callable[[str, bytes], None],
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._faces = faces
        self._people = people
        self._erase = erase
        self._publish = publish
        self._now = now

    def apply(self, changes: Iterable[Change]) -> Published:
        """Brings the people of ``changes`` up to date, together.

        Raises:
            CollectionError, SigningError: the collection cannot be read, signed or written.
        """
        every = tuple(changes)
        failed = self._erase_all({change.person_id for change in every if change.erase})
        wanted = sorted({change.person_id for change in every})

        snapshot, unusable = self._issue(lambda collection: self._read(wanted))
        return Published(snapshot, failed | unusable)

    def reconcile(self) -> Published:
        """Mends whatever the collection and the tables differ in, and renews what would expire.

        Raises:
            CollectionError: see :meth:`apply`; or the table has no faces at all while the collection has people, which
                speaks for a lost table, not for lost people.
        """
        enrolled = {one.person.id for one in self._repository.load_or_empty().people}
        erased = {one.id for one in self._people.everybody() if one.standing == "deleted"}
        failed = self._erase_all(enrolled & erased)

        def truths(collection: Collection) -> Mapping[str, Truth]:
            everybody = self._read_all()
            if len(collection) and not everybody:
                raise CollectionError(
                    f"the table of faces is empty, and the collection has {len(collection)} people: restore the table, "
                    "or erase the people one by one"
                )
            gone: dict[str, Truth] = {one.person.id: None for one in collection.people}
            return gone | everybody

        snapshot, unusable = self._issue(truths, renew=True)
        return Published(snapshot, failed | unusable)

    def _erase_all(self, person_ids: Iterable[str]) -> dict[str, str]:
        failed = {}
        for person_id in sorted(person_ids):
            try:
                erased = self._erase(person_id)
            except ArgusError as error:
                failed[person_id] = str(error)
                continue
            if erased.left:
                failed[person_id] = f"{len(erased.left)} versions are locked and stay: they go when their locks end"
            failpoint("cloud.publisher.erased")
        return failed

    def _issue(
        self, truths: Callable[[Collection], Mapping[str, Truth]], *, renew: bool = False
    ) -> tuple[Snapshot, dict[str, str]]:
        """Stores the truths, and tells the devices, also of what an earlier run stored and did not tell.

        Args:
            renew: what has half of its lifetime behind it is issued anew.

        Returns:
            What the devices were told of, and id of a person whose record cannot be used -> why.
        """
        unusable: dict[str, str] = {}

        def change(collection: Collection) -> Collection:
            read = truths(collection)
            unusable.clear()
            unusable.update((id_, str(truth)) for id_, truth in read.items() if isinstance(truth, UsageError))
            return _with_truths(collection, read)

        snapshot = self._repository.update(change)
        if renew and _is_half_over(snapshot.head.statement, self._now()):
            snapshot = self._repository.sign()
        failpoint("cloud.publisher.issued")
        while True:
            self._publish(collection_head(snapshot.collection_id), encode_head(snapshot.head))
            # Another publisher may have told of a newer one before this one of an older.
            latest = self._repository.load()
            if latest.head == snapshot.head:
                return snapshot, unusable
            snapshot = latest

    def _read(self, person_ids: Sequence[str]) -> dict[str, Truth]:
        """The truth about each of these."""
        if len(person_ids) > MANY:
            everybody = self._read_all()
            return {person_id: everybody.get(person_id) for person_id in person_ids}
        return dict(zip(person_ids, each(self._read_one, person_ids, READERS), strict=True))

    def _read_one(self, person_id: str) -> Truth:
        return _truth(self._people.find(person_id), self._faces.of(person_id))

    def _read_all(self) -> dict[str, Enrolled | UsageError]:
        """Everybody who shall be recognised, or would be with another record."""
        by_person: dict[str, list[StoredFace]] = {}
        for face in self._faces.everything():
            by_person.setdefault(face.person_id, []).append(face)
        known = {one.id: one for one in self._people.everybody()}
        truths = {person_id: _truth(known.get(person_id), faces) for person_id, faces in by_person.items()}
        return {person_id: truth for person_id, truth in truths.items() if truth is not None}


def _truth(known: PersonRecord | None, faces: Sequence[StoredFace]) -> Truth:
    usable = [one.face for one in faces if one.model_id == MODEL_ID]
    if known is None or known.standing == "deleted" or not usable:
        return None
    try:
        return Enrolled.of(as_person(known), usable, MODEL_ID)
    except UsageError as error:
        return error


def _is_half_over(statement: Statement, now: datetime) -> bool:
    """Whether it is time to renew what expires; what does not never has to be."""
    lifetime = lifetime_of(statement)
    return lifetime is not None and now >= statement.issued_at + lifetime / 2


def _with_truths(collection: Collection, truths: Mapping[str, Truth]) -> Collection:
    """The same collection, where nothing differs."""
    for person_id, truth in sorted(truths.items()):
        if isinstance(truth, UsageError):
            continue
        present = collection.find(person_id)
        if truth is None:
            collection = collection.without_person(person_id)
        elif present is None:
            collection = collection.with_person(truth)
        else:  # a correction may have made the person stricter, on the collection
            collection = collection.with_person(replace(truth, stricter_by=present.stricter_by))
    return collection
