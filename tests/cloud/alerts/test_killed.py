"""A function that is killed between any two steps completes when the message comes again, and repeats nothing.

But for one place: nothing can tell whether SNS had an alert when what would have noted it is killed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from argus.storage.failpoints import EXIT_CODE
from cloud_lambdas.alerts.table import HELD_SECONDS
from cloud_lambdas.shared.alert import Alert, encode_alert
from tests.cloud.alerts.world import World, alert, batch, later, stranger
from tests.cloud.once import killed_at
from tests.cloud.set_clock import SetClock
from tests.cloud.template.template import written

SNAPSHOT = "snapshots/hall-1/2024/05/01/018f3406.jpg"


def run(world: World, failpoint: str, *alerts: Alert) -> int:
    """The function in a process of its own that ends at the failpoint; its exit code."""
    return killed_at(failpoint, "alerts", world.environment, batch(*map(encode_alert, alerts)))


def now_clock() -> SetClock:
    """Of this machine's time, which the killed process had too."""
    return SetClock(datetime.now(timezone.utc))


@pytest.mark.parametrize(
    ("failpoint", "published", "posted"),
    [
        ("cloud.alert.begun", 1, 1),
        ("cloud.alert.superseded", 1, 1),
        ("cloud.alert.held", 1, 1),
        ("cloud.alert.linked", 1, 1),
        ("cloud.alert.published", 2, 1),
        ("cloud.alert.sent", 1, 1),
        ("cloud.alert.posted", 1, 2),
        ("cloud.alert.done", 1, 1),
    ],
)
def test_what_was_begun_is_completed(world: World, failpoint: str, published: int, posted: int) -> None:
    match = alert(revises="018f3406-9e00-7aaa-aaaa-000000000001", snapshot=SNAPSHOT)
    assert run(world, failpoint, match) == EXIT_CODE
    world = replace(world, clock=now_clock())
    assert world.tell(match) == []
    assert world.tell(match) == []
    texts = [text.split("\n")[0] for text in world.texts()]
    assert len(texts) == published
    assert len(set(texts)) == 1
    assert len(world.webhook.posted) == posted
    assert len({one.headers["webhook-id"] for one in world.webhook.posted}) == 1
    assert world.state(match) == "done"
    assert world.tell(later(match, seconds=10)) == []
    assert world.texts() == []


def test_subscribers_have_the_whole_batch_before_anything_is_posted(world: World) -> None:
    assert run(world, "cloud.alert.posted", alert(), stranger(), stranger(camera="yard")) == EXIT_CODE
    assert (len(world.sent()), len(world.webhook.posted)) == (3, 1)


def test_a_silenced_event_stays_silenced(world: World) -> None:
    first = alert()
    second = later(first, seconds=10)
    world = replace(world, clock=now_clock())
    assert world.tell(first) == []
    assert run(world, "cloud.alert.held", second) == EXIT_CODE
    assert world.tell(second) == []
    assert (len(world.sent()), world.state(second)) == (1, "silenced")


def test_whoever_is_killed_before_sending_holds_others_up_for_a_while_and_silences_nobody(world: World) -> None:
    first = alert()
    second = later(first, seconds=10)
    assert run(world, "cloud.alert.held", first) == EXIT_CODE
    world = replace(world, clock=now_clock())
    assert world.tell(second) == ["0"]
    assert world.state(second) == "begun"
    world.clock.wait(2 * HELD_SECONDS)  # the other process began later, by a clock of its own
    assert world.tell(second) == []
    assert world.tell(first) == []
    assert (world.state(second), world.state(first)) == ("done", "silenced")
    assert len(world.sent()) == 1


def test_whoever_is_killed_after_sending_has_silenced_the_next_one(world: World) -> None:
    first = alert()
    second = later(first, seconds=10)
    assert run(world, "cloud.alert.sent", first) == EXIT_CODE
    world = replace(world, clock=now_clock())
    world.clock.wait(HELD_SECONDS + 1)
    assert world.tell(second, first) == []
    assert (world.state(second), world.state(first)) == ("silenced", "done")
    assert (len(world.sent()), len(world.webhook.posted)) == (1, 1)


def test_a_stranger_whose_alert_was_begun_and_never_sent_may_turn_out_to_be_somebody(world: World) -> None:
    unknown = stranger()
    match = alert(revises=unknown.event_id)
    assert run(world, "cloud.alert.held", unknown) == EXIT_CODE
    world = replace(world, clock=now_clock())
    assert world.tell(match, unknown) == []
    assert len(world.sent()) == 1
    assert world.state(unknown) == "superseded"


def test_a_function_never_runs_for_longer_than_it_holds_a_cool_down_and_no_message_comes_again_before() -> None:
    resources = written()["Resources"]
    timeout = resources["AlertsFunction"]["Properties"]["Timeout"]
    assert timeout < HELD_SECONDS < resources["AlertsQueue"]["Properties"]["VisibilityTimeout"]
