"""One source, watched from its first frame to its last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from argus.core.events import VisitEvent
from argus.core.ports import Embedder, FrameSource
from argus.device.channel import CameraChannel, Step
from argus.device.people import PeopleHolder
from argus.device.reporting import EventWriter


@dataclass(frozen=True)
class Watcher:
    """Plays a source through a camera's channel and yields what there is to tell.

    Attributes:
        channel: the camera's state, and who follows.
        embedder: makes the mirror-averaged embeddings.
        people: against whom, asked anew for every look.
        writer: makes the events.
    """

    channel: CameraChannel
    embedder: Embedder
    people: PeopleHolder
    writer: EventWriter

    def watch(self, source: FrameSource) -> Iterator[VisitEvent]:
        """The events, as they are decided, until the source ends; then those that end the open visits."""
        for frame in source.frames():
            yield from self._settle(self.channel.observe(frame))
        if self.channel.last is not None:
            yield from self._settle(self.channel.end(self.channel.last))

    def _settle(self, step: Step) -> Iterator[VisitEvent]:
        vectors = (self.embedder.embed(pending.chips) for pending in step.looks)
        for told in self.channel.settle(step, vectors, self.people, self.writer):
            yield told.event
