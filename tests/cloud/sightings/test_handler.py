"""Events through the function: what is stored, told and acknowledged, and what is not."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from argus.core.errors import UsageError
from argus.core.events import to_json_value
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.shared.refusals import KEPT_CHARACTERS, REFUSALS_AN_HOUR
from cloud_lambdas.sightings.handler import create
from tests.cloud.resources import make_bucket, make_fifo, make_table
from tests.cloud.sightings.world import RECEIVED_AT, World, golden, message_of, of_thing, visit_message

MATCH, UNKNOWN, REVISED, LEFT = (golden(name) for name in ("match", "unknown", "match_revised", "left"))
ZOE = PersonRecord("zoe", "known", "Zoë Sato", "customer", "+351 900 000 000", "zoe@example.org", "likes the window")


def add_zoe(world: World) -> None:
    world.add_person(
        "zoe",
        name="Zoë Sato",
        category="customer",
        phone="+351 900 000 000",
        email="zoe@example.org",
        note="likes the window",
    )


def test_a_match_is_stored_audited_alerted_and_acknowledged(world: World) -> None:
    add_zoe(world)
    before = datetime.now(timezone.utc)
    assert world.take(message_of(MATCH)) == []
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert (sighting.event, sighting.person, sighting.received_at) == (MATCH, ZOE, RECEIVED_AT)
    assert sighting.alert == "sent"
    assert sighting.day in (f"{before:%Y-%m-%d}", f"{datetime.now(timezone.utc):%Y-%m-%d}")
    assert sighting.expires_at >= before + timedelta(days=90, seconds=-1)
    assert world.audit() == {
        f"events/{sighting.day.replace('-', '/')}/hall-1/{MATCH.event_id}.json": {
            "schema": "argus.audit/1",
            "event": to_json_value(MATCH),
            "person": {
                "id": "zoe",
                "standing": "known",
                "name": "Zoë Sato",
                "category": "customer",
                "phone": "+351 900 000 000",
                "email": "zoe@example.org",
                "note": "likes the window",
            },
            "received_at": "2024-05-01T12:00:02.345000Z",
            "cursor": sighting.cursor,
        }
    }
    [(alert, attributes)] = world.alerts()
    assert attributes == {"thing": "hall-1"}
    untold = replace(ZOE, phone=None, email=None)
    assert (alert.event_id, alert.person, alert.captured_at) == (MATCH.event_id, untold, MATCH.captured_at)
    assert (alert.thing, alert.camera, alert.clock_set, alert.received_at) == ("hall-1", "door", True, RECEIVED_AT)
    assert world.acknowledged("hall-1") == [(MATCH.event_id,)]


def test_the_record_stays_as_it_was_when_the_person_changes(world: World) -> None:
    add_zoe(world)
    world.take(message_of(MATCH))
    world.add_person("zoe", name="Zoë Other", category="staff")
    world.take(message_of(MATCH))
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sighting.person == ZOE


def test_whatever_somebody_wrote_into_the_record_the_sighting_is_kept_and_told(world: World) -> None:
    world.add_person("zoe", name="Zoë\nSato", category="\n", note="\n" * 100_000)
    assert world.take(message_of(MATCH)) == []
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sighting.person == PersonRecord("zoe", "known", name="Zoë\nSato", category="\n", note="\n" * 1000)
    [(alert, _)] = world.alerts()
    assert alert.person == sighting.person


def test_somebody_the_table_does_not_list_is_called_as_the_device_does(world: World) -> None:
    world.take(message_of(MATCH))
    [(alert, _)] = world.alerts()
    assert alert.person == PersonRecord("zoe", "unlisted", name="Zoë 佐藤 😀", category="staff")


def test_of_somebody_who_was_deleted_the_sighting_says_so_and_the_alert_names_nobody(world: World) -> None:
    world.add_person("zoe", name="Zoë Sato", category="customer", deleted_at="2024-04-30T00:00:00Z")
    world.take(message_of(MATCH))
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sighting.person == PersonRecord("-", "deleted")
    [(alert, _)] = world.alerts()
    assert (alert.person, alert.snapshot) == (PersonRecord("-", "deleted"), None)
    stored = world.clients.dynamodb.scan(TableName=world.environment[names.SIGHTINGS_TABLE])["Items"]
    for kept in (json.dumps(stored, ensure_ascii=False), json.dumps(world.audit(), ensure_ascii=False)):
        assert MATCH.event_id in kept and not {"zoe", "Zoë"} & set(re.findall(r"\w+", kept))


def test_only_a_match_or_an_unknown_that_alerts_is_told(world: World) -> None:
    quiet = replace(MATCH, alert=False)
    assert world.take(message_of(quiet), message_of(UNKNOWN), message_of(LEFT)) == []
    [(alert, _)] = world.alerts()
    assert (alert.event_id, alert.person) == (UNKNOWN.event_id, None)
    assert [sighting.alert for event in (quiet, LEFT) if (sighting := world.sighting(event))] == ["none", "none"]
    assert world.acknowledged("hall-1") == [(quiet.event_id, UNKNOWN.event_id, LEFT.event_id)]


def test_an_event_that_comes_again_is_acknowledged_again_and_nothing_else(world: World) -> None:
    assert world.take(message_of(MATCH), message_of(MATCH)) == []
    first = world.sighting(MATCH)
    assert len(world.alerts()) == 1
    world.forget_deduplication()
    assert world.take(message_of(MATCH)) == []
    assert world.sighting(MATCH) == first
    assert (world.event_ids(), len(world.audit()), world.alerts()) == ([MATCH.event_id], 1, [])
    assert world.acknowledged("hall-1") == [(MATCH.event_id,), (MATCH.event_id,)]


def test_another_devices_event_under_the_same_id_is_refused(world: World) -> None:
    other = of_thing(MATCH, "hall-2")
    assert world.take(message_of(MATCH), message_of(other)) == []
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sighting.event == MATCH
    [letter] = world.dead_letters()
    assert (letter.thing, letter.body) == ("hall-2", message_of(other))
    assert "another device" in letter.reason
    assert world.acknowledged("hall-2") == []


def test_cursors_grow_in_the_order_of_storing(world: World) -> None:
    late = replace(MATCH, captured_at=MATCH.captured_at - timedelta(days=40))
    for event in (UNKNOWN, LEFT, late):
        world.take(message_of(event))
    cursors = [sighting.cursor for event in (UNKNOWN, LEFT, late) if (sighting := world.sighting(event))]
    assert len(cursors) == 3
    assert cursors == sorted(cursors)


def test_a_match_revises_the_unknown_before_it(world: World) -> None:
    world.take(message_of(UNKNOWN), message_of(REVISED))
    assert [alert.event_id for alert, _ in world.alerts()] == [UNKNOWN.event_id, REVISED.event_id]
    sighting = world.sighting(UNKNOWN)
    assert sighting is not None
    assert (sighting.revised_by, sighting.alert) == (REVISED.event_id, "sent")


def test_an_unknown_that_arrives_after_the_match_which_revises_it_alerts_nobody(world: World) -> None:
    world.take(message_of(LEFT), message_of(REVISED))
    assert world.sighting(UNKNOWN) is None
    assert world.event_ids() == sorted([LEFT.event_id, REVISED.event_id])
    world.take(message_of(UNKNOWN))
    sighting = world.sighting(UNKNOWN)
    assert sighting is not None
    assert (sighting.revised_by, sighting.alert) == (REVISED.event_id, "superseded")
    [(alert, _)] = world.alerts()
    assert (alert.event_id, alert.revises) == (REVISED.event_id, UNKNOWN.event_id)
    assert len(world.audit()) == 3
    assert world.acknowledged("hall-1") == [(LEFT.event_id, REVISED.event_id), (UNKNOWN.event_id,)]


def test_a_device_cannot_silence_another_ones_event(world: World) -> None:
    world.take(message_of(UNKNOWN), message_of(of_thing(REVISED, "hall-2")))
    sighting = world.sighting(UNKNOWN)
    assert sighting is not None
    assert sighting.revised_by is None


def test_a_bad_record_goes_to_the_dead_letters_alone_with_its_reason(world: World) -> None:
    garbage = visit_message("argus/v1/match/hall-1/door", b"\xff\x00 not JSON")
    spoofed = visit_message("argus/v1/match/hall-2/door", message_of(MATCH).encode())
    assert world.take(message_of(MATCH), garbage, "no envelope", spoofed, message_of(LEFT)) == []
    assert world.event_ids() == sorted([MATCH.event_id, LEFT.event_id])
    assert world.devices.published[0][0] == "argus/v1/ack/hall-1"
    assert world.acknowledged("hall-1") == [(MATCH.event_id, LEFT.event_id)]
    letters = {letter.body: (letter.reason, letter.thing, letter.whole) for letter in world.dead_letters()}
    assert letters.keys() == {garbage, "no envelope", spoofed}
    assert letters[garbage] == ("not an event: the payload is not JSON", "hall-1", True)
    assert letters["no envelope"] == ("the message is not JSON: check the rule's SQL", None, True)
    assert letters[spoofed][0].startswith("event lacks")


def test_of_a_message_that_is_far_too_large_only_the_start_is_kept(world: World) -> None:
    body = visit_message("argus/v1/match/hall-1/door", b"x" * 90_000)
    assert world.take(body) == []
    [letter] = world.dead_letters()
    assert (letter.body, letter.whole) == (body[:KEPT_CHARACTERS], False)
    assert "over the limit" in letter.reason


def test_a_device_that_sends_nothing_but_garbage_fills_its_own_share_only(world: World) -> None:
    now = datetime.now(timezone.utc)
    hours = [f"{at:%Y-%m-%dT%H}" for at in (now, now + timedelta(hours=1))]  # the hour may end while this runs
    for hour in hours:
        world.clients.dynamodb.put_item(
            TableName=world.environment[names.COOLDOWNS_TABLE],
            Item={"key": {"S": f"refusals/hall-1/{hour}"}, "refused": {"N": str(REFUSALS_AN_HOUR - 1)}},
        )
    bad, other = (visit_message(f"argus/v1/match/{thing}/door", b"?") for thing in ("hall-1", "hall-2"))
    assert world.take(bad, bad, bad, other, message_of(MATCH)) == []
    assert sorted(letter.thing or "" for letter in world.dead_letters()) == ["hall-1", "hall-2"]
    assert world.event_ids() == [MATCH.event_id]


def test_what_fails_is_not_acknowledged_and_completes_when_it_comes_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Each thing that the function needs is away once, in turn; nothing is lost, nothing said twice."""
    bucket = world.environment[names.AUDIT_BUCKET]
    world.clients.s3.delete_bucket(Bucket=bucket)
    assert world.take(message_of(MATCH), message_of(LEFT)) == ["0", "1"]
    assert [vars(record)["message_id"] for record in caplog.records if "NoSuchBucket" in vars(record)["reason"]] == [
        "0",
        "1",
    ]
    make_bucket(world.clients, bucket)

    world.clients.sqs.delete_queue(QueueUrl=world.environment[names.ALERTS_QUEUE])
    assert world.take(message_of(MATCH), message_of(LEFT)) == ["0"]
    make_fifo(world.clients, world.environment[names.ALERTS_QUEUE])

    people = world.environment[names.PEOPLE_TABLE]
    world.clients.dynamodb.delete_table(TableName=people)
    assert world.take(message_of(MATCH), message_of(UNKNOWN)) == ["0"]
    make_table(world.clients, people, "person_id")

    sightings = world.sighting(MATCH), world.sighting(LEFT), world.sighting(UNKNOWN)
    assert world.acknowledged("hall-1") == [(LEFT.event_id,), (UNKNOWN.event_id,)]
    world.devices.fails = True
    assert world.take(message_of(MATCH)) == []
    world.devices.fails = False
    assert world.take(message_of(MATCH)) == []
    assert world.acknowledged("hall-1")[2:] == [(MATCH.event_id,)]
    assert [alert.event_id for alert, _ in world.alerts()] == [UNKNOWN.event_id, MATCH.event_id]
    assert len(world.audit()) == 3
    assert (world.sighting(LEFT), world.sighting(UNKNOWN)) == sightings[1:]
    assert world.dead_letters() == []


def test_without_its_dead_letters_a_bad_record_waits_and_the_others_go_on(world: World) -> None:
    world.clients.sqs.delete_queue(QueueUrl=world.environment[names.VISITS_DEAD_LETTERS])
    assert world.take("bad", message_of(MATCH)) == ["0"]
    assert world.event_ids() == [MATCH.event_id]


def test_a_sighting_whose_time_is_over_counts_as_gone(world: World) -> None:
    world = World({**world.environment, names.SIGHTINGS_DAYS: "2"}, world.clients, world.devices)
    world.take(message_of(MATCH))
    now = datetime.now(timezone.utc)
    assert world.table.find(MATCH.event_id, now + timedelta(days=1, hours=23)) is not None
    assert world.table.find(MATCH.event_id, now + timedelta(days=2, seconds=1)) is None


@pytest.mark.parametrize("name", [names.AUDIT_BUCKET, names.SIGHTINGS_TABLE, names.COOLDOWNS_TABLE])
def test_an_environment_that_lacks_something_is_refused(world: World, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        create({**world.environment, name: ""}, world.clients)


def test_a_visit_ends_the_same_in_whatever_order_its_events_arrive(world: World) -> None:
    for number, order in enumerate(itertools.permutations((UNKNOWN, REVISED, LEFT))):
        ids = {event.event_id: str(uuid.uuid4()) for event in order}
        thing = f"hall-{number}"
        visit = [
            of_thing(replace(event, event_id=ids[event.event_id], revises=event.revises and ids[event.revises]), thing)
            for event in order
        ]
        for event in visit:
            assert world.take(message_of(event), message_of(event)) == []
        stored = {event.kind: world.sighting(event) for event in visit}
        assert {kind: sighting.revised_by for kind, sighting in stored.items() if sighting} == {
            "unknown": ids[REVISED.event_id],
            "match": None,
            "left": None,
        }
        told = [alert.event_id for alert, _ in world.alerts()]
        in_time = order.index(UNKNOWN) < order.index(REVISED)
        assert told == [ids[event.event_id] for event in ((UNKNOWN, REVISED) if in_time else (REVISED,))]
        assert {event_id for said in world.acknowledged(thing) for event_id in said} == set(ids.values())
