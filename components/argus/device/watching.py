"""One source, watched from its first frame to its last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from argus.core.events import VisitEvent
from argus.core.ports import Embedder, FrameSource
from argus.core.types import Frame, Moment
from argus.core.visits import VisitChange
from argus.device.people import PeopleHolder, Recognised
from argus.device.pipeline import CameraPipeline, PendingLook, SettledLook, Shown
from argus.device.reporting import EventWriter


class WatchObserver(Protocol):
    """Somebody who follows what the watcher does: a preview, a keeper of records. Called in the watcher's thread."""

    def looked(self, look: SettledLook) -> None:
        """A look was decided; the events that tell of it come next."""
        ...

    def told(self, event: VisitEvent) -> None:
        """An event was made."""
        ...

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        """A frame was dealt with; ``faces`` are the live tracks in it."""
        ...


@dataclass
class Watcher:
    """Plays a source through a pipeline and yields what there is to tell.

    Attributes:
        camera_id: whose events they are.
        pipeline: the camera's state.
        embedder: makes the mirror-averaged embeddings.
        people: against whom, asked anew for every look.
        writer: makes the events.
        observers: who follows.
    """

    camera_id: str
    pipeline: CameraPipeline
    embedder: Embedder
    people: PeopleHolder
    writer: EventWriter
    observers: list[WatchObserver] = field(default_factory=list)
    last: Moment | None = field(default=None, init=False)

    def watch(self, source: FrameSource) -> Iterator[VisitEvent]:
        """The events, as they are decided, until the source ends; then those that end the open visits."""
        for frame in source.frames():
            self.last = frame.moment
            yield from self._settle(self.pipeline.observe(frame), frame.moment)
            yield from self._events(self.pipeline.close_idle(frame.moment), frame.moment, self.people.current)
            if self.observers:
                faces = self.pipeline.shown(frame.at_seconds)
                for observer in self.observers:
                    observer.shown(frame, faces)
        if self.last is not None:
            yield from self._settle(self.pipeline.end(self.last), self.last)
            yield from self._events(self.pipeline.book.close_all(), self.last, self.people.current)

    def _settle(self, pending: list[PendingLook], now: Moment) -> Iterator[VisitEvent]:
        for look in pending:
            people = self.people.current
            settled = self.pipeline.settle(look, self.embedder.embed(look.chips), people.gallery)
            for observer in self.observers:
                observer.looked(settled)
            yield from self._events(settled.changes, now, people)

    def _events(self, changes: tuple[VisitChange, ...], now: Moment, people: Recognised) -> Iterator[VisitEvent]:
        for change in changes:
            event = self.writer.event(change, self.camera_id, now, people.used, self.pipeline.false_alarm_rate)
            if event is not None:
                for observer in self.observers:
                    observer.told(event)
                yield event
