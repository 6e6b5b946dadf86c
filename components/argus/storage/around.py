"""A store over another one, for those that change only a part of what it does."""

from __future__ import annotations

from collections.abc import Sequence

from argus.core.ports import BlobEntry, BlobStore, Unchanged


class StoreAround:
    """``store`` as it is; see :class:`argus.core.ports.BlobStore` for each method."""

    def __init__(self, store: BlobStore) -> None:
        self._inner = store

    @property
    def _store(self) -> BlobStore:
        return self._inner

    @property
    def requests_at_once(self) -> int:
        return self._store.requests_at_once

    def get(self, key: str) -> tuple[bytes, str] | None:
        return self._store.get(key)

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        return self._store.get_unless(key, tag)

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        return self._store.replace(key, data, expected_tag=expected_tag)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def keys(self, prefix: str) -> Sequence[str]:
        return self._store.keys(prefix)

    def entries(self, prefix: str) -> Sequence[BlobEntry]:
        return self._store.entries(prefix)
