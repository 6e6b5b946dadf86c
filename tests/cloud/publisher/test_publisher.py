"""Faces in the table, and the signed collection that devices are told of."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from argus.core.collection import Collection, Enrolled
from argus.core.errors import CollectionError
from argus.core.trust import TrustPolicy
from argus.core.types import Person
from argus.storage.reading import HEAD_KEY, Snapshot, bucket_key, manifest_key
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from argus.storage.s3_versions import S3Versions
from argus.storage.signing_kms import KmsSigner
from cloud_lambdas.publisher import handler, service
from cloud_lambdas.publisher.handler import Handler, create
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.changes import Change, encode_change
from cloud_lambdas.shared.enrolled_person import newcomer
from cloud_lambdas.shared.faces_table import FacesTable, StoredFace
from tests.cloud.account import Account, open_account
from tests.cloud.calls import batch
from tests.cloud.data_plane import DataPlane, data_plane
from tests.made_up import enrolled, face

TOPIC = "argus/v1/head/people"


@dataclass(frozen=True)
class World:
    """One deployment with the data plane that devices listen to."""

    account: Account
    plane: DataPlane

    def publisher(self) -> Handler:
        """A new instance of the function."""
        return create(self.account.environment, self.account.clients, self.account.clock)

    def told(self, *changes: Change) -> list[str]:
        """Has changes handled; the ids of those that failed."""
        answer = self.publisher()(batch(*map(encode_change, changes)), None)
        return [str(one["itemIdentifier"]) for one in answer["batchItemFailures"]]

    def enrol(self, *people: Enrolled) -> None:
        """Writes people and their faces into the tables."""
        for one in people:
            if self.account.person(one.person.id) is None:
                self.account.stores.people.create(newcomer(one.person))
            for own in one.faces:
                self.write(StoredFace(one.person.id, own, service.MODEL_ID, 0.5, {f"photos/{own.face_id}": "1"}))

    def write(self, stored: StoredFace) -> None:
        faces = self.account.stores.faces
        parts = faces.put(stored, self.account.clock.now(), faces.generation())
        self.account.clients.dynamodb.transact_write_items(TransactItems=parts)

    def take(self, person_id: str, face_id: str) -> None:
        """Takes a face away."""
        faces = self.account.stores.faces
        found = faces.find(person_id, face_id)
        assert found is not None
        faces.delete(found, faces.generation())

    @property
    def place(self) -> tuple[str, str]:
        return self.account.environment[names.COLLECTIONS_BUCKET], "collections/people"

    def repository(self) -> CollectionRepository:
        """As a device reads it, which trusts one key."""
        signer = KmsSigner(self.account.clients.kms, self.account.environment[names.SIGNING_KEY])
        trust = TrustPolicy((signer.verifier,), self.account.clock.now, "people")
        return CollectionRepository(S3Store(*self.place), "people", self.account.clock.now, trust=trust)

    @property
    def published(self) -> Snapshot:
        """The newest version, which devices must have been told of."""
        found = S3Store(*self.place).get("head.json")
        assert found is not None and self.plane.retained[TOPIC] == found[0]
        return self.repository().load()

    @property
    def collection(self) -> Collection:
        return self.published.collection

    @property
    def number(self) -> int:
        return self.published.head.statement.sequence


@pytest.fixture
def world(aws: str) -> Iterator[World]:
    with data_plane() as plane:
        yield World(open_account(plane.url), plane)


def test_faces_become_a_signed_collection_of_which_devices_are_told(world: World) -> None:
    anna, ben = enrolled("anna"), enrolled("ben", faces=1)
    world.enrol(anna, ben)
    assert world.told(Change("anna"), Change("ben"), Change("nobody")) == []
    assert world.collection == Collection.of([anna, ben])
    assert world.number == 1
    world.take("anna", anna.face_ids[0])
    world.take("ben", ben.face_ids[0])
    assert world.told(Change("anna"), Change("ben")) == []
    assert [(one.person.id, one.face_ids) for one in world.collection.people] == [("anna", anna.face_ids[1:])]
    world.account.people().change("anna", {"name": "Anna B."})
    world.account.people().change("anna", {"category": "resident"})
    assert world.told(*world.account.changes()) == []
    assert [one.person for one in world.collection.people] == [Person("anna", "Anna B.", "resident")]
    assert world.number == 3


def test_what_was_learned_of_a_person_stays_and_other_models_are_left_out(world: World) -> None:
    world.enrol(enrolled("anna"))
    world.told(Change("anna"))
    signer = KmsSigner(world.account.clients.kms, world.account.environment[names.SIGNING_KEY])
    corrected = CollectionRepository(S3Store(*world.place), "people", world.account.clock.now, signers=(signer,))
    corrected.update(lambda collection: collection.with_strictness("anna", 0.05))
    world.enrol(enrolled("anna", faces=3))
    world.write(StoredFace("anna", face("other"), "another-model", 0.5, {"x": "1"}))
    world.told(Change("anna"))
    (anna,) = world.collection.people
    assert (len(anna.faces), anna.stricter_by) == (3, 0.05)


def test_a_thousand_faces_at_once_are_one_collection_and_few_versions(world: World) -> None:
    people = [enrolled(f"person-{number}", faces=10) for number in range(100)]
    faces, table = world.account.stores.faces, world.account.environment[names.FACES_TABLE]
    items = []
    for one in people:
        for own in one.faces:
            stored = StoredFace(one.person.id, own, service.MODEL_ID, 0.5, {own.face_id: "1"})
            items.append(faces.put(stored, world.account.clock.now(), 0)[0]["Put"]["Item"])
    records = [{"person_id": {"S": one.person.id}, "name": {"S": one.person.name}} for one in people]
    for name, rows in ((table, items), (world.account.environment[names.PEOPLE_TABLE], records)):
        for start in range(0, len(rows), 25):
            requests = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
            world.account.clients.dynamodb.batch_write_item(RequestItems={name: requests})  # type: ignore[dict-item]
    changes = [Change(one.person.id) for one in people for _ in one.faces]
    random.Random(7).shuffle(changes)
    for start in range(0, 1000, 250):
        assert world.told(*changes[start : start + 250]) == []
    assert world.collection == Collection.of(people)
    assert world.number <= 4


class PowerCut(BaseException):
    """Nothing of the function is left; what it wrote is."""


def test_killed_between_head_and_message_the_next_run_tells(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(name: str) -> None:
        if name == "cloud.publisher.issued":
            raise PowerCut

    world.enrol(enrolled("anna"))
    with monkeypatch.context() as patch:
        patch.setattr(service, "failpoint", cut)
        with pytest.raises(PowerCut):
            world.told(Change("anna"))
    assert world.plane.retained == {}
    assert world.told(Change("anna")) == []
    assert world.number == 1


def test_what_devices_could_not_be_told_is_tried_again(world: World) -> None:
    world.enrol(enrolled("anna"))
    world.plane.fails = True
    with pytest.raises(ClientError):
        world.told(Change("anna"))
    world.plane.fails = False
    assert world.told(Change("anna")) == []
    assert world.number == 1


def test_several_publishers_lose_nothing(world: World) -> None:
    people = [enrolled(f"person-{number}", faces=1) for number in range(12)]
    world.enrol(*people)
    threads = [
        threading.Thread(target=lambda own=own: world.told(*[Change(one.person.id) for one in own]))
        for own in (people[0::3], people[1::3], people[2::3])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert world.collection == Collection.of(people)


def test_who_read_the_table_before_another_published_does_not_undo_that(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = enrolled("anna", faces=1), enrolled("anna", faces=2)
    world.enrol(old)
    of, asked = FacesTable.of, []

    def slow(self: FacesTable, person_id: str) -> list[StoredFace]:
        found = of(self, person_id)
        asked.append(person_id)
        if len(asked) == 1:
            world.enrol(new)
            world.told(Change("anna"))
        return found

    monkeypatch.setattr(FacesTable, "of", slow)
    assert world.told(Change("anna")) == []
    assert len(asked) == 3
    assert world.collection == Collection.of([new])


def test_the_message_that_stays_is_of_the_newest_head(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.enrol(enrolled("anna"))

    passed: list[str] = []

    def overtaken(name: str) -> None:
        passed.append(name)
        if len(passed) == 1:
            world.enrol(enrolled("ben"))
            world.told(Change("ben"))

    monkeypatch.setattr(service, "failpoint", overtaken)
    world.told(Change("anna"))
    assert {one.person.id for one in world.collection.people} == {"anna", "ben"}
    assert len(world.plane.published) == 3


def everything(world: World) -> bytes:
    """All bytes of all versions of all objects."""
    versions = S3Versions(world.place[0])
    return b"".join(versions.read(one) or b"" for one in versions.versions("") if not one.is_marker)


def test_who_is_erased_is_in_no_version_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.enrol(enrolled("anna"), enrolled("ben"))
    world.told(Change("anna"), Change("ben"))
    world.enrol(enrolled("anna", faces=3), enrolled("ben", faces=3))
    world.told(Change("anna"), Change("ben"))
    assert b'"id":"anna"' in everything(world)
    world.account.erase("anna")
    change = Change("anna", erase=True)

    def locked(*args: object, **more: object) -> object:
        raise CollectionError("it is locked: wait")

    with monkeypatch.context() as patch:
        patch.setattr(handler, "erase_person", locked)
        assert world.told(Change("ben"), change) == ["1"]
    assert [one.person.id for one in world.collection.people] == ["ben"]
    assert world.told(change) == []
    assert b'"id":"anna"' not in everything(world)
    assert [(one.person.id, len(one.faces)) for one in world.collection.people] == [("ben", 3)]


def reconcile(world: World) -> None:
    world.publisher()({"source": "aws.scheduler"}, None)


def test_a_reconciliation_mends_whatever_differs(world: World) -> None:
    anna, ben, carl, dora = (enrolled(name) for name in ("anna", "ben", "carl", "dora"))
    world.enrol(anna, ben, dora)
    world.told(Change("anna"), Change("ben"), Change("dora"))
    world.enrol(carl)  # of whom no message came
    for face_id in ben.face_ids:
        world.take("ben", face_id)
    world.account.erase("dora")
    reconcile(world)
    assert world.collection == Collection.of([anna, carl])
    assert b'"id":"dora"' not in everything(world)
    number = world.number
    reconcile(world)
    assert world.number == number


def test_every_hour_what_no_version_needs_any_more_is_cleared_away_after_the_grace(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = enrolled("anna")
    world.enrol(anna, enrolled("ben"))
    world.told(Change("anna"), Change("ben"))
    world.take("anna", anna.face_ids[0])
    world.told(Change("anna"))
    store = S3Store(*world.place)
    reconcile(world)
    assert len(store.keys("manifests/")) == 2
    monkeypatch.setattr(handler, "GRACE", timedelta(0))
    monkeypatch.setattr(handler, "GARBAGE_AN_HOUR", 1)
    reconcile(world)
    reconcile(world)
    manifest = world.published.manifest
    parts = {manifest_key(world.published.version), *map(bucket_key, manifest.buckets.values())}
    assert set(store.keys("")) == {HEAD_KEY, "gc.json", *parts}


def test_what_expires_is_renewed_when_half_of_its_lifetime_is_over(world: World) -> None:
    world.enrol(enrolled("anna"))
    world.told(Change("anna"))
    now, month = world.account.clock.now, timedelta(days=30)
    signer = KmsSigner(world.account.clients.kms, world.account.environment[names.SIGNING_KEY])
    CollectionRepository(S3Store(*world.place), "people", now, signers=(signer,)).sign(lambda _: month)
    world.account.clock.at += timedelta(days=14, hours=23)
    reconcile(world)
    assert world.number == 2
    world.account.clock.at += timedelta(hours=1)
    reconcile(world)
    assert world.number == 3
    statement = world.published.head.statement
    assert statement.expires_at is not None
    assert statement.expires_at - statement.issued_at == month
    world.account.clock.at += timedelta(days=40)  # nothing ran, and it has expired
    reconcile(world)
    assert world.number == 4


@pytest.mark.parametrize(
    ("name", "written"), [("category", "c" * 65), ("name", "two\nlines"), ("name", " ")], ids=["long", "lines", "blank"]
)
def test_a_record_that_cannot_be_used_stops_nobody_else(world: World, name: str, written: str) -> None:
    anna, ben = enrolled("anna"), enrolled("ben", faces=1)
    world.enrol(anna, ben)
    world.told(Change("anna"), Change("ben"))
    world.account.stores.people.change("anna", {name: written})
    world.take("anna", anna.face_ids[0])
    world.enrol(enrolled("ben", faces=2))
    assert world.told(Change("anna"), Change("ben")) == ["0"]
    assert world.collection == Collection.of([anna, enrolled("ben", faces=2)])
    world.enrol(enrolled("carl"))
    reconcile(world)
    assert world.collection == Collection.of([anna, enrolled("ben", faces=2), enrolled("carl")])
    world.account.stores.people.change("anna", {name: "mended"})
    assert world.told(Change("anna")) == []
    found = world.collection.find("anna")
    assert found is not None and (getattr(found.person, name), found.face_ids) == ("mended", anna.face_ids[1:])


def test_a_table_that_was_lost_does_not_empty_the_collection(world: World) -> None:
    anna = enrolled("anna")
    world.enrol(anna)
    world.told(Change("anna"))
    for face_id in anna.face_ids:
        world.take("anna", face_id)
    with pytest.raises(CollectionError, match="the table of faces is empty, and the collection has 1 people"):
        reconcile(world)
    assert world.collection == Collection.of([anna])


@pytest.mark.parametrize(
    "body", ["{}", "no JSON", '{"person_id": 5, "erase": false}', '{"person_id": "a", "erase": 1}']
)
def test_a_message_that_is_none_fails_alone(world: World, body: str) -> None:
    world.enrol(enrolled("anna"))
    answer = world.publisher()(batch(body, encode_change(Change("anna"))), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert len(world.collection) == 1
