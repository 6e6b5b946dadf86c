"""A live camera: USB, RTSP, HTTP, or what a GStreamer pipeline gives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event, RLock, Thread

import cv2
import numpy as np

from argus.core.errors import SourceError
from argus.core.ports import Clock
from argus.core.types import Frame
from argus.device.adapters.backoff import backoff_seconds
from argus.device.adapters.camera_process import CameraProcess, RawFrame
from argus.device.adapters.camera_wire import Request
from argus.device.adapters.pace import Pace
from argus.device.adapters.redact import redact_text, redact_url
from argus.device.adapters.source_kind import PIPELINE, pipeline_words
from argus.device.adapters.status import SourceStatus
from argus.device.mailbox import Mailbox

_log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""For opening, and for one frame. An RTSP camera may make a reader wait seconds for its next key frame."""


class LiveCamera:
    """Implements :class:`argus.device.adapters.status.ReportingSource`.

    A reader process hands over every picture (newest wins); it is killed and started again when it hangs or ends. The
    only copy to RGB is made for frames that the consumer takes.
    """

    live = True

    def __init__(
        self,
        source: str | int,
        *,
        camera_id: str,
        clock: Clock,
        patient: bool = False,
        timeout_seconds: float = TIMEOUT_SECONDS,
        rate: float = 0.0,
        backoff: Callable[[int], float] = backoff_seconds,
    ) -> None:
        """
        Args:
            source: a USB index, an RTSP or HTTP URL, or a GStreamer pipeline (``gst: ...``).
            camera_id: for the frames.
            clock: its monotonic clock must be the machine's, as the reader process stamps the frames.
            patient: keep trying even when the camera cannot be reached at first, instead of raising SourceError.
            timeout_seconds: for opening, and for each frame.
            rate: frames a second that are given, at most; 0 gives all that the consumer is fast enough for.
            backoff: seconds to wait after so many failures in a row.
        """
        self._request = Request(source, timeout_seconds)
        self._name = _name(source)
        self._camera_id = camera_id
        self._clock = clock
        self._patient = patient
        self._pace = Pace(rate)
        self._backoff = backoff
        self._mailbox: Mailbox[tuple[int, RawFrame]] = Mailbox()
        self._stop = Event()
        self._lock = RLock()  # a signal handler may call close() while its thread asks for the status
        self._process: CameraProcess | None = None
        self._status = SourceStatus(connected=False, since=clock.now())

    def frames(self) -> Iterator[Frame]:
        reader = Thread(target=self._keep_reading, name=f"camera {self._camera_id}", daemon=True)
        reader.start()
        try:
            for sequence, raw in self._mailbox:
                if self._stop.is_set():
                    return
                if self._pace.passes(raw.captured_seconds):
                    yield self._frame(sequence, raw)
        finally:
            self.close()
            reader.join()

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._mailbox.end()

    def status(self) -> SourceStatus:
        with self._lock:
            return replace(self._status, frames_dropped=self._mailbox.dropped)

    def _frame(self, sequence: int, raw: RawFrame) -> Frame:
        age = timedelta(seconds=self._clock.monotonic_seconds() - raw.captured_seconds)
        rgb = np.asarray(cv2.cvtColor(raw.bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        return Frame(self._camera_id, sequence, self._clock.now() - age, raw.captured_seconds, rgb)

    def _keep_reading(self) -> None:
        try:
            self._reconnect_for_ever()
        except BaseException as error:  # handed to the consumer's thread, which raises it
            self._mailbox.end(error)

    def _reconnect_for_ever(self) -> None:
        failures = 0
        while not self._stop.is_set():
            before = self.status().frames_read
            try:
                self._read_until_it_fails()
            except SourceError as error:
                reason = str(error)
            if self._stop.is_set():
                return
            frames_read = self.status().frames_read
            failures = 1 if frames_read > before else failures + 1
            sentence = f"{self._name} cannot be read: {reason}."
            self._lost(sentence)
            if frames_read == 0 and not self._patient:
                raise SourceError(sentence)
            pause = self._backoff(failures)
            _log.warning("%s Trying again in %.1f seconds.", sentence, pause)
            self._stop.wait(pause)

    def _read_until_it_fails(self) -> None:
        try:
            started = CameraProcess(self._request)
        except OSError as error:
            raise SourceError(f"its reader cannot be started ({error.strerror})") from error
        with started as process:
            with self._lock:
                self._process = process
            # A close() between the loop's check and the line above found no process to kill.
            if self._stop.is_set():
                return
            try:
                process.wait_until_open()
                while True:
                    raw = process.read()
                    self._mailbox.put((self._count_frame(), raw))
            finally:
                with self._lock:
                    self._process = None

    def _count_frame(self) -> int:
        """Counts a frame that arrived, and returns its number."""
        with self._lock:
            status = self._status
            if not status.connected:
                returned = status.frames_read > 0
                status = replace(
                    status, connected=True, since=self._clock.now(), reconnects=status.reconnects + int(returned)
                )
                # Whoever read that it was lost wants to read that it is back.
                _log.log(logging.WARNING if returned else logging.INFO, "%s is connected.", self._name)
            self._status = replace(status, frames_read=status.frames_read + 1)
            return status.frames_read

    def _lost(self, sentence: str) -> None:
        with self._lock:
            since = self._clock.now() if self._status.connected else self._status.since
            self._status = replace(self._status, connected=False, since=since, last_error=sentence)


def _name(source: str | int) -> str:
    """What messages call it; without secrets."""
    if isinstance(source, int):
        return f"USB camera {source}"
    if source.startswith(PIPELINE):
        return f"The GStreamer pipeline from {redact_text(pipeline_words(source)[0])}"
    return f"The camera at {redact_url(source)}"
