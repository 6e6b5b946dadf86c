"""A writer that is killed at any step of a change leaves the version before it or the one after it, whole."""

from __future__ import annotations

import multiprocessing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.storage.failpoints import EXIT_CODE, VARIABLE
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from tests.made_up import enrolled

WRITTEN = ("bucket", "manifest", "head")
"""What a change of one person writes, in this order."""

STEPS = ("write.unsynced", "write.unnamed", "write.named")


def repository(place: Path) -> CollectionRepository:
    return CollectionRepository(FolderStore(place), "staff", lambda: datetime(2024, 5, 1, tzinfo=timezone.utc))


def add(place: Path, person: str) -> None:
    repository(place).update(lambda old: old.with_person(enrolled(person)))


def people(place: Path) -> set[str]:
    return {one.person.id for one in repository(place).load().collection.people}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", range(1, 4), ids=WRITTEN)
def test_killed_while_it_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int) -> None:
    add(tmp_path, "ann")
    monkeypatch.setenv(VARIABLE, f"{step}:{number}")
    writer = multiprocessing.get_context("spawn").Process(target=add, args=(tmp_path, "bob"))
    writer.start()
    writer.join(60)
    monkeypatch.delenv(VARIABLE)
    assert writer.exitcode == EXIT_CODE

    done = (step, number) == ("write.named", len(WRITTEN))
    assert people(tmp_path) == ({"ann", "bob"} if done else {"ann"})
    add(tmp_path, "bob")
    add(tmp_path, "eve")
    assert people(tmp_path) == {"ann", "bob", "eve"}
