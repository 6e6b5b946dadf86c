"""What a source says about itself, for the heartbeat and for a summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from argus.core.ports import FrameSource


@dataclass(frozen=True)
class SourceStatus:
    """A source at one moment.

    Attributes:
        connected: frames are arriving, or would if they were asked for.
        since: since when ``connected`` has its value, aware UTC.
        last_error: what went wrong last, one sentence without credentials; None when nothing did.
        frames_read: frames that the source gave.
        frames_dropped: frames that were replaced by a newer one before the consumer came for them.
        reconnects: how often a lost camera came back.
    """

    connected: bool
    since: datetime
    last_error: str | None = None
    frames_read: int = 0
    frames_dropped: int = 0
    reconnects: int = 0


class ReportingSource(FrameSource, Protocol):
    """A source that can be asked how it is doing, from any thread."""

    @property
    def live(self) -> bool:
        """Whether its frames are stamped by the machine's monotonic clock when they are captured."""
        ...

    def status(self) -> SourceStatus: ...
