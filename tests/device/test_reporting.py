"""What happened to a visit -> an event: numbered, named, and bound to what it revises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argus.core.events import CollectionUsed, VisitEvent, decode, encode
from argus.core.ids import repeatable_ids
from argus.core.matching import Candidate, Decision, Outcome, Reason
from argus.core.types import MIRROR_MODEL_ID, Box, Person, Template
from argus.core.visits import Announcement, Sight, Visit, VisitChange, VisitState
from argus.device.reporting import EventWriter
from tests.core.measures import at, moment

ADA = Person("ada", "Ada", "resident")
MATCH = Decision(Outcome.MATCH, Candidate(ADA, 0.4, -0.3, 0.01, 4), 0.2, None, 3)
UNKNOWN = Decision(Outcome.UNKNOWN, Candidate(ADA, 0.9, 0.25, 0.01, 4), 0.1, None, 4)
UNCERTAIN = Decision(Outcome.UNCERTAIN, Candidate(ADA, 0.7, 0.02, 0.01, 4), 0.1, Reason.NEAR_THRESHOLD, 2)
COLLECTION = CollectionUsed("staff", "0" * 64, 7, MIRROR_MODEL_ID)
SIGHT = Sight(moment(1.5), Box(10, 20, 110, 120), (640, 360), 0.75)


def visit(decision: Decision, visit_id: str = "visit-1") -> Visit:
    return Visit(visit_id, VisitState.NEW, decision, SIGHT, at(0, 1.0), moment(1.0), moment(2.0), moment(2.0), looks=1)


def make_writer() -> EventWriter:
    return EventWriter("door-pi", "boot", repeatable_ids("reporting"), clock_set=lambda: False)


def tell(writer: EventWriter, change: VisitChange) -> VisitEvent | None:
    return writer.event(change, "porch", moment(2.25), COLLECTION, 0.01)


def told(writer: EventWriter, kind: Announcement, decision: Decision, visit_id: str = "visit-1") -> VisitEvent:
    event = tell(writer, VisitChange(visit(decision, visit_id), kind))
    assert event is not None
    return event


def test_everything_that_is_known_stands_in_the_event() -> None:
    event = told(make_writer(), "match", MATCH)
    assert event.person is not None
    assert (event.person.id, event.person.name, event.person.category) == ("ada", "Ada", "resident")
    assert (event.kind, event.camera, event.visit_id, event.revises) == ("match", "porch", "visit-1", None)
    assert event.captured_at == moment(1.5).captured_at
    assert (event.box_ltrb, event.frame_size) == ((10, 20, 110, 120), (640, 360))
    assert (event.span.first_frame, event.span.last_frame) == (100, 200)
    assert (event.span.first_seen_at, event.span.last_seen_at) == (moment(1.0).captured_at, moment(2.0).captured_at)
    evidence = event.evidence
    assert (evidence.pictures, evidence.distance, evidence.normalised_distance) == (3, 0.4, -0.3)
    assert (evidence.threshold, evidence.margin, evidence.false_alarm_rate) == (0.01, 0.2, 0.01)
    assert (evidence.quality, evidence.reason) == (0.75, None)
    assert event.collection == COLLECTION
    assert (event.device.thing, event.device.boot_id, event.device.sequence) == ("door-pi", "boot", 1)
    assert (event.device.monotonic_seconds, event.device.clock_set) == (2.25, False)
    assert decode(encode(event)) == event


def test_nothing_to_tell_is_no_event_and_takes_no_number() -> None:
    writer = make_writer()
    assert tell(writer, VisitChange(visit(UNCERTAIN), None)) is None
    assert told(writer, "unknown", UNKNOWN).device.sequence == 1


def test_events_are_numbered_and_named_in_their_order() -> None:
    writer = make_writer()
    events = [told(writer, "unknown", UNKNOWN), told(writer, "match", MATCH, "visit-2"), told(writer, "left", UNKNOWN)]
    assert [event.device.sequence for event in events] == [1, 2, 3]
    assert len({event.event_id for event in events}) == 3


def test_a_match_names_the_unknown_that_it_revises() -> None:
    writer = make_writer()
    first, other = told(writer, "unknown", UNKNOWN), told(writer, "unknown", UNKNOWN, "visit-2")
    assert told(writer, "match", MATCH).revises == first.event_id
    assert told(writer, "match", MATCH, "visit-3").revises is None
    assert told(writer, "match", MATCH, "visit-2").revises == other.event_id


def test_the_end_of_a_visit_revises_nothing_and_is_forgotten() -> None:
    writer = make_writer()
    told(writer, "unknown", UNKNOWN)
    assert told(writer, "left", UNKNOWN).revises is None
    assert told(writer, "match", MATCH).revises is None


@pytest.mark.parametrize(("kind", "decision"), [("unknown", UNKNOWN), ("uncertain", UNCERTAIN), ("left", UNKNOWN)])
def test_who_is_not_named_stays_nameless(kind: Announcement, decision: Decision) -> None:
    event = told(make_writer(), kind, decision)
    assert event.person is None
    assert b"Ada" not in encode(event)
    assert event.evidence.distance == (decision.best.distance if decision.best else None)


def test_why_it_is_uncertain() -> None:
    assert told(make_writer(), "uncertain", UNCERTAIN).evidence.reason == "near_threshold"


def test_where_nobody_is_enrolled_there_are_no_distances() -> None:
    event = told(make_writer(), "unknown", replace(UNKNOWN, best=None, margin=None))
    evidence = event.evidence
    assert (evidence.distance, evidence.normalised_distance, evidence.threshold, evidence.margin) == (None,) * 4
    assert decode(encode(event)) == event


class Memory:
    """Takes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Template] = []
        self.forgotten: list[str] = []

    def recognise(self, template: Template) -> str | None:
        self.asked.append(template)
        return f"stranger-{len(self.asked)}"

    def forget(self, stranger_id: str) -> None:
        self.forgotten.append(stranger_id)


def test_a_stranger_is_the_same_from_the_beginning_to_the_end() -> None:
    writer = make_writer()
    writer.strangers = memory = Memory()
    assert told(writer, "unknown", UNKNOWN, "one").stranger_id == "stranger-1"
    assert told(writer, "unknown", UNKNOWN, "other").stranger_id == "stranger-2"
    assert told(writer, "left", UNKNOWN, "one").stranger_id == "stranger-1"
    assert told(writer, "left", UNKNOWN, "other").stranger_id == "stranger-2"
    assert [template.pictures for template in memory.asked] == [4, 4] and memory.forgotten == []


def test_a_stranger_who_turns_out_to_be_enrolled_is_forgotten_at_once() -> None:
    writer = make_writer()
    writer.strangers = memory = Memory()
    unknown = told(writer, "unknown", UNKNOWN)
    match = told(writer, "match", MATCH)
    assert (match.stranger_id, match.revises) == (None, unknown.event_id)
    assert memory.forgotten == ["stranger-1"]
    assert told(writer, "left", MATCH).stranger_id is None


def test_of_enrolled_people_and_uncertain_visits_nothing_is_remembered() -> None:
    writer = make_writer()
    writer.strangers = memory = Memory()
    events = [told(writer, "match", MATCH, "a"), told(writer, "left", MATCH, "a"), told(writer, "uncertain", UNCERTAIN)]
    assert [event.stranger_id for event in events] == [None] * 3
    assert memory.asked == [] and memory.forgotten == []


def test_only_what_is_published_takes_a_number() -> None:
    writer = make_writer()
    writer.next_sequence = 7
    told_so_far = [told(writer, "uncertain", UNCERTAIN), told(writer, "match", MATCH, "visit-2")]
    assert [event.device.sequence for event in told_so_far] == [7, 7]
    assert told(writer, "left", MATCH, "visit-2").device.sequence == 8
    assert writer.next_sequence == 9


def test_whether_a_match_or_an_unknown_alerts_is_asked_and_nothing_else_does() -> None:
    asked: list[VisitEvent] = []
    answers = iter([True, False])

    def alerts(event: VisitEvent) -> bool:
        asked.append(event)
        return next(answers)

    writer = replace(make_writer(), alerts=alerts)
    events = [
        told(writer, "unknown", UNKNOWN),
        told(writer, "match", MATCH),
        told(writer, "left", MATCH),
        told(writer, "uncertain", UNCERTAIN, "visit-2"),
    ]
    assert [event.alert for event in events] == [True, False, False, False]
    assert [event.kind for event in asked] == ["unknown", "match"]
    assert told(make_writer(), "match", MATCH).alert
