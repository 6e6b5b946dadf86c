"""What the device remembers of visits and strangers, as the settings say at each moment.

The files are opened, used and closed by one thread: that of the worker, which recognises for all cameras.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from argus.core.calibration import Calibration
from argus.core.events import VisitEvent
from argus.core.ports import Clock
from argus.core.types import Frame, Template
from argus.device.compose import random_id
from argus.device.pipeline import SettledLook, Shown
from argus.device.records.keeper import RecordKeeper
from argus.device.records.store import RecordStore
from argus.device.settings.model import CollectionSettings, RecordSettings, Settings, StrangerSettings
from argus.device.state import StateError
from argus.device.strangers_store import StrangerStore

_log = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
"""After a file could not be opened."""

Wanted = tuple[RecordSettings, tuple[CollectionSettings, ...]]
"""For how long records are kept, and of which collections' people."""


class Strangers:
    """The memory of strangers, while it is switched on: a :class:`argus.device.reporting.StrangerMemory`."""

    def __init__(self, folder: Path, calibration: Calibration, settings: Callable[[], Settings], clock: Clock) -> None:
        self._folder = folder
        self._calibration = calibration
        self._settings = settings
        self._clock = clock
        self._store: StrangerStore | None = None
        self._opened_as: StrangerSettings | None = None
        self._again_at = 0.0

    def recognise(self, template: Template) -> str | None:
        store = self._current()
        return store.recognise(template) if store is not None else None

    def forget(self, stranger_id: str) -> None:
        store = self._current()
        if store is not None:
            store.forget(stranger_id)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._opened_as = None

    def _current(self) -> StrangerStore | None:
        settings, now = self._settings().strangers, self._clock.monotonic_seconds()
        if settings != self._opened_as:
            self.close()
            self._opened_as, self._again_at = settings, now
        if self._store is None and settings.remember and now >= self._again_at:
            keep = timedelta(days=settings.days)
            try:
                self._store = StrangerStore(self._folder, self._calibration, random_id, self._clock.now, keep)
            except StateError as error:
                self._again_at = now + RETRY_SECONDS
                _log.warning("strangers are not remembered: %s", error)
        return self._store


class Records:
    """The records of all cameras, while they are kept."""

    def __init__(self, folder: Path, settings: Callable[[], Settings], clock: Clock, copies: Path) -> None:
        """
        Args:
            copies: the folder with the copies of the collections, by which corrections find their people.
        """
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._copies = copies
        self._store: RecordStore | None = None
        self._again_at = 0.0

    def keeper(self, camera: str) -> CameraRecords:
        """An observer for a camera."""
        return CameraRecords(self, camera)

    @property
    def wanted(self) -> Wanted:
        """What is to be kept now."""
        settings = self._settings()
        return settings.records, settings.collections

    def open(self, camera: str, wanted: Wanted) -> RecordKeeper | None:
        """What writes a camera's records as is ``wanted``; None: nothing does."""
        (records, collections), now = wanted, self._clock.monotonic_seconds()
        if records.days == 0:
            self.close()
            return None
        if self._store is None and now >= self._again_at:
            try:
                self._store = RecordStore(self._folder)
            except StateError as error:
                self._again_at = now + RETRY_SECONDS
                _log.warning("records are not kept: %s", error)
        if self._store is None:
            return None
        return RecordKeeper(
            self._store,
            self._clock,
            camera=camera,
            collection=self._copies / collections[0].id if len(collections) == 1 else self._copies,
            keep=timedelta(days=records.days),
            max_bytes=records.megabytes * 1_000_000,
        )

    def close(self) -> None:
        if self._store is not None:
            self._store.__exit__(None, None, None)
            self._store = None


class CameraRecords:
    """Keeps one camera's records: a :class:`argus.device.channel.WatchObserver`."""

    def __init__(self, records: Records, camera: str) -> None:
        self._records = records
        self._camera = camera
        self._keeper: RecordKeeper | None = None
        self._opened_as: Wanted | None = None

    def looked(self, look: SettledLook) -> None:
        keeper = self._current()
        if keeper is not None:
            keeper.looked(look)

    def told(self, event: VisitEvent) -> None:
        keeper = self._current()
        if keeper is not None:
            keeper.told(event)

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        keeper = self._current()
        if keeper is not None:
            keeper.shown(frame, faces)

    def _current(self) -> RecordKeeper | None:
        wanted = self._records.wanted
        if self._keeper is None or self._opened_as != wanted:
            self._opened_as, self._keeper = wanted, self._records.open(self._camera, wanted)
        return self._keeper
