"""Every minute: whoever is silent is told of once, and once when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from argus.core.status import DeviceStatus
from cloud_lambdas.devices.device import Device, News, first_heard
from cloud_lambdas.devices.devices_table import CLAIMED_FOR
from cloud_lambdas.devices.text import alarm_text
from tests.cloud.devices.world import NOON, STARTING, World, after, golden, status_message
from tests.cloud.template.template import written

FULL = replace(golden("status"), state="running")


def of(thing: str, status: DeviceStatus = STARTING) -> DeviceStatus:
    return replace(status, thing=thing)


def test_what_cannot_be_read_keeps_nobody_from_hearing_of_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.take(status_message(of("a-gate")), status_message(of("hall-1")), status_message(of("porch")))
    dynamodb, table = world.clients.dynamodb, world.environment["ARGUS_DEVICES_TABLE"]
    dynamodb.update_item(
        TableName=table,
        Key={"thing": {"S": "hall-1"}},
        UpdateExpression="SET #status = :other",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":other": {"S": '{"schema": "argus.status/0"}'}},
    )
    dynamodb.put_item(TableName=table, Item={"thing": {"S": "somebody's note"}})
    told = world.tick(600)
    assert sorted(text.split()[1] for _, text in told) == ["a-gate", "hall-1", "porch"]
    assert "the stored status of hall-1 cannot be read (status lacks" in caplog.text
    assert "the item of somebody's note cannot be read" in caplog.text
    assert world.device("hall-1").status is None
    assert world.take(status_message(of("hall-1", after(700)), NOON + timedelta(seconds=700))) == []
    assert world.device("hall-1").status == of("hall-1", after(700))


def test_a_silent_device_is_told_of_once_and_once_when_it_is_back(world: World) -> None:
    world.take(status_message(FULL), status_message(of("gate"), NOON + timedelta(minutes=9)))
    assert world.tick(90) == []
    assert world.tick(600) == [
        (
            "silent",
            "Device hall-1 (cameras front-door, yard) has not been heard of since 2024-05-01 12:00 UTC. It had "
            "promised a word by 2024-05-01 12:01 UTC. Look after its power, its network and its program.",
        )
    ]
    world.take(status_message(of("gate", after(600)), NOON + timedelta(seconds=640)))
    assert world.tick(650) == []
    world.take(status_message(replace(FULL, uptime_seconds=4300.0, sent_at=NOON + timedelta(seconds=700))))
    assert world.tick(701)[0] == (
        "silent_over",
        "Device hall-1 (cameras front-door, yard) is back: it was heard of at 2024-05-01 12:11 UTC, after silence "
        "since 2024-05-01 12:00 UTC.",
    )
    assert [kind for kind, _ in world.tick(720)] == []


def test_who_said_that_it_stops_is_not_missed(world: World) -> None:
    world.take(status_message(STARTING), status_message(after(10, state="stopping")))
    assert world.tick(86_400) == []


def test_who_came_back_only_to_stop_is_told_so(world: World) -> None:
    world.take(status_message(STARTING))
    assert [kind for kind, _ in world.tick(600)] == ["silent"]
    world.take(status_message(after(660, state="stopping")))
    ((kind, text),) = world.tick(661)
    assert kind == "silent_over"
    assert text.startswith("Device hall-1 was back, and has ended in order since: it was heard of at 2024-05-01 12:11")


def test_collections_that_are_not_followed_for_an_hour_are_told_of(world: World) -> None:
    for minutes in (0, 59):
        world.take(
            status_message(replace(FULL, sent_at=NOON + timedelta(minutes=minutes), uptime_seconds=60.0 * minutes))
        )
        assert world.tick(60 * minutes) == []
    world.take(status_message(replace(FULL, sent_at=NOON + timedelta(minutes=60), uptime_seconds=3600.0)))
    ((kind, text),) = world.tick(3601)
    assert kind == "behind"
    assert text == (
        "Device hall-1 (cameras front-door, yard) has not followed its collections since 2024-05-01 12:00 UTC: "
        "missing-people (nothing is in use; refused as unsigned: nobody signed the collection)."
    )
    mended = replace(
        FULL, collections=FULL.collections[:1], sent_at=NOON + timedelta(minutes=61), uptime_seconds=3660.0
    )
    world.take(status_message(mended))
    assert [kind for kind, _ in world.tick(3661)] == ["behind_over"]
    assert world.tick(3662) == []


def test_one_run_claims_what_it_tells_and_the_other_leaves_it(world: World) -> None:
    world.take(status_message(STARTING))
    device, now = world.device(), NOON + timedelta(minutes=10)
    assert world.table.claim(device, "one", now)
    assert not world.table.claim(device, "other", now + CLAIMED_FOR)
    assert world.tick(601) == []
    assert world.table.claim(device, "other", now + CLAIMED_FOR + timedelta(milliseconds=1))
    (news,) = device.news(now)
    world.table.settle(device.knowing(news), "one")  # too late: the other has it
    assert world.device().told == {}
    world.table.settle(device.knowing(news), "other")
    assert world.device().told == {"silent": NOON}
    assert not world.table.claim(device, "third", now + timedelta(days=1))  # what it read is not so any more


def test_a_device_that_speaks_meanwhile_is_not_told_of(world: World) -> None:
    world.take(status_message(STARTING))
    read = world.device()
    world.take(status_message(after(600)))
    assert not world.table.claim(read, "one", NOON + timedelta(seconds=601))
    assert world.tick(601) == []


def test_what_could_not_be_told_is_told_later(world: World) -> None:
    world.take(status_message(STARTING))
    topic = world.environment["ARGUS_ALARMS_TOPIC"]
    world.clients.sns.delete_topic(TopicArn=topic)
    with pytest.raises(ClientError, match="NotFound"):
        world.tick(600)
    world.clients.sns.create_topic(Name=topic.rpartition(":")[2])
    arn = world.clients.sqs.get_queue_attributes(QueueUrl=world.alarms_queue, AttributeNames=["QueueArn"])
    world.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    assert [kind for kind, _ in world.tick(600 + CLAIMED_FOR.total_seconds() + 1)] == ["silent"]


def test_all_devices_are_looked_at_however_many_pages_they_fill(world: World) -> None:
    """A page is a megabyte."""
    camera = golden("status").cameras[0]
    many = tuple(replace(camera, id=f"camera-{number}") for number in range(300))
    for number in range(25):
        assert world.table.put(first_heard(f"hall-{number}", of(f"hall-{number}", after(0, cameras=many)), NOON))
    answer = world.clients.dynamodb.scan(TableName=world.environment["ARGUS_DEVICES_TABLE"])
    assert "LastEvaluatedKey" in answer
    assert len(world.tick(600)) == 25


def test_a_device_that_is_no_more_can_be_forgotten(world: World) -> None:
    world.take(status_message(STARTING))
    assert world.ask(command="forget", thing="hall-1") == {"thing": "hall-1", "forgotten": True}
    assert world.ask(command="forget", thing="hall-1") == {"thing": "hall-1", "forgotten": False}
    assert world.tick(600) == []
    world.take(status_message(after(660)))
    assert world.device().status == after(660)


def test_a_claim_outlasts_the_function() -> None:
    function = written()["Resources"]["DevicesFunction"]["Properties"]
    assert CLAIMED_FOR.total_seconds() > function["Timeout"]


def test_what_a_device_calls_things_steers_nothing_and_does_not_get_long() -> None:
    camera = golden("status").cameras[0]
    named = tuple(replace(camera, id=f"\x1b[2J\n{'x' * 300}{number}") for number in range(20))
    device: Device = first_heard("hall-1", after(0, cameras=named), NOON)
    text = alarm_text(device, News("silent", NOON, over=False))
    assert text.isprintable()
    assert "12 more" in text
    assert len(text) < 3000
