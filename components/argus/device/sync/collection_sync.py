"""One collection, followed: its head is asked for, verified, and then only what changed is fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from argus.core.errors import (
    ArgusError,
    CollectionDamaged,
    CollectionError,
    CollectionMissing,
    HeadRefused,
    ModelError,
)
from argus.core.head import Head, Statement, decode_head
from argus.core.ports import BlobStore, Unchanged
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID
from argus.device.sync.confirming import Confirming
from argus.device.sync.local_copy import LocalCopy, NotStored
from argus.device.sync.status import SyncStatus
from argus.storage.failpoints import failpoint
from argus.storage.folder import FolderStore
from argus.storage.heads import OwnHead
from argus.storage.reading import HEAD_KEY, Snapshot, read_collection, read_manifest

MAX_COLLECTION_BYTES = 1024**3
"""Of all buckets: 100,000 people with eight photos each. A manifest that names more is refused unfetched."""


class CollectionSync:
    """Follows the collection in ``remote`` with a copy in ``local``; used by one thread, :attr:`status` by any.

    Args:
        source: what ``remote`` is called in the status.
        trust: what is asked of a head.
        now: the time, aware UTC.
        model_id: the model whose vectors this program makes.
        max_bytes: how large a collection may be.
        thing: what this device is called where it confirms at ``remote`` what it uses; None confirms nothing.
    """

    def __init__(
        self,
        source: str,
        remote: BlobStore,
        local: FolderStore,
        *,
        trust: TrustPolicy,
        now: Callable[[], datetime],
        model_id: str = MIRROR_MODEL_ID,
        max_bytes: int = MAX_COLLECTION_BYTES,
        thing: str | None = None,
    ) -> None:
        self._source = source
        self._remote = OwnHead(remote, model_id)
        self._copy = LocalCopy(local, trust, model_id)
        self._trust = trust
        self._now = now
        self._model_id = model_id
        self._max_bytes = max_bytes
        self._remote_tag: str | None = None
        self._accepted: Statement | None = None
        self._disk_is_whole = False
        self._swept = False
        self._confirmed_at: datetime | None = None
        self._confirming = None if thing is None else Confirming(remote, thing, now)
        self.snapshot: Snapshot | None = None
        """What is in use: one whole, verified version; None while there is nothing."""
        self.status = SyncStatus(source)

    def open(self) -> bool:
        """Takes what the disk has, without the network. Whether :attr:`snapshot` changed; the status says why not."""
        return self._attempt(self._open)

    def poll(self) -> bool:
        """Asks the source for its head and follows it. Whether :attr:`snapshot` changed; errors go to the status."""
        return self._attempt(partial(self._in_turn, self._ask))

    def notify(self, head: bytes) -> bool:
        """As :meth:`poll`, with a head that came by message."""
        return self._attempt(partial(self._in_turn, partial(self._hear, head)))

    def confirm(self) -> None:
        """Tells the source what is in use, once what is left of older versions is gone from the disk; best effort.

        To be called when the people in memory are those of :attr:`snapshot`; what went wrong is in the status.
        """
        if self._confirming is None or self.snapshot is None or not self._swept or self.status.last_error is not None:
            return
        self._confirming.tell(self.snapshot.head.statement)
        self.status = replace(self.status, unconfirmed=self._confirming.problem)

    def _attempt(self, action: Callable[[], None]) -> bool:
        before, error = self.snapshot, None
        try:
            action()
        except HeadRefused as refusal:
            error = f"refused as {refusal.reason}: {refusal}"
        except ModelError as problem:
            error = f"refused as other_model: {problem}"
        except ArgusError as problem:
            error = str(problem)
        self.status = self._status(error)
        return self.snapshot is not before

    def _open(self) -> None:
        self._reload()
        if self.snapshot is not None:
            # What has expired is kept until there is something newer, and said.
            self._verify(self.snapshot.head)

    def _in_turn(self, action: Callable[[], None]) -> None:
        with self._copy.turn() as mine:
            try:
                # Another process that shares the folder may have been first, and what it stored is as good.
                self._reload()
            except (CollectionError, ModelError):
                if not mine:
                    raise  # otherwise it is mended now
            if mine:
                self._forget_erased()
                action()

    def _forget_erased(self) -> None:
        """What a crash left of versions that somebody was erased from does not wait for the source to be in reach."""
        if self.snapshot is None or not self._disk_is_whole or self._swept:
            return
        if self.snapshot.head.statement.minimum_sequence:
            self._copy.sweep(self.snapshot)
            self._swept = True

    def _reload(self) -> None:
        self._disk_is_whole = False
        self._accepted = self._copy.accepted() or self._accepted
        found = self._copy.read(self.snapshot)
        self.snapshot = found or self.snapshot
        self._disk_is_whole = found is not None and self._copy.names(found.head)

    def _ask(self) -> None:
        known = self._remote_tag if self._disk_is_whole else None
        found = self._remote.get(HEAD_KEY) if known is None else self._remote.get_unless(HEAD_KEY, known)
        if found is None:
            raise CollectionMissing(f"there is no collection at {self._source}: check the place, or create one there")
        if isinstance(found, Unchanged):
            assert self.snapshot is not None
            self._note_newest(self.snapshot)
            return
        data, tag = found
        self._follow(data)
        self._remote_tag = tag

    def _hear(self, data: bytes) -> None:
        if decode_head(data).statement.model_id == self._model_id:
            self._follow(data)
        else:
            self._ask()  # beside the head of another model there may be one of this model

    def _follow(self, data: bytes) -> None:
        head = decode_head(data)
        failpoint("sync.head")
        self._verify(head)
        if self.snapshot is None or head != self.snapshot.head or not self._disk_is_whole:
            self.snapshot = self._fetch(head)
        self._note_newest(self.snapshot)

    def _verify(self, head: Head) -> None:
        replace(self._trust, collection_id=self._copy.followed()).verify(head, self._accepted)

    def _fetch(self, head: Head) -> Snapshot:
        """Stores the version on the disk, whole, and returns it."""
        try:
            manifest = read_manifest(head.statement, self._model_id, self._part)
            size = sum(entry.size_bytes for entry in manifest.buckets.values())
            if size > self._max_bytes:
                raise CollectionError(
                    f"the collection at {self._source} has {size:,} bytes, more than the {self._max_bytes:,} that this "
                    "device takes: split it"
                )
            known = self.snapshot if self._disk_is_whole else None
            collection = read_collection(manifest, known, self._part, self._remote.requests_at_once)
            self._copy.commit(head)
        except NotStored:
            # A full disk is not left full with half a version; where the line broke, the half is kept to go on from.
            self._copy.sweep(self.snapshot)
            raise
        self._accepted, self._disk_is_whole, self._swept = head.statement, True, False
        return Snapshot(head, manifest, collection, "")

    def _part(self, key: str) -> bytes:
        return self._copy.fetch(key, self._from_source)

    def _from_source(self, key: str) -> bytes:
        found = self._remote.get(key)
        if found is None:
            raise CollectionDamaged(f"{key} is missing at {self._source}: restore the collection from a copy")
        return found[0]

    def _note_newest(self, snapshot: Snapshot) -> None:
        """The source says that ``snapshot`` is its newest version."""
        self._confirmed_at = self._now()
        self._copy.bind(snapshot.head)
        if not self._swept:
            self._copy.sweep(snapshot)
            self._swept = True
        self._verify(snapshot.head)  # it may have expired since it came

    def _status(self, error: str | None) -> SyncStatus:
        if self.snapshot is None:
            return SyncStatus(self._source, last_error=error)
        statement = self.snapshot.head.statement
        return SyncStatus(
            source=self._source,
            collection_id=statement.collection_id,
            version=statement.manifest_sha256,
            sequence=statement.sequence,
            issued_at=statement.issued_at,
            people=self.snapshot.manifest.people,
            confirmed_at=self._confirmed_at,
            last_error=error,
            unconfirmed=self._confirming.problem if self._confirming else None,
        )
