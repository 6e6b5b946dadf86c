"""A device's own copy of a collection: one whole version on the disk, whatever happens while the next arrives.

Beside what every collection consists of there is ``accepted.json``, a second copy of the newest head that was accepted.
A new version is stored in this order, each step durable before the next::

    buckets that changed, manifest -> accepted.json -> head.json -> what only older versions need is removed

so that at any moment at least one of the two heads leads to a whole version, and a head that an error of the disk
spoilt has another that says which number must not be gone below.

Where keys are trusted, ``followed.json`` says of which collection the copy is, from the first head that one of them
signed: another collection is refused there, also when its keys were replaced by new ones meanwhile::

    {"schema": "argus.followed/1", "collection_id": "staff"}
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from argus.core.canonical import json_object, text, to_canonical_json
from argus.core.errors import CollectionDamaged, CollectionError, HeadRefused, ModelError
from argus.core.head import Head, Statement, decode_head, encode_head
from argus.core.trust import TrustPolicy
from argus.storage.failpoints import failpoint
from argus.storage.folder import FolderStore
from argus.storage.reading import (
    BUCKETS_PREFIX,
    HEAD_KEY,
    MANIFESTS_PREFIX,
    Snapshot,
    bucket_key,
    manifest_key,
    read_collection,
    read_manifest,
)

ACCEPTED_KEY = "accepted.json"
FOLLOWED_KEY = "followed.json"
_FOLLOWED_SCHEMA = "argus.followed/1"
_MAX_FOLLOWED_BYTES = 1024
_LOCK = ".sync"


class NotStored(CollectionError):
    """The disk did not take it."""


class LocalCopy:
    """The copy in a folder. Only who has :meth:`turn` may write; everybody may read at any time."""

    def __init__(self, store: FolderStore, trust: TrustPolicy, model_id: str) -> None:
        self._store = store
        self._trust = trust
        self._model_id = model_id

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether this process may write while the context lasts: one of those that share the folder at a time."""
        try:
            self._store.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = (self._store.root / _LOCK).open("ab")
        except OSError as error:
            raise CollectionError(
                f"cannot write to {self._store.root}: {error.strerror}; make room or choose another folder"
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def followed(self) -> str | None:
        """The id of the collection that this copy may be of; None while that is open."""
        found = self._store.get(FOLLOWED_KEY) if self._trust.verifiers else None
        if self._trust.collection_id is not None or found is None:
            return self._trust.collection_id
        try:
            fields = json_object(found[0], {"schema", "collection_id"}, limit=_MAX_FOLLOWED_BYTES)
            return text(fields["collection_id"]) if fields["schema"] == _FOLLOWED_SCHEMA else None
        except ValueError:
            return None  # what was accepted says it as well

    def bind(self, head: Head) -> None:
        """From now on this copy is of the collection of ``head``, if there are keys that vouch for that.

        Raises:
            NotStored: the disk is full or broken.
        """
        if self._trust.verifiers and self.followed() is None:
            fields = {"schema": _FOLLOWED_SCHEMA, "collection_id": head.statement.collection_id}
            self._put(FOLLOWED_KEY, to_canonical_json(fields))

    def accepted(self) -> Statement | None:
        """The newest head that was ever accepted, as far as the disk tells and its signer is still trusted.

        One of another model, which this program cannot use any more, only where there is no other.
        """
        statements = [head.statement for head in self._heads() if self._is_trusted(head)]
        return max(statements, key=lambda one: (one.model_id == self._model_id, one.sequence), default=None)

    def read(self, before: Snapshot | None) -> Snapshot | None:
        """The newest version that is whole and signed by whom is trusted; None when there never was any.

        It is used although it may have expired: a device that cannot reach the source keeps what it has.

        Raises:
            CollectionError, ModelError: there is something, and it cannot be used.
        """
        problem: CollectionError | ModelError | None = None
        accepted = self.accepted()
        for head in sorted(self._heads(), key=lambda head: -head.statement.sequence):
            if accepted is not None and head.statement.sequence < accepted.minimum_sequence:
                continue  # it may hold somebody who was erased
            if before is not None and before.head == head:
                return before
            try:
                self._trust.verify_signature(head)
                manifest = read_manifest(head.statement, self._model_id, self._stored)
                return Snapshot(head, manifest, read_collection(manifest, before, self._stored), "")
            except (CollectionError, ModelError) as error:
                problem = problem or error
        if problem is not None:
            raise problem
        if any(self._store.get(key) for key in (HEAD_KEY, ACCEPTED_KEY)):
            raise CollectionDamaged(f"the copy in {self._store.root} is damaged: it is fetched anew")
        return None

    def names(self, head: Head) -> bool:
        """Whether both heads on the disk are ``head``, so that either may be lost."""
        data = encode_head(head)
        return all((found := self._store.get(key)) and found[0] == data for key in (ACCEPTED_KEY, HEAD_KEY))

    def fetch(self, key: str, remote: Callable[[str], bytes]) -> bytes:
        """The bytes of a bucket or manifest, from the disk when they are there, else from ``remote`` and then stored.

        Raises:
            CollectionDamaged: what came is not what the key says.
            NotStored: the disk is full or broken.
        """
        with suppress(CollectionDamaged):
            present = self._stored(key)
            if _is(present, key):
                return present
        data = remote(key)
        if not _is(data, key):
            raise CollectionDamaged(f"{key} arrived with other bytes than it should have: restore it at its source")
        failpoint("sync.fetched")
        self._put(key, data)
        failpoint("sync.stored")
        return data

    def commit(self, head: Head) -> None:
        """Makes ``head``, all of whose parts are stored, the version of this copy."""
        data = encode_head(head)
        failpoint("sync.parts_stored")
        self._put(ACCEPTED_KEY, data)
        failpoint("sync.accepted")
        self._put(HEAD_KEY, data)
        failpoint("sync.committed")

    def sweep(self, snapshot: Snapshot | None) -> None:
        """Removes what ``snapshot`` does not need: older people, and what an interrupted sync left."""
        needed = set()
        if snapshot is not None:
            needed = {bucket_key(entry) for entry in snapshot.manifest.buckets.values()}
            needed.add(manifest_key(snapshot.version))
        self._store.remove_unfinished()
        for prefix in (BUCKETS_PREFIX, MANIFESTS_PREFIX):
            for key in self._store.keys(prefix):
                if key not in needed:
                    self._store.delete(key)
                    failpoint("sync.swept")

    def _put(self, key: str, data: bytes) -> None:
        try:
            self._store.put(key, data)
        except CollectionError as error:
            raise NotStored(str(error)) from error

    def _is_trusted(self, head: Head) -> bool:
        try:
            self._trust.verify_signature(head)
        except HeadRefused:
            return False
        return True

    def _heads(self) -> list[Head]:
        heads, followed = [], self.followed()
        for key in (ACCEPTED_KEY, HEAD_KEY):
            with suppress(CollectionDamaged):  # the other one is left
                found = self._store.get(key)
                if found is not None:
                    heads.append(decode_head(found[0]))
        return [head for head in heads if followed in (None, head.statement.collection_id)]

    def _stored(self, key: str) -> bytes:
        found = self._store.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing in {self._store.root}: it is fetched anew")
        return found[0]


def _is(data: bytes, key: str) -> bool:
    """Whether the bytes have the hash that a content-addressed key names."""
    return hashlib.sha256(data).hexdigest() == PurePosixPath(key).stem
