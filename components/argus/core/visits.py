"""Tracks and what was decided about them -> visits, each with one outcome.

A visit is one person's continuous presence at one camera: it goes on through cuts, crossings and looks away as
long as the person is seen again within the gap. Tracks are joined to visits by who they show: the same enrolled
person, or a face like the visit's own pictures; never by where they are.

The life of a visit, by what a look at one of its tracks came to (the tests and the diagram in the docs read the
same table)::

    state       match            unknown           uncertain   gap
    NEW         NAMED, match     STRANGER, unknown UNCERTAIN   -
    UNCERTAIN   NAMED, match     STRANGER, unknown UNCERTAIN   CLOSED, uncertain
    STRANGER    NAMED, match     STRANGER          STRANGER    CLOSED, left
    NAMED       NAMED            NAMED             NAMED       CLOSED, left

So a visit announces ``match`` at most once and ``unknown`` at most once, and an ``unknown`` can only become a
``match``. A visit that stays uncertain is recorded when it ends, and alerts nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from argus.core.calibration import Calibration
from argus.core.evidence import LOOKS
from argus.core.ids import IdMaker
from argus.core.matching import Decision, Outcome, normalised_distance
from argus.core.tracking import Track
from argus.core.types import Box, Moment, Person, Template

CONTINUITY_RATE = 0.001
"""The chance that a stranger who follows is taken for the visit's person. Pictures of one scene are much more
alike than the pictures the tables were counted on, so that hardly anybody is torn in two at this rate (as many of 760
rendered visits as at 0.01), while two strangers in profile, who are alike in that too, are kept apart."""

_OVERLAP_SECONDS = 0.2
"""Two tracks seen side by side for longer than this are two people."""


class VisitState(Enum):
    """See the table above."""

    NEW = "new"
    UNCERTAIN = "uncertain"
    STRANGER = "stranger"
    NAMED = "named"
    CLOSED = "closed"


Announcement = Literal["match", "unknown", "uncertain", "left"]
Gap = Literal["gap"]

TRANSITIONS: dict[tuple[VisitState, Outcome | Gap], tuple[VisitState, Announcement | None]] = {
    (VisitState.NEW, Outcome.MATCH): (VisitState.NAMED, "match"),
    (VisitState.NEW, Outcome.UNKNOWN): (VisitState.STRANGER, "unknown"),
    (VisitState.NEW, Outcome.UNCERTAIN): (VisitState.UNCERTAIN, None),
    (VisitState.UNCERTAIN, Outcome.MATCH): (VisitState.NAMED, "match"),
    (VisitState.UNCERTAIN, Outcome.UNKNOWN): (VisitState.STRANGER, "unknown"),
    (VisitState.UNCERTAIN, Outcome.UNCERTAIN): (VisitState.UNCERTAIN, None),
    (VisitState.UNCERTAIN, "gap"): (VisitState.CLOSED, "uncertain"),
    (VisitState.STRANGER, Outcome.MATCH): (VisitState.NAMED, "match"),
    (VisitState.STRANGER, Outcome.UNKNOWN): (VisitState.STRANGER, None),
    (VisitState.STRANGER, Outcome.UNCERTAIN): (VisitState.STRANGER, None),
    (VisitState.STRANGER, "gap"): (VisitState.CLOSED, "left"),
    (VisitState.NAMED, Outcome.MATCH): (VisitState.NAMED, None),
    (VisitState.NAMED, Outcome.UNKNOWN): (VisitState.NAMED, None),
    (VisitState.NAMED, Outcome.UNCERTAIN): (VisitState.NAMED, None),
    (VisitState.NAMED, "gap"): (VisitState.CLOSED, "left"),
}


@dataclass(frozen=True)
class Sight:
    """The best picture of a look: when it was taken, where the face is in it, and how good it is."""

    moment: Moment
    box: Box
    frame_size: tuple[int, int]
    quality: float


@dataclass(frozen=True)
class Visit:
    """One person's continuous presence at one camera, as far as it is known.

    Attributes:
        id: time-ordered, by the first frame.
        decision: the one that the state rests on.
        sight: the best picture of the look that decided.
        template: the mean of the newest look's good pictures, to know the person again; None when all were poor.
        first, last: when the person was first and last seen.
        decided: when the state was decided.
        looks: comparisons with the collection made so far for this visit.
    """

    id: str
    state: VisitState
    decision: Decision
    sight: Sight
    template: Template | None
    first: Moment
    last: Moment
    decided: Moment
    looks: int

    @property
    def person(self) -> Person | None:
        return self.decision.person


@dataclass(frozen=True)
class VisitChange:
    """A visit after something happened to it, and what is to be told of it, if anything."""

    visit: Visit
    announcement: Announcement | None


@dataclass(frozen=True)
class _Presence:
    visit_id: str
    first_seconds: float
    last_seconds: float


class VisitBook:
    """The open visits of one camera.

    Args:
        calibration: says how alike two faces must be to be one person's.
        make_id: makes visit ids.
        gap_seconds: seen again within this time the visit continues; may be set anew at any time.
    """

    def __init__(self, calibration: Calibration, make_id: IdMaker, gap_seconds: float = 10.0) -> None:
        self._calibration = calibration
        self._make_id = make_id
        self.gap_seconds = gap_seconds
        self._open: dict[str, Visit] = {}
        self._presence: dict[int, _Presence] = {}

    @property
    def open_visits(self) -> tuple[Visit, ...]:
        """Visits that have not been closed, oldest first."""
        return tuple(self._open.values())

    def of_track(self, track_id: int) -> Visit | None:
        """The visit that a track belongs to, once a look has decided that."""
        presence = self._presence.get(track_id)
        return self._open.get(presence.visit_id) if presence else None

    def look(
        self, track: Track, template: Template | None, sight: Sight, now: Moment, decide: Callable[[], Decision]
    ) -> tuple[VisitChange, ...]:
        """Takes in a look at a track.

        Args:
            track: whose pictures they are.
            template: the mean of the look's good pictures; None when all are too poor to know anybody again by.
            sight: the best of them.
            now: when the look was made.
            decide: compares the pictures with the collection, at the rate of one look; it is not called when the
                visit's looks are used up.

        Returns:
            What changed; empty when the track just continues a visit.
        """
        visit = self.of_track(track.id) or self._continued(track, template)
        if visit is not None and visit.state is not VisitState.NAMED and visit.looks >= LOOKS:
            self._join(track, visit)
            return ()
        decision = decide()
        if decision.person is not None:
            # Somebody enrolled has one visit a camera, whatever else the track was joined to before.
            visit = self._visit_of(decision.person) or (visit if visit is None or visit.person is None else None)
        if visit is None:
            visit_id = self._make_id(track.first.captured_at)
            visit = Visit(visit_id, VisitState.NEW, decision, sight, template, track.first, track.seen, now, looks=0)
        state, announcement = TRANSITIONS[visit.state, decision.outcome]
        changed = replace(visit, state=state, template=template or visit.template, looks=visit.looks + 1)
        if announcement is not None or visit.state is VisitState.UNCERTAIN:
            changed = replace(changed, decision=decision, sight=sight, decided=now)
        self._join(track, changed)
        if announcement is None and visit.state is not VisitState.NEW:
            return ()
        return (VisitChange(self._open[visit.id], announcement),)

    def seen(self, track: Track) -> None:
        """A track was seen again: its visit lasts until now."""
        visit = self.of_track(track.id)
        if visit is not None:
            self._join(track, visit)

    def close_idle(self, at_seconds: float, undecided_since: float | None = None) -> tuple[VisitChange, ...]:
        """Closes the visits whose person was not seen for the gap.

        Args:
            at_seconds: now.
            undecided_since: when the oldest track without a visit began; it may yet continue one.
        """
        until = at_seconds if undecided_since is None else min(at_seconds, undecided_since)
        idle = [visit for visit in self.open_visits if until - visit.last.at_seconds > self.gap_seconds]
        return tuple(self._close(visit) for visit in idle)

    def close_all(self) -> tuple[VisitChange, ...]:
        """Closes every visit: the source ended."""
        return tuple(self._close(visit) for visit in self.open_visits)

    def _join(self, track: Track, visit: Visit) -> None:
        first = min(visit.first, track.first, key=_when)
        last = max(visit.last, track.seen, key=_when)
        self._open[visit.id] = replace(visit, first=first, last=last)
        self._presence[track.id] = _Presence(visit.id, track.first.at_seconds, track.seen.at_seconds)

    def _close(self, visit: Visit) -> VisitChange:
        state, announcement = TRANSITIONS[visit.state, "gap"]
        del self._open[visit.id]
        self._presence = {id_: kept for id_, kept in self._presence.items() if kept.visit_id != visit.id}
        return VisitChange(replace(visit, state=state), announcement)

    def _visit_of(self, person: Person) -> Visit | None:
        return next((visit for visit in self.open_visits if visit.person and visit.person.id == person.id), None)

    def _continued(self, track: Track, template: Template | None) -> Visit | None:
        """The open visit whose face is most like the track's, if it is like enough and was not seen beside it."""
        eligible = [
            (visit, visit.template)
            for visit in self.open_visits
            if visit.template is not None and self._may_continue(track, visit)
        ]
        if template is None or not eligible:
            return None
        pair_rate = self._calibration.strictness(CONTINUITY_RATE, len(eligible)).pair_rate
        scored = [
            (
                normalised_distance(self._calibration, template, known)
                - self._calibration.threshold(pair_rate, known.pictures, template.pictures),
                visit.id,
            )
            for visit, known in eligible
        ]
        excess, visit_id = min(scored)
        return self._open[visit_id] if excess <= 0 else None

    def _may_continue(self, track: Track, visit: Visit) -> bool:
        if track.first.at_seconds - visit.last.at_seconds > self.gap_seconds:
            return False
        return all(
            min(kept.last_seconds, track.seen.at_seconds) - max(kept.first_seconds, track.first.at_seconds)
            <= _OVERLAP_SECONDS
            for kept in self._presence.values()
            if kept.visit_id == visit.id
        )


def _when(moment: Moment) -> float:
    return moment.at_seconds
