"""How the people of a new version are stored."""

from __future__ import annotations

import hashlib

from argus.core.buckets import encode_bucket
from argus.core.collection import Collection
from argus.core.errors import CollectionError
from argus.core.manifest import MAX_BUCKET_BYTES, BucketEntry, encode_manifest
from argus.core.ports import BlobStore, Unchanged
from argus.storage.at_once import each
from argus.storage.reading import BUCKETS_PREFIX, HEAD_KEY, Snapshot, bucket_key, manifest_key


def store_buckets(store: BlobStore, before: Snapshot | None, new: Collection) -> dict[int, BucketEntry]:
    """Stores the buckets that ``before`` does not have, and returns all for a manifest.

    Raises:
        CollectionError: a bucket is too large, or cannot be written.
    """

    def entry(number: int) -> BucketEntry:
        people = new.buckets[number]
        if before is not None and before.collection.buckets.get(number) is people:
            return before.manifest.buckets[number]
        data = encode_bucket(people)
        if len(data) > MAX_BUCKET_BYTES:
            raise CollectionError("the collection has too many faces: remove photos or make a second collection")
        described = BucketEntry(hashlib.sha256(data).hexdigest(), len(data), len(people))
        store.put(bucket_key(described), data)
        return described

    return dict(zip(new.buckets, each(entry, list(new.buckets), store.requests_at_once), strict=True))


def put_back(store: BlobStore, snapshot: Snapshot) -> None:
    """Stores again what was cleared away as garbage while ``snapshot`` was about to be issued, which now is."""
    key, present = manifest_key(snapshot.version), set(store.keys(BUCKETS_PREFIX))
    missing = {number: entry for number, entry in snapshot.manifest.buckets.items() if bucket_key(entry) not in present}
    unnamed = not store.keys(key)
    if (missing or unnamed) and store.get_unless(HEAD_KEY, snapshot.head_tag) != Unchanged():
        return  # replaced already, and perhaps erased: who replaced it sees to what is in use now
    for number, entry in missing.items():
        store.put(bucket_key(entry), encode_bucket(snapshot.collection.buckets[number]))
    if unnamed:
        store.put(key, encode_manifest(snapshot.manifest))
