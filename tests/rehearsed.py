"""Rendered clips through the whole pipeline, with the truth beside what was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from argus.core.events import CollectionUsed, VisitEvent
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Box, Frame
from argus.device.adapters.clock import SystemClock
from argus.device.compose import WatchSettings, build_watcher, open_people
from argus.device.people import Recognised
from argus.enrolment.compose import build_enroller, photo_analyser
from argus.enrolment.photos import photos_of_person
from argus.rehearsal.render import START, Presence, render
from argus.rehearsal.scenario import Portrait, Scenario
from argus.vision.images import read_image
from argus.vision.networks import Networks

GAP_SECONDS = 10.0
"""Away for longer, a visit is over."""

BEGIN_SECONDS = 0.6
"""Somebody is found at the latest so long after being wholly in the picture: the whole picture is searched every
half second."""

END_SECONDS = 0.4
"""Somebody is last seen at the earliest so long before being half hidden: tracks are looked for every 0.16 s, and the
last look may fail."""


@cache
def networks() -> Networks:
    return Networks.load()


@cache
def portrait(photo: Path, person: str) -> Portrait:
    """The largest face of ``photo``, who is ``person``."""
    rgb = read_image(photo)
    largest = max(photo_analyser().faces(rgb), key=lambda read: read.face.box.area)
    return Portrait(person, rgb, largest.face.box)


def enrol(collection: Path, people: Mapping[str, Sequence[Path]]) -> Recognised:
    """Makes a collection of photos that all have to be accepted."""
    enroller = build_enroller(collection, SystemClock().now, workers=1)
    for name, photos in people.items():
        for verdict in enroller.enrol(photos_of_person(name, list(photos), None)):
            assert verdict.verdict.accepted, (verdict.photo.path, verdict.verdict.message)
    return open_people(collection, networks().calibration)


def nobody() -> Recognised:
    """Nobody is enrolled."""
    return Recognised(Gallery((), networks().calibration), CollectionUsed("nobody", "0" * 64, 0, MIRROR_MODEL_ID))


@dataclass(frozen=True)
class ToldVisit:
    """All events of one visit, in their order."""

    events: tuple[VisitEvent, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(event.kind for event in self.events)

    @property
    def name(self) -> str | None:
        """Who was named; None is a stranger."""
        names = {event.person.name if event.person else None for event in self.events}
        assert len(names) == 1, f"one visit has two names: {names}"
        return names.pop()

    @property
    def frames(self) -> tuple[int, int]:
        return (self.events[-1].span.first_frame, self.events[-1].span.last_frame)


@dataclass
class Played:
    """A scenario after it was watched; it is the source while it is."""

    scenario: Scenario
    truth: list[tuple[Presence, ...]] = field(default_factory=list)
    events: list[VisitEvent] = field(default_factory=list)

    def frames(self) -> Iterator[Frame]:
        for rendered in render(self.scenario):
            self.truth.append(rendered.truth)
            yield rendered.frame

    def close(self) -> None:
        pass

    @property
    def visits(self) -> list[ToldVisit]:
        """In the order of their first events."""
        by_id: dict[str, list[VisitEvent]] = {}
        for event in self.events:
            by_id.setdefault(event.visit_id, []).append(event)
        return [ToldVisit(tuple(events)) for events in by_id.values()]

    def true_visits(self) -> list[tuple[str, int, int]]:
        """Who is seen from which frame to which, absences within the gap included; in the order of the first frames."""
        visits: list[tuple[str, int, int]] = []
        for person in sorted({presence.person for presences in self.truth for presence in presences}):
            seen = [n for n, there in enumerate(self.truth) if any(p.person == person and not p.hidden for p in there)]
            first = previous = seen[0]
            for frame in seen[1:]:
                if frame - previous > GAP_SECONDS * self.scenario.fps:
                    visits.append((person, first, previous))
                    first = frame
                previous = frame
            visits.append((person, first, previous))
        return sorted(visits, key=lambda visit: visit[1])

    def box_belongs_to(self, event: VisitEvent) -> str:
        """Whose face the event's box is on, by the truth of the frame that it is of."""
        frame = round((event.captured_at - START).total_seconds() * self.scenario.fps)
        told = Box(*event.box_ltrb)
        nearest = max(self.truth[frame], key=lambda presence: presence.box.iou(told))
        assert nearest.box.iou(told) > 0.4, f"{told} is on no face of frame {frame}"
        return nearest.person


def play(scenario: Scenario, people: Recognised) -> Played:
    played = Played(scenario)
    settings = WatchSettings(camera_id="rehearsal", visit_gap_seconds=GAP_SECONDS, repeatable="rehearsal")
    played.events.extend(build_watcher(settings, networks(), people).watch(played))
    return played


def assert_exact(played: Played, names: Mapping[str, str | None]) -> None:
    """Every true visit was told of once, rightly, for as long as it lasted; and nothing else was.

    Args:
        played: what was watched.
        names: whom each person of the scenario is to be named; None: a stranger.
    """
    fps = played.scenario.fps
    left = list(played.visits)
    for person, first, last in played.true_visits():
        own = [visit for visit in left if {played.box_belongs_to(event) for event in visit.events} == {person}]
        fitting = [visit for visit in own if visit.frames[0] <= last and visit.frames[1] >= first]
        assert len(fitting) == 1, f"{person}, frames {first}-{last}: {[(v.kinds, v.frames) for v in left]}"
        visit = fitting[0]
        left.remove(visit)
        name = names[person]
        assert visit.kinds == (("unknown" if name is None else "match"), "left"), person
        assert visit.name == name
        begin, end = visit.frames
        wholly = next(n for n in range(first, last + 1) if _visible(played.truth[n], person) > 0.95)
        assert any(p.person == person for p in played.truth[begin]), f"{person} is not in frame {begin} yet"
        assert begin <= wholly + BEGIN_SECONDS * fps, f"{person} is seen from {begin}, there from {wholly}"
        assert any(p.person == person for p in played.truth[end]), f"{person} is not in frame {end} any more"
        assert end >= last - END_SECONDS * fps, f"{person} is seen until {end}, there until {last}"
    assert not left, f"told of nobody: {[(visit.kinds, visit.frames) for visit in left]}"


def _visible(there: Sequence[Presence], person: str) -> float:
    return max((presence.visible for presence in there if presence.person == person), default=0.0)
