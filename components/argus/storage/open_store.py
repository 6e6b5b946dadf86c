"""Where a collection is, as somebody writes it: a folder, or ``s3://bucket/prefix``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from argus.core.errors import CollectionError, UsageError
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy
from argus.storage.folder import FolderStore
from argus.storage.keys import is_key
from argus.storage.repository import CollectionRepository, collection_id_for

_SCHEME = re.compile("[a-z][a-z0-9+.-]*://")


def is_folder(place: Path | str) -> bool:
    """Whether ``place`` is a folder of this machine."""
    return isinstance(place, Path) or _SCHEME.match(place) is None


def open_store(place: Path | str) -> BlobStore:
    """The store at ``place``; nothing is asked of it yet.

    Raises:
        UsageError: it is neither a folder nor ``s3://bucket/prefix``.
        CollectionError: it is in S3, and what speaks to S3 is not installed.
    """
    if isinstance(place, Path) or is_folder(place):
        return FolderStore(Path(place))
    bucket, prefix = bucket_and_prefix(place)
    try:
        from argus.storage.s3 import S3Store
    except ModuleNotFoundError as error:
        raise CollectionError("S3 needs boto3: install it (`pip install 'argus[s3]'`)") from error
    return S3Store(bucket, prefix)


def bucket_and_prefix(place: str) -> tuple[str, str]:
    """What ``s3://bucket/prefix`` names.

    Raises:
        UsageError: it is something else.
    """
    bucket, _, prefix = place.removeprefix("s3://").rstrip("/").partition("/")
    if not place.startswith("s3://") or not is_key(bucket) or (prefix and not is_key(prefix)):
        raise UsageError(f"{place!r} is no place for a collection: name a folder, or s3://bucket/prefix")
    return bucket, prefix


def absolute_place(place: Path | str) -> str:
    """One spelling of a place, whatever folder one stands in: an absolute path, or ``s3://bucket/prefix``."""
    return str(Path(place).absolute()) if is_folder(place) else str(place).rstrip("/")


def collection_id_at(place: Path | str) -> str:
    """What a new collection at ``place`` is called: as the last part of it."""
    name = Path(place).resolve().name if is_folder(place) else absolute_place(place).rpartition("/")[2]
    return collection_id_for(name)


def open_collection(
    place: Path | str,
    now: Callable[[], datetime],
    *,
    collection_id: str | None = None,
    signers: Sequence[Signer] = (),
    trust: TrustPolicy | None = None,
) -> CollectionRepository:
    """The collection at ``place``; see :class:`CollectionRepository` for what is not said here.

    Args:
        collection_id: what a new one is called; otherwise as the last part of its place.

    Raises:
        UsageError: it is neither a folder nor ``s3://bucket/prefix``.
        CollectionError: it is in S3, and what speaks to S3 is not installed.
    """
    id_ = collection_id or collection_id_at(place)
    return CollectionRepository(open_store(place), id_, now, signers=signers, trust=trust)
