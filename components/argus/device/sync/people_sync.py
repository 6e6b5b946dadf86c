"""Keeps whom a device recognises up to date, in a thread of its own, while it recognises."""

from __future__ import annotations

import threading
import time
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
        interval_seconds: how long after one look at a source the next one comes: of all of them, or of each.
        holder: whose people are swapped, where there is one already; they stay until the first swap.
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
        interval_seconds: float | Sequence[float],
        holder: PeopleHolder | None = None,
        tell: Callable[[SyncStatus], None] = lambda status: None,
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        self._collections = collections
        self._calibration = calibration
        each = interval_seconds if isinstance(interval_seconds, Sequence) else [interval_seconds] * len(collections)
        self._intervals_seconds = tuple(each)
        self._tell = tell
        self._on_bug = on_bug
        self.bug: BaseException | None = None
        self._told = self.statuses
        self._closed = False
        self._messages: SimpleQueue[tuple[str, bytes] | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="argus-sync", daemon=True)
        self.holder = holder or PeopleHolder(recognised((), calibration))
        self.asked_all = threading.Event()
        """Set when the thread has asked each source once."""

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

    def begin(self) -> None:
        """Takes what the disk has, asks nobody, and starts the thread, which asks all sources at once."""
        for collection in self._collections:
            collection.open()
        self._swap()
        self._tell_changes()
        self._thread.start()

    def poll(self) -> None:
        """Looks at all sources once. Not while the thread runs."""
        self._poll(self._collections)

    def notify(self, collection_id: str, head: bytes) -> None:
        """A message on that collection's topic brought ``head``: it is followed at once."""
        self._messages.put((collection_id, head))

    def ask(self) -> threading.Event:
        """All sources are to be looked at now, and not only when it is their time; the event is set when they were."""
        asked = threading.Event()
        self._messages.put(asked)
        return asked

    def __enter__(self) -> PeopleSync:
        self.open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self.bug is not None:
            raise self.bug

    def close(self, patience_seconds: float = _PATIENCE_SECONDS) -> bool:
        """Ends the thread; whether it ended, and is not left behind in a sync that hangs."""
        self._closed = True
        self._messages.put(None)
        self._thread.join(patience_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as bug:
            self.bug = bug
            self._on_bug()

    def _follow(self) -> None:
        due = [time.monotonic()] * len(self._collections)
        while True:
            now = time.monotonic()
            waited_for = [one for one, at in zip(self._collections, due, strict=True) if at <= now]
            self._poll(waited_for)
            self.asked_all.set()
            ends = zip(due, self._intervals_seconds, strict=True)
            due = [time.monotonic() + seconds if at <= now else at for at, seconds in ends]
            try:
                pause = max(0.0, min(due) - time.monotonic()) if due else None
                message = self._messages.get(timeout=pause)
            except Empty:
                continue
            if message is None:
                return
            if isinstance(message, threading.Event):
                self._poll(self._collections)
                message.set()
            else:
                self._hear(*message)

    def _hear(self, collection_id: str, head: bytes) -> None:
        changed = False
        for one in self._collections:
            if one.status.collection_id == collection_id:
                changed |= one.notify(head)
            elif one.status.collection_id is None:
                # It has nothing yet and does not know its id: this may be its first version. Its own source says.
                changed |= one.poll()
        if changed:
            self._swap()
        self._confirm()
        self._tell_changes()

    def _poll(self, collections: Sequence[CollectionSync]) -> None:
        if any([collection.poll() for collection in collections]):
            self._swap()
        self._confirm()
        self._tell_changes()

    def _confirm(self) -> None:
        for collection in self._collections:
            collection.confirm()

    def _tell_changes(self) -> None:
        before, self._told = self._told, self.statuses
        for old, new in zip(before, self._told, strict=True):
            if (old.version, old.last_error, old.unconfirmed) != (new.version, new.last_error, new.unconfirmed):
                self._tell(new)

    def _swap(self) -> None:
        if self._closed:
            return  # others may see to the holder by now
        snapshots = [one.snapshot for one in self._collections if one.snapshot is not None]
        self.holder.swap(recognised(snapshots, self._calibration, self.holder.current))
