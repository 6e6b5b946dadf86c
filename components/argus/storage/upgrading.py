"""A collection moves from one model to another, side by side with itself, until the devices have moved as well.

::

    draft      the faces made so far (``drafts/M.json``), which nobody follows
    complete   ``heads/M.json``, which devices of model M follow, beside ``head.json`` of the other model
    finish     ``head.json`` becomes that of model M, and the head beside it goes
    abandon    the head beside it goes, and ``head.json`` stays

The draft and the record of what was carried (``carried/M.json``) are heads of collections with ids of their own, so
that nobody can pass them off for the collection. What no head names any more `argus collection gc` clears away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from argus.core.collection import Collection, EnrolledFace
from argus.core.errors import CollectionDamaged, CollectionMissing, UsageError
from argus.core.head import Statement, decode_head, encode_head
from argus.core.manifest import encode_manifest
from argus.core.moving import WantedFace, carried_over, carried_part, changed_people
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy, lifetime_of, reissued, sign
from argus.core.types import MIRROR_MODEL_ID, Person, Vector
from argus.storage.failpoints import failpoint
from argus.storage.heads import HeadAt, carried_key, draft_key, side_key
from argus.storage.reading import HEAD_KEY, Snapshot, manifest_key
from argus.storage.repository import CollectionRepository

NAMED = 20
"""So many people are named in one sentence."""


@dataclass(frozen=True)
class Beside:
    """A collection of two models at one moment.

    Attributes:
        old: the version of the other model.
        side: the people of this program's model; None before the first move is complete.
        carried: what of ``old`` was carried over, as it was then.
        is_current: whether ``old`` is the version that was looked at for it.
    """

    old: Snapshot
    side: Snapshot | None
    carried: Collection
    is_current: bool

    @property
    def not_carried(self) -> tuple[Person, ...]:
        """Who was changed in the old collection after it was looked at last."""
        return () if self.is_current else changed_people(self.carried, self.old.collection)


class Upgrade:
    """The move of the collection in ``store`` to ``model_id``.

    Args:
        now: the time, aware UTC.
        signers, trust: see :class:`argus.storage.repository.CollectionRepository`.
    """

    def __init__(
        self,
        store: BlobStore,
        now: Callable[[], datetime],
        *,
        signers: Sequence[Signer] = (),
        trust: TrustPolicy | None = None,
        model_id: str = MIRROR_MODEL_ID,
    ) -> None:
        self._store = store
        self._now = now
        self._signers = tuple(signers)
        self._trust = trust
        self.model_id = model_id

    def beside(self) -> Beside:
        """Both collections, read by somebody who may change them.

        Raises:
            UsageError: the collection is of this model already.
            CollectionError, SigningError: it cannot be read, or not be changed with these keys.
        """
        statement = self._head()
        if statement.model_id == self.model_id:
            raise UsageError(f"the collection is of model {self.model_id!r} already: there is nothing to move")
        old = self._snapshot(HEAD_KEY, statement.model_id)
        side = self._snapshot(side_key(self.model_id), self.model_id)
        carried = self._snapshot(carried_key(self.model_id), statement.model_id)
        assert old is not None  # it had a head just now, and heads are replaced, not deleted
        if side is None or carried is None:
            return Beside(old, side, Collection.of((), statement.model_id), False)
        return Beside(old, side, carried.collection, carried.collection_id == _carried_id(old.version))

    def is_latest(self, beside: Beside) -> bool:
        """Whether nothing was changed in the old collection since."""
        return self._head().manifest_sha256 == beside.old.version

    def drafted(self) -> Collection:
        """The people whose faces were made by attempts that did not end."""
        draft = self._snapshot(draft_key(self.model_id), self.model_id)
        return draft.collection if draft is not None else Collection.of((), self.model_id)

    def made(self, beside: Beside) -> dict[str, Vector]:
        """Face id -> vector of this model, of all faces that were made already."""
        collections = [self.drafted(), *((beside.side.collection,) if beside.side is not None else ())]
        return {face.face_id: face.vector for one in collections for who in one.people for face in who.faces}

    def keep(self, faces: Iterable[tuple[WantedFace, Vector]]) -> None:
        """Puts faces that were made into the draft, where the next attempt finds them."""
        by_person: dict[str, tuple[Person, list[EnrolledFace]]] = {}
        for wanted, vector in faces:
            own = by_person.setdefault(wanted.person.id, (wanted.person, []))[1]
            own.append(EnrolledFace(wanted.face_id, vector))

        def change(draft: Collection) -> Collection:
            for person, own in by_person.values():
                draft = draft.with_faces(person, own)
            return draft

        if by_person:
            self._repository(draft_key(self.model_id), self.model_id, "draft").update(change)
            failpoint("upgrade.kept")

    def complete(self, beside: Beside, vectors: Mapping[str, Vector]) -> Snapshot:
        """Makes the people of ``beside.old`` those of this model, as far as ``vectors`` has their faces.

        Raises:
            CollectionConflict: another program completed or finished the move at the same time: begin anew.
        """
        old, before = beside.old, beside.carried
        if beside.side is None:
            side = self._begin(old, carried_over(before, old.collection, Collection.of((), self.model_id), vectors))
        else:
            side = self._repository(HEAD_KEY, self.model_id).update(
                lambda there: carried_over(before, old.collection, there, vectors)
            )
        failpoint("upgrade.issued")
        key, model_id = carried_key(self.model_id), old.head.statement.model_id
        part = carried_part(before, old.collection, vectors)
        self._store.delete(key)  # it is called by the version that it is of
        self._repository(key, model_id, _carried_id(old.version)).update(lambda _: part)
        failpoint("upgrade.recorded")
        self._store.delete(draft_key(self.model_id))
        failpoint("upgrade.completed")
        return side

    def finish(self, *, force: bool = False) -> Statement:
        """Makes ``head.json`` that of this model; nothing, where it is.

        Args:
            force: although people were changed in the old collection, who are then lost as they are there.

        Raises:
            UsageError: there is no new head yet, or both disagree about people, who are named.
            CollectionError, SigningError: see :meth:`beside`.
        """
        key = side_key(self.model_id)
        if self._head().model_id == self.model_id:
            self._end_finished(force)
            return self._head()
        beside = self.beside()
        old, side = beside.old.head.statement, beside.side
        if side is None:
            raise UsageError("there is no head of the new model yet: run the upgrade first, without --finish")
        if beside.not_carried and not force:
            raise UsageError(
                f"changed in the old collection since the upgrade: {_names(beside.not_carried)}; run the upgrade again "
                "to carry it over, or give --force to lose it"
            )
        own = side.head.statement
        statement = reissued(
            own, side.version, self._now(), lifetime_of(own), after=old.sequence, minimum_sequence=old.minimum_sequence
        )
        self._issue(HEAD_KEY, statement, expected_tag=beside.old.head_tag)
        failpoint("upgrade.switched")
        # Who wrote beside it in that moment sees the new head only afterwards, and is seen here.
        while True:
            latest = self._snapshot(key, self.model_id)
            if latest is None or latest.head == side.head:
                break
            self._carry(side.collection, latest.collection)
            side = latest
        self._end()
        return statement

    def abandon(self) -> bool:
        """Takes the head of this model away, and the draft; whether there was a head.

        Raises:
            UsageError: the move was finished.
            CollectionError, SigningError: see :meth:`beside`.
        """
        if self._head().model_id == self.model_id:
            raise UsageError(f"the collection has moved to model {self.model_id!r}: that cannot be taken back")
        beside = self.beside()
        if beside.side is not None:
            # A later attempt is numbered from there, and has to be above what devices have accepted of this one.
            old, number = beside.old.head.statement, beside.side.head.statement.sequence
            if number > old.sequence:
                again = reissued(old, beside.old.version, self._now(), lifetime_of(old), after=number)
                self._issue(HEAD_KEY, again, expected_tag=beside.old.head_tag)
                failpoint("upgrade.raised")
        self._end()
        return beside.side is not None

    def _end_finished(self, force: bool) -> None:
        """What an interrupted :meth:`finish` left undone."""
        side = self._snapshot(side_key(self.model_id), self.model_id)
        if side is not None and not force:
            own = self._repository(HEAD_KEY, self.model_id).load().collection
            there = {id_ for one in own.people for id_ in one.face_ids}
            lost = [one.person for one in side.collection.people if not there.issuperset(one.face_ids)]
            if lost:
                raise UsageError(
                    f"only beside the new head are all faces of {_names(lost)}: enrol them again, or give --force to "
                    "lose what is there"
                )
        self._end()

    def _carry(self, before: Collection, now: Collection) -> None:
        vectors = {face.face_id: face.vector for one in now.people for face in one.faces}
        self._repository(HEAD_KEY, self.model_id).update(lambda own: carried_over(before, now, own, vectors))

    def _end(self) -> None:
        for key in (side_key, carried_key, draft_key):
            self._store.delete(key(self.model_id))
            failpoint("upgrade.ended")

    def _head(self) -> Statement:
        found = self._store.get(HEAD_KEY)
        if found is None:
            raise CollectionMissing("there is no collection here: enrol somebody first, or check the place")
        return decode_head(found[0]).statement

    def _snapshot(self, key: str, model_id: str) -> Snapshot | None:
        """What is at ``key``, when one of the writer's or trusted keys vouches for it."""
        if self._store.get(key) is None:
            return None
        return self._repository(key, model_id).update(lambda collection: collection)

    def _repository(self, key: str, model_id: str, collection_id: str = "") -> CollectionRepository:
        store = self._store if key == HEAD_KEY else HeadAt(self._store, key)
        return CollectionRepository(store, collection_id, self._now, model_id, signers=self._signers, trust=self._trust)

    def _begin(self, old: Snapshot, people: Collection) -> Snapshot:
        """Issues the first head beside the old one, whose number is the next."""
        draft = self._repository(draft_key(self.model_id), self.model_id, "draft").update(lambda _: people)
        statement = replace(old.head.statement, model_id=self.model_id)
        manifest = replace(draft.manifest, sequence=statement.sequence + 1)
        data = encode_manifest(manifest)
        version = hashlib.sha256(data).hexdigest()
        self._store.put(manifest_key(version), data)
        failpoint("upgrade.written")
        own = reissued(statement, version, self._now(), lifetime_of(statement))
        self._issue(side_key(self.model_id), own, expected_tag=None)
        found = self._snapshot(side_key(self.model_id), self.model_id)
        if found is None:
            raise CollectionDamaged("the new head went as soon as it was there: run the upgrade again")
        return found

    def _issue(self, key: str, statement: Statement, *, expected_tag: str | None) -> None:
        self._store.replace(key, encode_head(sign(statement, self._signers)), expected_tag=expected_tag)


def _carried_id(version: str) -> str:
    return f"carried:{version[:48]}"


def _names(people: Sequence[Person]) -> str:
    names = [person.name for person in people]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
