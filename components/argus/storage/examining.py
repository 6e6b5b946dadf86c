"""A stored collection as it lies there: what its head and manifest say, and whether all of it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from argus.core.errors import CollectionDamaged, CollectionMissing
from argus.core.head import Head, decode_head
from argus.core.manifest import Manifest, decode_manifest
from argus.core.ports import BlobStore
from argus.core.trust import TrustPolicy
from argus.storage.heads import HeadAt, followed_heads
from argus.storage.reading import HEAD_KEY, manifest_key, read_bucket


def read_description(store: BlobStore, trust: TrustPolicy | None = None) -> tuple[Head, Manifest]:
    """Head and manifest of the current version, of whatever model.

    Args:
        trust: what is asked of the head.

    Raises:
        CollectionMissing: there is none.
        HeadRefused: the head does not satisfy ``trust``.
        CollectionDamaged: one of both is missing or was altered.
    """
    found = store.get(HEAD_KEY)
    if found is None:
        raise CollectionMissing("there is no collection here: enrol somebody first, or check the place")
    head = decode_head(found[0])
    if trust is not None:
        trust.verify(head)
    version = head.statement.manifest_sha256
    manifest = decode_manifest(_fetch_from(store)(manifest_key(version)), version)
    if manifest.model_id != head.statement.model_id:
        raise CollectionDamaged("head and manifest name different models: restore the collection from a copy")
    return head, manifest


def read_descriptions(store: BlobStore, trust: TrustPolicy | None = None) -> list[tuple[Head, Manifest]]:
    """As :func:`read_description`, of every version that devices follow: one a model, that of ``head.json`` first."""
    beside = [one.key for one in followed_heads(store) if one.key != HEAD_KEY]
    return [read_description(HeadAt(store, key), trust) for key in (HEAD_KEY, *beside)]


def bucket_faults(store: BlobStore, manifest: Manifest) -> Iterator[str | None]:
    """For each bucket what is wrong with it, or None; and at last for the counts of all of them."""
    fetch, faces, whole = _fetch_from(store), 0, True
    for number, entry in manifest.buckets.items():
        try:
            faces += sum(len(one.faces) for one in read_bucket(number, entry, manifest.model_id, fetch))
            yield None
        except CollectionDamaged as error:
            whole = False
            yield str(error)
    miscounted = whole and faces != manifest.faces
    yield "the manifest counts more or fewer faces: restore the collection from a copy" if miscounted else None


def _fetch_from(store: BlobStore) -> Callable[[str], bytes]:
    def fetch(key: str) -> bytes:
        found = store.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing: restore the collection from a copy")
        return found[0]

    return fetch
