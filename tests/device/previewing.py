"""A preview with a made-up watch behind it: pictures of one colour after the other, and the golden events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import numpy as np

from argus.core.events import VisitEvent, decode
from argus.core.types import Box, Frame, Quality
from argus.device.adapters.status import SourceStatus
from argus.device.pipeline import Shown
from argus.device.preview.feed import Feed
from argus.device.preview.server import PreviewServer
from argus.device.preview.web import Watched
from tests.core.measures import NOON

GOOD = Quality(face_px=120, sharpness=0.7, brightness=0.5, contrast=0.15, frontality=0.9, score=0.9)
FPS = 25


def golden(name: str) -> VisitEvent:
    text = (Path(__file__).parents[1] / "events" / f"{name}.json").read_text(encoding="utf-8")
    return decode(json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode())


class MadeUpWatch:
    """What a watcher and its source would do; the source's status can be changed."""

    def __init__(self) -> None:
        self.status = SourceStatus(connected=True, since=NOON, frames_read=1)
        self.feed = Feed(lambda: self.status)
        self.quality: Quality | None = GOOD
        self._number = 0

    def show(self) -> None:
        """One frame further, with one face in it."""
        rgb = np.full((360, 640, 3), 40 + self._number % 8 * 25, np.uint8)
        at_seconds = self._number / FPS
        frame = Frame("porch", self._number, NOON + timedelta(seconds=at_seconds), at_seconds, rgb)
        self.feed.shown(frame, (Shown(Box(100, 100, 220, 220), None, self.quality),) if self.quality else ())
        self._number += 1

    def tell(self, name: str, visit: str = "") -> None:
        """A golden event, of another visit if wanted."""
        event = golden(name)
        self.feed.told(replace(event, visit_id=visit) if visit else event)

    def lose(self, sentence: str) -> None:
        self.status = replace(self.status, connected=False, last_error=sentence)

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Frames come, 25 a second."""
        stop = Event()

        def play() -> None:
            while not stop.wait(1 / FPS):
                self.show()

        thread = Thread(target=play)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def served(self, port: int = 0) -> PreviewServer:
        return PreviewServer(self.feed, Watched("porch", 2, 0.01), port)
