"""A store that shows how much of it was read and written, when that takes long."""

from __future__ import annotations

import threading

from argus.cli.progress import Progress
from argus.core.ports import BlobStore
from argus.storage.around import StoreAround


class CountedStore(StoreAround):
    """``store``, and its progress; of several threads as well."""

    def __init__(self, store: BlobStore) -> None:
        super().__init__(store)
        self._reading, self._writing = Progress("objects read"), Progress("objects written")
        self._read = self._written = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> tuple[bytes, str] | None:
        found = self._store.get(key)
        with self._lock:
            self._read += 1
            self._reading(self._read)
        return found

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)
        with self._lock:
            self._written += 1
            self._writing(self._written)
