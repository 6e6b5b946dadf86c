"""A store that is opened when it is first used: what it needs may not be there yet when a program starts."""

from __future__ import annotations

from argus.core.ports import BlobStore
from argus.storage.around import StoreAround
from argus.storage.open_store import bucket_and_prefix, is_folder, open_store


class OpenedLater(StoreAround):
    """The store at ``place``, a folder or ``s3://bucket/prefix``.

    Whatever keeps it from being opened is raised by each use until it can be: on a device in Greengrass credentials
    may not be handed out yet when the program starts. May be used by several threads as the store itself.

    Raises:
        UsageError: ``place`` is neither.
    """

    def __init__(self, place: str) -> None:
        if not is_folder(place):
            bucket_and_prefix(place)
        self._place = place
        self._opened: BlobStore | None = None

    @property
    def _store(self) -> BlobStore:
        if self._opened is None:
            self._opened = open_store(self._place)
        return self._opened
