"""An inference worker in a thread of its own, with the small networks of :mod:`tests.device.squares`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from argus.core.events import VisitEvent
from argus.core.ids import repeatable_ids
from argus.core.ports import Embedder
from argus.core.status import CameraState
from argus.core.types import Box, Frame, RgbImage
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.playback import Playback
from argus.device.channel import CameraChannel
from argus.device.inference.worker import InferenceWorker
from argus.device.people import PeopleHolder
from argus.device.pipeline import PendingLook
from argus.device.reporting import EventWriter
from tests.device.squares import FPS, Film, LevelEmbedder, ada_enrolled, square_pipeline

MAKE_ID = repeatable_ids("worker")


@dataclass
class Working:
    """A worker at work, and what it told; a bug that ends it is raised when the context ends."""

    embedder: Embedder = field(default_factory=LevelEmbedder)
    people: PeopleHolder = field(default_factory=lambda: PeopleHolder(ada_enrolled()))
    refuse: BaseException | None = None
    told: list[tuple[VisitEvent, RgbImage | None]] = field(default_factory=list)
    bug: BaseException | None = None

    def __post_init__(self) -> None:
        writer = EventWriter("laptop", "boot", MAKE_ID, clock_set=lambda: True)
        self.worker = InferenceWorker(self.embedder, self.people, writer, self._take, SystemClock())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def events(self) -> list[VisitEvent]:
        return [event for event, _ in self.told]

    def kinds(self, camera: str) -> list[str]:
        return [event.kind for event in self.events if event.camera == camera]

    def state(self, camera: str) -> CameraState:
        return next(state for state in self.worker.states() if state.id == camera)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive()

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def __enter__(self) -> Working:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self.bug is not None and error is None:
            raise self.bug

    def _run(self) -> None:
        try:
            self.worker.run(self._stop)
        except BaseException as bug:
            self.bug = bug

    def _take(self, event: VisitEvent, portrait: RgbImage | None) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.told.append((event, portrait))


def channel(camera_id: str, gap_seconds: float = 10.0) -> CameraChannel:
    """A camera that sees squares."""
    return CameraChannel(camera_id, square_pipeline(MAKE_ID, gap_seconds=gap_seconds))


def slowed(one: CameraChannel, seconds: float) -> CameraChannel:
    """A channel that takes so long for every frame."""
    observe = one.pipeline.observe

    def slowly(frame: Frame) -> list[PendingLook]:
        time.sleep(seconds)
        return observe(frame)

    one.pipeline.observe = slowly  # type: ignore[method-assign]
    return one


def film(seen: Iterable[dict[Box, int]], *, fps: float = FPS, loop: bool = False) -> Callable[[], Playback]:
    """Opens what plays these squares in real time; over and over where ``loop`` is set."""
    return lambda: Playback(Film(seen, fps=fps), loop=loop, fast=False, clock=SystemClock())


def for_ever(squares: dict[Box, int]) -> Iterator[dict[Box, int]]:
    while True:
        yield squares
