"""Somebody is erased from the whole cloud on this machine; somebody else who was seen beside them stays whole."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from argus.cli import cloud_erase, erase_waiting
from argus.core.confirmation import Confirmation
from argus.core.events import VisitEvent, Who, encode
from argus.core.topics import visit_event
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.confirmations import write_confirmation
from cloud_lambdas.console.erasing import enrolled, eraser, seen, waiting
from cloud_lambdas.console.erasing.eraser import CloudEraser
from cloud_lambdas.console.erasing.published import PublishedCollection
from cloud_lambdas.console.erasing.remains import remains_in
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.stack import Stack, find_stack
from cloud_lambdas.enrolment.stores import Stores, open_stores
from cloud_lambdas.enrolment.verdicts_table import PhotoVerdict
from cloud_lambdas.local.account import REGION
from cloud_lambdas.local.compose import LocalCloud
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.shared.alert import encode_alert
from cloud_lambdas.shared.changes import Change, encode_change
from cloud_lambdas.shared.faces_table import StoredFace
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.shared.transactions import commit
from cloud_lambdas.sightings.audit import AuditBucket
from cloud_lambdas.sightings.open_corrections import open_corrections
from cloud_lambdas.sightings.sighting import Correction, Sighting, alert_of
from cloud_lambdas.sightings.table import SightingsTable
from tests.cloud.console.conftest import Ask
from tests.cloud.console.rights_used import documented, used_from_now_on
from tests.cloud.console.searching import places_with
from tests.cloud.enrolment.test_enrolment import smaller
from tests.cloud.sightings.world import golden, message_of
from tests.cloud.template.template import of_type, written
from tests.made_up import face
from tests.waiting import until, wait_for

LONG = 90.0
"""For what functions do on a machine that does much else."""

LONG_AFTER = datetime(2099, 1, 1, tzinfo=timezone.utc)

PHONE, EMAIL, NOTE = "+351900111222", "zoe.q@example.org", "plays the viola"


def now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class House:
    """The cloud with what happens in it."""

    cloud: LocalCloud
    stack: Stack

    @property
    def table(self) -> SightingsTable:
        return SightingsTable(self.stack.clients.dynamodb, self.stack.output("SightingsTable"))

    @property
    def stores(self) -> Stores:
        return open_stores(self.stack.environment(), self.stack.clients)

    def latest(self, sighting: Sighting) -> Sighting:
        """As it is by now."""
        found = self.table.latest(sighting.event.event_id)
        assert found is not None
        return found

    def has_picture(self, sighting: Sighting) -> bool:
        """Whether any version of the picture is there."""
        bucket, key = self.stack.output("SnapshotsBucket"), sighting.event.snapshot or ""
        return "Versions" in self.cloud.client("s3").list_object_versions(Bucket=bucket, Prefix=key)

    def see(self, person: Who | None, kind: str = "match", **more: Any) -> Sighting:
        """A device tells of a visit, with a picture."""
        event_id, thing = str(uuid.uuid4()), "hall-1"
        event = replace(
            golden("unknown" if kind == "unknown" else "match"),
            event_id=event_id,
            visit_id=more.pop("visit_id", str(uuid.uuid4())),
            person=person,
            snapshot=f"snapshots/{thing}/2024/05/01/{event_id}.jpg",
            **more,
        )
        self.picture(event, b"a portrait")
        with BrokerLink(self.cloud.mqtt_port, f"hall-{uuid.uuid4().hex}") as link:
            link.publish(visit_event(event.kind, event.device.thing, event.camera), encode(event))
        found = until(lambda: self.table.latest(event_id), LONG)
        assert found is not None
        wait_for(lambda: (self.table.latest(event_id) or found).alert != "due", LONG)
        return found

    def picture(self, event: VisitEvent, data: bytes) -> None:
        assert event.snapshot is not None
        self.put("SnapshotsBucket", event.snapshot, data)

    def put(self, bucket: str, key: str, data: bytes, **more: str) -> None:
        self.stack.clients.s3.put_object(Bucket=self.stack.output(bucket), Key=key, Body=data, **more)  # type: ignore[arg-type]

    def letter(self, queue: str, body: str) -> None:
        more = {"MessageGroupId": "x", "MessageDeduplicationId": uuid.uuid4().hex} if queue == "AlertsDeadQueue" else {}
        self.cloud.client("sqs").send_message(QueueUrl=self.stack.output(queue), MessageBody=body, **more)

    def letters_of(self, who: Who, sighting: Sighting) -> None:
        """What could not be handled, of each kind."""
        self.letter("VisitsDeadQueue", message_of(replace(sighting.event, person=who)))
        self.letter("VisitsDeadQueue", json.dumps({"refused": who.name}))
        self.letter("AlertsDeadQueue", encode_alert(alert_of(sighting)))
        self.letter("ChangesDeadQueue", encode_change(Change(who.id)))
        key = f"people/{who.name}/1.jpg"
        self.letter("PhotosDeadQueue", json.dumps({"Records": [{"s3": {"object": {"key": key}}}]}))

    def failed_rule(self, event: VisitEvent) -> None:
        payload = {"base64OriginalPayload": base64.b64encode(encode(event)).decode()}
        self.put("AuditBucket", f"failed-rules/2024/05/01/{uuid.uuid4()}.json", json.dumps(payload).encode())

    def forget(self, sighting: Sighting) -> None:
        """It has expired; its audit is there yet."""
        self.stack.clients.dynamodb.delete_item(
            TableName=self.stack.output("SightingsTable"), Key={"event_id": {"S": sighting.event.event_id}}
        )

    def lockable(self, output: str) -> House:
        """The same with a bucket whose versions can be locked, which no function knows."""
        bucket = f"locked-{uuid.uuid4().hex}"
        self.cloud.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
        )
        return House(self.cloud, replace(self.stack, outputs={**self.stack.outputs, output: bucket}))

    def versions(self, output: str) -> list[Any]:
        """Every version of every object."""
        found = self.cloud.client("s3").list_object_versions(Bucket=self.stack.output(output))
        return list(found.get("Versions", []))

    def lock(self, output: str, until_at: datetime) -> None:
        """All that the bucket holds by now."""
        for one in self.versions(output):
            self.cloud.client("s3").put_object_retention(
                Bucket=self.stack.output(output),
                Key=one["Key"],
                VersionId=one["VersionId"],
                Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until_at},
                BypassGovernanceRetention=True,
            )


@pytest.fixture
def house(cloud: LocalCloud) -> House:
    return House(cloud, find_stack())


@contextmanager
def following(published: PublishedCollection) -> Iterator[None]:
    """A device follows: it confirms what it has, and what is issued from then on."""
    ended = threading.Event()

    def follow() -> None:
        last = 0
        while not ended.wait(0.2):
            for one in published.statements():
                if one.sequence != last:
                    named = (one.collection_id, one.sequence, one.manifest_sha256, one.model_id)
                    write_confirmation(published.store, Confirmation("hall-1", *named, now()))
                    last = one.sequence

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        published.store.delete("devices/hall-1.json")  # of a device that is gone nobody waits for


ZOE, TOM = Who("zoë-quistgaard", "Zoë Quistgaard", "resident"), Who("tom-lund", "Tom Lund", "customer")


@dataclass(frozen=True)
class Days:
    """What has happened when somebody is erased; of whom ``named`` tells, and who ``other``."""

    named: tuple[str | bytes, ...]
    other: tuple[str | bytes, ...]
    stranger: Sighting
    seen_zoe: Sighting
    seen_tom: Sighting
    was_zoe: Sighting
    was_tom: Sighting
    undone: Sighting
    expired: Sighting


def enrol(house: House, ask: Ask, portraits: Path) -> dict[str, bytes]:
    """Two people, by photos; a third photo is refused because it looks like the other. The bytes of their vectors."""
    ask("people", "add", ZOE.name, "--category", "resident", "--phone", PHONE, "--email", EMAIL, "--note", NOTE)
    ask("people", "add", TOM.name, "--phone", "+351900333444")
    house.put("PhotosBucket", f"people/{ZOE.name}/1.jpg", smaller(portraits / "obama.jpg"))
    house.put("PhotosBucket", f"people/{TOM.id}/1.jpg", smaller(portraits / "biden.jpg", 600))
    house.put("PhotosBucket", "inbox/nobodys.jpg", b"a photo")
    published = PublishedCollection(house.stack)
    for who in (ZOE, TOM):
        wait_for(partial(published.holds, who.id), LONG)
    house.put("PhotosBucket", f"people/{TOM.id}/2.jpg", smaller(portraits / "obama2.jpg"))
    wait_for(lambda: house.stores.verdicts.find(f"people/{TOM.id}/2.jpg") is not None, LONG)
    return {who.id: house.stores.faces.of(who.id)[0].face.vector.astype("<f4").tobytes() for who in (ZOE, TOM)}


def half_corrected(house: House, sighting: Sighting) -> None:
    """Somebody who says that it was Zoë is stopped before the sighting hears of it."""
    clients, record = house.stack.clients, house.stores.people.find(ZOE.id)
    wrong = Correction("is", record, "a guard", now())
    AuditBucket(clients.s3, house.stack.output("AuditBucket")).correct(sighting, wrong)


def live(house: House, vectors: Mapping[str, bytes]) -> Days:
    """Both come and go; some visits are corrected, and some of what is told goes astray."""
    corrections = open_corrections(house.stack.environment(), house.stack.clients)
    expired = house.see(ZOE)
    stranger = house.see(None, "unknown", stranger_id=None)
    seen_zoe = house.see(ZOE, visit_id=stranger.event.visit_id, revises=stranger.event.event_id)
    house.picture(seen_zoe.event, b"another portrait")
    seen_tom = house.see(TOM)
    was_zoe = corrections.is_person(house.see(TOM).event.event_id, ZOE.id, by="a guard")
    was_tom = corrections.is_person(house.see(ZOE).event.event_id, TOM.id, by="a guard")
    doubted = corrections.is_person(house.see(TOM).event.event_id, ZOE.id, by="a guard")
    undone = corrections.undo(doubted.event.event_id, by="a guard")
    house.forget(expired)
    half_corrected(house, seen_tom)
    for who, sighting in ((ZOE, seen_zoe), (TOM, seen_tom)):
        house.failed_rule(sighting.event)
        house.letters_of(who, sighting)
    zoe, tom = vectors[ZOE.id], vectors[TOM.id]
    return Days(
        (ZOE.id, ZOE.name, PHONE, EMAIL, NOTE, zoe, base64.b64encode(zoe)),
        (TOM.id, TOM.name, tom, base64.b64encode(tom)),
        stranger, seen_zoe, seen_tom, was_zoe, was_tom, undone, expired,
    )  # fmt: skip


def check_tombstone(house: House, named: tuple[str | bytes, ...]) -> None:
    """Nothing but that somebody was erased is left anywhere."""
    table = house.stack.output("PeopleTable")
    wait_for(lambda: places_with(house.cloud, *named) == {f"table {table}"}, LONG)
    tombstone = house.stack.clients.dynamodb.get_item(TableName=table, Key={"person_id": {"S": str(named[0])}})
    assert tombstone["Item"].keys() == {"person_id", "deleted_at"}


SELDOM = {
    ("FacesTable", "dynamodb:DeleteItem"),  # the function of enrolment may be first
    ("FacesTable", "dynamodb:GetItem"),
    ("FacesTable", "dynamodb:UpdateItem"),
    ("VerdictsTable", "dynamodb:DeleteItem"),
    ("SightingsTable", "dynamodb:GetItem"),  # somebody corrects the sighting meanwhile
    ("PhotosBucket", "s3:GetObject"),  # somebody else's photo was at the same key
    ("PhotosBucket", "s3:ListBucket"),
}
"""Rights that only some erasures need."""


def check_receipt(receipt: dict[str, Any]) -> None:
    assert (receipt["verified"], receipt["issued"]) == (True, True)
    [version] = receipt["versions"]
    [device] = [one for one in receipt["devices"] if one["thing"] == "hall-1"]
    assert device["state"] == "confirmed" and device["sequence"] >= version["minimum_sequence"] > 0
    removed = receipt["removed"]
    assert removed.pop("object_versions") > 0
    assert removed.pop("cool_downs") in (2, 3)  # hers, and of the one or two spans of time in which people were told
    assert removed == {
        "photos": 1, "faces": 1, "verdicts": 1, "mentions_in_verdicts": 1, "sightings": 5, "snapshots": 4, "links": 3,
        "audit_objects": 3, "dead_letters": 5,
    }  # fmt: skip
    assert any("35 days" in one["ends"] for one in receipt["remains"])
    assert ZOE.name not in json.dumps(receipt, ensure_ascii=False)


def test_nothing_is_left_of_who_is_erased_and_all_of_somebody_else(
    house: House, ask: Ask, portraits: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(seconds=3))
    days = live(house, enrol(house, ask, portraits))
    before = " ".join(places_with(house.cloud, *days.named))
    for place in ("people", "faces", "verdicts", "sightings", "cooldowns", "photos-eu", "collections", "audit",
                  "visits-dead", "alerts-dead", "changes-dead", "photos-dead"):  # fmt: skip
        assert f"argus-{place}" in before
    of_tom = places_with(house.cloud, *days.other)
    used = used_from_now_on(monkeypatch, house.stack)

    with following(PublishedCollection(house.stack)):
        code, [receipt] = ask("people", "erase", ZOE.name, "--yes", "--wait", "120")

    assert code == 0
    rights = documented((root / "docs" / "cloud.md").read_text(encoding="utf-8"), "Erasing somebody")
    assert used <= rights and rights - used <= SELDOM
    check_tombstone(house, days.named)
    check_receipt(receipt)
    wait_for(lambda: places_with(house.cloud, *days.other) == of_tom, LONG)  # letters are hidden for a moment
    assert len(ask("people", "show", TOM.id)[1][0]["faces"]) == 1
    gone, there = (days.stranger, days.seen_zoe, days.was_zoe, days.expired), (days.seen_tom, days.was_tom, days.undone)
    assert [house.has_picture(one) for one in (*gone, *there)] == [False] * 4 + [True] * 3
    assert house.latest(days.seen_tom) == replace(days.seen_tom, alert=house.latest(days.seen_tom).alert)
    meant = [house.latest(one).meant for one in (days.was_tom, days.undone, days.was_zoe, days.seen_zoe)]
    assert [(who.id, who.standing) for who in meant if who] == [(TOM.id, "known")] * 2 + [("-", "deleted")] * 2


def test_what_comes_late_names_nobody_and_goes_when_they_are_erased_again(
    house: House, ask: Ask, tell: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    una = Who("una-late", "Una Late", "resident")
    ask("people", "add", una.name)
    assert ask("people", "erase", una.id, "--yes")[0] == 0
    late = house.see(una)
    assert (late.person, late.event.person) == (PersonRecord("-", "deleted"), Who("-", "-", "-"))
    said = next(line for line in tell("sightings")[1].splitlines() if line.startswith(late.event.event_id))
    assert said.endswith("somebody who was erased")
    key = f"people/{una.id}/late.jpg"
    house.put("PhotosBucket", key, b"a photo")
    wait_for(lambda: house.stores.verdicts.find(key) is not None, LONG)
    code, [again] = ask("people", "erase", una.id, "--yes")
    assert (code, again["verified"], again["removed"]["snapshots"], again["removed"]["photos"]) == (0, True, 1, 1)
    assert not house.has_picture(late)
    check_tombstone(house, (una.id, una.name))


def test_a_device_that_does_not_follow_is_named(
    house: House, tell: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    published, eva = PublishedCollection(house.stack), "eva-still"
    house.stores.people.create(PersonRecord(eva, "known", "Eva Still", "resident"))
    own = StoredFace(eva, face(eva), MIRROR_MODEL_ID, 0.5, {"nowhere": "1"})
    commit(house.stack.clients.dynamodb, house.stores.faces.put(own, now(), house.stores.faces.generation()))
    house.stores.changes.send(Change(eva))
    wait_for(lambda: published.holds(eva), LONG)
    [one] = published.statements()
    said = Confirmation("attic-1", one.collection_id, one.sequence, one.manifest_sha256, one.model_id, now())
    write_confirmation(published.store, said)
    code, text = tell("people", "erase", "Eva Still", "--yes", "--wait", "0")
    assert code == 1 and f"{eva} is erased" in text and "Eva Still" not in text
    wait_for(lambda: not published.holds(eva), LONG)
    code, text = tell("people", "erase", eva, "--yes", "--wait", "0")
    published.store.delete("devices/attic-1.json")
    assert code == 1 and "verified: nothing" in text and "device attic-1: not yet" in text


def test_functions_that_had_begun_before_write_nothing_that_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has looked the person up and stores the sighting while it is waited for; its audit comes after everything."""
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(seconds=2))
    ivo = PersonRecord("ivo-early", "known", "Ivo Early", "resident", "+351900555666")
    house.stores.people.create(ivo)
    like = house.see(Who(ivo.id, "Ivo Early", "resident"))
    event = replace(like.event, event_id=str(uuid.uuid4()), visit_id=str(uuid.uuid4()))
    begun, audit = replace(like, event=event), AuditBucket(house.stack.clients.s3, house.stack.output("AuditBucket"))
    paused: list[float] = []

    def pause(seconds: float) -> None:
        if not paused:
            house.table.add(begun)
        paused.append(seconds)
        time.sleep(seconds)

    CloudEraser(house.stack, now, pause).erase(ivo.id, Tally(), lambda what, done, total: None)
    audit.keep(begun)
    assert paused
    check_tombstone(house, (ivo.id, "Ivo Early", "+351900555666"))


def test_a_picture_that_is_locked_is_named_and_goes_when_its_lock_has_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    uma = Who("uma-lock", "Uma Lock", "resident")
    house.stores.people.create(PersonRecord(uma.id, "known", uma.name, uma.category))
    stranger = house.see(None, "unknown")
    sighting = house.see(uma, visit_id=stranger.event.visit_id, revises=stranger.event.event_id)
    locked = house.lockable("SnapshotsBucket")
    for one in (stranger, sighting):
        locked.picture(one.event, b"a portrait")
    locked.lock("SnapshotsBucket", LONG_AFTER)

    def once() -> Tally:
        tally = Tally()
        CloudEraser(locked.stack, now).erase(uma.id, tally, lambda what, done, total: None)
        return tally

    left = {one.version.key: one.until for one in once().left}
    assert set(left) == {stranger.event.snapshot, sighting.event.snapshot}
    called = house.stores.people.called(uma.id)
    assert called is not None and called.name == uma.name
    assert house.latest(sighting).person == PersonRecord("-", "deleted")
    locked.lock("SnapshotsBucket", now() - timedelta(seconds=1))
    assert once().left == []
    assert not any(locked.has_picture(one) for one in (stranger, sighting))
    check_tombstone(house, (uma.id, uma.name))


def test_an_audit_that_is_locked_is_named_and_goes_when_its_lock_has_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    ian = Who("ian-audit", "Ian Audit", "resident")
    house.stores.people.create(PersonRecord(ian.id, "known", ian.name, ian.category))
    sighting, locked = house.see(ian), house.lockable("AuditBucket")
    audit = AuditBucket(house.stack.clients.s3, locked.stack.output("AuditBucket"))
    audit.keep(sighting)
    locked.lock("AuditBucket", LONG_AFTER)
    [written] = locked.versions("AuditBucket")

    def once() -> Tally:
        tally = Tally()
        CloudEraser(locked.stack, now).erase(ian.id, tally, lambda what, done, total: None)
        return tally

    for _ in range(2):
        [left] = once().left
        assert (left.version.version_id, left.until) == (written["VersionId"], LONG_AFTER)
        assert house.latest(sighting).person == PersonRecord("-", "deleted")
    locked.lock("AuditBucket", now() - timedelta(seconds=1))
    assert once().left == []
    [nameless] = locked.versions("AuditBucket")  # which keeps a function that comes late from writing
    assert nameless["Key"] == written["Key"] and nameless["VersionId"] != written["VersionId"]


def test_nobody_knows_the_record_of_before_when_the_sightings_are_looked_at() -> None:
    functions = of_type(written(), "AWS::Serverless::Function")
    longest = max(functions[name]["Properties"]["Timeout"] for name in ("SightingsFunction", "AlertsFunction"))
    assert timedelta(seconds=longest + 10) < eraser.IN_FLIGHT


def test_what_alerts_that_wait_and_pictures_on_command_leave_is_told(house: House) -> None:
    sqs = house.cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"alerts-{uuid.uuid4().hex}")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="an alert")
    days = {"SnapshotDays": "7", "EarlierVersionDays": "11"}
    stack = replace(house.stack, outputs={**house.stack.outputs, "AlertsQueue": url}, parameters=days)
    remains = {one.what: one.ends for one in remains_in(stack, now())}
    assert "keeps the id" in remains["1 message in AlertsQueue, if they tell of the person"]
    [ends] = [ends for what, ends in remains.items() if "whole frames" in what]
    assert "after 7 days" in ends and "11 days later" in ends


class PowerCut(BaseException):
    """Nothing of the program is left; what it wrote is."""


STEPS = ("barred", "ended", "photos", "faces", "verdicts", "told", "pictures", "late_audit", "strangers", "audited",
         "sighting", "seen", "dead_letters", "cool_downs", "stripped")  # fmt: skip


def test_killed_after_every_step_it_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    ida = Who("ida-holm", "Ida Holm", "person")
    stores, at = house.stores, now()
    for number in (1, 2):
        key, own = f"upload/ida-{number}", StoredFace(ida.id, face(f"ida-{number}"), MIRROR_MODEL_ID, 0.5, {})
        house.put("PhotosBucket", key, b"a photo of ida-holm", Metadata={"person": ida.name})  # type: ignore[arg-type]
        wait_for(lambda: stores.verdicts.find(key) is not None, LONG)  # noqa: B023
        refused = stores.verdicts.find(key)
        assert refused is not None
        wait_for(lambda: (stores.verdicts.find(key) or refused).told, LONG)  # noqa: B023
        accepted = replace(stores.verdicts.find(key) or refused, verdict="accepted", face_id=own.face.face_id)
        assert isinstance(accepted, PhotoVerdict)
        stores.verdicts.write(
            accepted,
            stores.verdicts.find(key),
            stores.faces.put(replace(own, photos={key: accepted.version}), at, stores.faces.generation()),
        )
    stranger = house.see(None, "unknown")
    first = house.see(ida, visit_id=stranger.event.visit_id, revises=stranger.event.event_id)
    second, expired = house.see(ida), house.see(ida)
    house.forget(expired)
    house.failed_rule(first.event)
    house.letters_of(ida, second)

    def cut_at(step: str) -> Callable[[str], None]:
        def cut(passed: str) -> None:
            if passed == f"cloud.erasing.{step}":
                raise PowerCut

        return cut

    def once() -> None:
        CloudEraser(house.stack, now).erase(ida.id, Tally(), lambda what, done, total: None)

    for step in STEPS:
        with monkeypatch.context() as patch:
            for module in (enrolled, eraser, seen, waiting):
                patch.setattr(module, "failpoint", cut_at(step))
            with pytest.raises(PowerCut):
                once()
    check_tombstone(house, (ida.id, ida.name))
    assert not any(house.has_picture(one) for one in (stranger, first, second, expired))


def records(house: House) -> set[str]:
    return {one.id for one in house.stores.people.all_called()}


def begin_and_kill(ask: Ask, reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(passed: str) -> None:
        if passed == "cloud.erasing.faces":
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(enrolled, "failpoint", cut)
        with pytest.raises(PowerCut):
            ask("people", "erase", reference, "--yes")


@pytest.mark.parametrize("again", ["Maria Costa {}", "maria  costa {}", "Maria Silva {}", "maria-costa-{}"])
def test_a_killed_erasure_goes_on_by_any_name_in_any_spelling(
    house: House, ask: Ask, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    mark = uuid.uuid4().hex[:8]
    ids = {f"maria-silva-{mark}", f"maria-costa-{mark}"}
    ask("people", "add", f"Maria Silva {mark}")
    ask("people", "rename", f"Maria Silva {mark}", f"Maria Costa {mark}")
    others = records(house) - ids
    begin_and_kill(ask, f"Maria Costa {mark}", monkeypatch)
    code, [receipt] = ask("people", "erase", again.format(mark), "--yes")
    assert (code, receipt["person_id"], receipt["verified"]) == (0, f"maria-silva-{mark}", True)
    assert receipt["erased_before"] is not None
    assert records(house) == others | ids
    assert not any(called.names for one in ids if (called := house.stores.people.called(one)))


def test_nobody_is_erased_for_a_word_that_means_nobody_or_two(
    house: House, ask: Ask, tell: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    ask("people", "add", "Rosa Lima")
    ask("people", "rename", "Rosa Lima", "Rosa Prado")
    before = records(house)
    assert ask("people", "erase", "Rosa Prada", "--yes") == (1, [])
    for nearly in ("rosa prado", "Rosa Lima"):
        assert ask("people", "erase", nearly, "--yes") == (2, [])
    assert records(house) == before
    begin_and_kill(ask, "Rosa Prado", monkeypatch)
    ask("people", "add", "Rosa Prado")
    assert ask("people", "erase", "Rosa Prado", "--yes") == (2, [])
    assert ask("people", "show", "Rosa Prado")[0] == 0
    assert ask("people", "erase", "rosa-lima", "--yes")[0] == 0
    assert ask("people", "show", "Rosa Prado")[1][0]["id"] == "rosa-prado"
    code, text = tell("people", "erase", "rosa-lima", "--yes")
    assert code == 0 and text.startswith("rosa-lima was erased before, at 20")


def test_an_id_without_a_record_has_one_once_something_of_it_was_found(
    house: House, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    yan = Who("yan-elsewhere", "Yan Elsewhere", "resident")
    house.see(yan)
    assert yan.id not in records(house)
    code, [receipt] = ask("people", "erase", yan.id, "--yes")
    assert (code, receipt["removed"]["sightings"], receipt["erased_before"]) == (0, 1, None)
    check_tombstone(house, (yan.id, yan.name))


def test_who_was_renamed_is_erased_by_all_names_and_comes_back_by_none(
    house: House, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    stores = house.stores
    for name in ("Lia Brandt", "Max Other"):
        ask("people", "add", name)
    for name in ("Lia Moser", "Lia Keller", "Lia Moser", "Lia Vogt"):
        ask("people", "rename", "lia-brandt", name)
    ask("people", "rename", "max-other", "Lia Keller")  # her name once, and his by now
    others_key = "people/max-other/1.jpg"
    like = "this looks like Lia Moser, who was enrolled before: check whose photo it is"
    stores.verdicts.write(
        PhotoVerdict(others_key, "1", "refused", "collision", like, now(), person_id="max-other", told=True), None
    )
    for folder in ("Lia Moser", "lia-moser", "Lia Keller"):
        letter = {"Records": [{"s3": {"object": {"key": f"people/{folder}/1.jpg"}}}]}
        house.letter("PhotosDeadQueue", json.dumps(letter))
    code, [receipt] = ask("people", "erase", "Lia Vogt", "--yes")
    assert (code, receipt["person_id"]) == (0, "lia-brandt")
    assert (receipt["removed"]["dead_letters"], receipt["removed"]["mentions_in_verdicts"]) == (2, 1)
    found = stores.verdicts.find(others_key)
    assert found is not None and found.sentence == enrolled.SENTENCE
    stores.verdicts.delete(found)
    assert {"lia-brandt", "lia-moser", "lia-vogt"} <= records(house) and "lia-keller" not in records(house)
    named = ("Lia Brandt", "Lia Moser", "Lia Vogt")
    wait_for(lambda: places_with(house.cloud, *named) == set(), LONG)
    for name in named:
        key = f"people/{name}/late.jpg"
        house.put("PhotosBucket", key, b"a photo")
        verdict = until(lambda: stores.verdicts.find(key), LONG)  # noqa: B023
        assert verdict is not None and verdict.reason == "erased"


def test_a_receipt_is_there_before_it_is_waited_for_others(
    house: House, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    impatient = SimpleNamespace(monotonic=time.monotonic, sleep=interrupted)
    monkeypatch.setattr(eraser, "IN_FLIGHT", timedelta(0))
    monkeypatch.setattr(erase_waiting, "time", impatient)  # for other tests' devices
    ask("people", "add", "Nora Wait")
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    with monkeypatch.context() as patch:
        patch.setattr(CloudEraser, "look_again", interrupted)
        assert ask("people", "erase", "nora-wait", "--yes", "--receipt", str(first)) == (130, [])
    begun = json.loads(first.read_text())
    assert (begun["person_id"], begun["verified"]) == ("nora-wait", False)
    with monkeypatch.context() as patch:
        patch.setattr(PublishedCollection, "holds", lambda *_: True)
        patch.setattr(cloud_erase, "time", impatient)
        code, [told] = ask("people", "erase", "nora-wait", "--yes", "--receipt", str(second))
    assert (code, told["verified"], told) == (1, False, json.loads(second.read_text()))
    assert any("when the publisher has done" in one["ends"] for one in told["remains"])
