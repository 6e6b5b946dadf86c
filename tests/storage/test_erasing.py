"""Erasing somebody: in a folder, in a bucket, and in one that keeps every version."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import boto3
import pytest

from argus.core.errors import HeadRefused
from argus.core.ports import BlobStore
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.erasing import Erased, erase_person, erase_photos
from argus.storage.failpoints import EXIT_CODE, VARIABLE
from argus.storage.heads import HeadAt, side_key
from argus.storage.open_store import open_store
from argus.storage.open_versions import open_versions
from argus.storage.reading import Snapshot
from argus.storage.repository import CollectionRepository
from argus.storage.versions import VersionedStore
from tests.made_up import enrolled

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
FAILPOINTS = ("erase.excluded", "erase.manifests", "erase.part")


@pytest.fixture
def versioned(bucket: str) -> str:
    """A bucket that keeps every version."""
    boto3.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture(params=["folder", "versioned"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "people")
    return f"s3://{request.getfixturevalue(request.param)}/some/prefix"


IN_A_BUCKET_TOO = pytest.mark.parametrize("place", ["folder", "bucket", "versioned"], indirect=True)


@cache
def store_at(place: str) -> BlobStore:
    """Kept, since a client of S3 takes a third of a second to make."""
    return open_store(place)


@cache
def versions_at(place: str) -> VersionedStore:
    return open_versions(place)


def repository(place: str) -> CollectionRepository:
    return CollectionRepository(store_at(place), "staff", lambda: NOW)


def fill(place: str) -> list[Snapshot]:
    """Three versions with Anna, who has a namesake; one before her, and garbage that held her."""
    repo = repository(place)
    versions = [
        repo.update(lambda old: old.with_person(enrolled("anna2")).with_person(enrolled("bob"))),
        repo.update(lambda old: old.with_person(enrolled("anna", faces=3))),
        repo.update(lambda old: old.with_person(enrolled("anna", faces=2))),
        repo.update(lambda old: old.with_person(enrolled("eve"))),
    ]
    store = store_at(place)
    for key in store.keys("manifests/"):
        if versions[1].version in key:
            store.delete(key)  # as `gc` does; a bucket with versioning keeps it
    return versions


def erase(place: str, person_id: str = "anna") -> Erased:
    return erase_person(store_at(place), versions_at(place), person_id, lambda: NOW)


def everything(place: str) -> bytes:
    """All bytes that are still there, of all versions."""
    versions = versions_at(place)
    return b"".join(versions.read(one) or b"" for one in versions.versions("") if not one.is_marker)


@IN_A_BUCKET_TOO
def test_nothing_is_left_of_them(place: str) -> None:
    before = fill(place)
    assert b'"id":"anna"' in everything(place)
    erased = erase(place)
    assert (erased.faces, erased.issued, erased.left) == (2, True, ())
    assert erased.buckets == 2 and erased.versions >= erased.buckets + erased.manifests
    assert b'"id":"anna"' not in everything(place)
    assert not any(one.is_marker and one.key.startswith("buckets/") for one in versions_at(place).versions(""))
    snapshot = repository(place).load()
    assert {one.person.id for one in snapshot.collection.people} == {"anna2", "bob", "eve"}
    (statement,) = erased.statements
    assert snapshot.head.statement == statement
    assert (statement.sequence, statement.minimum_sequence) == (5, 5)
    listed = {one.key for one in versions_at(place).versions("manifests/")}
    assert listed == {f"manifests/{version.version}.json" for version in (before[0], snapshot)}


def test_nobody_goes_back_behind_it(place: str) -> None:
    """Not to what held the person, and not to what did not: what a later change left is still there."""
    before = fill(place)
    erase(place)
    with pytest.raises(HeadRefused) as refused:
        repository(place).roll_back(before[0].version)
    assert refused.value.reason == "erased"
    one, two = (
        repository(place).update(lambda old, name=name: old.with_person(enrolled(name)))  # type: ignore[misc]
        for name in ("new", "newer")
    )
    assert two.head.statement.minimum_sequence == 5
    back = repository(place).roll_back(one.version)
    assert (back.head.statement.sequence, back.head.statement.minimum_sequence) == (8, 5)


def test_again_it_finds_nothing_and_writes_nothing(place: str) -> None:
    fill(place)
    first = erase(place)
    again = erase(place)
    assert (again.issued, again.faces, again.versions, again.left) == (False, 0, 0, ())
    assert again.statements == first.statements


def test_somebody_who_left_earlier_is_erased_from_what_is_left(place: str) -> None:
    fill(place)
    repository(place).update(lambda old: old.without_person("anna"))
    erased = erase(place)
    assert (erased.faces, erased.buckets, erased.issued) == (0, 2, True)
    assert b'"id":"anna"' not in everything(place)


def test_whoever_was_never_there(place: str) -> None:
    fill(place)
    before = everything(place)
    assert not erase(place, "ann").issued
    assert everything(place) == before


def test_all_heads_of_a_place_lose_them(place: str) -> None:
    fill(place)
    store = store_at(place)
    beside = CollectionRepository(HeadAt(store, side_key(MIRROR_MODEL_ID)), "staff", lambda: NOW)
    beside.update(lambda old: old.with_person(enrolled("anna", faces=1)).with_person(enrolled("zoe")))
    erased = erase(place)
    assert erased.faces == 3
    assert [(one.sequence, one.minimum_sequence) for one in erased.statements] == [(5, 5), (5, 5)]
    assert {one.person.id for one in beside.load().collection.people} == {"zoe"}
    assert b'"id":"anna"' not in everything(place)


def test_what_a_writer_left_unfinished_goes_too(tmp_path: Path) -> None:
    place = str(tmp_path / "people")
    fill(place)
    part = next(path for path in (tmp_path / "people" / "buckets").iterdir() if b'"id":"anna"' in path.read_bytes())
    data = part.read_bytes()
    unfinished = part.with_name(".new-half")
    unfinished.write_bytes(data[: len(data) // 2])
    others = [part.with_name(".new-other"), part.with_name("notes.txt"), part.with_name("anna.npz")]
    for other in others:
        other.write_bytes(b"not of anybody")
    erase(place)
    assert not unfinished.exists() and all(other.exists() for other in others)


def killed_at(failpoint: str, task: Callable[[str], object], place: str, monkeypatch: pytest.MonkeyPatch) -> int | None:
    monkeypatch.setenv(VARIABLE, failpoint)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=task, args=(place,))
    process.start()
    process.join(60)
    monkeypatch.delenv(VARIABLE)
    return process.exitcode


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_killed_it_is_completed_by_the_next_run(
    failpoint: str, versioned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"s3://{versioned}/staff"
    fill(place)
    assert killed_at(failpoint, erase, place, monkeypatch) == EXIT_CODE
    assert repository(place).load().collection.find("anna") is None
    assert b'"id":"anna"' in everything(place)
    assert erase(place).left == ()
    assert b'"id":"anna"' not in everything(place)


@pytest.mark.parametrize("point", FAILPOINTS)
def test_enrolled_again_meanwhile_they_are_erased_again_and_all_others_stay_whole(
    place: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place)
    another, waiting = CollectionRepository(open_store(place), "staff", lambda: NOW), [point]

    def enrol_again(name: str) -> None:
        if name in waiting:
            waiting.remove(name)
            another.update(lambda old: old.with_person(enrolled("anna", faces=3)))

    monkeypatch.setattr("argus.storage.erasing.failpoint", enrol_again)
    erased = erase(place)
    assert waiting == [] and erased.left == ()
    people = CollectionRepository(open_store(place), "staff", lambda: NOW).load().collection.people
    assert sorted(one.person.id for one in people) == ["anna2", "bob", "eve"]
    assert b'"id":"anna"' not in everything(place)


def erase_photos_of_anna(place: str) -> None:
    erase_photos(versions_at(place), "anna".__eq__)


def test_killed_among_photos_the_next_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = str(tmp_path)
    for number in range(3):
        store_at(place).put(f"anna/{number}.jpg", b"")
    assert killed_at("erase.photo:2", erase_photos_of_anna, place, monkeypatch) == EXIT_CODE
    assert len(versions_at(place).versions("anna/")) == 1
    erase_photos_of_anna(place)
    assert not (tmp_path / "anna").exists()


def test_what_is_locked_is_named_with_the_end_of_its_lock(bucket: str, aws: str) -> None:
    client = boto3.client("s3")
    name = f"{bucket}-locked"
    client.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=True,
    )
    place, until = f"s3://{name}/staff", datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=9)
    fill(place)
    held = next(
        one
        for one in versions_at(place).versions("buckets/")
        if b'"id":"anna"' in (versions_at(place).read(one) or b"")
    )
    client.put_object_retention(
        Bucket=name,
        Key=f"staff/{held.key}",
        VersionId=held.version_id,
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
    )
    (left,) = erase(place).left
    assert (left.version, left.until) == (held, until)
    assert store_at(place).get(held.key) is None  # nobody finds it by its name
    assert repository(place).load().collection.find("anna") is None


@IN_A_BUCKET_TOO
def test_photos_go_with_their_versions_and_nobody_elses(place: str) -> None:
    store = store_at(place)
    for key in ("anna/1.jpg", "anna/sub/2.jpg", "anna2/1.jpg", "annas.jpg", "bob/anna/1.jpg"):
        store.put(key, b"old")
        store.put(key, b"new")
    store.delete("anna/1.jpg")
    versions = versions_at(place)
    photos, count, left = erase_photos(versions, lambda name: name == "anna")
    assert left == ()
    assert photos in (1, 2) and count >= photos
    assert {one.key for one in versions.versions("")} == {"anna2/1.jpg", "annas.jpg", "bob/anna/1.jpg"}
    assert erase_photos(versions, lambda name: name == "anna") == (0, 0, ())


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.jpg").write_bytes(b"")
    photos = tmp_path / "photos"
    (photos / "anna").mkdir(parents=True)
    (photos / "anna" / "more").symlink_to(tmp_path / "elsewhere")
    (photos / "anna2").symlink_to(tmp_path / "elsewhere")
    for name in ("anna", "anna2"):
        erase_photos(versions_at(str(photos)), name.__eq__)
    assert list(photos.iterdir()) == []
    assert (tmp_path / "elsewhere" / "1.jpg").exists()


def test_what_a_bucket_keeps_is_said(versioned: str) -> None:
    place = f"s3://{versioned}/staff"
    settings = versions_at(place).settings()
    assert settings == {"versioning": "enabled", "replication": "none", "lifecycle": "none", "object lock": "none"}
    boto3.client("s3").put_bucket_lifecycle_configuration(
        Bucket=versioned,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                }
            ]
        },
    )
    assert versions_at(place).settings()["lifecycle"] == "noncurrent versions end after 30 days"
