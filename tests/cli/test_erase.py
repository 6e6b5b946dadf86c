"""``argus people erase``: with photos, devices that follow, and a receipt."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest

from argus.cli import erase_waiting
from argus.cli.main import main
from argus.core.confirmation import Confirmation
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID, Person
from argus.device.outbox.store import Outbox
from argus.device.records.store import RecordStore
from argus.device.records.values import Correction
from argus.device.settings.model import Settings
from argus.device.sync.collection_sync import CollectionSync
from argus.storage.confirmations import write_confirmation
from argus.storage.folder import FolderStore
from argus.storage.open_store import open_store
from argus.storage.repository import CollectionRepository
from tests.device.outbox.waiting import Clocks, event
from tests.device.records.kept import crop, look
from tests.made_up import enrolled, vector


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(erase_waiting, "EACH_SECONDS", 0.05)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Anna in two versions, and two others."""
    folder = tmp_path / "people"
    enrol(str(folder))
    return folder


def enrol(place: str) -> None:
    repository = CollectionRepository(open_store(place), "staff", now)
    repository.update(lambda old: old.with_person(enrolled("anna2")).with_person(enrolled("bob", name="Robert Roe")))
    repository.update(lambda old: old.with_person(enrolled("anna", faces=3, name="Anna Poe")))
    repository.update(lambda old: old.with_person(enrolled("eve")))


def run(place: Path | str, person: str, *options: str) -> int:
    return main(["people", "erase", person, "--collection", str(place), "--yes", *options])


def receipt(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


class Device:
    """A device that follows a folder, as `argus sync` does."""

    def __init__(self, source: Path, local: Path, thing: str) -> None:
        self.local = local
        self.sync = CollectionSync(
            str(source), FolderStore(source), FolderStore(local), trust=TrustPolicy((), now), now=now, thing=thing
        )
        self.look()

    def look(self) -> None:
        self.sync.poll()
        self.sync.confirm()
        assert self.sync.status.last_error is None

    @contextmanager
    def following(self) -> Iterator[None]:
        ended = threading.Event()

        def follow() -> None:
            while not ended.wait(0.1):
                self.look()

        thread = threading.Thread(target=follow)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def holds(self, person_id: str) -> bool:
        return any(f'"{person_id}"'.encode() in path.read_bytes() for path in self.local.rglob("*.npz"))


def test_a_device_confirms_while_it_is_waited_for(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Device(people, tmp_path / "door", "door")
    assert door.holds("anna")
    file = tmp_path / "receipt.json"
    with door.following():
        assert run(people, "Anna Poe", "--wait", "30", "--receipt", str(file), "--json") == 0
    output = capsys.readouterr()
    assert "0 of 1 devices have confirmed; waiting for door" in output.err
    assert "1 of 1 devices have confirmed\n" in output.err
    told = json.loads(output.out)
    assert [(one["thing"], one["state"], one["sequence"]) for one in told["devices"]] == [("door", "confirmed", 4)]
    assert told == json.loads(file.read_text())
    assert told["verified"] and told["versions"][0]["minimum_sequence"] == 4
    assert "Poe" not in file.read_text()
    assert not door.holds("anna") and door.holds("anna2")


def test_devices_that_do_not_follow_are_named(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Device(people, tmp_path / "door", "door")
    long_ago = now() - timedelta(days=31)
    write_confirmation(FolderStore(people), Confirmation("attic", "staff", 2, "ab" * 32, MIRROR_MODEL_ID, long_ago))
    FolderStore(people).put("devices/broken.json", b"{}")
    assert run(people, "anna", "--wait", "0.2", "--json") == 1
    output = capsys.readouterr()
    assert "not confirmed by broken, door" in output.err
    told = json.loads(output.out)
    states = {one["thing"]: one["state"] for one in told["devices"]}
    assert states == {"attic": "not seen lately", "broken": "unreadable", "door": "not yet"}
    for thing in states:
        assert any(f"device {thing} " in one["what"] for one in told["remains"])
    assert run(people, "anna", "--json") == 0  # nobody is waited for


def test_ctrl_c_ends_the_waiting_and_leaves_a_receipt(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Device(people, tmp_path / "door", "door")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("argus.cli.erase_waiting.time.sleep", interrupt)
    assert run(people, "anna", "--wait", "600", "--json") == 1
    assert receipt(capsys)["devices"][0]["state"] == "not yet"


def test_photos_and_the_list_of_refused_ones_go(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "photos"
    for name in ("anna", "Anna", "anna2", "Anna Poe"):
        (photos / name).mkdir(parents=True)
        (photos / name / "1.jpg").write_bytes(b"")
    (photos / "anna.jpg").write_bytes(b"")
    (people / ".refused.json").write_text('{"refused": {"": ["collision", "this is Anna Poe"]}}')
    assert run(people, "anna", "--photos", str(photos), "--json") == 0
    removed = receipt(capsys)["removed"]
    assert (removed["photos"], removed["lists_of_refused_photos"], removed["faces"]) == (2, 1, 3)
    assert sorted(path.name for path in photos.iterdir()) == ["Anna Poe", "anna.jpg", "anna2"]
    assert not (people / ".refused.json").exists()


def test_what_waits_for_the_cloud_goes_too(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state, clocks = tmp_path / "state", Clocks()
    state.mkdir(mode=0o700)
    with Outbox(state, Settings) as outbox:
        outbox.add(replace(event(1, "anna"), snapshot="1.jpg"), clocks.now(), picture=b"anna")
        outbox.add(event(2, "anna", "left"), clocks.now())
        outbox.add(event(3, "bob"), clocks.now())
    assert run(people, "anna", "--state", str(state), "--json") == 0
    removed = receipt(capsys)["removed"]
    assert (removed["waiting_events"], removed["waiting_snapshots"]) == (2, 1)
    with Outbox(state, Settings) as outbox:
        assert [row.sequence for row in outbox.rows(0, 10)] == [3]


def test_records_of_a_device_that_follows_go_by_its_copy(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Device(people, tmp_path / "door", "door")
    anna, state = Person("anna", "Anna Poe"), tmp_path / "state"
    state.mkdir(mode=0o700)
    with RecordStore(state) as store:
        for visit, place in (("one", tmp_path / "door"), ("two", people), ("three", tmp_path / "elsewhere")):
            seen = look([crop(vector(visit))], [enrolled("bob")])
            store.add_look(visit, "hall", str(place), seen, now=now(), keep=timedelta(days=7))
            store.add_correction(visit, Correction(now(), anna, str(place)))
    assert run(people, "anna", "--state", str(state), "--json") == 0
    assert receipt(capsys)["removed"]["visit_records"] == 2
    with RecordStore(state) as store:
        assert store.collections() == (str(tmp_path / "elsewhere"),)


def test_again_and_for_somebody_who_left(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CollectionRepository(FolderStore(people), "staff", now).update(lambda old: old.without_person("anna"))
    assert run(people, "anna", "--json") == 0
    assert receipt(capsys)["removed"]["buckets"] == 1
    head = (people / "head.json").read_bytes()
    assert run(people, "anna") == 0
    output = capsys.readouterr()
    assert "nothing of anna was found: check the id" in output.out
    assert "nobody here has the id or the name 'anna'" in output.err
    assert (people / "head.json").read_bytes() == head


def test_an_export_of_before_does_not_bring_them_back(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "before.zip")
    assert main(["collection", "export", "--collection", str(people), file]) == 0
    assert run(people, "anna") == 0
    assert main(["collection", "import", "--collection", str(people), "--merge", file]) == 2
    assert "somebody was erased as number 4" in capsys.readouterr().err


def test_in_a_bucket_that_keeps_every_version(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    client = boto3.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    enrol(f"s3://{bucket}/staff")
    for key in ("photos/anna/1.jpg", "photos/anna/1.jpg", "photos/anna2/1.jpg", "photos/anna/2.jpg"):
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    client.delete_object(Bucket=bucket, Key="photos/anna/2.jpg")
    assert run(f"s3://{bucket}/staff", "anna", "--photos", f"s3://{bucket}/photos", "--json") == 0
    told = receipt(capsys)
    assert told["verified"] and told["removed"]["photos"] == 2
    assert told["settings"][f"s3://{bucket}/staff"]["versioning"] == "enabled"
    answer = client.list_object_versions(Bucket=bucket)
    left = [*answer["Versions"], *answer.get("DeleteMarkers", [])]
    assert [one["Key"] for one in left if one["Key"].startswith("photos/")] == ["photos/anna2/1.jpg"]
    for one in answer["Versions"]:
        body = client.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
        assert b'"anna"' not in body


def test_what_cannot_be_erased_is_an_error_that_names_it(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client, locked = boto3.client("s3"), f"{bucket}-locked"
    client.create_bucket(
        Bucket=locked,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=True,
    )
    held = client.put_object(Bucket=locked, Key="anna/1.jpg", Body=b"")
    until = datetime(2099, 1, 1, tzinfo=timezone.utc)
    client.put_object_retention(
        Bucket=locked,
        Key="anna/1.jpg",
        VersionId=held["VersionId"],
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
    )
    enrol(str(tmp_path / "people"))
    assert run(tmp_path / "people", "anna", "--photos", f"s3://{locked}", "--json") == 1
    output = capsys.readouterr()
    assert "something of the person is left" in output.err
    told = json.loads(output.out)
    assert not told["verified"]
    assert told["remains"][0]["what"] == f"s3://{locked}/anna/1.jpg version {held['VersionId']}"
    assert told["remains"][0]["until"] == "2099-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a/b"], "nobody can have the id 'a/b'"),
        (["anna", "--receipt", "{folder}/people/head.json"], "is there already"),
        (["anna", "--receipt", "{folder}/nowhere/receipt.json"], "choose another place for the receipt"),
        (["anna", "--photos", "gs://x"], "no place"),
        (["anna", "--photos", "{folder}/nowhere"], "cannot be looked into"),
    ],
)
def test_wrong_use_erases_nothing(
    people: Path, tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (people / "head.json").read_bytes()
    assert run(people, *(argument.format(folder=tmp_path) for argument in arguments)) == 2
    assert message in capsys.readouterr().err
    assert (people / "head.json").read_bytes() == before


def test_a_copy_is_erased_at_its_source(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Device(people, tmp_path / "door", "door")
    assert run(tmp_path / "door", "anna") == 2
    assert "is a copy of another collection" in capsys.readouterr().err


def test_the_collection_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["people", "erase", "anna", "--yes"]) == 2
    assert "name the collection with --collection" in capsys.readouterr().err
