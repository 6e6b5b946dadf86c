"""From the queue of pictures to their store, S3 or a folder: one after the other, each until the store has it.

On a device in Greengrass the token exchange service gives the credentials; boto3 asks it by itself
(``AWS_CONTAINER_CREDENTIALS_FULL_URI``). It may not answer yet when the program starts, so the store is opened anew
after each failure.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from argus.core.errors import ArgusError, UsageError
from argus.core.instants import Instant
from argus.core.ports import BlobStore
from argus.device.settings.model import Settings
from argus.device.snapshots.queue import SnapshotQueue, WaitingSnapshot
from argus.device.state import StateError
from argus.storage.failpoints import failpoint
from argus.storage.open_store import bucket_and_prefix, is_folder, open_store

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0
"""Pauses after failures: doubled each time."""

EXPIRE_EVERY_SECONDS = 60.0

_NAP_SECONDS = 0.25

_log = logging.getLogger(__name__)


class Uploader:
    """Empties the queue of pictures of a state folder, in the thread of :meth:`run`.

    An upload under way ends before :meth:`run` does: with a store that does not answer that takes a minute and more.

    Args:
        folder: the state folder.
        settings: the settings in force; asked anew each time.
        now: the device's clocks.
        environ: of the process.

    Attributes:
        problem: why nothing is uploaded at the moment, one sentence.
    """

    def __init__(
        self,
        folder: Path,
        settings: Callable[[], Settings],
        now: Callable[[], Instant],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._now = now
        self._environ = environ
        self._wake = Event()
        self._store: tuple[str, BlobStore] | None = None
        self._after = 0
        self._expire_at = 0.0
        self._failures = 0
        self.problem: str | None = None

    def added(self) -> None:
        """There is a new picture in the queue, or the settings have changed; from any thread."""
        self._wake.set()

    def run(self, stop: Event) -> None:
        """Uploads until ``stop`` is set."""
        with ExitStack() as opened:
            queue: SnapshotQueue | None = None
            while not stop.is_set():
                self._wake.clear()
                try:
                    queue = queue or opened.enter_context(SnapshotQueue(self._folder, self._settings))
                    self._expire(queue)
                    waiting = queue.next(self._after)
                    if waiting is not None:
                        self._upload(queue, waiting)
                except ArgusError as error:
                    self._fail(error)
                    # Whatever is added meanwhile would fare no better.
                    stop.wait(min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._failures - 1, 32)))
                    continue
                if waiting is None:
                    self._failures, self.problem = 0, None
                    self._sleep(stop)

    def _sleep(self, stop: Event) -> None:
        """Until something is added, or may have expired."""
        while not stop.is_set() and self._now().at_seconds < self._expire_at:
            if self._wake.wait(_NAP_SECONDS):
                break

    def _upload(self, queue: SnapshotQueue, waiting: WaitingSnapshot) -> None:
        try:
            store = self._open()
            failpoint("snapshot.uploading")
            store.put(waiting.key, waiting.picture)
            failpoint("snapshot.uploaded")
            if not queue.uploaded(waiting.event_id):
                store.delete(waiting.key)  # whoever it shows was erased meanwhile
        except ArgusError:
            # One that alone is refused keeps no other back.
            self._store, self._after = None, waiting.place
            raise
        if self.problem is not None:
            _log.info("snapshots are uploaded again")
        self._failures, self.problem, self._after = 0, None, 0

    def _open(self) -> BlobStore:
        """The store whose keys are those of the events: a folder, or the whole bucket."""
        place = self._settings().snapshots.place
        if not place:
            raise UsageError("snapshots wait and there is no place for them: set snapshots.place")
        root = place if is_folder(place) else f"s3://{bucket_and_prefix(place)[0]}"
        if self._store is None or self._store[0] != root:
            self._store = (root, open_store(root))
        return self._store[1]

    def _expire(self, queue: SnapshotQueue) -> None:
        now = self._now()
        if now.at_seconds >= self._expire_at:
            self._expire_at = now.at_seconds + EXPIRE_EVERY_SECONDS
            dropped = queue.drop_expired(now)
            if dropped:
                _log.warning("%d snapshots could not be uploaded and are too old", dropped)

    def _fail(self, error: ArgusError) -> None:
        self._failures += 1
        sentence = str(error)
        own = "AWS_ACCESS_KEY_ID" in self._environ and "AWS_CONTAINER_CREDENTIALS_FULL_URI" in self._environ
        if own and not isinstance(error, StateError):
            sentence += (
                " (AWS_ACCESS_KEY_ID is set in the environment, so that the token exchange service is not asked: "
                "take it away)"
            )
        if sentence != self.problem:
            _log.warning("snapshots wait: %s", sentence)
        self.problem = sentence
