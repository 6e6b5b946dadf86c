"""Each thing that the function needs is away in turn: nothing is lost, and nothing that was done is done again."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from cloud_lambdas.alerts.table import HELD_SECONDS
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.alert import encode_alert
from cloud_lambdas.shared.clients import Clients
from tests.cloud.alerts.world import MARIA, World, alert, batch, later, stranger
from tests.cloud.calls import Ending, call, failed
from tests.cloud.resources import make_table

SNAPSHOT = "snapshots/hall-1/2024/05/01/018f3406.jpg"


def with_other(world: World, name: str, value: str) -> World:
    """The same with one thing that is not there."""
    return replace(world, environment={**world.environment, name: value})


def test_without_its_table_nothing_is_told_before_it_is_back(world: World) -> None:
    one = alert()
    gone = with_other(world, names.COOLDOWNS_TABLE, f"gone-{uuid.uuid4().hex}")
    assert gone.tell(one) == ["0"]
    assert (world.sent(), world.posted()) == ([], [])
    make_table(world.clients, gone.environment[names.COOLDOWNS_TABLE], "key")
    assert gone.tell(one) == []
    assert (len(world.sent()), len(world.posted())) == (1, 1)


def test_without_links_what_has_a_picture_waits(world: World) -> None:
    one, plain = alert(snapshot=SNAPSHOT), stranger()
    gone = with_other(world, names.LINKS_TABLE, f"gone-{uuid.uuid4().hex}")
    assert gone.tell(one, plain) == ["0"]
    make_table(world.clients, gone.environment[names.LINKS_TABLE], "token_hash")
    assert gone.tell(one, plain) == []
    assert sorted(text.split(",")[0] for text in world.texts()) == [
        "An unknown person was seen at Front door",
        "Resident Maria Silva was seen at Front door",
    ]


def test_without_the_topic_nothing_is_told_and_nobody_is_silenced_for_good(world: World) -> None:
    first = alert()
    second = later(first, seconds=10)
    gone = with_other(world, names.ALERTS_TOPIC, f"{world.environment[names.ALERTS_TOPIC]}-gone")
    assert gone.tell(first) == ["0"]
    assert gone.tell(first) == ["0"]
    assert gone.tell(second) == ["0"]  # the first one may yet be sent
    world.clock.wait(HELD_SECONDS + 1)
    assert world.tell(second) == []
    assert world.tell(first) == []
    assert (world.state(first), world.state(second)) == ("silenced", "done")
    assert (len(world.sent()), len(world.posted())) == (1, 1)


def test_without_the_secret_the_webhook_alone_waits(world: World) -> None:
    one = alert()
    gone = with_other(world, names.WEBHOOK_SECRET, "gone")
    assert gone.tell(one) == ["0"]
    assert gone.tell(one) == ["0"]
    assert (len(world.sent()), world.posted()) == (1, [])
    assert world.tell(one) == []
    assert (world.sent(), len(world.posted())) == ([], 1)


def test_without_the_webhook_it_alone_waits_and_its_alert_still_starts_the_cool_down(world: World) -> None:
    one = alert(snapshot=SNAPSHOT)
    world.webhook.statuses = [503, 500, 429]
    for _ in range(3):
        assert world.tell(one) == ["0"]
    assert world.tell(later(one, seconds=10)) == []
    world.clock.wait(60)
    assert world.tell(one) == []
    assert len(world.sent()) == 1
    assert len(world.posted()) == 4
    assert all("Picture: https://pictures.example/p/" in text for text in world.posted())


def test_where_nothing_can_be_reached_every_record_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = alert()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert replace(world, clients=Clients()).tell(one, stranger()) == ["0", "1"]
    assert world.tell(one) == []
    assert len(world.sent()) == 1


def test_what_follows_a_failed_event_of_the_same_visit_waits_with_it_and_other_visits_go_on(world: World) -> None:
    unknown = stranger()
    match = alert(revises=unknown.event_id, visit_id=unknown.visit_id)
    other = alert(person=replace(MARIA, id="tom", name="Tom"))
    world.webhook.statuses = [500]
    assert world.tell(unknown, match, other) == ["0", "1"]
    assert [text.split(",")[0] for text in world.texts()] == [
        "An unknown person was seen at Front door",
        "Resident Maria Silva was seen at Front door",
        "Resident Tom was seen at Front door",
    ]
    assert world.tell(unknown, match) == []
    assert world.sent() == []
    assert [text.split(",")[0].split()[-6] for text in world.posted()] == ["person", "Tom", "person", "Silva"]


def test_where_the_topic_takes_nothing_what_follows_in_the_visit_is_not_begun(world: World) -> None:
    unknown = stranger()
    match, other = alert(revises=unknown.event_id, visit_id=unknown.visit_id), stranger(camera="yard")
    gone = with_other(world, names.ALERTS_TOPIC, f"{world.environment[names.ALERTS_TOPIC]}-gone")
    assert gone.tell(unknown, match, other) == ["0", "1", "2"]
    assert (gone.state(unknown), gone.state(match), gone.state(other)) == ("begun", None, "begun")


def test_what_has_too_little_time_is_not_begun(world: World) -> None:
    one = alert()
    assert failed(world.handle(batch(encode_alert(one)), call(seconds=14))) == ["0"]
    assert (world.state(one), world.texts(), world.posted()) == (None, [], [])
    assert world.tell(one) == []
    assert len(world.posted()) == 1


def test_a_post_that_has_too_little_time_comes_again_alone(world: World) -> None:
    """The others have heard of it."""
    one = alert()
    assert failed(world.handle(batch(encode_alert(one)), Ending(looks=1))) == ["0"]
    assert (world.state(one), len(world.texts()), world.posted()) == ("sent", 1, [])
    assert world.tell(one) == []
    assert (world.state(one), world.texts(), len(world.posted())) == ("done", [], 1)
