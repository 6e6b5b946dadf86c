"""What people say that a sighting really was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from argus.core.errors import UsageError
from argus.storage.failpoints import EXIT_CODE, VARIABLE
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.corrections import CorrectionsService
from cloud_lambdas.sightings.open_corrections import open_corrections
from cloud_lambdas.sightings.sighting import Sighting
from tests.cloud.sightings.world import World, golden, message_of

MATCH, UNKNOWN = golden("match"), golden("unknown")
ZOE = PersonRecord("zoe", "unlisted", name="Zoë 佐藤 😀", category="staff")
ADA = PersonRecord("ada", "known", name="Ada Lovelace", category="visitor")

NOT_THEM = """
import os
import sys
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.sightings.open_corrections import open_corrections

open_corrections(os.environ, Clients()).not_them(sys.argv[1], by="killed")
"""


@pytest.fixture
def corrections(world: World) -> CorrectionsService:
    """Of a world with a match of Zoë, a stranger, and a record of Ada."""
    world.add_person("ada", name="Ada Lovelace", category="visitor")
    world.add_person("tim", name="Tim", category="visitor", deleted_at="2024-01-01T00:00:00Z")
    world.take(message_of(MATCH), message_of(UNKNOWN))
    return open_corrections(world.environment, world.clients)


def indexed_person(world: World) -> str | None:
    """Under whom the index of people has the match."""
    table = world.environment[names.SIGHTINGS_TABLE]
    item: dict[str, Any] = world.clients.dynamodb.get_item(
        TableName=table, Key={"event_id": {"S": MATCH.event_id}}, ConsistentRead=True
    )["Item"]
    person_id: str | None = item.get("person_id", {}).get("S")
    return person_id


def test_not_them_is_them_and_undone(world: World, corrections: CorrectionsService) -> None:
    assert indexed_person(world) == "zoe"
    assert corrections.not_them(MATCH.event_id, by="eva").meant is None
    assert indexed_person(world) is None
    assert corrections.is_person(MATCH.event_id, "ada", by="eva").meant == ADA
    assert indexed_person(world) == "ada"
    sighting = corrections.undo(MATCH.event_id, by="tom")
    assert indexed_person(world) == "zoe"
    assert sighting == world.sighting(MATCH)
    assert (sighting.event, sighting.person, sighting.meant) == (MATCH, ZOE, ZOE)
    assert [(one.action, one.by) for one in sighting.corrections] == [
        ("not_them", "eva"),
        ("is", "eva"),
        ("undo", "tom"),
    ]


def test_each_correction_has_an_audit_object_beside_that_of_the_event(
    world: World, corrections: CorrectionsService
) -> None:
    before = world.audit()
    corrections.not_them(MATCH.event_id, by="eva")
    corrections.is_person(MATCH.event_id, "ada", by="eva")
    audit = world.audit()
    assert {key: audit[key] for key in before} == before
    stem = next(key for key in before if MATCH.event_id in key).removesuffix(".json")
    assert audit[f"{stem}.correction-1.json"]["action"] == "not_them"
    assert audit[f"{stem}.correction-2.json"]["person"]["name"] == "Ada Lovelace"
    assert len(audit) == len(before) + 2


def test_a_stranger_can_be_named(world: World, corrections: CorrectionsService) -> None:
    assert corrections.is_person(UNKNOWN.event_id, "ada", by="eva").meant == ADA
    assert corrections.undo(UNKNOWN.event_id, by="eva").meant is None


def test_what_holds_already_is_not_said_twice(world: World, corrections: CorrectionsService) -> None:
    first = corrections.not_them(MATCH.event_id, by="eva")
    assert corrections.not_them(MATCH.event_id, by="tom") == first
    assert len(world.audit()) == 3


def test_what_cannot_be_said_is_refused(corrections: CorrectionsService) -> None:
    refusals: list[tuple[Callable[[], Sighting], str]] = [
        (lambda: corrections.not_them(UNKNOWN.event_id, by="eva"), "names nobody"),
        (lambda: corrections.undo(MATCH.event_id, by="eva"), "nothing to undo"),
        (lambda: corrections.is_person(MATCH.event_id, "nobody", by="eva"), "there is no person 'nobody'"),
        (lambda: corrections.is_person(MATCH.event_id, "tim", by="eva"), "there is no person 'tim'"),
        (lambda: corrections.not_them("018f3406-0000-7000-8000-000000000000", by="eva"), "there is no sighting"),
    ]
    for refused, message in refusals:
        with pytest.raises(UsageError, match=message):
            refused()


def test_the_event_that_comes_again_leaves_the_correction(world: World, corrections: CorrectionsService) -> None:
    corrected = corrections.is_person(MATCH.event_id, "ada", by="eva")
    world.take(message_of(MATCH))
    assert world.sighting(MATCH) == corrected
    assert indexed_person(world) == "ada"


def test_who_was_killed_between_the_audit_and_the_table_is_completed(
    world: World, corrections: CorrectionsService
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", NOT_THEM, MATCH.event_id],
        env={**os.environ, **world.environment, VARIABLE: "cloud.correction.audited"},
        check=False,
    )
    assert killed.returncode == EXIT_CODE
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sighting.meant == ZOE
    corrected = corrections.is_person(MATCH.event_id, "ada", by="eva")
    assert [(one.action, one.by) for one in corrected.corrections] == [("not_them", "killed"), ("is", "eva")]
    assert len(world.audit()) == 4


def test_of_many_at_once_none_is_lost(world: World, corrections: CorrectionsService) -> None:
    people = [f"person-{number}" for number in range(6)]
    for person in people:
        world.add_person(person, name=person, category="visitor")
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda person: corrections.is_person(MATCH.event_id, person, by=person), people))
    sighting = world.sighting(MATCH)
    assert sighting is not None
    assert sorted(one.person.id for one in sighting.corrections if one.person) == people
    assert sighting.meant == sighting.corrections[-1].person
    assert indexed_person(world) == (sighting.meant and sighting.meant.id)
