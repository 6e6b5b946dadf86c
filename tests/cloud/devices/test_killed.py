"""A function that is killed between any two steps: what it had begun is completed, and told once where that can be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from argus.storage.failpoints import EXIT_CODE
from cloud_lambdas.devices.devices_table import CLAIMED_FOR
from tests.cloud.calls import batch
from tests.cloud.devices.world import NOON, SCHEDULED, World, after, status_message
from tests.cloud.once import killed_at

ASKED = {"command": "sync", "thing": "hall-1", "command_id": "c-1"}


def run(world: World, failpoint: str, event: dict[str, Any]) -> int:
    """The function in a process of its own, by today's clock, that ends at the failpoint; its exit code."""
    return killed_at(failpoint, "devices", world.environment, event)


def today(world: World, later: timedelta = timedelta()) -> float:
    """Sets the clock of the function in this process; the seconds since noon of the golden statuses' day."""
    world.clock.at = datetime.now(timezone.utc) + later
    return (world.clock.at - NOON).total_seconds()


@pytest.mark.parametrize(
    ("failpoint", "times"), [("cloud.alarm.claimed", 1), ("cloud.alarm.told", 2), ("cloud.alarm.settled", 1)]
)
def test_an_alarm_is_told_once_but_where_only_sns_knows(world: World, failpoint: str, times: int) -> None:
    """Between SNS's answer and the note of it nobody can know; then it is told twice rather than never."""
    world.take(status_message(after(0)))
    assert run(world, failpoint, SCHEDULED) == EXIT_CODE
    alarms = world.alarms() + world.tick(today(world))
    assert [kind for kind, _ in alarms] == ([] if failpoint == "cloud.alarm.claimed" else ["silent"])
    alarms += world.tick(today(world, CLAIMED_FOR + timedelta(seconds=1)))
    alarms += world.tick(today(world, 3 * CLAIMED_FOR))
    assert [kind for kind, _ in alarms] == ["silent"] * times
    assert len(set(alarms)) == 1


@pytest.mark.parametrize(("failpoint", "published"), [("cloud.command.written", 1), ("cloud.command.published", 2)])
def test_a_command_that_is_asked_again_is_completed(world: World, failpoint: str, published: int) -> None:
    """A device carries out once what it is told twice under one id."""
    world.take(status_message(after(0)))
    assert run(world, failpoint, ASKED) == EXIT_CODE
    today(world)
    begun = world.ask(command="state", thing="hall-1", command_id="c-1")
    assert begun["state"] == "sending"
    completed = world.ask(**ASKED)
    assert completed == {**begun, "state": "sent"}
    commands = world.published("hall-1", "sync")
    assert len(commands) == published
    assert len(set(map(repr, commands))) == 1


def test_what_was_begun_and_is_not_asked_again_was_not_delivered(world: World) -> None:
    world.take(status_message(after(0)))
    assert run(world, "cloud.command.written", ASKED) == EXIT_CODE
    today(world, timedelta(minutes=5))
    assert world.ask(command="state", thing="hall-1", command_id="c-1")["state"] == "not_delivered"


def test_a_refused_message_whose_function_is_killed_is_never_lost(world: World) -> None:
    """Its end in the queue and its beginning in the other cannot be one step: it is there twice rather than never."""
    assert run(world, "cloud.status.refused", batch("bad")) == EXIT_CODE
    assert world.take("bad") == []
    assert {letter.body for letter in world.dead_letters()} == {"bad"}
