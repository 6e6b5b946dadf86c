"""Alerts through the function: who is told what, and who is left alone."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.alerts.handler import create
from cloud_lambdas.alerts.table import HELD_SECONDS, AlertsTable
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.alert import encode_alert
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.links import LinkedPictures
from tests.cloud.alerts.world import LINK_BASE, MARIA, NOON, SOON, World, alert, errors, later, stranger
from tests.cloud.set_clock import SetClock

SNAPSHOT = "snapshots/hall-1/2024/05/01/018f3406.jpg"


def test_one_alert_reaches_subscribers_and_the_webhook(world: World) -> None:
    assert world.tell(alert()) == []
    [sent] = world.sent()
    assert sent["Subject"] == "Resident Maria Silva was seen at Front door"
    assert sent["Message"] == "Resident Maria Silva was seen at Front door, 13:00"
    assert {name: one["Value"] for name, one in sent["MessageAttributes"].items()} == {
        "category": "resident",
        "kind": "match",
        "device": "hall-1",
        "camera": "front-door",
    }
    assert world.posted() == ["Resident Maria Silva was seen at Front door, 13:00"]


def test_phones_mailboxes_and_programs_get_words_of_their_own(world: World) -> None:
    published: list[dict[str, Any]] = []

    def watch(params: dict[str, Any], **rest: object) -> None:
        published.append(dict(params))

    clients = Clients()
    clients.sns.meta.events.register("before-parameter-build.sns.Publish", watch)
    replace(world, clients=clients).tell(alert())
    [request] = published
    assert request["MessageStructure"] == "json"
    texts = json.loads(request["Message"])
    assert set(texts) == {"default", "email", "sms"}
    assert "asks for Ana" in texts["email"]
    assert texts["sms"] == "Resident Maria Silva was seen at Front door, 13:00"


def test_subscribers_choose_by_attributes(world: World) -> None:
    missing = world.subscribe(category=["missing"])
    strangers = world.subscribe(kind=["unknown"], camera=["front-door"])
    others = world.subscribe(device=["hall-9"])
    lost = alert(person=replace(MARIA, id="tom", name="Tom", category="missing"))
    world.tell(alert(), lost, stranger(), stranger(camera="yard"))
    assert [one["Subject"] for one in world.sent(missing)] == ["MISSING PERSON Tom was seen at Front door"]
    assert [one["Subject"] for one in world.sent(strangers)] == ["An unknown person was seen at Front door"]
    assert world.sent(others) == []
    assert len(world.sent()) == 4


def test_a_category_is_chosen_however_its_letters_are_written(world: World) -> None:
    customers = world.subscribe(category=["customer"])
    for number, category in enumerate(("Customer", "CUSTOMER", "customers")):
        world.tell(alert(person=replace(MARIA, id=str(number), category=category)))
    assert len(world.sent(customers)) == 2


def test_a_link_leads_to_the_picture_for_a_week_and_is_kept_nowhere(world: World) -> None:
    world.tell(alert(snapshot=SNAPSHOT))
    [text] = world.texts()
    head, link = text.split("\nPicture: ")
    assert head == "Resident Maria Silva was seen at Front door, 13:00"
    token = link.removeprefix(f"{LINK_BASE}/p/")
    pictures = LinkedPictures(world.clients.dynamodb, world.environment[names.LINKS_TABLE])
    found = pictures.find(token, world.clock.at + timedelta(days=7, seconds=-1))
    assert found is not None
    assert found.key == SNAPSHOT
    assert pictures.find(token, world.clock.at + timedelta(days=7)) is None
    assert world.posted() == [text]
    assert token not in json.dumps(world.items())


def test_a_link_ends_before_the_picture_does(world: World) -> None:
    world = replace(world, environment={**world.environment, names.SNAPSHOT_DAYS: "2"})
    world.tell(alert(snapshot=SNAPSHOT))
    [text] = world.texts()
    pictures = LinkedPictures(world.clients.dynamodb, world.environment[names.LINKS_TABLE])
    token = text.rsplit("/", 1)[1]
    assert pictures.find(token, world.clock.at + timedelta(days=2)) is None
    assert pictures.find(token, world.clock.at + timedelta(days=1)) is not None


@pytest.mark.parametrize("key", ["snapshots/hall-2/2024/05/01/x.jpg", "door/x.jpg", "snapshots/hall-1", ""])
def test_a_device_gets_no_link_to_what_is_not_its_own(world: World, key: str) -> None:
    world.tell(alert(snapshot=key))
    assert world.texts() == ["Resident Maria Silva was seen at Front door, 13:00"]


def test_the_same_event_is_told_once(world: World) -> None:
    one = alert()
    assert world.tell(one, one) == []
    assert world.tell(one) == []
    world.clock.wait(3600)
    assert replace(world).tell(one) == []
    assert len(world.sent()) == len(world.webhook.posted) == 1
    assert world.state(one) == "done"


def test_after_an_alert_the_next_one_of_the_same_person_waits(world: World) -> None:
    first = alert()
    soon, other, after = later(first, seconds=299), later(first, seconds=1), later(first, seconds=300)
    other = replace(other, camera="yard", thing="hall-2")
    for one in (first, soon, other, after):
        assert world.tell(one) == []
    assert world.texts() == [
        "Resident Maria Silva was seen at Front door, 13:00",
        "Resident Maria Silva was seen at Front door, 13:05",
    ]
    assert [world.state(one) for one in (first, soon, other, after)] == ["done", "silenced", "silenced", "done"]
    assert len(world.webhook.posted) == 2


def test_others_are_not_silenced(world: World) -> None:
    tom = alert(person=replace(MARIA, id="tom", name="Tom"))
    assert world.tell(alert(), tom, stranger()) == []
    assert len(world.sent()) == 3


def test_a_stranger_has_a_cool_down_and_those_without_an_id_have_their_cameras(world: World) -> None:
    one, two = (stranger(stranger_id=f"018f3406-9e00-7aaa-aaaa-00000000000{n}") for n in (1, 2))
    anybody = stranger()
    elsewhere = replace(later(anybody, seconds=5), camera="yard")
    same_name_elsewhere = replace(later(one, seconds=5), thing="hall-2")
    assert world.tell(one, later(one, seconds=5), two, anybody, later(anybody, seconds=5), elsewhere) == []
    assert world.tell(same_name_elsewhere) == []
    assert len(world.sent()) == 5
    assert world.state(same_name_elsewhere) == "done"


def test_a_missing_person_is_told_of_at_each_place_and_whatever_was_told_before(world: World) -> None:
    lost = replace(MARIA, category="missing")
    before, first = alert(), later(alert(person=lost), seconds=10)
    again, moved = later(first, seconds=10), replace(later(first, seconds=20), camera="yard")
    assert world.tell(before, first, again, moved) == []
    assert world.texts() == [
        "Resident Maria Silva was seen at Front door, 13:00",
        "MISSING PERSON Maria Silva was seen at Front door, 13:00",
        "MISSING PERSON Maria Silva was seen at Yard, 13:00",
    ]
    assert world.state(again) == "silenced"


def test_without_a_cool_down_everything_is_told(world: World) -> None:
    world = replace(world, environment={**world.environment, names.ALERT_COOL_DOWN_SECONDS: "0"})
    one = alert()
    assert world.tell(one, later(one, seconds=1), later(one, seconds=1)) == []
    assert len(world.sent()) == 3
    assert not [key for key in world.items() if key.startswith("cooldown/")]


def test_the_cool_down_counts_by_when_somebody_was_seen_in_whatever_order_events_arrive(world: World) -> None:
    first = alert()
    soon, noon = later(first, seconds=200), later(first, seconds=900)
    for number, order in enumerate(itertools.permutations([first, soon, noon])):
        who = replace(MARIA, id=str(number))
        own = {one.event_id: replace(one, event_id=f"{number}-{one.event_id}", person=who) for one in order}
        assert world.tell(*own.values()) == []
        told = [one for one in order if world.state(own[one.event_id]) == "done"]
        assert noon in told
        assert len(told) == 2


def test_a_backlog_is_told_once_a_cool_down_in_whatever_order_it_comes(world: World) -> None:
    in_order = [later(stranger(), minutes=2 * number) for number in range(30)]  # an hour, which is twelve cool-downs
    shuffled = random.Random(1).sample(in_order, len(in_order))
    for number, order in enumerate((in_order, in_order[::-1], shuffled)):
        own = [replace(one, event_id=f"{number}-{one.event_id}", camera=f"door-{number}") for one in order]
        assert world.tell(*own) == []
        told = [one.captured_at for one in own if world.state(one) == "done"]
        assert 9 <= len(told) <= 12
        for one in own:
            assert any(abs(one.captured_at - at) < timedelta(minutes=5) for at in told)


def test_of_what_is_late_one_that_never_gets_out_silences_nobody(world: World) -> None:
    newest, late = later(alert(), hours=1), alert()
    again = later(late, seconds=10)
    table = AlertsTable(world.clients.dynamodb, world.environment[names.COOLDOWNS_TABLE], timedelta(minutes=5))
    assert world.tell(newest) == []
    assert table.hold("person/maria-silva", late.event_id, late.captured_at, world.clock.now())
    assert world.tell(again) == ["0"]
    world.clock.wait(HELD_SECONDS)
    assert world.tell(again, late) == []
    assert (world.state(again), world.state(late)) == ("done", "silenced")


def test_without_a_right_clock_arrival_counts(world: World) -> None:
    one = alert(clock_set=False)
    never = replace(later(one, seconds=100), captured_at=NOON + timedelta(days=9), clock_set=False)
    assert world.tell(one, never) == []
    assert world.state(never) == "silenced"


def test_a_match_tells_that_a_stranger_was_none_although_a_cool_down_is_on(world: World) -> None:
    maria = alert()
    unknown = later(stranger(), seconds=20)
    match = replace(later(maria, seconds=30), revises=unknown.event_id, visit_id=unknown.visit_id)
    assert world.tell(maria, unknown, match) == []
    assert world.texts()[1:] == [
        "An unknown person was seen at Front door, 13:00",
        "Resident Maria Silva was seen at Front door, 13:00 (first taken for a stranger)",
    ]


def test_a_match_that_revises_a_stranger_starts_a_cool_down(world: World) -> None:
    unknown = stranger()
    match = replace(later(alert(), seconds=5), revises=unknown.event_id, visit_id=unknown.visit_id)
    elsewhere, before = (replace(later(match, seconds=by), revises=None, camera="yard") for by in (15, -60))
    assert world.tell(unknown, match, elsewhere, before, later(elsewhere, seconds=300)) == []
    assert [world.state(one) for one in (match, elsewhere, before)] == ["done", "silenced", "silenced"]
    assert len(world.sent()) == 3


def test_a_late_match_that_revises_a_stranger_leaves_the_newest_cool_down_as_it_is(world: World) -> None:
    unknown, newest = stranger(), later(alert(), seconds=200)
    match = replace(later(alert(), seconds=5), revises=unknown.event_id, visit_id=unknown.visit_id)
    soon = later(newest, seconds=290)
    assert world.tell(unknown, newest, match, soon) == []
    assert [world.state(one) for one in (match, soon)] == ["done", "silenced"]


def test_of_a_stranger_who_is_known_by_then_nobody_hears(world: World) -> None:
    unknown = stranger()
    match = alert(revises=unknown.event_id, visit_id=unknown.visit_id)
    assert world.tell(match, unknown) == []
    assert world.tell(unknown, match) == []
    assert world.texts() == ["Resident Maria Silva was seen at Front door, 13:00 (first taken for a stranger)"]
    assert (world.state(unknown), world.state(match)) == ("superseded", "done")


def test_a_match_whose_stranger_nobody_heard_of_is_silenced_as_any_other(world: World) -> None:
    maria, unknown = alert(), later(stranger(), seconds=20)
    match = replace(later(maria, seconds=30), revises=unknown.event_id)
    assert world.tell(maria, match, unknown) == []
    assert len(world.sent()) == 1
    assert (world.state(unknown), world.state(match)) == ("superseded", "silenced")


def test_what_is_no_alert_fails_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert world.take("Maria", encode_alert(alert()), encode_alert(alert()).replace("alert/1", "alert/9")) == ["0", "2"]
    assert len(world.sent()) == 1
    assert [one["message_id"] for one in errors(caplog)] == ["0", "2"]


def test_how_long_it_took_is_a_metric_where_a_clock_can_tell(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.clock.wait(0.5)
    unsure = alert(clock_set=False, person=replace(MARIA, id="tom"))
    one = alert()
    assert world.tell(one, unsure, stranger(), one) == []
    metrics = [line for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    [metric] = map(json.loads, metrics)
    assert metric["CaptureToAlert"] == [2500.0, 2500.0]
    [directive] = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Argus"
    assert directive["Dimensions"] == [["service"]]
    assert directive["Metrics"] == [{"Name": "CaptureToAlert", "Unit": "Milliseconds"}]


def test_a_batch_that_tells_nobody_measures_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.take("bad")
    assert "CloudWatchMetrics" not in capsys.readouterr().out


def test_logs_say_what_happened_and_nothing_about_anybody(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    one = alert(snapshot=SNAPSHOT, stranger_id="018f3406-9e00-7aaa-aaaa-000000000001")
    world.tell(one)
    world.webhook.statuses = [404, 500]
    world.tell(later(one, seconds=400))
    world.tell(later(one, seconds=800))
    world.take("Maria Silva +351 900 000 000", encode_alert(alert()).replace("resident", "\\ud800"))
    said = capsys.readouterr().out + " ".join(str(vars(record)) for record in caplog.records)
    [told] = [vars(record) for record in caplog.records if vars(record).get("event_id") == one.event_id]
    assert (told["state"], told["kind"], told["latency_ms"]) == ("sent", "match", 2000)
    assert any(error.get("status") == 404 for error in errors(caplog))
    for secret in ("Maria", "maria", "+351", "Ana", "pictures.example", "secret-path", "127.0.0.1", "QLSDwZ5", "jpg"):
        assert secret not in said


@pytest.mark.parametrize(
    "name", [names.COOLDOWNS_TABLE, names.LINKS_TABLE, names.LINK_BASE, names.ALERTS_TOPIC, names.WEBHOOK_SECRET]
)
def test_an_environment_that_lacks_something_is_refused(world: World, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        create({**world.environment, name: ""}, world.clients)


def test_an_environment_that_says_nonsense_is_refused(world: World) -> None:
    for name, value, match in (
        (names.TIME_ZONE, "Europe/Nowhere", "no time zone 'Europe/Nowhere'"),
        (names.ALERT_COOL_DOWN_SECONDS, "soon", "must be a whole number"),
        (names.SNAPSHOT_DAYS, "0", "must be a whole number of 1 or more"),
    ):
        with pytest.raises(UsageError, match=match):
            create({**world.environment, name: value}, world.clients)


def test_times_are_utc_where_no_zone_is_named(world: World) -> None:
    environment = {**world.environment, names.TIME_ZONE: ""}
    replace(world, environment=environment, clock=SetClock(SOON)).tell(alert())
    assert world.texts() == ["Resident Maria Silva was seen at Front door, 12:00 UTC"]
