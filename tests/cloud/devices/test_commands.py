"""Commands: asked for once, published once they are written, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from argus.core.commands import Outcome, Reply, decode_reply
from tests.cloud.calls import rule_message
from tests.cloud.devices.world import MESSAGES, NOON, World, golden, reply_message, status_message

ASKED = {"command": "snapshot", "thing": "hall-1", "arguments": {"camera": "front-door"}, "command_id": "c-1"}
REPLY = decode_reply((MESSAGES / "reply.json").read_bytes())


@pytest.fixture
def known(world: World) -> World:
    """The device has said its status."""
    assert world.take(status_message(golden("status"))) == []
    return world


def at(world: World, seconds_after_noon: float) -> None:
    world.clock.at = NOON + timedelta(seconds=seconds_after_noon)


def state(world: World, command_id: str = "c-1") -> dict[str, Any]:
    answer: dict[str, Any] = world.ask(command="state", thing="hall-1", command_id=command_id)
    return answer


def replies(world: World, seconds_after_noon: float, reply: Reply = REPLY, name: str = "snapshot") -> list[str]:
    return world.take(reply_message("hall-1", name, reply, NOON + timedelta(seconds=seconds_after_noon)))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sync", {}),
        ("snapshot", {"camera": "yard"}),
        ("log-level", {"level": "debug", "minutes": "5"}),
        ("preview", {"off": "true"}),
    ],
)
def test_every_command_is_published_with_its_deadline(known: World, name: str, arguments: dict[str, str]) -> None:
    answer = known.ask(command=name, thing="hall-1", arguments=arguments, wait_seconds=30)
    (command,) = known.published("hall-1", name)
    assert command.arguments == arguments
    assert (command.sent_at, command.expires_at) == (NOON, NOON + timedelta(seconds=30))
    assert (answer["state"], answer["command_id"], answer["command"]) == ("sent", command.id, name)
    assert answer["deadline"] == "2024-05-01T12:00:30.000Z"
    assert state(known, command.id) == answer


def test_the_devices_golden_reply_settles_it(known: World) -> None:
    known.ask(**ASKED)
    assert (
        known.take(rule_message("argus/v1/reply/hall-1/snapshot", (MESSAGES / "reply.json").read_bytes(), NOON)) == []
    )
    answer = state(known)
    assert (answer["state"], answer["outcome"], answer["message"]) == ("replied", "done", None)
    assert answer["result"] == {"key": "snapshots/hall-1/2024/05/01/c-1.jpg"}
    at(known, 9999)
    assert state(known) == answer


@pytest.mark.parametrize("outcome", ["failed", "refused", "unknown", "late"])
def test_what_the_device_could_not_do_is_told_in_its_words(known: World, outcome: Outcome) -> None:
    known.ask(**ASKED)
    replies(known, 1, replace(REPLY, outcome=outcome, message="say which camera: one of door", result={}))
    answer = state(known)
    assert (answer["state"], answer["outcome"], answer["message"]) == (
        "replied", outcome, "say which camera: one of door",
    )  # fmt: skip


def test_without_a_reply_it_was_not_delivered_and_a_late_one_is_called_late(known: World) -> None:
    known.ask(**ASKED)
    at(known, 90)
    assert state(known)["state"] == "sent"
    at(known, 90.001)
    assert state(known)["state"] == "not_delivered"
    replies(known, 100)
    answer = state(known)
    assert (answer["state"], answer["outcome"], answer["replied_at"]) == (
        "replied_late", "done", "2024-05-01T12:01:40.000Z",
    )  # fmt: skip


def test_of_several_replies_the_one_that_came_first_counts_however_they_arrive(known: World) -> None:
    known.ask(**ASKED)
    at(known, 200)
    replies(known, 100)
    replies(known, 80)  # it was on its way in the queue
    replies(known, 120, replace(REPLY, outcome="failed"))
    answer = state(known)
    assert (answer["state"], answer["outcome"]) == ("replied", "done")


def test_asked_again_it_is_the_same_command(known: World) -> None:
    first = known.ask(**ASKED)
    at(known, 5)
    assert known.ask(**ASKED) == first
    assert len(known.published("hall-1", "snapshot")) == 1
    other = known.ask(**{**ASKED, "arguments": {"camera": "yard"}})
    assert other == {"error": "the id 'c-1' is of another command to hall-1: choose another id"}
    assert "another command" in known.ask(command="sync", thing="hall-1", command_id="c-1")["error"]


def test_what_aws_iot_does_not_take_says_so_and_can_be_asked_again(known: World) -> None:
    known.devices.fails = True
    answer = known.ask(**ASKED)
    assert answer["state"] == "not_sent"
    assert answer["message"].startswith("AWS IoT did not take it: ")
    known.devices.fails = False
    at(known, 5)
    answer = known.ask(**ASKED)
    assert (answer["state"], answer["message"], answer["asked_at"]) == ("sent", None, "2024-05-01T12:00:00.000Z")
    known.devices.fails = True
    assert known.ask(**ASKED)["state"] == "sent"


def test_what_was_taken_although_nobody_said_so_is_replied(known: World) -> None:
    known.devices.fails = True
    known.ask(**ASKED)
    replies(known, 3)
    assert state(known)["state"] == "replied"


def test_after_its_deadline_nothing_is_published(known: World) -> None:
    known.devices.fails = True
    known.ask(**ASKED)
    known.devices.fails = False
    at(known, 90)
    assert known.ask(**ASKED)["state"] == "not_sent"
    assert known.published("hall-1", "snapshot") == []


def test_replies_to_what_was_not_asked_change_nothing(known: World, caplog: pytest.LogCaptureFixture) -> None:
    known.ask(**ASKED)
    others = [
        reply_message("hall-2", "snapshot", REPLY, NOON),
        reply_message("hall-1", "sync", REPLY, NOON),
        reply_message("hall-1", "snapshot", replace(REPLY, command_id="c-2"), NOON),
        rule_message("argus/v1/reply/hall-1/snapshot", (MESSAGES / "reply_malformed.json").read_bytes(), NOON),
    ]
    assert known.take(*others) == []
    assert state(known)["state"] == "sent"
    assert known.dead_letters() == []
    assert "error" in state(known, "c-2")
    reasons = [str(record.__dict__["reason"]) for record in caplog.records if record.getMessage() == "reply refused"]
    words = (
        "no command of that id",
        "has another name",
        "no command of that id",
        "could not read a command (malformed)",
    )
    assert [word in reason for word, reason in zip(words, reasons, strict=True)] == [True] * 4


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({**ASKED, "thing": "hall-2"}, "nothing has been heard of a device 'hall-2'"),
        ({**ASKED, "arguments": {}}, "say which camera"),
        ({**ASKED, "arguments": {"camera": "front-door", "size": "1"}}, "does not know size"),
        ({**ASKED, "command": "log-level"}, "log-level does not know camera"),
        ({**ASKED, "command": "reboot"}, "say one of sync, snapshot, log-level, preview, state, forget"),
        ({"command": "state", "thing": "hall-1", "command_id": "c-9"}, "hall-1 was given no command 'c-9'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_nothing_is_sent(
    known: World, event: dict[str, Any], error: str
) -> None:
    answer = known.ask(**event)
    assert set(answer) == {"error"}
    assert error in answer["error"]
    assert known.devices.published == []


def test_a_command_is_kept_for_a_month_and_its_id_is_free_then(known: World) -> None:
    known.ask(**ASKED)
    known.clock.at = NOON + timedelta(days=30, seconds=91)
    assert "given no command" in state(known)["error"]
    assert known.ask(**ASKED)["asked_at"].startswith("2024-05-31")
