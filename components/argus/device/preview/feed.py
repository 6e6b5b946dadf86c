"""What there is to show now: written by the watcher's thread, read by the server's."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from argus.core.events import VisitEvent
from argus.core.types import Frame, Quality
from argus.device.adapters.status import SourceStatus
from argus.device.pipeline import SettledLook, Shown
from argus.device.preview.telling import telling

_SAMPLE_SECONDS = 0.5
_SAMPLES = 12
"""The aid for placing the camera looks back on six seconds: long enough for its sentence to be read."""

_REMEMBERED = 100
"""Events that a page is told of when it comes late."""

State = Literal["waiting", "live", "lost", "ended"]


@dataclass(frozen=True, eq=False)
class View:
    """A frame and the faces that are followed in it."""

    frame: Frame
    faces: tuple[Shown, ...]


class Feed:
    """The newest of everything; a :class:`argus.device.channel.WatchObserver`.

    ``looked``, ``told`` and ``shown`` are called in the watcher's thread, the rest in the server's. What is read is
    immutable and replaced as a whole; the lock is for the collections.
    """

    def __init__(self, status: Callable[[], SourceStatus]) -> None:
        """``status`` asks the source how it is, from any thread."""
        self._status = status
        self._lock = Lock()
        self._told: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_REMEMBERED)
        self._samples: deque[tuple[float, tuple[Quality, ...]]] = deque(maxlen=_SAMPLES)
        self._next_sample_at = 0.0
        self._readers = 0
        self.view: View | None = None
        self.ended = False

    def looked(self, look: SettledLook) -> None:
        """What it came to is shown with the next frame."""

    def told(self, event: VisitEvent) -> None:
        with self._lock:
            number = self._told[-1][0] + 1 if self._told else 1
            self._told.append((number, telling(event)))

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        self.view = View(frame, faces)
        now = time.monotonic()
        if now >= self._next_sample_at:
            self._next_sample_at = now + _SAMPLE_SECONDS
            with self._lock:
                self._samples.append((now, tuple(face.quality for face in faces if face.quality is not None)))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Somebody looks, for as long as the context lasts."""
        self._readers += 1  # in the server's thread alone
        try:
            yield
        finally:
            self._readers -= 1

    @property
    def readers(self) -> int:
        """How many look."""
        return self._readers

    def told_after(self, number: int) -> list[tuple[int, dict[str, Any]]]:
        """Of the events with a number over ``number`` those that are remembered, in words, oldest first."""
        with self._lock:
            return [told for told in self._told if told[0] > number]

    def qualities(self) -> list[Quality]:
        """Of the faces of the last seconds, some twice a second each."""
        oldest = time.monotonic() - _SAMPLES * _SAMPLE_SECONDS
        with self._lock:
            return [quality for at_seconds, sample in self._samples if at_seconds >= oldest for quality in sample]

    def state(self) -> tuple[State, str]:
        """How the source is, and a sentence where that needs one."""
        status = self._status()
        if self.ended:
            return "ended", "The source has ended, or Argus was stopped. This page goes on when it is started again."
        if not status.connected and status.frames_read > 0:
            return "lost", f"{status.last_error or 'The camera is lost.'} Argus keeps trying."
        if self.view is None:
            return "waiting", "Waiting for the first picture."
        return "live", ""
