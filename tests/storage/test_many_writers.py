"""Many programs at one collection: nobody's change is lost, and nobody reads half a version."""

from __future__ import annotations

import multiprocessing
import os
from datetime import datetime, timezone
from multiprocessing.synchronize import Event

from argus.core.collection import Collection
from argus.storage.open_store import open_collection
from argus.storage.repository import CollectionRepository
from tests.made_up import enrolled

WRITERS, CHANGES = 16, 2
PEOPLE = [f"person-{number}" for number in range(4)]

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["argus.storage.s3", "argus.storage.open_store", "tests.made_up"])
"""What each process needs is loaded once, perhaps before this test's account was set: each is given that."""


def repository(place: str) -> CollectionRepository:
    return open_collection(place, lambda: datetime.now(timezone.utc))


def add_people(environment: dict[str, str], place: str, writer: int) -> None:
    os.environ.update(environment)
    mine = repository(place)
    for number in range(CHANGES):
        person = enrolled(f"person-{writer}-{number}")
        mine.update(lambda old, person=person: old.with_person(person))  # type: ignore[misc]


def test_sixteen_writers_in_separate_processes_lose_no_change(place: str) -> None:
    writers = [CONTEXT.Process(target=add_people, args=(dict(os.environ), place, writer)) for writer in range(WRITERS)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(120)
    assert [process.exitcode for process in writers] == [0] * WRITERS
    found = repository(place).load()
    assert {one.person.id for one in found.collection.people} == {
        f"person-{writer}-{number}" for writer in range(WRITERS) for number in range(CHANGES)
    }
    assert found.head.statement.sequence == WRITERS * CHANGES


def generation(number: int) -> Collection:
    """People in several buckets, all of whose names tell the generation."""
    return Collection.of(enrolled(person_id, name=f"Generation {number}") for person_id in PEOPLE)


def rewrite(environment: dict[str, str], place: str, done: Event) -> None:
    os.environ.update(environment)
    mine = repository(place)
    number = 1
    while not done.is_set():
        people = generation(number)
        mine.update(lambda _, people=people: people)  # type: ignore[misc]
        number += 1


def test_a_reader_never_sees_half_a_version(place: str) -> None:
    repository(place).update(lambda _: generation(0))
    done = CONTEXT.Event()
    writer = CONTEXT.Process(target=rewrite, args=(dict(os.environ), place, done))
    writer.start()
    try:
        seen: list[str] = []
        while len(set(seen)) < 4 and writer.is_alive():
            names = {one.person.name for one in repository(place).load().collection.people}
            assert len(names) == 1
            seen += names
    finally:
        done.set()
        writer.join(60)
    assert writer.exitcode == 0
    assert len(set(seen)) == 4
    assert seen == sorted(seen, key=lambda name: int(name.split()[1]))
