"""The queue of statuses and replies: what is stored of each message, and what goes aside."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import EventError
from argus.core.status import encode_status
from cloud_lambdas.devices.arrival import decode_arrival, thing_of
from tests.cloud.calls import batch, call, failed, rule_message
from tests.cloud.devices.test_device import in_parts
from tests.cloud.devices.world import MESSAGES, NOON, STARTING, World, after, golden, status_message

STATUS = "argus/v1/status/hall-1"
REPLY = "argus/v1/reply/hall-1/snapshot"


@pytest.mark.parametrize("name", ["status", "status_starting"])
def test_the_devices_golden_statuses_are_stored(world: World, name: str) -> None:
    payload = (MESSAGES / f"{name}.json").read_bytes()
    received_at = NOON + timedelta(milliseconds=345)
    assert world.take(rule_message(STATUS, payload, received_at)) == []
    device = world.device()
    assert device.status == golden(name)
    assert (device.last_seen_at, device.promised_until) == (received_at, received_at + timedelta(seconds=60))
    assert (device.behind_since is None) == (name == "status_starting")


def test_late_again_and_in_parts(world: World) -> None:
    parts = in_parts(60)
    messages = [status_message(STARTING), *(status_message(part) for part in reversed(parts))]
    assert world.take(*messages, messages[0], messages[1]) == []
    assert world.take(status_message(after(30)), *messages) == []
    device = world.device()
    assert device.status is not None
    assert len(device.status.cameras) == 90
    assert device.revision == 1 + len(parts)


def test_parts_that_are_taken_in_beside_each_other_are_all_kept(world: World) -> None:
    world.take(status_message(STARTING))
    parts = in_parts(60)
    with ThreadPoolExecutor(len(parts)) as pool:
        assert list(pool.map(lambda part: world.take(status_message(part)), parts)) == [[]] * len(parts)
    device = world.device()
    assert device.status is not None
    assert len(device.status.cameras) == 90


def test_what_is_nothing_goes_aside_alone_with_its_reason(world: World) -> None:
    bad = {
        rule_message(STATUS, b"\xff\x00", NOON): ("hall-1", "not a status: the payload is not JSON"),
        rule_message(REPLY, b"{}", NOON): ("hall-1", "reply lacks"),
        rule_message("argus/v1/status/hall-2", encode_status(STARTING), NOON): ("hall-2", "thing is not the topic's"),
        rule_message("argus/v1/ack/hall-1", b"{}", NOON): (None, "neither that of a status nor of a reply"),
        "nothing at all": (None, "not JSON"),
    }
    assert world.take(status_message(STARTING), *bad, status_message(after(60))) == []
    letters = {letter.body: letter for letter in world.dead_letters()}
    assert set(letters) == set(bad)
    for body, (thing, reason) in bad.items():
        assert letters[body].thing == thing
        assert reason in letters[body].reason
    assert world.device().status == after(60)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"next_within_seconds": 0.0}, "next_within_seconds must be above 0"),
        ({"next_within_seconds": 9e9}, "next_within_seconds must be above 0 and at most 604800"),
        ({"part": 0}, "part must be one of parts"),
        ({"part": 3, "parts": 2}, "part must be one of parts"),
        ({"part": 1, "parts": 33}, "which are 1 to 32"),
        ({"thing": "hall-2"}, "the status's thing is not the topic's"),
    ],
)
def test_a_status_that_promises_or_claims_too_much_is_refused(changed: dict[str, object], reason: str) -> None:
    payload = encode_status(replace(STARTING, **changed))  # type: ignore[arg-type]
    with pytest.raises(EventError, match=reason):
        decode_arrival(rule_message(STATUS, payload, NOON))


@given(
    st.text()
    | st.builds(
        rule_message, st.text() | st.sampled_from([STATUS, REPLY, "argus/v1/reply/"]), st.binary(), st.just(NOON)
    )
)
def test_any_text_is_refused_in_one_sentence(body: str) -> None:
    with pytest.raises(EventError) as refused:
        decode_arrival(body)
    assert "\n" not in str(refused.value)
    thing_of(body)


def test_who_a_message_is_from_is_told_by_the_topic() -> None:
    assert thing_of(status_message(STARTING)) == "hall-1"
    assert thing_of(rule_message(REPLY, b"", NOON)) == "hall-1"
    for body in ("", "7", "{}", json.dumps({"topic": 7}), rule_message("argus/v1/reply/hall-1", b"", NOON)):
        assert thing_of(body) is None


def test_a_function_whose_table_is_gone_fails_the_record_alone(world: World) -> None:
    world.clients.dynamodb.delete_table(TableName=world.environment["ARGUS_DEVICES_TABLE"])
    assert world.take("not a status", status_message(STARTING)) == ["1"]
    assert [letter.body for letter in world.dead_letters()] == ["not a status"]


def test_what_has_too_little_time_is_not_begun(world: World) -> None:
    answer = world.handle(batch(status_message(STARTING)), call(seconds=14))
    assert failed(answer) == ["0"]
    assert world.table.find("hall-1") is None
    assert world.take(status_message(STARTING)) == []
    assert world.device().status == STARTING
