"""The heads of one place: while the model changes, a collection has one for each model, over the same parts.

===================== ==========================================================================================
``head.json``         what everybody follows who finds no head of their own model
``heads/M.json``      the people as model M sees them, beside the head of another model
``drafts/M.json``     what a move to model M has made so far; nobody follows it
``carried/M.json``    the other model's head as it was when its people were last carried over to M
===================== ==========================================================================================

A program of model M uses ``head.json`` where that is of its model, and otherwise ``heads/M.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from argus.core.errors import CollectionConflict, CollectionDamaged
from argus.core.head import Head, decode_head
from argus.core.ports import BlobStore, Unchanged
from argus.storage.around import StoreAround
from argus.storage.reading import HEAD_KEY

SIDE_PREFIX, DRAFT_PREFIX, CARRIED_PREFIX = "heads/", "drafts/", "carried/"
HEAD_SUFFIX = ".json"


def side_key(model_id: str) -> str:
    return f"{SIDE_PREFIX}{model_id}{HEAD_SUFFIX}"


def draft_key(model_id: str) -> str:
    return f"{DRAFT_PREFIX}{model_id}{HEAD_SUFFIX}"


def carried_key(model_id: str) -> str:
    return f"{CARRIED_PREFIX}{model_id}{HEAD_SUFFIX}"


def is_followed(key: str) -> bool:
    """Whether devices follow what is there."""
    return key == HEAD_KEY or key.startswith(SIDE_PREFIX)


@dataclass(frozen=True)
class StoredHead:
    """A head, and where it is; whoever signed it."""

    key: str
    head: Head
    tag: str


def stored_heads(store: BlobStore) -> tuple[StoredHead, ...]:
    """Every head of a place, ``head.json`` first: what any of them names is in use.

    To change one, open ``CollectionRepository(HeadAt(store, key), ..., head.statement.model_id)``.

    Raises:
        CollectionDamaged: one of them is not valid.
    """
    return _read(store, (SIDE_PREFIX, DRAFT_PREFIX, CARRIED_PREFIX))


def followed_heads(store: BlobStore) -> tuple[StoredHead, ...]:
    """The heads that devices follow, ``head.json`` first.

    Raises:
        CollectionDamaged: one of them is not valid.
    """
    return _read(store, (SIDE_PREFIX,))


def _read(store: BlobStore, prefixes: Sequence[str]) -> tuple[StoredHead, ...]:
    keys = [key for prefix in prefixes for key in store.keys(prefix) if key.endswith(HEAD_SUFFIX)]
    found = []
    for key in (HEAD_KEY, *keys):
        read = store.get(key)
        if read is not None:
            found.append(StoredHead(key, decode_head(read[0]), read[1]))
    return tuple(found)


class HeadAt(StoreAround):
    """A store whose ``head.json`` is the object at another key."""

    def __init__(self, store: BlobStore, head_key: str) -> None:
        super().__init__(store)
        self._head_key = head_key

    def get(self, key: str) -> tuple[bytes, str] | None:
        return self._store.get(self._real(key))

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        return self._store.get_unless(self._real(key), tag)

    def put(self, key: str, data: bytes) -> None:
        self._store.put(self._real(key), data)

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        return self._store.replace(self._real(key), data, expected_tag=expected_tag)

    def delete(self, key: str) -> None:
        self._store.delete(self._real(key))

    def _real(self, key: str) -> str:
        return self._head_key if key == HEAD_KEY else key


class OwnHead(StoreAround):
    """A store as a program of one model sees it: ``head.json`` is the head of that model where there is one.

    Where ``head.json`` is of the program's model, no more is asked for than without this. One thread uses the head.
    """

    def __init__(self, store: BlobStore, model_id: str) -> None:
        super().__init__(store)
        self._model_id = model_id
        self._side_key = side_key(model_id)
        self._foreign_tag: str | None = None
        """Of the ``head.json`` of another model, when the head beside it was read last."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        found = self._store.get(key)
        return self._own(found) if key == HEAD_KEY else found

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        if key != HEAD_KEY:
            return self._store.get_unless(key, tag)
        found = self._store.get_unless(HEAD_KEY, self._foreign_tag or tag)
        if isinstance(found, Unchanged):
            if self._foreign_tag is None:
                return found
            beside = self._store.get_unless(self._side_key, tag)
            return beside if beside is not None else self.get(HEAD_KEY)
        own = self._own(found)
        return Unchanged() if own is not None and own[1] == tag else own

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        if key != HEAD_KEY or self._foreign_tag is None:
            return self._store.replace(key, data, expected_tag=expected_tag)
        tag = self._store.replace(self._side_key, data, expected_tag=expected_tag)
        # Whoever finishes the move looks at the head beside again after having replaced head.json: so a change is seen
        # by them, or they are seen here.
        found = self._store.get(HEAD_KEY)
        if found is not None and not self._is_foreign(found[0]):
            raise CollectionConflict("the collection moved to this model meanwhile: read it again and retry")
        return tag

    def _own(self, found: tuple[bytes, str] | None) -> tuple[bytes, str] | None:
        self._foreign_tag = None
        if found is None or not self._is_foreign(found[0]):
            return found
        beside = self._store.get(self._side_key)
        if beside is None:
            return found
        self._foreign_tag = found[1]
        return beside

    def _is_foreign(self, data: bytes) -> bool:
        try:
            return decode_head(data).statement.model_id != self._model_id
        except CollectionDamaged:
            return False  # it is for the reader to say so
