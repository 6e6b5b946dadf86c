"""The codec of what the function `devices` is asked and answers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.commands import COMMANDS, CommandRefused
from argus.core.errors import EventError, UsageError
from cloud_lambdas.shared.device_commands import (
    UNSETTLED,
    WAIT_SECONDS,
    CommandState,
    Forget,
    Order,
    Request,
    State,
    StateOf,
    decode_answer,
    decode_forgotten,
    decode_request,
    encode_answer,
    encode_request,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
STATE = CommandState(
    "c-1", "hall-1", "snapshot", {"camera": "door"}, "replied", NOON, NOON, "done", None, {"key": "a.jpg"}, NOON
)


@pytest.mark.parametrize(
    "request_",
    [
        Order("hall-1", "sync"),
        Order("hall-1", "snapshot", {"camera": "door"}, "c-1", 30),
        StateOf("hall-1", "c-1"),
        Forget("hall-1"),
    ],
)
def test_what_is_asked_is_understood(request_: Request) -> None:
    assert decode_request(json.loads(encode_request(request_))) == request_


def test_what_is_answered_is_understood() -> None:
    assert decode_answer(json.dumps(encode_answer(STATE)).encode()) == STATE
    assert decode_forgotten(b'{"thing": "hall-1", "forgotten": true}')
    for decode in (decode_answer, decode_forgotten):
        with pytest.raises(UsageError, match="there is none"):
            decode(b'{"error": "there is none"}')


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b"null", b'{"forgotten": 1}'])
def test_other_answers_are_refused(answer: bytes) -> None:
    with pytest.raises(EventError):
        decode_answer(answer)
    with pytest.raises(EventError):
        decode_forgotten(answer)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (None, "ask with an object"),
        ({}, "say command"),
        ({"command": 7, "thing": "hall-1"}, "say command"),
        ({"command": "sync"}, "say thing"),
        ({"command": "sync", "thing": "a/b"}, "a thing name has"),
        ({"command": "sync", "thing": "hall-1", "at": "once"}, "sync does not know at"),
        ({"command": "sync", "thing": "hall-1", "arguments": ["x"]}, "an object of texts"),
        ({"command": "log-level", "thing": "hall-1", "arguments": {"minutes": 5}}, "an object of texts"),
        ({"command": "sync", "thing": "hall-1", "command_id": "a b"}, "a command_id has"),
        ({"command": "sync", "thing": "hall-1", "command_id": "x" * 65}, "a command_id has"),
        ({"command": "sync", "thing": "hall-1", "wait_seconds": 0}, "wait_seconds must be"),
        ({"command": "sync", "thing": "hall-1", "wait_seconds": 86_401}, "wait_seconds must be"),
        ({"command": "sync", "thing": "hall-1", "wait_seconds": True}, "wait_seconds must be"),
        ({"command": "state", "thing": "hall-1"}, "say command_id"),
        ({"command": "forget", "thing": "hall-1", "command_id": "c-1"}, "forget does not know command_id"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(event: Any, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        decode_request(event)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values | st.fixed_dictionaries({"command": st.sampled_from(COMMANDS), "thing": json_values}))
def test_whatever_is_asked_gets_a_sentence(event: Any) -> None:
    try:
        decode_request(event)
    except (CommandRefused, UsageError) as error:
        assert "\n" not in str(error)


def test_every_command_has_a_deadline_and_states_are_told_apart() -> None:
    assert set(WAIT_SECONDS) == set(COMMANDS)
    assert set(UNSETTLED) < set(get_args(State))
