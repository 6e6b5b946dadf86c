"""Garbage of a collection: what no version needs any more, cleared away after nobody can be reading it.

An object is deleted once it has been unreachable for the whole grace period: what a run finds unreachable it notes in
``gc.json``, and a run that is at least the grace later deletes what is noted, unreachable still, and not written again
since. An object's own age says nothing of that: what was written a year ago may have been replaced a second ago, and
somebody may be reading it. All times are the store's own, so that no machine's wrong clock shortens the grace.

A writer may bring an object back in the moment between the last look at it and its deletion. So each of both looks
again when it is done: a run at the heads after each deletion, a writer at its version's parts after the head was
replaced (:func:`argus.storage.writing.put_back`). Whoever is later sees what the other did, and puts the object back.

``gc.json`` is canonical JSON::

    {"schema": "argus.gc/1", "unreachable": {"buckets/<sha256>.npz": "2024-05-01T12:30:00.000Z", ...}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.core.canonical import json_object, time_text, to_canonical_json, utc_time
from argus.core.collection import is_sha256
from argus.core.errors import CollectionDamaged, CollectionMissing
from argus.core.manifest import Manifest, decode_manifest
from argus.core.ports import BlobEntry, BlobStore, Unchanged
from argus.storage.heads import StoredHead, stored_heads
from argus.storage.reading import (
    BUCKET_SUFFIX,
    BUCKETS_PREFIX,
    HEAD_KEY,
    MANIFEST_SUFFIX,
    MANIFESTS_PREFIX,
    bucket_key,
    manifest_key,
)

NOTES_KEY = "gc.json"
NOTES_SCHEMA = "argus.gc/1"
MAX_NOTES_BYTES = 64 * 1024 * 1024

GRACE = timedelta(hours=24)
"""Longer than any reading of a version or writing of a change takes."""

KEPT_VERSIONS = 10
"""Earlier versions that stay whole, to go back to."""


@dataclass(frozen=True)
class Collected:
    """What a run came to.

    Attributes:
        deleted: the objects that are gone, or would be.
        waiting: how many more are unreachable, and not for long enough yet or left to a later run.
        kept: how many objects stay because a current version or a kept one needs them.
    """

    deleted: tuple[BlobEntry, ...]
    waiting: int
    kept: int


def collect_garbage(
    store: BlobStore,
    *,
    grace: timedelta = GRACE,
    keep: int = KEPT_VERSIONS,
    most: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Collected:
    """Clears the collection in ``store``; other objects than manifests and buckets are left alone.

    Args:
        grace: how long an object has to be unreachable, at least as long as the slowest reader and writer take.
        keep: so many versions before the current ones stay, the newest first.
        most: so many objects are deleted, for who has little time; None: all that are due.
        dry_run: nothing is deleted; what is unreachable is noted.
        progress: called with how many objects were deleted, and of how many.

    Raises:
        CollectionMissing: there is no collection.
        CollectionDamaged: a head or its manifest is.
    """
    noted = _read_notes(store)
    objects = [*store.entries(MANIFESTS_PREFIX), *store.entries(BUCKETS_PREFIX)]
    objects = [entry for entry in objects if _is_part(entry.key)]
    now = _store_time(store, noted)
    heads, reachable = _mark(store, objects, keep)
    unreachable = {entry.key: entry for entry in objects if entry.key not in reachable}
    since = {
        key: noted[key] if key in noted and entry.modified_at < noted[key] else now
        for key, entry in unreachable.items()
    }
    due = [entry for key, entry in unreachable.items() if now - since[key] >= grace][:most]
    store.put(NOTES_KEY, _encode_notes(since))
    if dry_run:
        return Collected(tuple(due), len(unreachable) - len(due), len(objects) - len(unreachable))
    deleted = []
    for entry in due:
        # A writer may bring back what an older version had: it writes it again, or goes back to that version.
        if entry.key in reachable or [one.modified_at for one in store.entries(entry.key)] != [entry.modified_at]:
            continue
        found = store.get(entry.key)
        store.delete(entry.key)
        if any(store.get_unless(one.key, one.tag) != Unchanged() for one in heads):
            brought_back = _is_in_use(store, entry.key)
            if brought_back and found is not None:
                store.put(entry.key, found[0])
            heads, reachable = _mark(store, objects, keep)
            if brought_back:
                continue
        del since[entry.key]
        deleted.append(entry)
        progress(len(deleted), len(due))
    if deleted:
        store.put(NOTES_KEY, _encode_notes(since))
    return Collected(tuple(deleted), len(unreachable) - len(deleted), len(objects) - len(unreachable))


def _is_part(key: str) -> bool:
    for prefix, suffix in ((MANIFESTS_PREFIX, MANIFEST_SUFFIX), (BUCKETS_PREFIX, BUCKET_SUFFIX)):
        if key.startswith(prefix) and key.endswith(suffix):
            return is_sha256(key.removeprefix(prefix).removesuffix(suffix))
    return False


def _mark(store: BlobStore, objects: list[BlobEntry], keep: int) -> tuple[tuple[StoredHead, ...], set[str]]:
    """All heads, and every key that their versions and the kept ones need."""
    heads = stored_heads(store)
    if not heads or heads[0].key != HEAD_KEY:
        raise CollectionMissing("there is no collection here: check the place")
    versions = {}
    for current in {one.head.statement.manifest_sha256 for one in heads}:
        manifest = _manifest(store, current)
        if manifest is None:
            raise CollectionDamaged(f"{manifest_key(current)} is missing: restore the collection from a copy")
        versions[current] = manifest
    # Of a model that has no head any more nothing is kept: there is no going back to it.
    models = {manifest.model_id for manifest in versions.values()}
    earlier = {}
    for entry in objects:
        version = entry.key.removeprefix(MANIFESTS_PREFIX).removesuffix(MANIFEST_SUFFIX)
        if entry.key.startswith(MANIFESTS_PREFIX) and version not in versions and keep > 0:
            try:
                one = _manifest(store, version)
            except CollectionDamaged:
                continue  # There is no going back to it.
            if one is not None and one.model_id in models:
                earlier[version] = one
    newest = sorted(earlier, key=lambda version: (earlier[version].created_at, version), reverse=True)
    versions.update((version, earlier[version]) for version in newest[:keep])
    reachable = {manifest_key(version) for version in versions}
    for one in versions.values():
        reachable |= {bucket_key(entry) for entry in one.buckets.values()}
    return heads, reachable


def _is_in_use(store: BlobStore, key: str) -> bool:
    """Whether a current version needs it; of earlier ones somebody may have been erased."""
    for one in stored_heads(store):
        version = one.head.statement.manifest_sha256
        manifest = _manifest(store, version)
        if key == manifest_key(version) or (manifest and key in map(bucket_key, manifest.buckets.values())):
            return True
    return False


def _manifest(store: BlobStore, version: str) -> Manifest | None:
    found = store.get(manifest_key(version))
    return None if found is None else decode_manifest(found[0], version)


def _store_time(store: BlobStore, noted: Mapping[str, datetime]) -> datetime:
    """What time it is by the store's own clock: that of a write just now."""
    store.put(NOTES_KEY, _encode_notes(noted))
    return max(entry.modified_at for entry in store.entries(NOTES_KEY))


def _encode_notes(since: Mapping[str, datetime]) -> bytes:
    unreachable = {key: time_text(moment) for key, moment in since.items()}
    return to_canonical_json({"schema": NOTES_SCHEMA, "unreachable": unreachable})


def _read_notes(store: BlobStore) -> dict[str, datetime]:
    """What an earlier run noted; nothing where that cannot be read, which only makes the next deletion later."""
    found = store.get(NOTES_KEY)
    if found is None:
        return {}
    try:
        fields = json_object(found[0], {"schema", "unreachable"}, limit=MAX_NOTES_BYTES)
        if fields["schema"] != NOTES_SCHEMA or not isinstance(fields["unreachable"], dict):
            return {}
        return {key: utc_time(value) for key, value in fields["unreachable"].items()}
    except ValueError:
        return {}
