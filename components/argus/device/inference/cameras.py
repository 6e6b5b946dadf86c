"""One camera as the worker sees it: what is to be done with it next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from argus.core.status import MAX_SENTENCE, CameraState
from argus.core.types import Moment
from argus.device.channel import CameraChannel, Step
from argus.device.inference.reader import CameraReader

TICK_SECONDS = 1.0
"""So often a camera from which no frame comes is looked after."""


@dataclass(frozen=True, eq=False)
class Turn:
    """A step of a camera; ``captured_seconds`` is its frame's time on the machine's monotonic clock, if it has one."""

    channel: CameraChannel
    step: Step
    captured_seconds: float | None = None


class WorkedCamera:
    """A camera's reader and its channel. ``turn`` and ``end`` are for the worker's thread, the rest is for any."""

    def __init__(self, channel: CameraChannel, reader: CameraReader) -> None:
        self.channel = channel
        self.reader = reader
        self._seen: tuple[Moment, float] | None = None
        self._looked_after_seconds = 0.0
        self._ended = False

    def turn(self, now_seconds: float) -> Turn | None:
        """The next step, on the newest frame or because it is time; None when there is nothing to do."""
        arrived = self.reader.take()
        if arrived is not None:
            self._seen, self._looked_after_seconds = (arrived.frame.moment, arrived.arrived_seconds), now_seconds
            return Turn(self.channel, self.channel.observe(arrived.frame), arrived.captured_seconds)
        if self.reader.over:
            return self.end(now_seconds)
        if self._seen is None or now_seconds - self._looked_after_seconds < TICK_SECONDS:
            return None
        self._looked_after_seconds = now_seconds
        return Turn(self.channel, self.channel.tick(_moment(*self._seen, now_seconds)))

    def end(self, now_seconds: float) -> Turn | None:
        """The last step: the open visits end; None when it was made before, or no frame ever came."""
        if self._ended or self._seen is None:
            return None
        self._ended = True
        return Turn(self.channel, self.channel.end(_moment(*self._seen, now_seconds)))

    def state(self) -> CameraState:
        """For the heartbeat."""
        status = self.reader.status()
        return CameraState(
            id=self.channel.camera_id,
            connected=status.connected,
            since=status.since,
            frames_read=status.frames_read,
            frames_dropped=status.frames_dropped,
            frames_processed=self.channel.pipeline.counters.frames,
            reconnects=status.reconnects,
            last_error=status.last_error and status.last_error[:MAX_SENTENCE],
        )


def _moment(moment: Moment, arrived_seconds: float, now_seconds: float) -> Moment:
    """Now, on the clocks of a camera's frames, of which the newest came then: a film has times of its own."""
    since = now_seconds - arrived_seconds
    return Moment(moment.frame, moment.at_seconds + since, moment.captured_at + timedelta(seconds=since))
