"""Many devices at once: 2,000 events from 100 things, some twice and some malformed."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

from argus.core.events import VisitEvent
from argus.core.ids import repeatable_ids
from tests.cloud.sightings.world import World, golden, message_of, of_thing, visit_message

EVENTS, THINGS, PEOPLE = 2000, 100, 40
TWICE, MALFORMED = 0.05, 0.01
BATCH = 10
AT_ONCE = 4
"""Events that a device sends together: two visits."""


def visits() -> list[VisitEvent]:
    """What the devices see: a third of the visits are of known people, the others of strangers, and all of them leave
    again. People are to hear of one visit in three at once; the others are within a cool-down.
    """
    new_id, match, unknown, left = repeatable_ids("load"), golden("match"), golden("unknown"), golden("left")
    assert match.person is not None
    events = []
    for number in range(EVENTS // 2):
        at = match.captured_at + timedelta(seconds=number)
        visit_id, thing = new_id(at), f"thing-{number * 2 // AT_ONCE % THINGS}"
        person = replace(match.person, id=f"person-{number % PEOPLE}") if number % 3 == 0 else None
        for pattern in (match if person else unknown, left):
            alert = pattern.kind != "left" and number % 9 < 3
            event = replace(pattern, event_id=new_id(at), visit_id=visit_id, captured_at=at, person=person, alert=alert)
            events.append(of_thing(event, thing))
    return events


def test_every_valid_event_is_one_sighting_and_every_bad_one_a_dead_letter(world: World) -> None:
    chosen = random.Random(7)
    sent = visits()
    together = [sent[start : start + AT_ONCE] for start in range(0, EVENTS, AT_ONCE)]
    together += [[event] for event in chosen.sample(sent, int(EVENTS * TWICE))]
    bad = [
        visit_message(f"argus/v1/match/thing-{number % THINGS}/door", b"malformed %d" % number)
        for number in range(int(EVENTS * MALFORMED))
    ]
    runs = [[message_of(event) for event in run] for run in together] + [[body] for body in bad]
    chosen.shuffle(runs)
    bodies = [body for run in runs for body in run]
    for number in range(PEOPLE):
        world.add_person(f"person-{number}", name=f"Person {number}", category="customer")

    started = time.monotonic()
    for start in range(0, len(bodies), BATCH):
        assert world.take(*bodies[start : start + BATCH]) == []
    print(f"{len(bodies)} messages in {time.monotonic() - started:.1f} s")

    assert world.event_ids() == sorted(event.event_id for event in sent)
    assert sorted(letter.body for letter in world.dead_letters()) == sorted(bad)
    alerting = sorted(event.event_id for event in sent if event.alert)
    assert sorted(alert.event_id for alert, _ in world.alerts()) == alerting
    acknowledged = [
        event_id
        for thing in range(THINGS)
        for event_ids in world.acknowledged(f"thing-{thing}")
        for event_id in event_ids
    ]
    assert set(acknowledged) == {event.event_id for event in sent}
