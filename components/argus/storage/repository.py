"""Collections in a blob store: read whole and checked, changed without losing anybody else's change.

``head.json`` names ``manifests/<sha256>.json``, which names ``buckets/<sha256>.npz``. A writer stores the buckets
that changed, then the manifest, then replaces the head on condition that it is still the one that was read; so a
reader always finds one whole version, and of many writers each builds on the one before.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from argus.core.buckets import decode_bucket, encode_bucket
from argus.core.collection import Collection
from argus.core.errors import CollectionConflict, CollectionDamaged, CollectionError, CollectionMissing
from argus.core.head import Head, Statement, decode_head, encode_head
from argus.core.manifest import MAX_BUCKET_BYTES, BucketEntry, Manifest, encode_manifest
from argus.core.ports import BlobStore
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.folder import FolderStore
from argus.storage.reading import (
    BUCKET_SUFFIX,
    BUCKETS_PREFIX,
    HEAD_KEY,
    Snapshot,
    bucket_key,
    manifest_key,
    read_collection,
    read_manifest,
)

ATTEMPTS = 50
"""Of a change that other writers keep overtaking, before it is given up."""

LONGEST_PAUSE_SECONDS = 0.5


class CollectionRepository:
    """The collection at the root of ``store``.

    Args:
        collection_id: what a collection that does not exist yet is called: letters, digits and ``:_-``.
        now: the time, aware UTC, for what is written.
        model_id: the model whose vectors this program makes; a collection of another one is refused.
    """

    def __init__(
        self, store: BlobStore, collection_id: str, now: Callable[[], datetime], model_id: str = MIRROR_MODEL_ID
    ) -> None:
        self._store = store
        self._collection_id = collection_id
        self._now = now
        self._model_id = model_id
        self._latest: Snapshot | None = None

    def load(self) -> Snapshot:
        """The current version; what has not changed since this repository last read or wrote is not read again.

        Raises:
            CollectionMissing: there is none.
            CollectionDamaged: an object is missing or was altered.
            ModelError: it is of another model.
        """
        while True:
            found = self._store.get(HEAD_KEY)
            if found is None:
                raise CollectionMissing(
                    f"there is no collection {self._collection_id!r} here: enrol somebody first, or check the path"
                )
            data, tag = found
            if self._latest is not None and self._latest.head_tag == tag:
                return self._latest
            try:
                self._latest = self._read(decode_head(data), tag)
                return self._latest
            except CollectionDamaged:
                # Parts of a version that was replaced in the meantime may have been erased.
                if self._store.get(HEAD_KEY) == found:
                    raise

    def load_or_empty(self) -> Collection:
        """The people of the current version; nobody when there is none."""
        try:
            return self.load().collection
        except CollectionMissing:
            return Collection.of((), self._model_id)

    def update(self, change: Callable[[Collection], Collection]) -> Snapshot:
        """Makes ``change`` to the current version and stores the result; a change to nothing writes nothing.

        Args:
            change: called again on the newer version when another writer was first, so it must have no effects.

        Raises:
            CollectionConflict: other writers were first too often.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._try_update(change)
            except CollectionConflict:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)))
        raise CollectionConflict("other programs kept changing the collection: try again when they are done")

    def erase(self, person_id: str) -> Snapshot:
        """Takes a person out and removes what older versions still hold of them; no error when there is nobody.

        Other people's parts of older versions stay. A part is removed only if it holds the person, so a writer who is
        about to use it cannot be: its version would be of before this one, and is refused.
        """
        snapshot = self.update(lambda collection: collection.without_person(person_id))
        current = {bucket_key(entry) for entry in snapshot.manifest.buckets.values()}
        for key in self._store.keys(BUCKETS_PREFIX):
            if key not in current and self._may_hold(key, person_id):
                self._store.delete(key)
        return snapshot

    def _may_hold(self, key: str, person_id: str) -> bool:
        """Whether a stored bucket holds the person, or cannot be read and might."""
        found = self._store.get(key)
        if found is None:
            return False
        sha256 = key.removeprefix(BUCKETS_PREFIX).removesuffix(BUCKET_SUFFIX)
        try:
            return any(one.person.id == person_id for one in decode_bucket(found[0], sha256, self._model_id))
        except CollectionDamaged:
            return True

    def _try_update(self, change: Callable[[Collection], Collection]) -> Snapshot:
        try:
            before: Snapshot | None = self.load()
        except CollectionMissing:
            before = None
        old = before.collection if before else Collection.of((), self._model_id)
        new = change(old)
        if before is not None and new is old:
            return before
        self._latest = self._write(before, new)
        return self._latest

    def _write(self, before: Snapshot | None, new: Collection) -> Snapshot:
        entries = {}
        for number, people in new.buckets.items():
            if before is not None and before.collection.buckets.get(number) is people:
                entries[number] = before.manifest.buckets[number]
                continue
            data = encode_bucket(people)
            if len(data) > MAX_BUCKET_BYTES:
                raise CollectionError("the collection has too many faces: remove photos or make a second collection")
            entries[number] = BucketEntry(hashlib.sha256(data).hexdigest(), len(data), len(people))
            self._store.put(bucket_key(entries[number]), data)
        if before is not None and entries == before.manifest.buckets:
            return before
        now = self._now()
        manifest = Manifest(new.model_id, now, len(new), sum(len(one.faces) for one in new.people), entries)
        data = encode_manifest(manifest)
        version = hashlib.sha256(data).hexdigest()
        self._store.put(manifest_key(version), data)
        collection_id, sequence, tag = self._collection_id, 0, None
        if before is not None:
            collection_id, sequence, tag = before.collection_id, before.head.statement.sequence, before.head_tag
        head = Head(Statement(collection_id, sequence + 1, version, new.model_id, now))
        tag = self._store.replace(HEAD_KEY, encode_head(head), expected_tag=tag)
        return Snapshot(head, manifest, new, tag)

    def _read(self, head: Head, tag: str) -> Snapshot:
        manifest = read_manifest(head.statement, self._model_id, self._fetch)
        return Snapshot(head, manifest, read_collection(manifest, self._latest, self._fetch), tag)

    def _fetch(self, key: str) -> bytes:
        found = self._store.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing: restore the collection from a copy")
        return found[0]


def folder_collection(folder: Path, now: Callable[[], datetime]) -> CollectionRepository:
    """The collection in ``folder``; a new one is called as the folder is, as far as its name may stand in a topic."""
    name = re.sub("[^a-zA-Z0-9:_-]+", "-", folder.resolve().name).strip("-")[:128]
    return CollectionRepository(FolderStore(folder), name or "collection", now)
