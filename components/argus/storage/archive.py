"""A collection in one file, for backups and for carrying it: a zip of the current version, with its signatures.

The objects lie in it as in a store, and nothing is compressed (vectors hardly can be), so an archive cannot unfold
into more than it is.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from argus.core.errors import CollectionDamaged, CollectionError
from argus.core.head import Head, encode_head
from argus.core.manifest import Manifest, encode_manifest
from argus.core.ports import BlobStore
from argus.core.trust import TrustPolicy
from argus.storage.examining import read_description
from argus.storage.folder import FolderStore
from argus.storage.keys import is_key
from argus.storage.reading import HEAD_KEY, bucket_key, manifest_key, read_bucket

Progress = Callable[[int, int], None]

_UNREADABLE = (ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile)
"""What the zip module raises on bytes that are no zip; NotImplementedError is a RuntimeError."""


def export_collection(store: BlobStore, path: Path, progress: Progress, trust: TrustPolicy | None = None) -> str:
    """Writes the current version to a new file that its owner alone can read; returns the version.

    Raises:
        HeadRefused: its head does not satisfy ``trust``.
        CollectionError: there is no collection, it is damaged, or the file is there already or cannot be written.
    """
    if path.exists():
        raise CollectionError(f"{path} is there already: choose another name")
    head, manifest = read_description(store, trust)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # of mode 0600
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                    for key, data in _objects(store, head, manifest, progress):
                        archive.writestr(key, data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CollectionError(f"cannot write {path}: {error.strerror}; choose another place for it") from error
    return head.statement.manifest_sha256


def copy_collection(source: BlobStore, target: BlobStore, progress: Progress, trust: TrustPolicy | None = None) -> None:
    """Copies the current version into a place that has no collection: same number, same signatures.

    Raises:
        HeadRefused: its head does not satisfy ``trust``.
        CollectionError: there is none in ``source``, it is damaged, or there is one in ``target``.
    """
    head, manifest = read_description(source, trust)
    for key, data in _objects(source, head, manifest, progress):
        if key == HEAD_KEY:
            target.replace(key, data, expected_tag=None)
        else:
            target.put(key, data)


@contextmanager
def unpacked(path: Path) -> Iterator[BlobStore]:
    """What :func:`export_collection` wrote, as a store that lasts as long as the context.

    Raises:
        CollectionDamaged: the file is something else.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        try:
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    if not is_key(info.filename) or info.compress_type != zipfile.ZIP_STORED:
                        raise ValueError("it holds something else")
                    store.put(info.filename, archive.read(info))
        except _UNREADABLE as error:
            raise CollectionDamaged(f"{path} is no whole export of a collection ({error}): export it again") from error
        yield store


def _objects(store: BlobStore, head: Head, manifest: Manifest, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Key and checked bytes of all that a version consists of, the head last."""
    data = b""

    def fetch(key: str) -> bytes:
        nonlocal data
        found = store.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing: restore the collection from a copy")
        data = found[0]
        return data

    for done, (number, entry) in enumerate(manifest.buckets.items(), start=1):
        read_bucket(number, entry, manifest.model_id, fetch)
        yield bucket_key(entry), data
        progress(done, len(manifest.buckets))
    yield manifest_key(head.statement.manifest_sha256), encode_manifest(manifest)
    yield HEAD_KEY, encode_head(head)
