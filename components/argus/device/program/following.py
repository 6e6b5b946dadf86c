"""The collections that a device follows, changed while it runs."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from argus.core.calibration import Calibration
from argus.core.instants import Instant
from argus.core.status import CollectionState
from argus.core.topics import collection_head
from argus.core.trust import TrustPolicy
from argus.device.people import PeopleHolder
from argus.device.program.heartbeat import collection_state
from argus.device.settings.model import CollectionSettings
from argus.device.sync.collection_sync import CollectionSync
from argus.device.sync.compose import copies
from argus.device.sync.gallery import recognised
from argus.device.sync.people_sync import PeopleSync
from argus.device.sync.status import SyncStatus
from argus.storage.open_signer import verifier_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Followed:
    """What is followed at one time."""

    collections: tuple[CollectionSettings, ...]
    sync: PeopleSync


class Following:
    """Keeps the people of :attr:`holder` up to date with the configured collections.

    While the configuration changes, the people from before are recognised. :meth:`follow` and :meth:`close` are for
    one thread, the rest for any.

    Args:
        folder: where the copies are kept, each in a folder named by its collection's id.
        now: the wall clock.
        thing: what the device is called where it confirms what it uses.
        on_bug: called in the thread of a sync that was ended by a bug.
    """

    def __init__(
        self,
        folder: Path,
        calibration: Calibration,
        *,
        now: Callable[[], datetime],
        thing: str,
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self._folder = folder
        self._calibration = calibration
        self._now = now
        self._thing = thing
        self._on_bug = on_bug
        self._followed: _Followed | None = None
        self.holder = PeopleHolder(recognised((), calibration))

    def follow(self, collections: Sequence[CollectionSettings], *, erase_others: bool = True) -> None:
        """From now on these; copies of others are erased, if so. Returns without waiting for the network.

        Raises:
            ArgusError: one cannot be followed; then those from before are no more, either.
        """
        self.close()
        sync = PeopleSync(
            [self._copy(collection) for collection in collections],
            self._calibration,
            interval_seconds=[collection.interval_seconds for collection in collections],
            holder=self.holder,
            tell=_tell,
            on_bug=lambda: self._report(sync),
        )
        if erase_others:
            self._erase_others({collection.id for collection in collections})
        self._followed = _Followed(tuple(collections), sync)
        sync.begin()

    @property
    def ready(self) -> bool:
        """Whether somebody may be called a stranger.

        So it is when all copies are there; or one of them, and all places were asked for theirs.
        """
        followed = self._followed
        if followed is None:
            return False
        there = [status.version is not None for status in followed.sync.statuses]
        return all(there) or (followed.sync.asked_all.is_set() and any(there))

    def states(self, instant: Instant) -> tuple[CollectionState, ...]:
        """For the heartbeat."""
        followed = self._followed
        if followed is None:
            return ()
        pairs = zip(followed.collections, followed.sync.statuses, strict=True)
        return tuple(collection_state(collection.id, status, instant) for collection, status in pairs)

    def heard(self, topic: str, payload: bytes) -> None:
        """A head came by message."""
        followed = self._followed
        for collection in followed.collections if followed is not None else ():
            if topic == collection_head(collection.id):
                assert followed is not None
                followed.sync.notify(collection.id, payload)

    def ask(self) -> threading.Event:
        """All places are asked now; the event is set when they were."""
        followed = self._followed
        if followed is not None:
            return followed.sync.ask()
        asked = threading.Event()
        asked.set()
        return asked

    def close(self, patience_seconds: float = 2.0) -> None:
        """Follows nothing any more; the people stay."""
        followed, self._followed = self._followed, None
        if followed is not None and not followed.sync.close(patience_seconds):
            _log.warning("a collection's place does not answer; what is fetched from it is left to itself")

    def _report(self, sync: PeopleSync) -> None:
        assert sync.bug is not None, "only a bug ends a sync by itself"
        self._on_bug(sync.bug)

    def _copy(self, collection: CollectionSettings) -> CollectionSync:
        verifiers = [
            verifier_of(key, f"collections.{collection.id}.keys[{number}]")
            for number, key in enumerate(collection.keys)
        ]
        trust = TrustPolicy(tuple(verifiers), self._now, collection.id)
        place = {self._folder / collection.id: collection.place}
        (copy,) = copies(place, trust=trust, now=self._now, thing=self._thing)
        return copy

    def _erase_others(self, ids: set[str]) -> None:
        """Of whom is not looked for any more no vectors stay on the device."""
        with suppress(FileNotFoundError):
            for folder in self._folder.iterdir():
                if folder.name not in ids:
                    _log.info("the copy of collection %s is erased: it is not followed any more", folder.name)
                    shutil.rmtree(folder, ignore_errors=True)


def _tell(status: SyncStatus) -> None:
    level = logging.WARNING if status.last_error or status.unconfirmed else logging.INFO
    _log.log(level, "collection %s: %s", status.collection_id or status.source, status.in_use())
