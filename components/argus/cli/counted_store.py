"""A store that shows how much of it was read and written, when that takes long."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from argus.cli.progress import Progress
from argus.core.ports import BlobEntry, BlobStore, Unchanged


class CountedStore:
    """``store``, and its progress; of several threads as well."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._reading, self._writing = Progress("objects read"), Progress("objects written")
        self._read = self._written = 0
        self._lock = threading.Lock()

    @property
    def requests_at_once(self) -> int:
        """See :class:`argus.core.ports.BlobStore`, as for all that follows."""
        return self._store.requests_at_once

    def get(self, key: str) -> tuple[bytes, str] | None:
        found = self._store.get(key)
        with self._lock:
            self._read += 1
            self._reading(self._read)
        return found

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        return self._store.get_unless(key, tag)

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)
        with self._lock:
            self._written += 1
            self._writing(self._written)

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        return self._store.replace(key, data, expected_tag=expected_tag)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def keys(self, prefix: str) -> Sequence[str]:
        return self._store.keys(prefix)

    def entries(self, prefix: str) -> Sequence[BlobEntry]:
        return self._store.entries(prefix)
