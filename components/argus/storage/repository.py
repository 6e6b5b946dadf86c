"""Collections in a blob store: read whole and checked, changed without losing anybody else's change.

``head.json`` names ``manifests/<sha256>.json``, which names ``buckets/<sha256>.npz``. A writer stores the buckets
that changed, then the manifest, then replaces the head on condition that it is still the one that was read; so a
reader always finds one whole version, and of many writers each builds on the one before.

A writer with keys signs each head, and builds only on one that a key vouches for which it holds or trusts: otherwise
whoever can write to the store could have their changes signed by the next honest writer. A writer without keys leaves
a signed collection alone.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from argus.core.collection import Collection, is_sha256
from argus.core.errors import (
    CollectionConflict,
    CollectionDamaged,
    CollectionError,
    CollectionMissing,
    HeadRefused,
    ModelError,
    SigningError,
)
from argus.core.head import Head, Statement, decode_head, encode_head
from argus.core.manifest import Manifest, decode_manifest, encode_manifest
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy, lifetime_of, reissued, sign
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.collecting import NOTES_KEY
from argus.storage.folder import FolderStore
from argus.storage.heads import OwnHead
from argus.storage.reading import (
    HEAD_KEY,
    MANIFEST_SUFFIX,
    MANIFESTS_PREFIX,
    Snapshot,
    manifest_key,
    read_collection,
    read_manifest,
)
from argus.storage.writing import put_back, store_buckets

ATTEMPTS = 50
"""Of a change that other writers keep overtaking, before it is given up."""

LONGEST_PAUSE_SECONDS = 0.5


class CollectionRepository:
    """The collection at the root of ``store``, as one model sees it: see :mod:`argus.storage.heads`.

    Args:
        collection_id: what a collection that does not exist yet is called: letters, digits and ``:_-``.
        now: the time, aware UTC, for what is written.
        model_id: the model whose vectors this program makes; a collection of another one is refused.
        signers: the keys that sign what is written; with none, what is written is not signed.
        trust: what heads that are loaded must satisfy; what is changed need only be signed by one of these keys or
            those of the signers.
    """

    def __init__(
        self,
        store: BlobStore,
        collection_id: str,
        now: Callable[[], datetime],
        model_id: str = MIRROR_MODEL_ID,
        *,
        signers: Sequence[Signer] = (),
        trust: TrustPolicy | None = None,
    ) -> None:
        self._store = OwnHead(store, model_id)
        self._collection_id = collection_id
        self._now = now
        self._model_id = model_id
        self._signers = tuple(signers)
        self._trust = trust
        trusted = trust.verifiers if trust else ()
        self._writers_trust = TrustPolicy((*(signer.verifier for signer in signers), *trusted), now)
        self._latest: Snapshot | None = None

    def load(self) -> Snapshot:
        """The current version; what has not changed since this repository last read or wrote is not read again.

        Raises:
            CollectionMissing: there is none.
            CollectionDamaged: an object is missing or was altered.
            ModelError: it is of another model.
            HeadRefused: there is a policy and the head does not satisfy it.
        """
        return self._load(self._verify)

    def _load(self, verify: Callable[[Head], None]) -> Snapshot:
        """The current version, of which nothing but the head is read before ``verify`` has seen that."""
        while True:
            found = self._store.get(HEAD_KEY)
            if found is None:
                raise CollectionMissing(
                    f"there is no collection {self._collection_id!r} here: enrol somebody first, or check the path"
                )
            data, tag = found
            if self._latest is not None and self._latest.head_tag == tag:
                verify(self._latest.head)
                return self._latest
            try:
                head = decode_head(data)
                verify(head)
                self._latest = self._read(head, tag)
                return self._latest
            except CollectionDamaged:
                # Parts of a version that was replaced in the meantime may have been erased.
                if self._store.get(HEAD_KEY) == found:
                    raise

    def _verify(self, head: Head) -> None:
        if self._trust is not None:
            self._trust.verify(head, self._latest.head.statement if self._latest else None)

    def _verify_to_change(self, head: Head) -> None:
        """An expired head may be changed, or it could not be renewed."""
        if head.signatures and not self._signers:
            raise SigningError(
                "the collection is signed, and without a key its devices would refuse the change: "
                "name the key with --sign-with or in ARGUS_SIGN_WITH"
            )
        self._writers_trust.verify_signature(head)

    def load_or_empty(self) -> Collection:
        """The people of the current version; nobody when there is none."""
        try:
            return self.load().collection
        except CollectionMissing:
            return Collection.of((), self._model_id)

    def load_version(self, version: str) -> Collection:
        """The people of one version, an earlier one too; whoever signed it, so it is to be looked at only.

        Args:
            version: its manifest's sha256, or the first 12 characters of it or more.

        Raises:
            CollectionError: there is no such version, or it is not whole any more.
        """
        chosen = self._find_version(version)
        manifest = decode_manifest(self._fetch(manifest_key(chosen)), chosen)
        return self._read_people(manifest, self._latest)

    def create(self) -> Snapshot:
        """Makes a collection of nobody.

        Raises:
            CollectionError: there is one already.
        """
        if self._store.get(HEAD_KEY) is not None:
            raise CollectionError("there is a collection already: choose another place, or use that one")
        return self._write(None, Collection.of((), self._model_id))

    def update(self, change: Callable[[Collection], Collection]) -> Snapshot:
        """Makes ``change`` to the current version and stores the result; a change to nothing writes nothing.

        Args:
            change: called again on the newer version when another writer was first, so it must have no effects.

        Raises:
            CollectionConflict: other writers were first too often.
            HeadRefused, SigningError: the collection is signed with other keys than the signers', or not at all
                although there are signers.
        """
        return self._retrying(lambda: self._try_update(change))

    def sign(
        self,
        lifetime: Callable[[Statement], timedelta | None] = lifetime_of,
        *,
        adopt: bool = False,
        after: int = 0,
        minimum: int = 0,
    ) -> Snapshot:
        """Issues the current version anew under the next sequence: signed by other keys, or for a longer time.

        Args:
            lifetime: the statement before -> how long the new one is to be trusted (None: for ever); later changes
                keep that.
            adopt: also what no key vouches for.
            after: a number that readers have seen, which a collection restored from a backup has to get above.
            minimum: the number of the newest erasure that readers know of, of which a restored collection does not.

        Raises:
            CollectionError, SigningError: see :meth:`update`; or there are no signers.
        """
        if not self._signers:
            raise SigningError("name the key to sign with, with --sign-with or in ARGUS_SIGN_WITH")

        def attempt() -> Snapshot:
            before = self._load((lambda _: None) if adopt else self._verify_to_change)
            old = before.head.statement
            statement = reissued(old, before.version, self._now(), lifetime(old), after=after, minimum_sequence=minimum)
            return self._issue(before, statement, before.manifest, before.collection)

        return self._retrying(attempt)

    def roll_back(self, version: str) -> Snapshot:
        """Issues an older version anew under the next sequence; nothing is written when it is the current one.

        Args:
            version: its manifest's sha256, or the first 12 characters of it or more.

        Raises:
            CollectionError: there is no such version, or parts of it were erased.
            ModelError: it is of another model.
            SigningError: see :meth:`update`.
        """

        def attempt() -> Snapshot:
            before = self._load(self._verify_to_change)
            chosen = self._find_version(version)
            if chosen == before.version:
                return before
            self._check_model(chosen)
            # Its parts are needed again without being written again: how long they were not, counts no more.
            self._store.delete(NOTES_KEY)
            statement = reissued(before.head.statement, chosen, self._now(), lifetime_of(before.head.statement))
            try:
                manifest = read_manifest(statement, self._model_id, self._fetch)
                if manifest.sequence < statement.minimum_sequence:
                    raise HeadRefused(
                        "erased",
                        f"version {chosen[:12]} is of before number {statement.minimum_sequence}, with which somebody "
                        "was erased: choose a newer one",
                    )
                collection = self._read_people(manifest, before)
            except CollectionDamaged as error:
                raise CollectionError(
                    f"version {chosen[:12]} is not whole any more, since somebody was erased from it or it was cleared "
                    f"away ({error})"
                ) from error
            return self._issue(before, statement, manifest, collection)

        return self._retrying(attempt)

    def _check_model(self, version: str) -> None:
        model_id = decode_manifest(self._fetch(manifest_key(version)), version).model_id
        if model_id != self._model_id:
            raise ModelError(
                f"version {version[:12]} is of model {model_id!r}, and the collection has moved to {self._model_id!r}: "
                "only versions since then can be gone back to"
            )

    def _find_version(self, version: str) -> str:
        if len(version) < 12:
            raise CollectionError(f"{version!r} is too short for a version: give 12 characters of it or more")
        keys = self._store.keys(f"{MANIFESTS_PREFIX}{version}")
        names = [key.removeprefix(MANIFESTS_PREFIX).removesuffix(MANIFEST_SUFFIX) for key in keys]
        found = [name for name in names if is_sha256(name)]
        if len(found) != 1:
            raise CollectionError(
                f"there is {'more than one' if found else 'no'} version {version} here: "
                "give all of it, as `argus collection describe` prints it"
            )
        return found[0]

    def _retrying(self, attempt_once: Callable[[], Snapshot]) -> Snapshot:
        for attempt in range(ATTEMPTS):
            try:
                return attempt_once()
            except CollectionConflict:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)))
        raise CollectionConflict("other programs kept changing the collection: try again when they are done")

    def exclude(self, person_id: str, number: int = 0) -> tuple[Snapshot, int]:
        """Issues a version without that person, even if they are in none, before which nobody can go back any more.

        What older versions hold of them is left; :mod:`argus.storage.erasing` removes it.

        Args:
            number: the least that it is issued under.

        Returns:
            The new version, and how many faces of the person were in the one before.

        Raises:
            CollectionError, SigningError: see :meth:`update`.
        """
        faces = 0

        def attempt() -> Snapshot:
            nonlocal faces
            before = self._load(self._verify_to_change)
            enrolled = before.collection.find(person_id)
            faces = len(enrolled.faces) if enrolled else 0
            return self._write(before, before.collection.without_person(person_id), final=number)

        return self._retrying(attempt), faces

    def _try_update(self, change: Callable[[Collection], Collection]) -> Snapshot:
        try:
            before: Snapshot | None = self._load(self._verify_to_change)
        except CollectionMissing:
            before = None
        old = before.collection if before else Collection.of((), self._model_id)
        new = change(old)
        if before is not None and new is old:
            return before
        return self._write(before, new)

    def _write(self, before: Snapshot | None, new: Collection, *, final: int | None = None) -> Snapshot:
        """Stores ``new`` as the next version, unless it is the same.

        Args:
            final: also if it is the same, under at least this number, and with no way back.
        """
        entries = store_buckets(self._store, before, new)
        if before is not None and entries == before.manifest.buckets and final is None:
            return before
        sequence = max(before.head.statement.sequence + 1 if before else 1, final or 0)
        faces = sum(len(one.faces) for one in new.people)
        manifest = Manifest(new.model_id, self._now(), len(new), faces, entries, sequence)
        data = encode_manifest(manifest)
        version = hashlib.sha256(data).hexdigest()
        self._store.put(manifest_key(version), data)
        if before is None:
            statement = Statement(self._collection_id, 1, version, new.model_id, self._now())
        else:
            old, minimum = before.head.statement, 0 if final is None else sequence
            statement = reissued(old, version, self._now(), lifetime_of(old), minimum_sequence=minimum)
        return self._issue(before, statement, manifest, new)

    def _issue(
        self, before: Snapshot | None, statement: Statement, manifest: Manifest, collection: Collection
    ) -> Snapshot:
        """Replaces the head: the moment in which everybody sees the change."""
        head = sign(statement, self._signers)
        tag = self._store.replace(HEAD_KEY, encode_head(head), expected_tag=before.head_tag if before else None)
        self._latest = Snapshot(head, manifest, collection, tag)
        put_back(self._store, self._latest)
        return self._latest

    def _read(self, head: Head, tag: str) -> Snapshot:
        manifest = read_manifest(head.statement, self._model_id, self._fetch)
        return Snapshot(head, manifest, self._read_people(manifest, self._latest), tag)

    def _read_people(self, manifest: Manifest, before: Snapshot | None) -> Collection:
        return read_collection(manifest, before, self._fetch, self._store.requests_at_once)

    def _fetch(self, key: str) -> bytes:
        found = self._store.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing: restore the collection from a copy")
        return found[0]


def collection_id_for(name: str) -> str:
    """What a new collection in a place of this name is called: the name, as far as it may stand in a topic."""
    return re.sub("[^a-zA-Z0-9:_-]+", "-", name).strip("-")[:64] or "collection"


def folder_collection(
    folder: Path, now: Callable[[], datetime], *, signers: Sequence[Signer] = (), trust: TrustPolicy | None = None
) -> CollectionRepository:
    """The collection in ``folder``; a new one is called as the folder is."""
    name = collection_id_for(folder.resolve().name)
    return CollectionRepository(FolderStore(folder), name, now, signers=signers, trust=trust)
