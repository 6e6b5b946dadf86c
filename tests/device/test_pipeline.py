"""Frames to visits, with small fakes of the networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from argus.core.events import CollectionUsed, VisitEvent
from argus.core.ids import repeatable_ids
from argus.core.matching import Gallery
from argus.core.types import (
    MIRROR_MODEL_ID,
    Box,
    Frame,
)
from argus.device.channel import CameraChannel
from argus.device.people import PeopleHolder, Recognised
from argus.device.pipeline import SettledLook, Shown
from argus.device.reporting import EventWriter
from argus.device.watching import Watcher
from tests.core.measures import NOON, flat_calibration
from tests.device.squares import (
    ADA,
    FPS,
    HERE,
    STRANGER,
    THERE,
    TURNED,
    Film,
    LevelEmbedder,
    SquareReader,
    ada_enrolled,
    square_pipeline,
)


@dataclass
class Follower:
    """Writes down what it is told of, and what is shown where that changes."""

    story: list[str] = field(default_factory=list)
    events: list[VisitEvent] = field(default_factory=list)
    shown_boxes: set[Box] = field(default_factory=set)
    qualities: set[int] = field(default_factory=set)
    last_shown: str = ""

    def looked(self, look: SettledLook) -> None:
        self.story.append("looked")

    def told(self, event: VisitEvent) -> None:
        self.events.append(event)
        self.story.append(f"told {event.kind}")

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        self.shown_boxes.update(face.box for face in faces)
        self.qualities.update(face.quality.face_px for face in faces if face.quality)
        states = [face.visit.state.value if face.visit else "somebody" for face in faces]
        shown = " and ".join(states) or "nobody"
        if shown != self.last_shown:
            self.story.append(shown)
        self.last_shown = shown


@dataclass
class Setup:
    watcher: Watcher
    reader: SquareReader
    embedder: LevelEmbedder

    def watch(self, seen: Iterable[dict[Box, int]]) -> list[VisitEvent]:
        return list(self.watcher.watch(Film(seen)))


@pytest.fixture
def setup() -> Setup:
    make_id = repeatable_ids("pipeline")
    reader, embedder = SquareReader(), LevelEmbedder()
    pipeline, people = square_pipeline(make_id, reader), ada_enrolled()
    writer = EventWriter("laptop", "boot", make_id, clock_set=lambda: True)
    return Setup(Watcher(CameraChannel("porch", pipeline), embedder, PeopleHolder(people), writer), reader, embedder)


def told(events: Iterable[VisitEvent]) -> list[tuple[str, str | None]]:
    return [(event.kind, event.person.name if event.person else None) for event in events]


def test_a_match_and_a_stranger_side_by_side(setup: Setup) -> None:
    events = setup.watch([{HERE: ADA, THERE: STRANGER}] * 50)
    assert set(told(events[:2])) == {("match", "Ada"), ("unknown", None)}
    assert set(told(events[2:])) == {("left", "Ada"), ("left", None)} and len(events) == 4
    assert {event.box_ltrb for event in events if event.person} == {HERE.ltrb}
    assert all(event.span.last_frame >= 40 for event in events[2:])


def test_who_was_seen_in_one_look_only_was_most_likely_nobody(setup: Setup) -> None:
    assert setup.watch([{}] * 5 + [{HERE: ADA}] * 2 + [{}] * 60) == []
    assert setup.embedder.batches == []


def test_a_short_track_is_looked_at_when_it_ends(setup: Setup) -> None:
    events = setup.watch([{HERE: ADA}] * 10 + [{}] * 60)
    assert told(events) == [("match", "Ada"), ("left", "Ada")]
    assert events[0].span.last_frame < 10


def test_a_named_track_costs_no_further_reading(setup: Setup) -> None:
    setup.watch([{HERE: ADA}] * 200)
    assert setup.embedder.batches == [4]
    assert setup.reader.count < 15


def test_a_named_track_is_measured_on_where_somebody_wants_to_know(setup: Setup) -> None:
    setup.watcher.channel.pipeline.measures_all = lambda: True
    follower = Follower()
    setup.watcher.channel.observers.append(follower)
    setup.watch([{HERE: ADA}] * 200)
    assert setup.embedder.batches == [4]
    assert setup.reader.count > 20
    assert follower.qualities == {100}


def test_a_stranger_is_looked_at_twice_at_most(setup: Setup) -> None:
    setup.watch([{HERE: STRANGER}] * 400)
    assert setup.embedder.batches == [4, 4]


def test_poor_pictures_make_nobody_a_stranger(setup: Setup) -> None:
    events = setup.watch([{HERE: TURNED}] * 200)
    assert told(events) == [("uncertain", None)]
    assert events[0].evidence.reason == "turned"


@pytest.mark.parametrize(("first", "second"), [(6, 50), (52, 9)])
def test_one_good_picture_is_enough_to_be_known_again(setup: Setup, first: int, second: int) -> None:
    events = setup.watch([{HERE: STRANGER}] * first + [{}] * 50 + [{THERE: STRANGER}] * second + [{}] * 50)
    assert told(events) == [("unknown", None), ("left", None)]
    assert setup.embedder.batches[0 if first < second else -1] == 1
    assert events[-1].span.last_frame - events[-1].span.first_frame > 90


def test_after_the_gap_the_same_person_is_another_visit(setup: Setup) -> None:
    events = setup.watch([{HERE: ADA}] * 50 + [{}] * 300 + [{THERE: ADA}] * 50)
    assert told(events) == [("match", "Ada"), ("left", "Ada")] * 2
    assert len({event.visit_id for event in events}) == 2
    within = 50 + 10 * FPS + 2
    assert events[1].device.monotonic_seconds <= within / FPS + 0.1


def test_people_are_swapped_while_a_source_is_watched(setup: Setup) -> None:
    nobody = Recognised(Gallery([], flat_calibration()), CollectionUsed("c", "1" * 64, 0, MIRROR_MODEL_ID))

    def film() -> Iterator[dict[Box, int]]:
        yield from [{HERE: ADA}] * 50 + [{}] * 300
        setup.watcher.people.swap(nobody)
        yield from [{HERE: ADA}] * 50

    events = setup.watch(film())
    assert told(events) == [("match", "Ada"), ("left", "Ada"), ("unknown", None), ("left", None)]
    assert [event.collection.version[0] for event in events] == ["0", "0", "1", "1"]


def test_a_cut_ends_the_tracks_and_not_the_visits(setup: Setup) -> None:
    def film() -> Iterator[Frame]:
        yield from Film([{HERE: ADA}] * 50).frames()
        for frame in Film([{HERE: ADA}] * 50, wall=220).frames():
            number = frame.sequence + 50
            at_seconds = number / FPS
            yield Frame("porch", number, NOON + timedelta(seconds=at_seconds), at_seconds, frame.rgb)

    class Cut(Film):
        def frames(self) -> Iterator[Frame]:
            return film()

    events = list(setup.watcher.watch(Cut([])))
    assert told(events) == [("match", "Ada"), ("left", "Ada")]
    assert setup.embedder.batches == [4, 4]
    assert events[-1].span.last_frame >= 95


def test_what_is_shown_follows_what_is_known(setup: Setup) -> None:
    follower = Follower()
    setup.watcher.channel.observers.append(follower)
    events = setup.watch([{}] * 10 + [{HERE: ADA}] * 50 + [{}] * 30)
    assert follower.shown_boxes == {HERE}
    assert follower.story == ["nobody", "somebody", "looked", "told match", "named", "nobody", "told left"]
    assert follower.events == events


def test_events_are_told_as_soon_as_they_are_decided(setup: Setup) -> None:
    given: list[int] = []

    def seen() -> Iterator[dict[Box, int]]:
        for number in range(100):
            given.append(number)
            yield {HERE: ADA}

    events = setup.watcher.watch(Film(seen()))
    assert next(events).kind == "match"
    # Four windows of 0.3 s.
    assert len(given) <= 36


def test_a_still_scene_is_hardly_searched(setup: Setup) -> None:
    class Still(Film):
        def frames(self) -> Iterator[Frame]:
            [first] = list(Film([{HERE: ADA}]).frames())
            for number in range(500):
                yield Frame("porch", number, NOON + timedelta(seconds=number / FPS), number / FPS, first.rgb)

    events = list(setup.watcher.watch(Still([])))
    assert told(events) == [("match", "Ada"), ("left", "Ada")]
    assert (events[-1].span.first_frame, events[-1].span.last_frame) == (0, 499)
    counters = setup.watcher.channel.pipeline.counters
    assert counters.frames == 500 and counters.still > 430


def test_a_source_without_frames_tells_nothing(setup: Setup) -> None:
    assert setup.watch([]) == []
    assert setup.watcher.channel.last is None
