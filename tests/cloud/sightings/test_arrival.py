"""What is an event, and what is refused before anything is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import EventError
from argus.core.events import encode
from cloud_lambdas.sightings.arrival import decode_arrival, thing_of
from tests.cloud.sightings.world import EVENTS, RECEIVED_AT, golden, message_of, of_thing, visit_message

TOPIC = "argus/v1/match/hall-1/door"
MATCH = golden("match")
PUBLISHED = ["match", "match_revised", "unknown", "left", "left_nobody_enrolled"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_devices_golden_events_are_read(name: str) -> None:
    event = golden(name)
    arrival = decode_arrival(
        visit_message(
            f"argus/v1/{event.kind}/{event.device.thing}/{event.camera}", (EVENTS / f"{name}.json").read_bytes()
        )
    )
    assert arrival.event == event
    assert arrival.received_at == RECEIVED_AT


def test_an_uncertain_event_has_no_topic() -> None:
    with pytest.raises(EventError, match="no such kind of event: 'uncertain'"):
        decode_arrival(visit_message("argus/v1/uncertain/hall-1/door", encode(golden("uncertain"))))


@pytest.mark.parametrize(
    ("topic", "what"),
    [
        ("argus/v1/unknown/hall-1/door", "kind"),
        ("argus/v1/match/hall-2/door", "thing"),
        ("argus/v1/match/hall-1/gate", "camera"),
    ],
)
def test_what_the_payload_says_must_be_what_the_topic_says(topic: str, what: str) -> None:
    with pytest.raises(EventError, match=f"the event's {what} is not the topic's"):
        decode_arrival(visit_message(topic, encode(MATCH)))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{}", "lacks"),
        (b"[" * 5000, "not JSON"),
        (encode(MATCH) + b" " * 6000, "over the limit of 6000"),
        (encode(MATCH).replace(b"argus.visit/1", b"argus.visit/2"), "schema must be one of argus.visit/1"),
    ],
)
def test_a_payload_that_is_no_event_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        decode_arrival(visit_message(TOPIC, payload))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"event_id": ""}, "event_id must be a UUID"),
        ({"event_id": "../../other"}, "event_id must be a UUID"),
        ({"event_id": MATCH.event_id.upper().replace("1", "A")}, "event_id must be a UUID"),
        ({"visit_id": "x" * 300}, "visit_id must be a UUID"),
        ({"revises": "none"}, "revises must be a UUID"),
        ({"revises": MATCH.event_id}, "cannot revise itself"),
    ],
)
def test_ids_that_cannot_be_keys_are_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        decode_arrival(message_of(replace(MATCH, **changed)))


@pytest.mark.parametrize("person_id", ["", "x" * 129, "é" * 65])
def test_a_person_id_that_no_collection_has_is_refused(person_id: str) -> None:
    assert MATCH.person is not None
    with pytest.raises(EventError, match=r"person.id must have 1 to 128 bytes"):
        decode_arrival(message_of(replace(MATCH, person=replace(MATCH.person, id=person_id))))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an object"),
        ("{}", "lacks payload_base64, received_at, topic"),
        (json.dumps({"topic": 7, "received_at": 1, "payload_base64": ""}), "the topic is not text"),
        (json.dumps({"topic": TOPIC, "received_at": 1, "payload_base64": "é"}), "not base64"),
        (json.dumps({"topic": TOPIC, "received_at": 1, "payload_base64": None}), "not base64"),
        (message_of(MATCH).replace(str(int(RECEIVED_AT.timestamp() * 1000)), "true"), "received_at must be"),
        (message_of(MATCH).replace(str(int(RECEIVED_AT.timestamp() * 1000)), "1e30"), "received_at must be"),
    ],
)
def test_a_message_that_the_rule_does_not_write_is_refused(body: str, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        decode_arrival(body)


def test_the_thing_is_taken_from_the_topic() -> None:
    assert thing_of(visit_message(TOPIC, b"\xff")) == "hall-1"
    assert thing_of(message_of(of_thing(MATCH, "hall-9"))) == "hall-9"
    for body in ("", "7", "[]", "{}", '{"topic": 7}', '{"topic": "argus/v1/match/../door"}'):
        assert thing_of(body) is None


@given(st.text() | st.builds(visit_message, st.text() | st.just(TOPIC), st.binary()))
def test_any_text_is_refused_in_one_sentence(body: str) -> None:
    with pytest.raises(EventError) as refused:
        decode_arrival(body)
    assert "\n" not in str(refused.value)
    thing_of(body)


def test_a_time_before_all_others_is_a_time() -> None:
    body = message_of(MATCH).replace(str(int(RECEIVED_AT.timestamp() * 1000)), "0")
    assert decode_arrival(body).received_at == datetime(1970, 1, 1, tzinfo=timezone.utc)
