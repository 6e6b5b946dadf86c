"""One thread that recognises for all cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from threading import Event, Lock

from argus.core.events import VisitEvent
from argus.core.ports import Clock, Embedder
from argus.core.status import CameraState, Latency
from argus.core.types import RgbImage
from argus.device.channel import CameraChannel
from argus.device.inference.batches import embedded
from argus.device.inference.cameras import Turn, WorkedCamera
from argus.device.inference.delays import Delays
from argus.device.inference.reader import CameraReader, SourceOpener
from argus.device.jpeg import encode_jpeg
from argus.device.people import PeopleHolder
from argus.device.reporting import EventWriter

EventSink = Callable[[VisitEvent, RgbImage | None], None]
"""Takes an event, and a picture of whom it is of where there is one; called in the worker's thread."""

_IDLE_SECONDS = 0.25
"""The longest wait for a frame: so late a stop is noticed, or a tick comes."""

_PATIENCE_SECONDS = 2.0
"""How long the end waits for the readers; one that hangs is left behind."""


class InferenceWorker:
    """Recognises on the newest frame of every camera.

    It goes round: each camera that has a frame gives one of them, so that none waits for a faster one; the looks that
    are due on any of them are embedded together, and what they come to is told in the cameras' order. Cameras are
    added and removed at any time and from any thread, and read from the moment they are added.

    Args:
        embedder: makes the mirror-averaged embeddings.
        people: against whom, asked anew for every look.
        writer: numbers the events of all cameras; used in the worker's thread alone.
        sink: takes the events; what it raises ends :meth:`run`.
        clock: its monotonic clock must be the machine's, as live cameras stamp their frames by that.
    """

    def __init__(
        self, embedder: Embedder, people: PeopleHolder, writer: EventWriter, sink: EventSink, clock: Clock
    ) -> None:
        self._embedder = embedder
        self._people = people
        self._writer = writer
        self._sink = sink
        self._clock = clock
        self._delays = Delays()
        self._wake = Event()
        self._lock = Lock()
        self._cameras: dict[str, WorkedCamera] = {}
        self._leaving: list[WorkedCamera] = []
        self._closed: list[CameraReader] = []

    def add_camera(self, channel: CameraChannel, open_source: SourceOpener) -> None:
        """Begins to read a camera; one of the same id is removed, and has let go of its device before."""
        with self._lock:
            old = self._cameras.get(channel.camera_id)
            reader = CameraReader(
                channel.camera_id, open_source, self._clock, self._wake.set, after=old.reader if old else None
            )
            self._cameras[channel.camera_id] = WorkedCamera(channel, reader)
            if old is not None:
                self._leave(old)
            reader.start()

    def remove_camera(self, camera_id: str) -> None:
        """Lets a camera go, if there is one: its open visits are ended, and told of, in the next round."""
        with self._lock:
            camera = self._cameras.pop(camera_id, None)
            if camera is not None:
                self._leave(camera)

    def run(self, stop: Event) -> None:
        """Recognises until ``stop`` is set; then all open visits are ended and told of.

        Raises:
            BaseException: a bug, here or in a thread that reads a camera, or what the sink raised.
        """
        try:
            while not stop.is_set():
                self._wake.wait(_IDLE_SECONDS)
                self._wake.clear()
                self._round()
            self._remove_all()
            self._round()
        finally:
            self._remove_all()
            self._join()

    def states(self) -> tuple[CameraState, ...]:
        """How the cameras are, in the order in which they were added; from any thread."""
        with self._lock:
            cameras = tuple(self._cameras.values())
        return tuple(camera.state() for camera in cameras)

    def latency(self) -> Latency | None:
        """From a frame's capture until the sink has taken the event; from any thread."""
        return self._delays.latency()

    def picture(self, camera_id: str) -> bytes | None:
        """What a camera sees now, as a JPEG; None when it is not there. From any thread."""
        with self._lock:
            camera = self._cameras.get(camera_id)
        newest = camera.reader.newest if camera else None
        return encode_jpeg(newest.rgb) if newest is not None else None

    def _remove_all(self) -> None:
        for camera_id in tuple(self._cameras):
            self.remove_camera(camera_id)

    def _leave(self, camera: WorkedCamera) -> None:
        camera.reader.close()
        self._leaving.append(camera)
        self._closed = [reader for reader in self._closed if reader.alive] + [camera.reader]
        self._wake.set()

    def _round(self) -> None:
        with self._lock:
            leaving, self._leaving = self._leaving, []
            staying = tuple(self._cameras.values())
        now_seconds = self._clock.monotonic_seconds()
        turns = [camera.end(now_seconds) for camera in leaving] + [camera.turn(now_seconds) for camera in staying]
        self._settle([turn for turn in turns if turn is not None])

    def _settle(self, turns: Sequence[Turn]) -> None:
        vectors = embedded([pending for turn in turns for pending in turn.step.looks], self._embedder)
        for turn in turns:
            of_turn = islice(vectors, len(turn.step.looks))
            for told in turn.channel.settle(turn.step, of_turn, self._people, self._writer):
                self._sink(told.event, told.portrait)
                if turn.captured_seconds is not None:
                    self._delays.add(self._clock.monotonic_seconds() - turn.captured_seconds)

    def _join(self) -> None:
        deadline = self._clock.monotonic_seconds() + _PATIENCE_SECONDS
        for reader in self._closed:
            reader.join(max(0.0, deadline - self._clock.monotonic_seconds()))
