"""Keeps the records of a watch while it goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from argus.core.events import VisitEvent
from argus.core.ports import Clock
from argus.core.types import Frame
from argus.device.pipeline import SettledLook, Shown
from argus.device.records.keeping import kept_look
from argus.device.records.store import RecordStore
from argus.device.state import StateError
from argus.storage.open_store import absolute_place

_LOG = logging.getLogger(__name__)

PRUNE_EVERY_SECONDS = 3600.0


class RecordKeeper:
    """A :class:`argus.device.channel.WatchObserver` that writes to a :class:`RecordStore`, one transaction a look.

    What cannot be written is said once and left out; the watch goes on, and the next look is tried again.

    Args:
        store: where.
        clock: when.
        camera: whose visits they are.
        collection: the place of the collection, for corrections.
        keep: how long a visit is kept.
        max_bytes: how much is kept.
    """

    def __init__(
        self,
        store: RecordStore,
        clock: Clock,
        *,
        camera: str,
        collection: Path | str,
        keep: timedelta,
        max_bytes: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._camera = camera
        self._collection = absolute_place(collection)
        self._keep = keep
        self._max_bytes = max_bytes
        self._open: set[str] = set()
        self._failing = False
        self._pruned_at: float | None = None

    def looked(self, look: SettledLook) -> None:
        """Keeps a look."""
        now, visit_id = self._clock.now(), look.visit.id
        kept = kept_look(look)

        def write() -> None:
            if visit_id not in self._open:
                # A file that is played again tells the same visits under the same ids.
                self._store.erase(visit_id)
                self._open.add(visit_id)
            self._store.add_look(visit_id, self._camera, self._collection, kept, now=now, keep=self._keep)
            if self._store.used_bytes() > self._max_bytes:
                self._store.prune(now, self._keep, self._max_bytes)

        self._try(write)

    def told(self, event: VisitEvent) -> None:
        """Keeps an event."""
        self._try(lambda: self._store.add_event(event, self._clock.now()))
        if event.kind in ("left", "uncertain"):
            self._open.discard(event.visit_id)

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        """Prunes at the start, and every hour."""
        now = self._clock.monotonic_seconds()
        if self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY_SECONDS:
            self._pruned_at = now
            self._try(lambda: self._store.prune(self._clock.now(), self._keep, self._max_bytes))

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StateError as error:
            if not self._failing:
                _LOG.warning("records are not kept: %s", error)
            self._failing = True
        else:
            self._failing = False
