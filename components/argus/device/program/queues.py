"""How much waits for the cloud, for the heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from argus.core.instants import Instant
from argus.core.status import QueueState
from argus.device.outbox.intake import Intake
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.snapshots.uploader import Uploader
from argus.device.state import StateError

_NOTHING = QueueState(0, None, 0, 0)


@dataclass
class Queues:
    """Asks the files, and those who write and empty them; for one thread."""

    folder: Path
    settings: Callable[[], Settings]
    intake: Intake
    sender: Sender
    uploader: Uploader
    _events: QueueState = _NOTHING
    _snapshots: QueueState = _NOTHING

    def states(self, now: Instant) -> tuple[QueueState, QueueState]:
        """Of events and of snapshots; the counts of before where the file cannot be read."""
        error: str | None = None
        try:
            with Outbox(self.folder, self.settings) as outbox, SnapshotQueue(self.folder, self.settings) as snapshots:
                self._events, self._snapshots = outbox.state(now), snapshots.state(now)
        except StateError as problem:
            error = str(problem)
        lost = self.intake.lost
        events = replace(
            self._events,
            dropped=self._events.dropped + lost,
            last_error=error or self.intake.problem or self.sender.problem,
        )
        return events, replace(self._snapshots, last_error=error or self.uploader.problem)
