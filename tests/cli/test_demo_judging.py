"""Every flow that fails is named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.cli.demo.judging import Facts, Photo, Picture, Sighted, alerting, figures, judge
from argus.cli.demo.record import Alerted, Issued, Told
from argus.core.events import Kind, VisitEvent, Who, decode
from cloud_lambdas.local.outbox import Sent
from cloud_lambdas.local.subscribers import Recipient

GOLDEN = Path(__file__).resolve().parents[1] / "events"
BEGAN = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
ANN = Who("ann", "Ann", "resident")
VERSION = "5c" * 32


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def told(number: int, kind: Kind, visit: str, person: Who | None = None, stranger: str | None = None) -> Told:
    golden = decode((GOLDEN / "match.json").read_bytes())
    event = replace(
        golden,
        kind=kind,
        event_id=f"event-{number}",
        visit_id=visit,
        person=person,
        stranger_id=stranger,
        captured_at=at(number),
        alert=kind != "left",
        device=replace(golden.device, sequence=number),
    )
    return Told(event, at(number + 0.25))


def alert(event: VisitEvent, category: str, text: str) -> tuple[Alerted, Picture]:
    attributes = {"kind": event.kind, "category": category}
    to = (Recipient("sms", "+12025550100", text),)
    sent = Sent("argus-alerts", text, text, attributes, "2024-05-01T12:00:00.000Z", to)
    return Alerted(sent, event.captured_at + timedelta(seconds=0.75)), Picture(event.event_id)


def all_well() -> Facts:
    """Ann, a stranger, and Ann again, who has been alerted of a moment ago."""
    events = (
        told(1, "match", "a", ANN),
        told(2, "unknown", "b", stranger="one"),
        told(3, "left", "a", ANN),
        told(4, "match", "c", ANN),
        told(5, "left", "b", stranger="one"),
        told(6, "left", "c", ANN),
    )
    return Facts(
        photos=(Photo("people/ann/1.jpg", at(0), "accepted", "accepted", at(1)),),
        issued=Issued(VERSION, 1),
        in_use=(VERSION, at(2)),
        told=events,
        visitors=("Ann", None, "Ann"),
        sightings={
            one.event.event_id: Sighted(one.at + timedelta(seconds=0.25), "known" if one.event.person else None)
            for one in events
        },
        waiting=0,
        dropped=0,
        alerts=(alert(events[0].event, "resident", "Ann was seen"), alert(events[1].event, "none", "Somebody was")),
        categories={"ann": "resident"},
        alarms=(),
        dead_letters={"VisitsDeadQueue": 0},
        failed_rules=0,
        reported=VERSION,
        commanded="done",
    )


def test_where_all_is_well_nothing_is_said() -> None:
    assert judge(all_well()) == ()


def test_the_figures_are_those_of_the_facts() -> None:
    quarter = {"p50": 0.25, "p95": 0.25}
    assert figures(all_well()) == {
        "photos": 1,
        "events": 6,
        "sightings": 6,
        "alerts": 2,
        "seconds": {
            "photo_to_verdict": {"p50": 1.0, "p95": 1.0},
            "photo_to_device": {"p50": 2.0, "p95": 2.0},
            "capture_to_event": quarter,
            "event_to_sighting": quarter,
            "sighting_to_alert": quarter,
            "capture_to_alert": {"p50": 0.75, "p95": 0.75},
        },
    }


def test_who_comes_again_alerts_once_and_strangers_without_an_id_each_time() -> None:
    events = [
        told(1, "match", "a", ANN),
        told(2, "unknown", "b", stranger="one"),
        told(3, "match", "c", ANN),
        told(4, "unknown", "d", stranger="one"),
        told(5, "unknown", "e"),
        told(6, "unknown", "f"),
        told(7, "left", "f"),
    ]
    quiet = replace(told(8, "unknown", "g").event, alert=False)
    assert [event.visit_id for event in alerting([*(one.event for one in events), quiet])] == ["a", "b", "e", "f"]


def without_sighting(facts: Facts) -> Facts:
    return replace(facts, sightings={name: one for name, one in facts.sightings.items() if name != "event-4"})


def with_alert(change: Callable[[Sent], Sent]) -> Callable[[Facts], Facts]:
    def changed(facts: Facts) -> Facts:
        (alerted, picture), second = facts.alerts
        return replace(facts, alerts=((replace(alerted, sent=change(alerted.sent)), picture), second))

    return changed


def renumbered(facts: Facts) -> Facts:
    last = facts.told[-1]
    event = replace(last.event, device=replace(last.event.device, sequence=7))
    return replace(facts, told=(*facts.told[:-1], replace(last, event=event)))


@pytest.mark.parametrize(
    ("change", "flow", "reason"),
    [
        (
            lambda facts: replace(facts, photos=(replace(facts.photos[0], verdict="refused", sentence="2 faces"),)),
            "photos",
            "people/ann/1.jpg was refused: 2 faces",
        ),
        (
            lambda facts: replace(facts, photos=(replace(facts.photos[0], verdict=None),)),
            "photos",
            "people/ann/1.jpg was not judged",
        ),
        (lambda facts: replace(facts, issued=None), "collection", "no version was published"),
        (lambda facts: replace(facts, commanded=None), "commands", "did not carry a command out (none was sent)"),
        (lambda facts: replace(facts, commanded="not_delivered"), "commands", "(not_delivered)"),
        (lambda facts: replace(facts, in_use=None), "collection", "the device has no version"),
        (lambda facts: replace(facts, in_use=("0" * 64, at(1))), "collection", "the device uses version 000000000000"),
        (lambda facts: replace(facts, reported=None), "device", "the device uses no version, not version 5c5c5c"),
        (lambda facts: replace(facts, reported="0" * 64), "device", "the device uses version 000000000000, not"),
        (lambda facts: replace(facts, device_exit=75), "device", "exit code 75"),
        (
            lambda facts: replace(facts, visitors=("Ann", None)),
            "visits",
            "expected were visits of Ann, a stranger, and there were visits of Ann (2), a stranger",
        ),
        (renumbered, "events", "numbered 1, 2, 3, 4, 5, 7"),
        (lambda facts: replace(facts, dropped=2), "events", "the device gave up 2 events"),
        (without_sighting, "sightings", "1 of 6 events became no sighting"),
        (
            lambda facts: replace(facts, sightings={**facts.sightings, "other": Sighted(at(1), None)}),
            "sightings",
            "1 sightings are of events that the device did not tell of",
        ),
        (
            lambda facts: replace(facts, sightings={**facts.sightings, "event-1": Sighted(at(1), "unlisted")}),
            "sightings",
            "the sighting of Ann has no record of the person (unlisted)",
        ),
        (lambda facts: replace(facts, waiting=1), "acknowledgements", "1 events still wait"),
        (lambda facts: replace(facts, waiting=None), "acknowledgements", "did not say how many events wait"),
        # The function that alerts is not there.
        (lambda facts: replace(facts, alerts=()), "alerts", "2 alerts were expected (of Ann, a stranger), and 0 sent"),
        (lambda facts: replace(facts, alerts=facts.alerts[:1] * 2), "alerts", "was sent again, or within the cool-"),
        (with_alert(lambda sent: replace(sent, to=())), "alerts", "nobody was sent 'Ann was seen'"),
        (
            with_alert(lambda sent: replace(sent, to=(Recipient("sms", "+12025550100", "Bob was seen"),))),
            "alerts",
            "does not name Ann",
        ),
        (with_alert(lambda sent: replace(sent, attributes={"kind": "match"})), "alerts", "has the category None"),
        (
            with_alert(lambda sent: replace(sent, attributes={"kind": "left", "category": "resident"})),
            "alerts",
            "is of the kind left",
        ),
        (
            lambda facts: replace(facts, alerts=(facts.alerts[0], (facts.alerts[1][0], Picture(None, "it is gone")))),
            "pictures",
            "the link in 'Somebody was': it is gone",
        ),
        (lambda facts: replace(facts, dead_letters={"VisitsDeadQueue": 3}), "dead letters", "3 in VisitsDeadQueue"),
        (lambda facts: replace(facts, failed_rules=1), "dead letters", "1 messages could not be handed on by a rule"),
        (lambda facts: replace(facts, alarms=(facts.alerts[0][0],)), "alarms", "Ann was seen"),
    ],
)
def test_one_thing_that_fails_is_named(change: Callable[[Facts], Facts], flow: str, reason: str) -> None:
    (problem,) = judge(change(all_well()))
    assert problem.flow == flow and reason in problem.reason


def test_a_visit_that_did_not_end_is_named() -> None:
    facts = all_well()
    problems = judge(replace(facts, told=facts.told[:-1], sightings=dict(list(facts.sightings.items())[:-1])))
    assert [(problem.flow, problem.reason) for problem in problems] == [
        ("visits", "3 visits began, and 2 were told to have ended")
    ]
