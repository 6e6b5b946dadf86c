"""One source, watched from its first frame to its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from argus.core.events import CollectionUsed, VisitEvent
from argus.core.matching import Gallery
from argus.core.ports import Embedder, FrameSource
from argus.core.types import Frame, Moment
from argus.core.visits import VisitChange
from argus.device.pipeline import CameraPipeline, PendingLook
from argus.device.reporting import EventWriter


@dataclass(frozen=True)
class Recognised:
    """Against whom faces are compared: a collection, searchable, and how events name it."""

    gallery: Gallery
    used: CollectionUsed


@dataclass
class Watcher:
    """Plays a source through a pipeline and yields what there is to tell.

    Attributes:
        camera_id: whose events they are.
        pipeline: the camera's state.
        embedder: makes the mirror-averaged embeddings.
        people: against whom.
        writer: makes the events.
        on_frame: called after each frame, for a preview; None: nobody looks.
    """

    camera_id: str
    pipeline: CameraPipeline
    embedder: Embedder
    people: Recognised
    writer: EventWriter
    on_frame: Callable[[Frame, CameraPipeline], None] | None = None
    last: Moment | None = field(default=None, init=False)

    def watch(self, source: FrameSource) -> Iterator[VisitEvent]:
        """The events, as they are decided, until the source ends; then those that end the open visits."""
        for frame in source.frames():
            self.last = frame.moment
            yield from self._settle(self.pipeline.observe(frame), frame.moment)
            yield from self._events(self.pipeline.close_idle(frame.moment), frame.moment)
            if self.on_frame is not None:
                self.on_frame(frame, self.pipeline)
        if self.last is not None:
            yield from self._settle(self.pipeline.end(self.last), self.last)
            yield from self._events(self.pipeline.book.close_all(), self.last)

    def _settle(self, pending: list[PendingLook], now: Moment) -> Iterator[VisitEvent]:
        for look in pending:
            vectors = self.embedder.embed(look.chips)
            yield from self._events(self.pipeline.settle(look, vectors, self.people.gallery), now)

    def _events(self, changes: tuple[VisitChange, ...], now: Moment) -> Iterator[VisitEvent]:
        for change in changes:
            event = self.writer.event(change, self.camera_id, now, self.people.used, self.pipeline.false_alarm_rate)
            if event is not None:
                yield event
