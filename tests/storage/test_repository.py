from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.collection import Collection, Enrolled, bucket_of
from argus.core.errors import CollectionDamaged, CollectionMissing, ModelError
from argus.core.types import PLAIN_MODEL_ID
from argus.storage.erasing import erase_person
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository, folder_collection
from argus.storage.versions import FolderVersions
from tests.made_up import enrolled, face

GOLDEN = Path(__file__).parent.parent / "golden" / "collection"
NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)


class CountingStore(FolderStore):
    """A folder that notes what is read and written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: list[str] = []
        self.written: list[str] = []

    def get(self, key: str) -> tuple[bytes, str] | None:
        self.read.append(key.partition("/")[0])
        return super().get(key)

    def put(self, key: str, data: bytes) -> None:
        self.written.append(key.partition("/")[0])
        super().put(key, data)


def repository(root: Path, model_id: str = "dlib-resnet-v1m") -> CollectionRepository:
    return CollectionRepository(FolderStore(root), "staff", lambda: NOW, model_id)


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    people = [enrolled(f"person-{number}", faces=number % 3 + 1) for number in range(20)]
    written = repository(tmp_path).update(lambda _: Collection.of(people))
    found = repository(tmp_path).load()
    assert found == written
    assert found.collection.people == tuple(sorted(people, key=lambda one: one.person.id))
    assert (found.collection_id, found.head.statement.sequence) == ("staff", 1)


def test_the_golden_collection_is_read() -> None:
    found = repository(GOLDEN).load()
    assert [one.person.name for one in found.collection.people] == ["Ann", "Jörg Müller", "田中"]
    assert (found.collection_id, found.head.statement.sequence) == ("golden", 7)
    assert found.head.statement.expires_at == NOW + timedelta(days=30)


def test_nothing_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CollectionMissing, match="'staff'"):
        repository(tmp_path).load()
    assert len(repository(tmp_path).load_or_empty()) == 0


def test_a_change_to_nothing_keeps_the_version(tmp_path: Path) -> None:
    ann = enrolled("ann")
    first = repository(tmp_path).update(lambda old: old.with_person(ann))
    assert repository(tmp_path).update(lambda old: old.with_person(ann)) == first
    assert repository(tmp_path).update(lambda old: old.without_person("ann").with_person(ann)) == first
    second = repository(tmp_path).update(lambda old: old.with_faces(ann.person, [face("another")]))
    assert second.version != first.version
    assert second.head.statement.sequence == 2


def test_only_what_changed_is_written_and_read(tmp_path: Path) -> None:
    people = [enrolled(f"person-{number}") for number in range(40)]
    repository(tmp_path).update(lambda _: Collection.of(people))
    writer_store, reader_store = CountingStore(tmp_path), CountingStore(tmp_path)
    writer = CollectionRepository(writer_store, "staff", lambda: NOW)
    reader = CollectionRepository(reader_store, "staff", lambda: NOW)
    reader.load()
    writer.update(lambda old: old.with_faces(people[7].person, [face("another")]))
    assert writer_store.written == ["buckets", "manifests"]
    reader_store.read.clear()
    changed = reader.load().collection.find("person-7")
    assert changed == Enrolled.of(people[7].person, (*people[7].faces, face("another")))
    assert reader_store.read == ["head.json", "manifests", "buckets"]
    reader_store.read.clear()
    reader.load()
    assert reader_store.read == ["head.json"]


def test_a_change_is_made_again_on_what_another_writer_stored(tmp_path: Path) -> None:
    first, second = repository(tmp_path), repository(tmp_path)
    calls: list[Sequence[str]] = []

    def change(old: Collection) -> Collection:
        calls.append([one.person.id for one in old.people])
        if len(calls) == 1:
            second.update(lambda other: other.with_person(enrolled("bob")))
        return old.with_person(enrolled("ann"))

    assert [one.person.id for one in first.update(change).collection.people] == ["ann", "bob"]
    assert calls == [[], ["bob"]]


def test_a_collection_of_another_model_is_refused(tmp_path: Path) -> None:
    repository(tmp_path, PLAIN_MODEL_ID).update(lambda old: old)
    with pytest.raises(ModelError, match="argus collection upgrade"):
        repository(tmp_path).load()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    root = tmp_path / "staff"
    repository(root).update(lambda _: Collection.of([enrolled(f"person-{number}") for number in range(5)]))
    return root


def test_every_missing_or_altered_object_is_named(stored: Path, tmp_path: Path) -> None:
    keys = FolderStore(stored).keys("")
    assert len(keys) == 7
    for key in keys:
        copy = tmp_path / "copy"
        shutil.copytree(stored, copy)
        content = bytearray((copy / key).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / key).write_bytes(content)
        with pytest.raises(CollectionDamaged):
            repository(copy).load()
        (copy / key).unlink()
        with pytest.raises(CollectionMissing if key == "head.json" else CollectionDamaged):
            repository(copy).load()
        shutil.rmtree(copy)


def test_people_in_the_wrong_bucket_are_refused(tmp_path: Path) -> None:
    ann = enrolled("ann")
    repository(tmp_path).update(lambda old: Collection({(bucket_of("ann") + 1) % 256: (ann,)}, old.model_id))
    with pytest.raises(CollectionDamaged, match="other people"):
        repository(tmp_path).load()


def erase(folder: Path, person_id: str) -> None:
    erase_person(FolderStore(folder), FolderVersions(folder), person_id, lambda: NOW)


def test_nothing_of_an_erased_person_is_left_in_any_version(tmp_path: Path) -> None:
    sharing = [f"person-{number}" for number in range(2000) if bucket_of(f"person-{number}") == bucket_of("ann")][:2]
    repo = repository(tmp_path)
    repo.update(lambda _: Collection.of([enrolled("ann", 1), enrolled(sharing[0]), enrolled("bob")]))
    repo.update(lambda collection: collection.with_person(enrolled("ann", 3)))
    repo.update(lambda collection: collection.with_person(enrolled(sharing[1])))
    (tmp_path / "buckets" / f"{'0' * 64}.npz").write_bytes(b"unreadable, so it might be hers")
    assert sum(b'"ann"' in path.read_bytes() for path in (tmp_path / "buckets").iterdir()) == 3
    erase(tmp_path, "ann")
    left = repo.load().collection
    assert [one.person.id for one in left.people] == sorted(["bob", *sharing])
    assert repository(tmp_path).load().collection == left
    assert [b'"ann"' in path.read_bytes() for path in (tmp_path / "buckets").iterdir()] == [False, False]
    erase(tmp_path, "ann")
    assert repo.load().collection is left


def test_a_reader_of_a_version_that_is_erased_meanwhile_reads_the_next(tmp_path: Path) -> None:
    writer = repository(tmp_path)
    writer.update(lambda _: Collection.of([enrolled("ann"), enrolled("bob")]))

    class Slow(FolderStore):
        def get(self, key: str) -> tuple[bytes, str] | None:
            found = super().get(key)
            if key == "head.json":
                erase(tmp_path, "ann")
            return found

    read = CollectionRepository(Slow(tmp_path), "staff", lambda: NOW).load()
    assert [one.person.id for one in read.collection.people] == ["bob"]


def test_a_collection_is_called_after_its_place_as_far_as_a_topic_allows(tmp_path: Path) -> None:
    place = tmp_path / ("long name " * 9)
    repository = folder_collection(place, lambda: datetime(2024, 5, 1, tzinfo=timezone.utc))
    assert repository.create().collection_id == ("long-name-" * 9)[:64]
