"""All versions of what is in a place, as somebody writes the place."""

from __future__ import annotations

from pathlib import Path

from argus.core.errors import CollectionError
from argus.storage.open_store import bucket_and_prefix, is_folder
from argus.storage.versions import FolderVersions, VersionedStore


def open_versions(place: str) -> VersionedStore:
    """The versions at ``place``; nothing is asked of it yet.

    Raises:
        UsageError: it is neither a folder nor ``s3://bucket/prefix``.
        CollectionError: it is in S3, and what speaks to S3 is not installed.
    """
    if is_folder(place):
        return FolderVersions(Path(place))
    bucket, prefix = bucket_and_prefix(place)
    try:
        from argus.storage.s3_versions import S3Versions
    except ModuleNotFoundError as error:
        raise CollectionError("S3 needs boto3: install it (`pip install 'argus[s3]'`)") from error
    return S3Versions(bucket, prefix)
