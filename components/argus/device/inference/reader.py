"""The thread that reads one camera."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread

from argus.core.errors import ArgusError
from argus.core.ports import Clock
from argus.core.types import Frame
from argus.device.adapters.backoff import backoff_seconds
from argus.device.adapters.status import ReportingSource, SourceStatus
from argus.device.mailbox import Mailbox

_log = logging.getLogger(__name__)

_PREDECESSOR_SECONDS = 15.0
"""Longer than a camera's own time-out: who has not let go by then hangs for good."""

SourceOpener = Callable[[], ReportingSource]
"""Opens a source, or raises an ArgusError that says why it cannot be."""


@dataclass(frozen=True, eq=False)
class Arrived:
    """A frame, and when it was captured and came here, on the machine's monotonic clock."""

    frame: Frame
    captured_seconds: float
    arrived_seconds: float


class CameraReader:
    """Holds the newest frame of a camera until it is taken.

    What cannot be opened, or gives no frame, is tried again, as a live camera tries by itself. A source that gave
    frames and ended is not: a film is played once.

    Args:
        camera_id: for the log.
        open_source: called in the thread.
        clock: wall-clock and monotonic time.
        on_change: called in the thread when there is something new.
        after: whom to wait for: it may still hold the device that is to be opened.
        backoff: seconds to wait after so many failures in a row.
    """

    def __init__(
        self,
        camera_id: str,
        open_source: SourceOpener,
        clock: Clock,
        on_change: Callable[[], None],
        *,
        after: CameraReader | None = None,
        backoff: Callable[[int], float] = backoff_seconds,
    ) -> None:
        self._camera_id = camera_id
        self._open_source = open_source
        self._clock = clock
        self._after = after
        self._backoff = backoff
        self._mailbox: Mailbox[Arrived] = Mailbox(on_change)
        self._stop = Event()
        self._lock = Lock()
        self._source: ReportingSource | None = None
        self._without = SourceStatus(connected=False, since=clock.now())
        self._newest: Frame | None = None
        self._thread = Thread(target=self._run, name=f"reader {camera_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Lets the source go, from any thread and without waiting for it; safe to call twice."""
        self._stop.set()
        with self._lock:
            source = self._source
        if source is not None:
            source.close()

    def join(self, timeout_seconds: float) -> None:
        """Waits until a closed reader has ended; one that hangs is left behind."""
        self._thread.join(timeout_seconds)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def take(self) -> Arrived | None:
        """The newest frame, once; an error of the thread that is none of Argus's own is raised here."""
        return self._mailbox.take()

    @property
    def over(self) -> bool:
        """Whether the source has ended and its last frame was taken."""
        return self._mailbox.over

    @property
    def newest(self) -> Frame | None:
        """The newest frame of a camera that is there."""
        return self._newest if self.status().connected else None

    def status(self) -> SourceStatus:
        """How the camera is, from any thread; connected only when frames have come."""
        with self._lock:
            source, status = self._source, self._without
        if source is not None:
            now = source.status()
            status = now if now.frames_read else replace(status, last_error=now.last_error or status.last_error)
        return replace(status, frames_dropped=status.frames_dropped + self._mailbox.dropped)

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after.join(_PREDECESSOR_SECONDS)
                self._after = None
            self._read_until_it_ends()
        except BaseException as bug:  # handed to the thread that takes, which raises it
            self._mailbox.end(bug)
        else:
            self._mailbox.end()

    def _read_until_it_ends(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                self._read()
                reason = "The source has ended."
            except ArgusError as error:
                reason = str(error)
            gave_frames = self._let_go(reason)
            if self._stop.is_set():
                return
            if gave_frames:
                _log.warning("camera %s: %s", self._camera_id, reason)
                return
            failures += 1
            pause = self._backoff(failures)
            _log.warning("camera %s: %s Trying again in %.1f seconds.", self._camera_id, reason, pause)
            self._stop.wait(pause)

    def _read(self) -> None:
        source = self._open_source()
        with self._lock:
            self._source = source
        try:
            # A close() before the line above found nothing to close.
            if self._stop.is_set():
                return
            for frame in source.frames():
                now = self._clock.monotonic_seconds()
                self._newest = frame
                self._mailbox.put(Arrived(frame, frame.at_seconds if source.live else now, now))
        finally:
            source.close()

    def _let_go(self, reason: str) -> bool:
        """Forgets the source; returns whether that is for good, because it gave frames."""
        with self._lock:
            source, self._source = self._source, None
            gave = source is not None and source.status().frames_read > 0
            if source is not None and gave:
                self._without = replace(source.status(), connected=False, since=self._clock.now(), last_error=reason)
            else:
                self._without = replace(self._without, last_error=reason)
        return gave
