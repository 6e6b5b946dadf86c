from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from argus.core import visits
from argus.core.evidence import LOOKS
from argus.core.ids import repeatable_ids
from argus.core.matching import Candidate, Decision, Outcome, Reason
from argus.core.tracking import Track
from argus.core.types import Box, Person, Template
from argus.core.visits import TRANSITIONS, Announcement, Sight, VisitBook, VisitChange, VisitState
from tests.core.measures import at, flat_calibration, moment

GAP = 10.0
BOX = Box(0, 0, 100, 100)
ADA, BOB = Person("ada", "Ada"), Person("bob", "Bob")

# Faces far apart: in the flat space two of them are 1.4 apart, and one person is taken for another under about 1.
ANN, BEN, CAT = (at(axis, 1.0) for axis in range(3))


def match(person: Person) -> Decision:
    return Decision(Outcome.MATCH, Candidate(person, 0.5, -0.5, 0.0, 4), None, None, 4)


UNKNOWN = Decision(Outcome.UNKNOWN, Candidate(ADA, 1.5, 0.5, 0.0, 4), None, None, 4)
UNCERTAIN = Decision(Outcome.UNCERTAIN, Candidate(ADA, 1.0, 0.01, 0.0, 4), None, Reason.NEAR_THRESHOLD, 4)


def track(track_id: int, first: float, seen: float) -> Track:
    return Track(track_id, BOX, moment(seen), moment(first))


@dataclass
class Camera:
    """A book of visits, and all that it announced."""

    book: VisitBook = field(default_factory=lambda: VisitBook(flat_calibration(), repeatable_ids("visits"), GAP))
    told: list[tuple[str, Announcement]] = field(default_factory=list)
    comparisons: int = 0

    def look(self, shown: Track, face: Template, decision: Decision) -> tuple[VisitChange, ...]:
        def decide() -> Decision:
            self.comparisons += 1
            return decision

        sight = Sight(shown.seen, BOX, (640, 480), 0.5)
        return self.hear(self.book.look(shown, face, sight, shown.seen, decide))

    def hear(self, changes: tuple[VisitChange, ...]) -> tuple[VisitChange, ...]:
        self.told += [(change.visit.id, change.announcement) for change in changes if change.announcement]
        return changes

    @property
    def kinds(self) -> list[Announcement]:
        return [kind for _, kind in self.told]

    def visit_id(self, track_id: int) -> str | None:
        visit = self.book.of_track(track_id)
        return visit.id if visit else None


# The table.


def test_the_table_has_every_state_that_can_be_reached() -> None:
    open_states = set(VisitState) - {VisitState.CLOSED}
    inputs = {*Outcome, "gap"}
    # A new visit is the look that makes it, so that it cannot be idle.
    assert set(TRANSITIONS) == {(s, i) for s in open_states for i in inputs} - {(VisitState.NEW, "gap")}
    assert {state for state, _ in TRANSITIONS.values()} == set(VisitState) - {VisitState.NEW}


def test_the_table_in_the_docstring_is_the_one_that_runs() -> None:
    lines = [line.strip() for line in (visits.__doc__ or "").splitlines()]
    header = next(line for line in lines if line.startswith("state "))
    columns = {name: header.index(f" {name}") + 1 for name in ("match", "unknown", "uncertain", "gap")}
    ends = [*list(columns.values())[1:], None]
    drawn = {}
    for line in lines[lines.index(header) + 1 :][: len(VisitState) - 1]:
        for (name, start), end in zip(columns.items(), ends, strict=True):
            state, _, announcement = line[start:end].strip().partition(", ")
            if state != "-":
                key = (VisitState[line.split(maxsplit=1)[0]], "gap" if name == "gap" else Outcome(name))
                drawn[key] = (VisitState[state], announcement or None)
    assert drawn == TRANSITIONS


# One person after another.


@pytest.mark.parametrize(
    ("decisions", "announced", "left"),
    [
        ([match(ADA)], ["match"], "left"),
        ([UNKNOWN], ["unknown"], "left"),
        ([UNCERTAIN], [], "uncertain"),
        ([UNCERTAIN, UNCERTAIN], [], "uncertain"),
        ([UNCERTAIN, match(ADA)], ["match"], "left"),
        ([UNCERTAIN, UNKNOWN], ["unknown"], "left"),
        ([UNKNOWN, match(ADA)], ["unknown", "match"], "left"),
        ([UNKNOWN, UNKNOWN], ["unknown"], "left"),
        ([UNKNOWN, UNCERTAIN], ["unknown"], "left"),
        ([match(ADA), UNKNOWN], ["match"], "left"),
        ([match(ADA), match(ADA)], ["match"], "left"),
    ],
)
def test_what_a_visit_announces(decisions: list[Decision], announced: list[Announcement], left: Announcement) -> None:
    camera = Camera()
    for number, decision in enumerate(decisions):
        camera.look(track(1, 0, 1 + number), ANN, decision)
    assert camera.kinds == announced
    (closed,) = camera.hear(camera.book.close_all())
    assert closed.visit.state is VisitState.CLOSED
    assert camera.kinds == [*announced, left]
    assert len({visit_id for visit_id, _ in camera.told}) == 1
    assert camera.book.open_visits == ()


def test_a_visit_holds_what_it_was_decided_on() -> None:
    camera = Camera()
    camera.look(track(1, 0, 1), ANN, UNKNOWN)
    (change,) = camera.look(track(1, 0, 3), ANN, match(ADA))
    visit = change.visit
    assert (visit.person, visit.decided, visit.sight.moment, visit.looks) == (ADA, moment(3), moment(3), 2)
    camera.look(track(1, 0, 5), ANN, UNCERTAIN)
    (later,) = camera.book.open_visits
    assert (later.person, later.decided, later.sight, later.last) == (ADA, moment(3), visit.sight, moment(5))


def test_a_cut_with_the_same_person_continues_the_visit() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    camera.look(track(2, 2, 4), at(0, 1.2), UNKNOWN)
    (visit,) = camera.book.open_visits
    assert (visit.first, visit.last) == (moment(0), moment(4))
    assert camera.kinds == ["unknown"]
    assert camera.visit_id(1) == camera.visit_id(2) == visit.id


def test_a_cut_to_somebody_else_is_another_visit() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    camera.look(track(2, 2, 4), BEN, UNKNOWN)
    assert camera.kinds == ["unknown", "unknown"]
    assert camera.visit_id(1) != camera.visit_id(2)


def test_of_two_open_visits_the_more_similar_one_is_continued() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), at(0, 1.0), UNKNOWN)
    camera.look(track(2, 0, 2), at(0, 1.3), UNKNOWN)
    camera.look(track(3, 3, 4), at(0, 1.2), UNKNOWN)
    assert camera.visit_id(3) == camera.visit_id(2)


def test_two_alike_side_by_side_are_two_visits() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    camera.look(track(2, 0, 2), ANN, UNKNOWN)
    assert camera.kinds == ["unknown", "unknown"] and len(camera.book.open_visits) == 2


def test_two_tracks_side_by_side_that_are_named_alike_are_one_visit() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, match(ADA))
    camera.look(track(2, 0, 2), BEN, match(ADA))
    assert camera.kinds == ["match"]
    assert camera.visit_id(1) == camera.visit_id(2)


def test_a_named_track_leaves_the_strangers_visit_it_was_joined_to() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, match(ADA))
    camera.look(track(2, 3, 4), BEN, UNKNOWN)
    camera.look(track(2, 3, 6), BEN, match(ADA))
    assert camera.visit_id(2) == camera.visit_id(1)
    assert camera.kinds == ["match", "unknown"]


def test_another_person_does_not_take_over_a_named_visit() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, match(ADA))
    camera.look(track(2, 3, 4), ANN, match(BOB))
    assert [visit.person for visit in camera.book.open_visits] == [ADA, BOB]
    assert camera.kinds == ["match", "match"]


def test_a_visit_begins_with_the_first_of_its_tracks() -> None:
    camera = Camera()
    camera.look(track(1, 3, 5), ANN, match(ADA))
    camera.look(track(2, 1, 6), BEN, match(ADA))
    (visit,) = camera.book.open_visits
    assert (visit.first, visit.last) == (moment(1), moment(6))


def test_a_person_whose_name_is_changed_meanwhile_stays_the_same_person() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, match(ADA))
    camera.look(track(2, 3, 4), BEN, match(Person("ada", "Ada Lovelace")))
    assert camera.kinds == ["match"]


def test_a_visit_whose_looks_are_used_up_is_continued_without_comparing() -> None:
    camera = Camera()
    for number in range(4):
        camera.look(track(number, 2 * number, 2 * number + 1), ANN, UNKNOWN)
    assert camera.comparisons == LOOKS
    assert camera.book.open_visits[0].last == moment(7)
    assert camera.kinds == ["unknown"]


def test_a_visit_ends_after_the_gap_and_not_before() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    camera.book.seen(track(1, 0, 5))
    assert camera.book.close_idle(5 + GAP) == ()
    (change,) = camera.book.close_idle(5 + GAP + 0.01)
    assert (change.announcement, change.visit.last) == ("left", moment(5))
    assert camera.book.of_track(1) is None


def test_a_visit_waits_for_a_track_that_may_yet_continue_it() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    assert camera.book.close_idle(30, undecided_since=2 + GAP) == ()
    camera.look(track(2, 2 + GAP, 30), ANN, UNKNOWN)
    assert camera.kinds == ["unknown"]


def test_seen_again_after_the_gap_is_a_new_visit() -> None:
    camera = Camera()
    camera.look(track(1, 0, 2), ANN, UNKNOWN)
    camera.look(track(2, 2 + GAP + 0.1, 2 + GAP + 1), ANN, UNKNOWN)
    assert camera.kinds == ["unknown", "unknown"]


def test_a_track_that_was_never_looked_at_has_no_visit() -> None:
    camera = Camera()
    camera.book.seen(track(1, 0, 2))
    assert camera.book.of_track(1) is None and camera.book.open_visits == ()


# Whatever happens.


@dataclass
class Actor:
    """A face before the camera; two may look alike."""

    track_id: int
    face: Template
    first: float
    last: float
    live: bool = True

    @property
    def track(self) -> Track:
        return track(self.track_id, self.first, self.last)


class AnythingBeforeACamera(RuleBasedStateMachine):
    """Faces come, go and look like each other, and every look may come to anything."""

    def __init__(self) -> None:
        super().__init__()
        self.camera = Camera()
        self.now = 0.0
        self.actors: list[Actor] = []

    @property
    def live(self) -> list[Actor]:
        return [actor for actor in self.actors if actor.live]

    @rule(face=st.sampled_from([ANN, BEN, CAT]))
    def come(self, face: Template) -> None:
        self.actors.append(Actor(len(self.actors) + 1, face, self.now, self.now))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.live)).live = False

    @rule(seconds=st.sampled_from([0.1, 0.3, 2.0, 9.0, 11.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for actor in self.live:
            actor.last = self.now
            self.camera.book.seen(actor.track)
        undecided = [actor.first for actor in self.live if self.camera.visit_id(actor.track_id) is None]
        self.camera.hear(self.camera.book.close_idle(self.now, min(undecided, default=None)))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), decision=st.sampled_from([match(ADA), match(BOB), UNKNOWN, UNCERTAIN]))
    def look(self, data: st.DataObject, decision: Decision) -> None:
        actor = data.draw(st.sampled_from(self.live))
        before = {other.track_id: self.camera.visit_id(other.track_id) for other in self.actors}
        compared = self.camera.comparisons
        self.camera.look(actor.track, actor.face, decision)
        joined = self.camera.book.of_track(actor.track_id)
        assert joined is not None
        named_so = self.camera.comparisons > compared and decision.person is not None
        assert not named_so or joined.person == decision.person
        if joined.id == before[actor.track_id] or named_so:
            return
        beside = [other for other in self.actors if before[other.track_id] == joined.id]
        assert all(min(other.last, actor.last) - max(other.first, actor.first) <= 0.2 for other in beside)

    @invariant()
    def looks_are_few(self) -> None:
        for visit in self.camera.book.open_visits:
            assert visit.state is VisitState.NAMED or visit.looks <= LOOKS

    @invariant()
    def nobody_has_two_visits(self) -> None:
        named = [visit.person.id for visit in self.camera.book.open_visits if visit.person]
        assert len(named) == len(set(named))

    @invariant()
    def states_are_what_was_announced(self) -> None:
        said = {VisitState.NAMED: "match", VisitState.STRANGER: "unknown"}
        for visit in self.camera.book.open_visits:
            last = [kind for visit_id, kind in self.camera.told if visit_id == visit.id][-1:]
            assert last == ([said[visit.state]] if visit.state in said else [])
            assert (visit.person is not None) == (visit.state is VisitState.NAMED)
            assert visit.first.at_seconds <= visit.last.at_seconds <= self.now

    def teardown(self) -> None:
        self.camera.hear(self.camera.book.close_all())
        stories: dict[str, list[Announcement]] = {}
        for visit_id, kind in self.camera.told:
            stories.setdefault(visit_id, []).append(kind)
        for story in stories.values():
            assert story in (
                ["uncertain"],
                ["unknown", "left"],
                ["match", "left"],
                ["unknown", "match", "left"],
            )


AnythingBeforeACamera.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnythingBeforeACamera = AnythingBeforeACamera.TestCase
