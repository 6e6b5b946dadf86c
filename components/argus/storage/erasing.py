"""Erasing somebody from a place: the people in use, all earlier versions, and all that the place keeps of these.

The order makes a process that dies at any moment leave nothing worse than work for the next run, which needs no more
than the person's id::

    every head is issued anew without the person, as the least number that is ever gone back to
    -> manifests that lead to a part with the person -> these parts, with every version of them -> all is read again

A part is known by what it holds, not by what names it; so whatever an earlier run, a rollback or a restored backup left
is found as well. A program that was just changing the collection may put back a part that it had read before, though
never the head; that is why all is read again until nothing new is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from argus.core.buckets import person_ids
from argus.core.canonical import to_canonical_json
from argus.core.collection import is_sha256
from argus.core.errors import CollectionDamaged, CollectionError
from argus.core.head import Statement
from argus.core.manifest import decode_manifest
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy
from argus.storage.collecting import NOTES_KEY
from argus.storage.failpoints import failpoint
from argus.storage.folder import UNFINISHED
from argus.storage.heads import HeadAt, StoredHead, followed_heads, stored_heads
from argus.storage.reading import (
    BUCKET_SUFFIX,
    BUCKETS_PREFIX,
    MANIFEST_SUFFIX,
    MANIFESTS_PREFIX,
    Snapshot,
    bucket_key,
    manifest_key,
)
from argus.storage.repository import CollectionRepository
from argus.storage.versions import BlobVersion, NotRemovable, VersionedStore

READERS = 8
"""Objects that are read at the same time."""

ROUNDS = 3
"""Of removing and reading again, as long as something new turns up."""

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""


@dataclass(frozen=True)
class Left:
    """A version that could not be removed.

    Attributes:
        place, version: where it is, and which.
        until: when its lock ends, aware UTC; None when that is not known.
    """

    place: str
    version: BlobVersion
    until: datetime | None


@dataclass(frozen=True)
class Erased:
    """What was removed of somebody from a place.

    Attributes:
        statements: of the heads that are followed now.
        issued: whether they are new; not where nothing of the person was found.
        faces: how many were in use.
        buckets, manifests: how many objects held the person, or led to what did.
        versions: how many versions of all these went, marks of deletions included.
        left: what could not be removed, found when all was read again. With none of it the place is clean.
    """

    statements: tuple[Statement, ...]
    issued: bool
    faces: int
    buckets: int
    manifests: int
    versions: int
    left: tuple[Left, ...]


def erase_person(
    store: BlobStore,
    versions: VersionedStore,
    person_id: str,
    now: Callable[[], datetime],
    *,
    signers: Sequence[Signer] = (),
    trust: TrustPolicy | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Erased:
    """Erases everything that the place has of somebody; safe to repeat, whatever interrupted it.

    Args:
        store, versions: the same place.
        trust: whose signatures a version may be built on, beside those of the signers.

    Raises:
        CollectionError, SigningError: the place cannot be read or changed; see
            :meth:`argus.storage.repository.CollectionRepository.update`.
    """
    found = holding(versions, person_id, progress)
    faces = 0
    issued = False
    removal = _Removal(store, versions)
    buckets: set[str] = set()
    manifests: set[str] = set()
    for _ in range(ROUNDS):
        if not found:
            break
        # Again where somebody enrolled them meanwhile: what a head names is never removed.
        if not issued or removal.is_in_use(version.key for version in found):
            snapshots, taken_out = _exclude(store, person_id, now, signers, trust)
            faces += taken_out
            issued = issued or bool(snapshots)
            removal.needed = {manifest_key(one.version) for one in snapshots}
            removal.needed |= {bucket_key(entry) for one in snapshots for entry in one.manifest.buckets.values()}
        buckets |= {version.key for version in found}
        manifests |= removal.leading_to(found)
        removal.remove(found, progress)
        found = holding(versions, person_id, progress)
        if all(version in removal.refused for version in found):
            break
    left = tuple(Left(versions.place, version, versions.locked_until(version)) for version in found)
    statements = tuple(one.head.statement for one in followed_heads(store))
    return Erased(statements, issued, faces, len(buckets), len(manifests), removal.count, left)


def _exclude(
    store: BlobStore,
    person_id: str,
    now: Callable[[], datetime],
    signers: Sequence[Signer],
    trust: TrustPolicy | None,
) -> tuple[list[Snapshot], int]:
    """Issues every head anew without the person; the new versions, and how many faces were in those before."""
    snapshots, faces = [], 0
    heads = stored_heads(store)
    # One number for all heads: whoever moves from one to another cannot go back behind it either.
    number = max((one.head.statement.sequence for one in heads), default=0) + 1
    for one in heads:
        statement = one.head.statement
        repository = CollectionRepository(
            HeadAt(store, one.key), statement.collection_id, now, statement.model_id, signers=signers, trust=trust
        )
        snapshot, taken_out = repository.exclude(person_id, number)
        snapshots.append(snapshot)
        faces += taken_out
        failpoint("erase.excluded")
    return snapshots, faces


def erase_photos(
    versions: VersionedStore, is_theirs: Callable[[str], bool], progress: Progress = lambda what, done, total: None
) -> tuple[int, int, tuple[Left, ...]]:
    """Erases the folders whose names ``is_theirs`` accepts, whole.

    Returns:
        How many photos there were, how many versions of them, and what could not be removed.
    """
    photos: set[str] = set()
    count = 0
    left: list[Left] = []
    for prefix in [f"{name}/" for name in versions.folders() if is_theirs(name)]:
        found = versions.versions(prefix)
        for done, version in enumerate(found, start=1):
            with suppress(NotRemovable):  # what is left is found below
                versions.remove(version)
                count += 1
            failpoint("erase.photo")
            progress("photos erased", done, len(found))
        photos |= {version.key for version in found if not version.is_marker}
        versions.prune(prefix)
        remaining = [version for version in versions.versions(prefix) if not version.is_marker]
        left += [Left(versions.place, version, versions.locked_until(version)) for version in remaining]
    return len(photos), count, tuple(left)


class _Removal:
    """Takes parts and what leads to them from a place, and remembers what it could not."""

    def __init__(self, store: BlobStore, versions: VersionedStore) -> None:
        self._store = store
        self._versions = versions
        self.needed: set[str] = set()
        """What the versions need that were issued without the person."""
        self._heads: tuple[StoredHead, ...] = ()
        self._named: set[str] = set()
        self._leading: list[BlobVersion] = []
        self.refused: set[BlobVersion] = set()
        self.count = 0

    def is_in_use(self, keys: Iterable[str]) -> bool:
        """Whether a head as it is now leads to one of them."""
        heads = stored_heads(self._store)
        if heads != self._heads:
            self._named = set()
            for version in {one.head.statement.manifest_sha256 for one in heads}:
                self._named.add(manifest_key(version))
                found = self._store.get(manifest_key(version))
                if found is not None:
                    self._named |= {bucket_key(one) for one in decode_manifest(found[0], version).buckets.values()}
            self._heads = heads
        return not self._named.isdisjoint(keys)

    def leading_to(self, found: Sequence[BlobVersion]) -> set[str]:
        """The keys of the manifests that name one of these parts."""
        parts = {version.key for version in found} - self.needed
        listed = [*self._versions.versions(MANIFESTS_PREFIX)]
        with ThreadPoolExecutor(READERS) as pool:
            named = pool.map(self._parts_of, listed)
            keys = {version.key for version, names in zip(listed, named, strict=True) if names & parts} - self.needed
        self._leading = [version for version in listed if version.key in keys]
        return keys

    def remove(self, found: Sequence[BlobVersion], progress: Progress) -> None:
        """Removes the manifests first, so that nothing leads to half a version."""
        self._remove_all(self._leading)
        failpoint("erase.manifests")
        keys = {version.key for version in found}
        # Of what is needed, or holds somebody else, other versions stay; the rest goes with its marks of deletion.
        whole = [one for one in self._versions.versions(BUCKETS_PREFIX) if one.key in keys - self.needed]
        doomed = list(dict.fromkeys([*found, *whole]))
        for done, version in enumerate(doomed, start=1):
            self._remove_all([version])
            failpoint("erase.part")
            progress("parts erased", done, len(doomed))
        self._remove_all(one for one in self._versions.versions(NOTES_KEY) if one.key == NOTES_KEY)

    def _remove_all(self, versions: Iterable[BlobVersion]) -> None:
        for version in versions:
            is_spare = version.key in self.needed  # another version of it is the one that is needed
            if not is_spare and self.is_in_use([version.key]):
                continue  # enrolled again meanwhile: taken out again by the next round
            data = None if is_spare or version.is_marker else self._versions.read(version)
            try:
                self._versions.remove(version)
                self.count += 1
            except NotRemovable:
                self.refused.add(version)
                if not is_spare:
                    # It stays, but nobody shall find it by its name.
                    with suppress(CollectionError, ValueError):
                        self._store.delete(version.key)
            if data is not None and self.is_in_use([version.key]) and self._store.get(version.key) is None:
                self._store.put(version.key, data)  # enrolled again in that moment

    def _parts_of(self, version: BlobVersion) -> set[str]:
        data = None if version.is_marker else self._versions.read(version)
        sha256 = version.key.removeprefix(MANIFESTS_PREFIX).removesuffix(MANIFEST_SUFFIX)
        try:
            return (
                set() if data is None else {bucket_key(one) for one in decode_manifest(data, sha256).buckets.values()}
            )
        except CollectionDamaged:
            return set()  # it leads nowhere


def holding(versions: VersionedStore, person_id: str, progress: Progress) -> list[BlobVersion]:
    """Every version of a part that holds the person, or might."""
    listed = [one for one in versions.versions(BUCKETS_PREFIX) if not one.is_marker and _is_part(one.key)]
    found = []
    with ThreadPoolExecutor(READERS) as pool:
        held = pool.map(partial(_holds, versions, person_id), listed)
        for done, (version, holds) in enumerate(zip(listed, held, strict=True), start=1):
            if holds:
                found.append(version)
            progress("parts read", done, len(listed))
    return found


def _is_part(key: str) -> bool:
    """Whether Argus wrote it; what others put there is none of its business."""
    name = key.removeprefix(BUCKETS_PREFIX)
    return _is_unfinished(key) or (name.endswith(BUCKET_SUFFIX) and is_sha256(name.removesuffix(BUCKET_SUFFIX)))


def _is_unfinished(key: str) -> bool:
    return PurePosixPath(key).name.startswith(UNFINISHED)


def _holds(versions: VersionedStore, person_id: str, version: BlobVersion) -> bool:
    data = versions.read(version)
    if data is None:
        return False
    try:
        return person_id in person_ids(data)
    except CollectionDamaged:
        # What a writer has just begun says whom it holds before anything else; what is damaged might hold anybody.
        return not _is_unfinished(version.key) or to_canonical_json({"id": person_id})[1:-1] in data
