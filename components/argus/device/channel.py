"""One camera, from its frames to events.

In steps, so that the looks of several cameras can be embedded together::

    step = channel.observe(frame)      # or tick(), where no frame comes; or end()
    vectors = ...                      # of each of step.looks
    told = channel.settle(step, vectors, people, writer)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from argus.core.events import VisitEvent
from argus.core.types import Frame, Moment, RgbImage
from argus.core.visits import VisitChange
from argus.device.people import PeopleHolder, Recognised
from argus.device.pipeline import CameraPipeline, PendingLook, SettledLook, Shown
from argus.device.reporting import EventWriter


class WatchObserver(Protocol):
    """Somebody who follows a camera: a preview, a keeper of records. Called in the thread that recognises."""

    def looked(self, look: SettledLook) -> None:
        """A look was decided; the events that tell of it come next."""
        ...

    def told(self, event: VisitEvent) -> None:
        """An event was made."""
        ...

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        """A frame was dealt with; ``faces`` are the live tracks in it."""
        ...


@dataclass(frozen=True, eq=False)
class Step:
    """What a camera came to, before the looks that are due are decided.

    Attributes:
        now: when.
        looks: those that are due, in order.
        frame: what was observed; None when none came.
        last: the camera has ended, and its open visits end with it.
    """

    now: Moment
    looks: tuple[PendingLook, ...]
    frame: Frame | None = None
    last: bool = False


class Told(NamedTuple):
    """An event, and the picture of whom it is of: of a match or a stranger, where the pipeline keeps portraits."""

    event: VisitEvent
    portrait: RgbImage | None


@dataclass
class CameraChannel:
    """The state of a camera and those who follow it. For one thread.

    Attributes:
        camera_id: whose events they are.
        pipeline: recognises.
        observers: who follows; whoever leaves is left out of a new list.
        last: the newest frame's moment.
    """

    camera_id: str
    pipeline: CameraPipeline
    observers: list[WatchObserver] = field(default_factory=list)
    last: Moment | None = field(default=None, init=False)

    def observe(self, frame: Frame) -> Step:
        """The next frame came."""
        self.last = frame.moment
        return Step(frame.moment, tuple(self.pipeline.observe(frame)), frame)

    def tick(self, now: Moment) -> Step:
        """No frame came until now."""
        return Step(now, tuple(self.pipeline.idle(now)))

    def end(self, now: Moment) -> Step:
        """No frame will come."""
        return Step(now, tuple(self.pipeline.end(now)), last=True)

    def settle(
        self, step: Step, vectors: Iterable[NDArray[np.float32]], people: PeopleHolder, writer: EventWriter
    ) -> Iterator[Told]:
        """What there is to tell after a step; to be exhausted before the next one.

        Args:
            step: the newest one.
            vectors: of each of its looks ``(n, 128)`` float32, the mirror-averaged embeddings of its chips.
            people: against whom, asked anew for every look.
            writer: makes the events.
        """
        for pending, of_look in zip(step.looks, vectors, strict=True):
            current = people.current
            look = self.pipeline.settle(pending, of_look, current.gallery)
            for observer in self.observers:
                observer.looked(look)
            yield from self._told(look.changes, step.now, current, writer, pending.look.crops[0].portrait)
        over = self.pipeline.book.close_all() if step.last else self.pipeline.close_idle(step.now)
        yield from self._told(over, step.now, people.current, writer, None)
        if step.frame is not None and self.observers:
            faces = self.pipeline.shown(step.frame.at_seconds)
            for observer in self.observers:
                observer.shown(step.frame, faces)

    def _told(
        self,
        changes: tuple[VisitChange, ...],
        now: Moment,
        people: Recognised,
        writer: EventWriter,
        portrait: RgbImage | None,
    ) -> Iterator[Told]:
        for change in changes:
            event = writer.event(change, self.camera_id, now, people.used, self.pipeline.false_alarm_rate)
            if event is not None:
                for observer in self.observers:
                    observer.told(event)
                yield Told(event, portrait)
