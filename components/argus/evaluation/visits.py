"""What visits come to: strangers who are named, people who are not, and how long it takes.

Rendered visitors (:mod:`argus.evaluation.visit_clips`) go through the very program that watches a camera, and what it
tells is held against who was there. A stranger counts as named when any event of the visit is a match, or when the
visit was joined to one that is.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from argus.core.events import VisitEvent
from argus.core.types import Frame
from argus.device.compose import WatchSettings, build_watcher
from argus.device.people import Recognised
from argus.evaluation.shares import Share
from argus.evaluation.sharing import shared
from argus.evaluation.visit_clips import FPS, SMALLEST_FACE_PX, Clip
from argus.rehearsal.render import START, RenderedFrame, render
from argus.vision.networks import Networks


@dataclass(frozen=True)
class Condition:
    """Against whom visitors are compared, and how strictly.

    Attributes:
        people: how many are enrolled.
        photos: from how many each.
        false_alarm_rate: the wanted one.
    """

    people: int
    photos: int
    false_alarm_rate: float


class Fate(str, Enum):
    """What was told of a visitor, the worst first."""

    WRONG = "named wrongly"
    RIGHT = "named rightly"
    UNKNOWN = "unknown"
    UNCERTAIN = "uncertain"
    MISSED = "missed"


@dataclass(frozen=True)
class SeenVisitor:
    """One visitor under one condition.

    Attributes:
        enrolled: whether the visitor is one of the people.
        pieces: how many visits were told; more than one: it was split.
        merged: a visit was told that is somebody else's too.
        decided_seconds: from the first frame in which the face is not hidden to the first decision; None without one.
    """

    condition: Condition
    person: str
    enrolled: bool
    fate: Fate
    pieces: int
    merged: bool
    decided_seconds: float | None


class GivenFrames:
    """Frames that are there already, as a source."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        yield from self._frames

    def close(self) -> None:
        """Nothing is held."""


def watch_clip(people: Mapping[Condition, Recognised], clip: Clip, networks: Networks) -> list[SeenVisitor]:
    """Plays a clip once for each condition; visitors are told by their ids in the events."""
    rendered = list(render(clip.scenario()))
    source = GivenFrames([one.frame for one in rendered])
    networks = shared(networks)
    seen: list[SeenVisitor] = []
    for condition, recognised in people.items():
        settings = WatchSettings(
            camera_id="rehearsal",
            false_alarm_rate=condition.false_alarm_rate,
            min_face_px=round(SMALLEST_FACE_PX * 0.9),
            repeatable="rehearsal",
        )
        events = build_watcher(settings, networks, recognised).watch(source)
        seen.extend(_judged(condition, clip, rendered, events))
    return seen


def _judged(
    condition: Condition, clip: Clip, rendered: Sequence[RenderedFrame], events: Iterable[VisitEvent]
) -> Iterator[SeenVisitor]:
    spans = {visitor.person: _span(visitor.person, rendered) for visitor in clip.visitors}
    visits: dict[str, list[VisitEvent]] = {}
    for event in events:
        visits.setdefault(event.visit_id, []).append(event)
    whose = {visit_id: _there(told[-1], spans) for visit_id, told in visits.items()}
    for visitor in clip.visitors:
        first, last = spans[visitor.person]
        own = [visits[visit_id] for visit_id, there in whose.items() if visitor.person in there]
        decided = [
            event.device.monotonic_seconds
            for told in own
            for event in told
            if event.kind in ("match", "unknown") and first <= _frame_of(event) <= last
        ]
        yield SeenVisitor(
            condition,
            visitor.person,
            visitor.enrolled,
            _fate(visitor.person, own),
            len(own),
            any(len(there) > 1 for there in whose.values() if visitor.person in there),
            min(decided) - first / FPS if decided else None,
        )


def _span(person: str, rendered: Sequence[RenderedFrame]) -> tuple[int, int]:
    """The first and the last frame in which the face is not hidden."""
    frames = [
        one.frame.sequence
        for one in rendered
        if any(presence.person == person and not presence.hidden for presence in one.truth)
    ]
    return frames[0], frames[-1]


def _frame_of(event: VisitEvent) -> int:
    """The frame that the event shows."""
    return round((event.captured_at - START).total_seconds() * FPS)


def _there(last: VisitEvent, spans: Mapping[str, tuple[int, int]]) -> set[str]:
    """Whose time a told visit covers."""
    return {
        person
        for person, (first, end) in spans.items()
        if last.span.first_frame <= end and last.span.last_frame >= first
    }


def _fate(person: str, own: Sequence[Sequence[VisitEvent]]) -> Fate:
    events = [event for told in own for event in told]
    names = {event.person.id for event in events if event.person is not None}
    kinds = {event.kind for event in events}
    fates = {
        Fate.WRONG: bool(names - {person}),
        Fate.RIGHT: person in names,
        Fate.UNKNOWN: "unknown" in kinds,
        Fate.UNCERTAIN: "uncertain" in kinds,
        Fate.MISSED: True,
    }
    return next(fate for fate, applies in fates.items() if applies)


@dataclass(frozen=True)
class VisitFigures:
    """Many visitors of one kind under one condition.

    Attributes:
        visitors: visits, of so many different people.
        fates: how many had each.
        split, merged: how many visitors' visits were.
        decided_seconds: median and 90 % point of the time to decision; None when nothing was decided.
    """

    visitors: int
    people: int
    fates: Mapping[Fate, int]
    split: int
    merged: int
    decided_seconds: tuple[float, float] | None

    def share(self, fate: Fate) -> float:
        return self.fates[fate] / self.visitors

    def interval(self, fate: Fate) -> tuple[float, float]:
        """Wilson's 95 % interval of the share, with each person as one trial (see :class:`Share`)."""
        return Share(self.fates[fate], self.visitors, self.people).interval


def figures(seen: Iterable[SeenVisitor]) -> dict[tuple[Condition, bool], VisitFigures]:
    """The figures by condition, and for strangers (False) and enrolled people (True)."""
    groups: dict[tuple[Condition, bool], list[SeenVisitor]] = {}
    for visitor in seen:
        groups.setdefault((visitor.condition, visitor.enrolled), []).append(visitor)
    return {key: _figures(group) for key, group in groups.items()}


def _figures(group: Sequence[SeenVisitor]) -> VisitFigures:
    times = sorted(visitor.decided_seconds for visitor in group if visitor.decided_seconds is not None)
    return VisitFigures(
        visitors=len(group),
        people=len({visitor.person for visitor in group}),
        fates={fate: sum(visitor.fate is fate for visitor in group) for fate in Fate},
        split=sum(visitor.pieces > 1 for visitor in group),
        merged=sum(visitor.merged for visitor in group),
        decided_seconds=(statistics.median(times), times[math.ceil(0.9 * len(times)) - 1]) if times else None,
    )
