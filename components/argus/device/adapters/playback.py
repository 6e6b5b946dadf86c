"""Playing what was recorded: over and over, and in real time, as a camera would give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

from argus.core.ports import Clock, FrameSource
from argus.core.types import Frame
from argus.device.adapters.status import SourceStatus
from argus.device.mailbox import Mailbox

ONE_FRAME_SECONDS = 1.0
"""How long the only frame of a one-frame source lasts when it is looped."""


class Playback:
    """A recorded source, played; implements :class:`argus.device.adapters.status.ReportingSource`.

    Fast: the consumer sets the pace and nothing is dropped. In real time: a thread keeps the pace of the frames' own
    times, and a slow consumer gets the newest frame; the others are counted as dropped.
    """

    live = False

    def __init__(self, source: FrameSource, *, loop: bool, fast: bool, clock: Clock) -> None:
        """Plays ``source``, whose ``frames`` must start over at every call when ``loop`` is set."""
        self._source = source
        self._loop = loop
        self._fast = fast
        self._clock = clock
        self._since = clock.now()
        self._stop = Event()
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._frames_read = 0

    def frames(self) -> Iterator[Frame]:
        if self._fast:
            yield from self._counted()
            return
        reader = Thread(target=self._keep_pace, name="playback", daemon=True)
        reader.start()
        try:
            yield from self._mailbox
        finally:
            self._stop.set()
            reader.join()

    def close(self) -> None:
        self._stop.set()
        self._source.close()
        self._mailbox.end()

    def status(self) -> SourceStatus:
        return SourceStatus(
            connected=not self._stop.is_set(),
            since=self._since,
            frames_read=self._frames_read,
            frames_dropped=self._mailbox.dropped,
        )

    def _counted(self) -> Iterator[Frame]:
        for frame in looped(self._source) if self._loop else self._source.frames():
            if self._stop.is_set():
                return
            self._frames_read += 1
            yield frame

    def _keep_pace(self) -> None:
        try:
            started_seconds: float | None = None
            for frame in self._counted():
                now_seconds = self._clock.monotonic_seconds()
                if started_seconds is None:
                    started_seconds = now_seconds - frame.at_seconds
                if self._stop.wait(max(0.0, started_seconds + frame.at_seconds - now_seconds)):
                    break
                self._mailbox.put(frame)
        except BaseException as error:  # handed to the consumer's thread, which raises it
            self._mailbox.end(error)
        else:
            self._mailbox.end()


def looped(source: FrameSource) -> Iterator[Frame]:
    """The frames of ``source`` without end; sequence and times go on increasing from one round to the next."""
    sequence_offset, offset_seconds = 0, 0.0
    while True:
        previous: Frame | None = None
        gap_seconds = ONE_FRAME_SECONDS
        for frame in source.frames():
            if previous is not None:
                gap_seconds = frame.at_seconds - previous.at_seconds
            previous = frame
            yield replace(
                frame,
                sequence=frame.sequence + sequence_offset,
                at_seconds=frame.at_seconds + offset_seconds,
                captured_at=frame.captured_at + timedelta(seconds=offset_seconds),
            )
        if previous is None:
            return
        sequence_offset += previous.sequence + 1
        offset_seconds += previous.at_seconds + gap_seconds
