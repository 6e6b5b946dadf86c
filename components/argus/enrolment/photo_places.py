"""Photos as they lie in a folder or in S3, below any names: they are known by their bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from argus.core.errors import ImageError, UsageError
from argus.core.ports import BlobEntry, BlobStore
from argus.enrolment.photos import pictures_below
from argus.storage.open_store import is_folder, open_store
from argus.vision.images import EXTENSIONS, MAX_FILE_BYTES, read_file


@dataclass(frozen=True)
class StoredPhoto:
    """One photo.

    Attributes:
        name: for people.
        read: its bytes; raises ImageError when they are too many or cannot be read, CollectionError when the place is
            out of reach.
    """

    name: str
    read: Callable[[], bytes]


def photos_at(place: str) -> Sequence[StoredPhoto]:
    """Every picture below ``place``, a folder or ``s3://bucket/prefix``.

    Raises:
        UsageError: it is neither, or a folder that cannot be looked into.
        CollectionError: S3 is out of reach.
    """
    if is_folder(place):
        if not Path(place).is_dir():
            raise UsageError(f"{place} is not a folder: give the one with the photos, or s3://bucket/prefix")
        return [StoredPhoto(str(path), partial(read_file, path)) for path in pictures_below(Path(place))]
    store = open_store(place)
    return [
        StoredPhoto(f"{place.rstrip('/')}/{entry.key}", partial(_read, store, entry))
        for entry in store.entries("")
        if PurePosixPath(entry.key).suffix.lower() in EXTENSIONS
    ]


def _read(store: BlobStore, entry: BlobEntry) -> bytes:
    found = None if entry.size_bytes > MAX_FILE_BYTES else store.get(entry.key)
    if found is None:
        raise ImageError(f"it is gone, or has more than {MAX_FILE_BYTES} bytes")
    return found[0]
