"""Where the parts of a collection are kept, and how they are read: each checked before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from argus.core.buckets import decode_bucket
from argus.core.collection import Collection, Enrolled, bucket_of
from argus.core.errors import CollectionDamaged, ModelError
from argus.core.head import Head, Statement
from argus.core.manifest import BucketEntry, Manifest, decode_manifest
from argus.storage.at_once import each

HEAD_KEY = "head.json"
BUCKETS_PREFIX, BUCKET_SUFFIX = "buckets/", ".npz"
MANIFESTS_PREFIX, MANIFEST_SUFFIX = "manifests/", ".json"


@dataclass(frozen=True)
class Snapshot:
    """One whole version of a collection, as it is stored.

    Attributes:
        head_tag: the store's entity tag of the head that it was read from.
    """

    head: Head
    manifest: Manifest
    collection: Collection
    head_tag: str

    @property
    def collection_id(self) -> str:
        return self.head.statement.collection_id

    @property
    def version(self) -> str:
        """The manifest's sha256."""
        return self.head.statement.manifest_sha256


def bucket_key(entry: BucketEntry) -> str:
    return f"{BUCKETS_PREFIX}{entry.sha256}{BUCKET_SUFFIX}"


def manifest_key(version: str) -> str:
    return f"{MANIFESTS_PREFIX}{version}{MANIFEST_SUFFIX}"


def read_manifest(statement: Statement, model_id: str, fetch: Callable[[str], bytes]) -> Manifest:
    """The manifest that a head names.

    Args:
        model_id: whose vectors this program makes.
        fetch: key -> bytes, which need not be checked.

    Raises:
        CollectionDamaged: it was altered.
        ModelError: it is of another model.
    """
    if statement.model_id != model_id:
        raise ModelError(
            f"the collection is of model {statement.model_id!r}, this program of {model_id!r}: "
            "`argus collection upgrade` makes it anew from the photos"
        )
    manifest = decode_manifest(fetch(manifest_key(statement.manifest_sha256)), statement.manifest_sha256)
    if manifest.model_id != statement.model_id:
        raise CollectionDamaged("head and manifest name different models: restore the collection from a copy")
    return manifest


def read_bucket(number: int, entry: BucketEntry, model_id: str, fetch: Callable[[str], bytes]) -> tuple[Enrolled, ...]:
    """The people of one bucket.

    Raises:
        CollectionDamaged: it was altered, or does not hold what the manifest says.
    """
    people = decode_bucket(fetch(bucket_key(entry)), entry.sha256, model_id)
    if len(people) != entry.people or any(bucket_of(enrolled.person.id) != number for enrolled in people):
        raise CollectionDamaged(f"bucket {number:02x} holds other people than it should: restore it from a copy")
    return people


def read_collection(
    manifest: Manifest, before: Snapshot | None, fetch: Callable[[str], bytes], at_once: int = 1
) -> Collection:
    """The people of a version; buckets that ``before`` has as well are taken from there.

    Args:
        at_once: in so many threads the others are fetched.

    Raises:
        CollectionDamaged: a bucket was altered, or does not hold what the manifest says.
    """

    def people(number: int) -> tuple[Enrolled, ...]:
        entry = manifest.buckets[number]
        if before is not None and before.manifest.buckets.get(number) == entry:
            return before.collection.buckets[number]
        return read_bucket(number, entry, manifest.model_id, fetch)

    buckets = dict(zip(manifest.buckets, each(people, list(manifest.buckets), at_once), strict=True))
    collection = Collection(buckets, manifest.model_id)
    if sum(len(one.faces) for one in collection.people) != manifest.faces:
        raise CollectionDamaged("the manifest counts more or fewer faces: restore the collection from a copy")
    return collection
