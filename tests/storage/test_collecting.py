from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.collection import Collection
from argus.core.errors import CollectionMissing
from argus.core.ports import BlobStore
from argus.storage.collecting import NOTES_KEY, collect_garbage
from argus.storage.folder import FolderStore
from argus.storage.open_store import open_collection, open_store
from argus.storage.repository import CollectionRepository
from tests.made_up import enrolled

HOUR = timedelta(hours=1)


def write(place: str, *names: str) -> CollectionRepository:
    """One version a name: Ann is called so."""
    repository = open_collection(place, lambda: datetime.now(timezone.utc))
    for name in names:
        repository.update(lambda _, name=name: Collection.of([enrolled("ann", name=name)]))  # type: ignore[misc]
    return repository


def pass_time(folder: Path, passed: timedelta) -> None:
    """All that is in the folder is as if it had been done that much earlier."""
    notes = folder / NOTES_KEY
    if notes.exists():
        content = json.loads(notes.read_bytes())
        for key, moment in content["unreachable"].items():
            earlier = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ") - passed
            content["unreachable"][key] = earlier.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        notes.write_text(json.dumps(content), encoding="utf-8")
    for path in folder.rglob("*.*"):
        os.utime(path, times=(0, path.stat().st_mtime - passed.total_seconds()))


def parts(store: BlobStore) -> int:
    return len(store.keys("buckets/")) + len(store.keys("manifests/"))


def test_what_no_version_needs_goes_after_the_grace(place: str) -> None:
    write(place, "One", "Two", "Three")
    store = open_store(place)
    store.put("photos/ann.jpg", b"none of it")
    store.put("buckets/readme.npz", b"none of it either")
    time.sleep(1.1)  # S3 counts whole seconds
    first = collect_garbage(store, grace=timedelta(seconds=1), keep=1)
    assert (len(first.deleted), first.waiting, first.kept) == (0, 2, 4)
    time.sleep(2.1)
    second = collect_garbage(store, grace=timedelta(seconds=1), keep=1)
    assert (len(second.deleted), second.waiting, second.kept) == (2, 0, 4)
    assert parts(store) == 5
    assert store.get("photos/ann.jpg") is not None
    assert write(place).load().collection.people[0].person.name == "Three"


def test_no_grace_is_at_once(place: str) -> None:
    write(place, "One", "Two")
    seen = collect_garbage(open_store(place), grace=timedelta(0), keep=0, dry_run=True)
    assert (len(seen.deleted), parts(open_store(place))) == (2, 4)
    assert collect_garbage(open_store(place), grace=timedelta(0), keep=0).deleted == seen.deleted
    assert parts(open_store(place)) == 2


def test_a_slow_reader_of_an_old_version_that_was_just_replaced_is_waited_for(tmp_path: Path) -> None:
    repository = write(str(tmp_path), "One")
    pass_time(tmp_path, 1000 * HOUR)
    slow = FolderStore(tmp_path)
    write(str(tmp_path), "Two")
    for _ in range(3):
        assert collect_garbage(slow, grace=HOUR, keep=0).deleted == ()
        pass_time(tmp_path, HOUR / 4)
    assert parts(slow) == 4
    pass_time(tmp_path, HOUR)
    assert len(collect_garbage(slow, grace=HOUR, keep=0).deleted) == 2
    assert repository.load().collection.people[0].person.name == "Two"


def test_what_is_written_again_counts_anew(tmp_path: Path) -> None:
    write(str(tmp_path), "One", "Two")
    store = FolderStore(tmp_path)
    collect_garbage(store, grace=HOUR, keep=0)
    pass_time(tmp_path, 2 * HOUR)
    write(str(tmp_path), "One", "Two")  # the same buckets, needed again and then no more
    assert [entry.key[:10] for entry in collect_garbage(store, grace=HOUR, keep=0).deleted] == ["manifests/"]
    assert len(store.keys("buckets/")) == 2


def test_what_is_gone_back_to_counts_anew(tmp_path: Path) -> None:
    repository = write(str(tmp_path), "One")
    first = repository.load().version
    write(str(tmp_path), "Two")
    store = FolderStore(tmp_path)
    collect_garbage(store, grace=HOUR, keep=0)
    pass_time(tmp_path, 2 * HOUR)
    repository.roll_back(first)
    write(str(tmp_path), "Three")
    assert collect_garbage(store, grace=HOUR, keep=0).deleted == ()


def test_a_writer_who_brings_parts_back_meanwhile_keeps_them(tmp_path: Path) -> None:
    write(str(tmp_path), "One", "Two")

    class Meanwhile(FolderStore):
        """Another program goes back to what is about to be deleted."""

        def get_unless(self, key: str, tag: str):  # type: ignore[no-untyped-def]
            write(str(tmp_path), "One")
            return super().get_unless(key, tag)

    collect_garbage(Meanwhile(tmp_path), grace=timedelta(0), keep=0)
    assert write(str(tmp_path)).load().collection.people[0].person.name == "One"


@pytest.mark.parametrize(
    ("rolls_back", "moment"), [(False, 1), (False, 2), (True, 1)], ids=["writes", "writes later", "rolls back"]
)
def test_a_writer_in_the_moment_before_a_deletion_keeps_its_parts(
    tmp_path: Path, rolls_back: bool, moment: int
) -> None:
    first = write(str(tmp_path), "One").load().version
    write(str(tmp_path), "Two")
    deletions = []

    class Late(FolderStore):
        """Another program goes back to what is deleted the next moment, and is done."""

        def delete(self, key: str) -> None:
            deletions.append(key)
            if len(deletions) == moment and rolls_back:
                write(str(tmp_path)).roll_back(first)
            elif len(deletions) == moment:
                write(str(tmp_path), "One")
            super().delete(key)

    collect_garbage(Late(tmp_path), grace=timedelta(0), keep=0)
    assert len(deletions) >= moment
    assert write(str(tmp_path)).load().collection.people[0].person.name == "One"


@pytest.mark.parametrize("rolls_back", [False, True], ids=["writes", "rolls back"])
def test_a_deletion_in_the_moment_before_the_head_is_replaced_is_made_good(tmp_path: Path, rolls_back: bool) -> None:
    first = write(str(tmp_path), "One").load().version
    write(str(tmp_path), "Two")

    class Interrupted(FolderStore):
        """Everything that is garbage goes just before the head is replaced, however new it is."""

        def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
            collect_garbage(FolderStore(tmp_path), grace=timedelta(0), keep=0)
            assert parts(self) == 2
            return super().replace(key, data, expected_tag=expected_tag)

    repository = CollectionRepository(Interrupted(tmp_path), "staff", lambda: datetime.now(timezone.utc))
    if rolls_back:
        repository.roll_back(first)
    else:
        repository.update(lambda _: Collection.of([enrolled("ann", name="One")]))
    assert write(str(tmp_path)).load().collection.people[0].person.name == "One"


def test_what_was_erased_meanwhile_is_not_put_back(tmp_path: Path) -> None:
    write(str(tmp_path), "One", "Two")

    class Late(FolderStore):
        def delete(self, key: str) -> None:
            write(str(tmp_path)).update(lambda old: old.without_person("ann"))
            super().delete(key)

    collect_garbage(Late(tmp_path), grace=timedelta(0), keep=0)
    assert not any(b"One" in path.read_bytes() for path in tmp_path.rglob("*.npz"))


@pytest.mark.parametrize(("late", "name"), [(timedelta(seconds=-5), "One"), (timedelta(0), "Two")])
def test_a_reader_who_takes_just_the_grace(tmp_path: Path, late: timedelta, name: str) -> None:
    people = [enrolled(f"person-{number}", name="One") for number in range(4)]
    write(str(tmp_path)).update(lambda _: Collection.of(people))
    read: list[str] = []

    class Slow(FolderStore):
        """Begins to read the first version, and has a part of it still to read when the grace is nearly over, or is."""

        def get(self, key: str) -> tuple[bytes, str] | None:
            read.append(key)
            if len([one for one in read if one.startswith("buckets/")]) == 3 and len(set(read)) == len(read):
                write(str(tmp_path)).update(lambda _: Collection.of([enrolled("ann", name="Two")]))
                assert collect_garbage(FolderStore(tmp_path), grace=HOUR, keep=0).deleted == ()
                pass_time(tmp_path, HOUR + late)
                gone = collect_garbage(FolderStore(tmp_path), grace=HOUR, keep=0).deleted
                assert bool(gone) == (name == "Two")
                read.append(key)
            return super().get(key)

    slow = CollectionRepository(Slow(tmp_path), "staff", lambda: datetime.now(timezone.utc))
    assert {one.person.name for one in slow.load().collection.people} == {name}


def test_damaged_notes_only_cost_time(tmp_path: Path) -> None:
    write(str(tmp_path), "One", "Two")
    store = FolderStore(tmp_path)
    for notes in (
        b"",
        b"[]",
        b'{"schema":"argus.gc/1","unreachable":[]}',
        b'{"schema":"argus.gc/1","unreachable":{"a":1}}',
    ):
        store.put(NOTES_KEY, notes)
        assert collect_garbage(store, grace=HOUR, keep=0).waiting == 2


def test_an_unreadable_earlier_version_is_not_kept(tmp_path: Path) -> None:
    repository = write(str(tmp_path), "One")
    (tmp_path / "manifests" / f"{repository.load().version}.json").write_bytes(b"{}")
    write_over = FolderStore(tmp_path)
    with pytest.raises(CollectionMissing, match="no collection here"):
        collect_garbage(FolderStore(tmp_path / "elsewhere"))
    write_over.delete("head.json")
    write(str(tmp_path), "Two")
    assert len(collect_garbage(write_over, grace=timedelta(0)).deleted) == 2
