"""What people read."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import UsageError
from cloud_lambdas.alerts.audience import attributes_of
from cloud_lambdas.alerts.moment import moment_of
from cloud_lambdas.alerts.text import LONGEST_SUBJECT, Texts, compose
from cloud_lambdas.alerts.zone import time_zone
from cloud_lambdas.shared.alert import Alert
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.shared.words import place_words
from tests.cloud.alerts.world import MARIA, NOON, alert, stranger

LISBON = ZoneInfo("Europe/Lisbon")
LINK = "https://pictures.example/p/token"
SOON = NOON + timedelta(seconds=3)


def told(one: Alert, link: str | None = None, now: datetime = SOON, zone: str = "Europe/Lisbon") -> Texts:
    return compose(one, link, now, time_zone(zone))


def test_somebody_was_seen() -> None:
    texts = told(alert(), LINK)
    assert texts.subject == "Resident Maria Silva was seen at Front door"
    assert texts.short == f"Resident Maria Silva was seen at Front door, 13:00\nPicture: {LINK}"
    assert texts.sms == f"Resident Maria Silva was seen at Front door, 13:00 {LINK}"
    assert texts.email.splitlines() == [
        "Resident Maria Silva was seen at Front door, 13:00.",
        "Note: asks for Ana",
        f"Picture: {LINK}",
        "",
        "Category: resident",
        "Device: hall-1, camera: front-door",
        f"Event: {texts.email.rsplit(' ', 1)[1]}",
    ]


def test_without_a_picture_there_is_no_link() -> None:
    texts = told(alert(person=replace(MARIA, category=None)))
    assert texts.short == texts.sms == "Maria Silva was seen at Front door, 13:00"
    assert "Picture" not in texts.email


@pytest.mark.parametrize(
    ("category", "begins"),
    [
        ("missing", "MISSING PERSON Maria Silva was seen"),
        ("Missing ", "MISSING PERSON Maria Silva was seen"),
        ("customer", "Customer Maria Silva was seen"),
        ("resident", "Resident Maria Silva was seen"),
        ("person", "Maria Silva was seen"),
        ("night staff", "Maria Silva was seen"),
        (None, "Maria Silva was seen"),
    ],
)
def test_each_category_has_its_words(category: str | None, begins: str) -> None:
    texts = told(alert(person=replace(MARIA, category=category)))
    for text in (texts.subject, texts.short, texts.sms, texts.email):
        assert text.startswith(begins)
    assert ("This person is being searched for." in texts.email) == begins.startswith("MISSING")


def test_strangers() -> None:
    assert told(stranger()).short == "An unknown person was seen at Front door, 13:00"
    again = told(stranger(stranger_id="018f3406-9e00-7aaa-aaaa-0123456789ab"))
    assert again.sms == "An unknown person (stranger 456789ab) was seen at Front door, 13:00"
    assert "Stranger: 018f3406-9e00-7aaa-aaaa-0123456789ab (the same for one who comes again)" in again.email
    assert again.subject == "An unknown person (stranger 456789ab) was seen at Front door"


def test_a_stranger_who_turned_out_to_be_somebody() -> None:
    texts = told(alert(revises="018f3406-9e00-7aaa-aaaa-0123456789ab"))
    assert texts.sms == "Resident Maria Silva was seen at Front door, 13:00 (first taken for a stranger)"


def test_whom_the_cloud_does_not_know_has_the_devices_name() -> None:
    texts = told(alert(person=PersonRecord("zoe", "unlisted", "Zoe", "customer")))
    assert texts.short == "Customer Zoe was seen at Front door, 13:00"
    assert "There is no record of this person" in texts.email


def test_of_the_deleted_nothing_is_told_even_where_it_is_known() -> None:
    one = alert(person=replace(MARIA, standing="deleted"))
    texts = told(one)
    assert texts.short == "A person who was deleted was seen at Front door, 13:00"
    everything = " ".join([*vars(texts).values(), *attributes_of(one).values()])
    for word in ("Maria", "maria", "Silva", "resident", "Resident", "Ana"):
        assert word not in everything


def test_a_note_is_for_the_email_and_telephone_numbers_are_for_nobody() -> None:
    texts = told(alert(), LINK)
    assert "asks for Ana" in texts.email
    assert "asks for Ana" not in texts.sms + texts.short + texts.subject
    assert "+351" not in "".join(vars(texts).values())
    assert "maria@" not in "".join(vars(texts).values())


@pytest.mark.parametrize(
    ("now", "zone", "time"),
    [
        (SOON, "Europe/Lisbon", "13:00"),
        (SOON, "UTC", "12:00 UTC"),
        (SOON, "Asia/Tokyo", "21:00"),
        (SOON + timedelta(hours=12), "Europe/Lisbon", "2024-05-01 13:00"),
        (SOON + timedelta(hours=12), "Asia/Tokyo", "2024-05-01 21:00"),
        (SOON + timedelta(days=400), "UTC", "2024-05-01 12:00 UTC"),
    ],
)
def test_times_are_those_of_the_people_with_the_day_where_it_is_another(now: datetime, zone: str, time: str) -> None:
    assert told(alert(), now=now, zone=zone).short == f"Resident Maria Silva was seen at Front door, {time}"


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_set": False},
        {"captured_at": NOON + timedelta(hours=1)},
        {"captured_at": datetime(1970, 1, 1, tzinfo=timezone.utc)},
        {"captured_at": datetime.min.replace(tzinfo=timezone.utc)},
        {"captured_at": datetime.max.replace(tzinfo=timezone.utc)},
    ],
)
def test_where_the_devices_clock_was_not_right_the_time_of_arrival_is_told(changes: dict[str, object]) -> None:
    texts = told(alert(received_at=NOON + timedelta(minutes=7), **changes), now=NOON + timedelta(minutes=8))
    assert texts.sms == "Resident Maria Silva was seen at Front door, about 13:07"
    assert "clock was not set" in texts.email


def test_what_a_clock_says_of_the_last_days_is_believed() -> None:
    one = alert(captured_at=NOON - timedelta(days=14))
    assert moment_of(one).sure
    assert moment_of(one).at == one.captured_at


def test_names_from_elsewhere() -> None:
    texts = told(alert(person=replace(MARIA, name="Zoë\r\nBcc: all 佐藤\u202e", category=None)))
    assert texts.subject == "Zoe Bcc: all ?? was seen at Front door"
    assert texts.sms == "Zoë Bcc: all 佐藤 was seen at Front door, 13:00"
    assert told(alert(person=replace(MARIA, name="佐藤", category=None))).subject == (
        "Somebody you know was seen at Front door"
    )
    assert told(alert(person=PersonRecord("zoe", "known"))).subject == "zoe was seen at Front door"


@pytest.mark.parametrize(
    ("camera", "words"), [("front-door", "Front door"), ("HALL_2", "HALL 2"), ("a:b", "A b"), ("--", "--"), ("", "")]
)
def test_a_camera_in_words(camera: str, words: str) -> None:
    assert place_words(camera) == words


anything = st.text(max_size=400)
people = st.builds(PersonRecord, anything, st.just("known"), anything, st.none() | anything, note=anything)


@given(person=people, camera=anything, thing=anything, stranger_id=anything)
def test_nothing_in_a_name_breaks_a_message(person: PersonRecord, camera: str, thing: str, stranger_id: str) -> None:
    known = alert(person=person, camera=camera, thing=thing)
    for one in (known, replace(known, person=None, stranger_id=stranger_id, kind="unknown")):
        texts = told(one, LINK)
        assert texts.subject.isascii()
        assert texts.subject.isprintable()
        assert 0 < len(texts.subject) <= LONGEST_SUBJECT
        assert texts.subject[0].isalnum() or texts.subject[0] in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
        assert texts.sms.isprintable()
        assert len(texts.sms) <= 160 + len(LINK)
        assert texts.short.replace("\n", "", 1).isprintable()
        assert all(line.isprintable() for line in texts.email.split("\n"))
        assert len(texts.email.split("\n")) <= 8
        attributes = attributes_of(one)
        assert set(attributes) == {"category", "kind", "device", "camera"}
        assert all(value and value.isprintable() for value in attributes.values())


@pytest.mark.parametrize("name", ["Europe/Nowhere", "Europe", "../etc/passwd", "/etc/localtime", "x\0y"])
def test_a_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="there is no time zone"):
        time_zone(name)


def test_zones_are_known_where_the_machine_has_none() -> None:
    program = "from cloud_lambdas.alerts.zone import time_zone; print(time_zone('Europe/Lisbon'))"
    environment = {**os.environ, "PYTHONTZPATH": ""}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "Europe/Lisbon\n"
