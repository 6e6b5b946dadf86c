"""Keeps whom a device recognises up to date, in a thread of its own, while it recognises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from argus.core.calibration import Calibration
from argus.device.people import PeopleHolder
from argus.device.sync.collection_sync import CollectionSync
from argus.device.sync.gallery import recognised
from argus.device.sync.status import SyncStatus

_PATIENCE_SECONDS = 5.0
"""How long the end waits for a sync that is under way; the thread may be left behind, for the disk is always whole."""


class PeopleSync:
    """Follows several collections and swaps the people of a holder whenever one of them changes.

    Use as a context: it begins with what the disk has, and the thread runs while it lasts. A head that came by message
    is handed to :meth:`notify`, from any thread.

    Args:
        collections: each with a source and a copy of its own.
        interval_seconds: how long after one look at the sources the next one comes.
        tell: called when a collection changed, or could not be followed for another reason than before; mostly in the
            thread of the sync.
        on_bug: called in the thread of the sync when that was ended by an error that is none of Argus's own. The end of
            the context raises it: nobody is watched for with people who are never brought up to date.
    """

    def __init__(
        self,
        collections: Sequence[CollectionSync],
        calibration: Calibration,
        *,
        interval_seconds: float,
        tell: Callable[[SyncStatus], None] = lambda status: None,
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        self._collections = collections
        self._calibration = calibration
        self._interval_seconds = interval_seconds
        self._tell = tell
        self._on_bug = on_bug
        self._bug: BaseException | None = None
        self._told = self.statuses
        self._messages: SimpleQueue[tuple[str, bytes] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="argus-sync", daemon=True)
        self.holder = PeopleHolder(recognised((), calibration))

    @property
    def statuses(self) -> tuple[SyncStatus, ...]:
        """One a collection, in their order."""
        return tuple(collection.status for collection in self._collections)

    def open(self) -> None:
        """Takes what the disk has, and asks the source only of those of which it has nothing."""
        for collection in self._collections:
            if not collection.open():
                collection.poll()
        self._swap()
        self._confirm()
        self._tell_changes()

    def poll(self) -> None:
        """Looks at all sources once. Not while the thread runs."""
        if any([collection.poll() for collection in self._collections]):
            self._swap()
        self._confirm()
        self._tell_changes()

    def notify(self, collection_id: str, head: bytes) -> None:
        """A message on that collection's topic brought ``head``: it is followed at once."""
        self._messages.put((collection_id, head))

    def __enter__(self) -> PeopleSync:
        self.open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._messages.put(None)
        try:
            self._thread.join(_PATIENCE_SECONDS)
        finally:
            if self._bug is not None:
                raise self._bug

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as bug:
            self._bug = bug
            self._on_bug()

    def _follow(self) -> None:
        while True:
            self.poll()
            try:
                message = self._messages.get(timeout=self._interval_seconds)
            except Empty:
                continue
            if message is None:
                return
            collection_id, head = message
            # Whoever has nothing yet does not know its id; it is asked for its own head.
            following = [one for one in self._collections if one.status.collection_id == collection_id]
            if any([one.notify(head) for one in following]):
                self._swap()
            self._confirm()

    def _confirm(self) -> None:
        for collection in self._collections:
            collection.confirm()

    def _tell_changes(self) -> None:
        before, self._told = self._told, self.statuses
        for old, new in zip(before, self._told, strict=True):
            if (old.version, old.last_error, old.unconfirmed) != (new.version, new.last_error, new.unconfirmed):
                self._tell(new)

    def _swap(self) -> None:
        snapshots = [one.snapshot for one in self._collections if one.snapshot is not None]
        self.holder.swap(recognised(snapshots, self._calibration, self.holder.current))
