"""Photos that are put into S3, and what comes of them: with S3's own notifications, real pictures and networks."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from argus.core.types import Person
from argus.enrolment.compose import photo_analyser, photo_calibration
from argus.enrolment.enrol import look_at_bytes
from cloud_lambdas.enrolment import service, verdicts_table
from cloud_lambdas.enrolment.admission import Admission
from cloud_lambdas.enrolment.notifications import decode_keys
from cloud_lambdas.enrolment.service import Enrolment
from cloud_lambdas.shared.changes import Change
from cloud_lambdas.shared.transactions import commit
from tests.cloud.account import Account, open_account
from tests.cloud.calls import batch

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


@pytest.fixture
def account(aws: str) -> Account:
    return open_account()


@pytest.fixture(scope="module")
def obama(portraits: Path) -> bytes:
    return smaller(portraits / "obama.jpg")


@pytest.fixture(scope="module")
def obama2(portraits: Path) -> bytes:
    return smaller(portraits / "obama2.jpg")


@pytest.fixture(scope="module")
def biden(portraits: Path) -> bytes:
    return smaller(portraits / "biden.jpg", 600)


def smaller(path: Path, longer_px: int = 400) -> bytes:
    """A portrait that is looked at in a moment."""
    with Image.open(path) as image:
        image.thumbnail((longer_px, longer_px))
        return saved(image.convert("RGB"))


def saved(image: Image.Image, quality: int = 92) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def verdict(account: Account, key: str) -> tuple[str, str] | None:
    found = account.stores.verdicts.find(key)
    return None if found is None else (found.verdict, found.reason)


def test_a_photo_becomes_a_face_of_whoever_its_key_tag_or_metadata_names(
    account: Account, obama: bytes, biden: bytes, obama2: bytes
) -> None:
    account.put("people/Barack Obama/früh + spät (1).jpg", obama)
    assert account.deliver() == []
    account.put("upload/1", biden, tags="person=J%C3%B6 Biden&category=resident")
    account.put("upload/2", obama2, metadata={"person": "barack-obama"})
    assert account.deliver() == []
    assert account.faces() == {
        "barack-obama": {"people/Barack Obama/früh + spät (1).jpg", "upload/2"},
        "jö-biden": {"upload/1"},
    }
    assert account.person("barack-obama") == Person("barack-obama", "Barack Obama")
    assert account.person("jö-biden") == Person("jö-biden", "Jö Biden", "resident")
    assert account.changes() == [Change("barack-obama"), Change("jö-biden"), Change("barack-obama")]
    assert verdict(account, "upload/1") == ("accepted", "")
    _, same = look_at_bytes(photo_analyser(), biden)
    assert same is not None and np.array_equal(account.vectors("jö-biden")[0], same.face.vector)


def test_photos_are_refused_alone_with_what_to_do(account: Account, obama: bytes) -> None:
    bomb = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(bomb, "PNG")
    account.put("people/ann/text.jpg", b"no picture", tags="from=phone")
    account.put("people/ann/bomb.png", bomb.getvalue())
    account.put("upload/nobody's.jpg", obama)
    account.put("people/ann/", b"")
    account.put("upload/ann.jpg", obama, tags="person=Ann")
    assert account.deliver() == []
    assert account.faces() == {"ann": {"upload/ann.jpg"}}
    assert account.changes() == [Change("ann")]
    assert (
        verdict(account, "people/ann/text.jpg") == verdict(account, "people/ann/bomb.png") == ("refused", "unreadable")
    )
    assert verdict(account, "upload/nobody's.jpg") == ("refused", "nobodys")
    sentence = account.stores.verdicts.find("upload/nobody's.jpg")
    assert sentence is not None and "send it to people/NAME/, or with the tag 'person'" in sentence.sentence
    assert account.tags("people/ann/text.jpg") == {"from": "phone", "argus-verdict": "refused"}
    assert account.tags("upload/ann.jpg") == {"person": "Ann"}
    assert "expires" in raw_verdict(account, "people/ann/text.jpg")
    assert "expires" not in raw_verdict(account, "upload/ann.jpg")


def raw_verdict(account: Account, key: str) -> dict[str, object]:
    table = account.environment["ARGUS_VERDICTS_TABLE"]
    return dict(account.clients.dynamodb.get_item(TableName=table, Key={"photo_key": {"S": key}})["Item"])


def test_the_lifecycle_leaves_alone_what_is_accepted_after_a_refusal(account: Account, obama: bytes) -> None:
    account.put("people/Ann/copy.jpg", obama, tags="argus-verdict=refused&from=phone")
    assert account.deliver() == []
    assert verdict(account, "people/Ann/copy.jpg") == ("accepted", "")
    assert account.tags("people/Ann/copy.jpg") == {"argus-verdict": "accepted", "from": "phone"}


def test_a_verdict_stays_as_long_as_its_refused_photo(account: Account) -> None:
    account = replace(account, environment={**account.environment, "ARGUS_REFUSED_PHOTO_DAYS": "90"})
    account.put("people/ann/text.jpg", b"no picture")
    account.deliver()
    expires = raw_verdict(account, "people/ann/text.jpg")["expires"]
    assert isinstance(expires, dict)
    assert int(expires["N"]) == int((account.clock.at + timedelta(days=90)).timestamp())


def test_a_record_that_cannot_be_used_stops_no_photo_but_theirs(account: Account, obama: bytes, obama2: bytes) -> None:
    account.put("people/barack/1.jpg", obama)
    account.deliver()
    account.stores.people.change("barack", {"category": "c" * 65})
    account.put("people/barack/2.jpg", obama2)
    account.put("people/Mallory/2.jpg", obama2)
    assert account.deliver() == []
    assert verdict(account, "people/barack/2.jpg") == ("refused", "record")
    refused = account.stores.verdicts.find("people/barack/2.jpg")
    assert refused is not None and "mend it in the table of people, then send the photo again" in refused.sentence
    assert verdict(account, "people/Mallory/2.jpg") == ("refused", "collision")


def test_what_is_too_large_is_not_fetched(account: Account, monkeypatch: pytest.MonkeyPatch, obama: bytes) -> None:
    stores = account.stores
    admission = Admission(stores.faces, stores.people.find, photo_calibration)
    enrolment = Enrolment(stores, admission, photo_analyser, account.clock.now, largest_bytes=len(obama) - 1)
    account.put("people/ann/1.jpg", obama)
    with monkeypatch.context() as patch:
        patch.setattr(type(stores.photos), "read", None)
        enrolment.settle("people/ann/1.jpg")
    assert verdict(account, "people/ann/1.jpg") == ("refused", "too_large")


def test_a_face_is_judged_beside_all_others(account: Account, obama: bytes, obama2: bytes, biden: bytes) -> None:
    account.put("people/Barack/1.jpg", obama)
    account.deliver()
    with Image.open(io.BytesIO(obama)) as image:
        again = saved(image, quality=80)
    for key, data in {
        "people/Barack/again.jpg": again,
        "people/Barack/biden.jpg": biden,
        "people/Eve/same.jpg": obama,
        "people/Mallory/2.jpg": obama2,
    }.items():
        account.put(key, data)
    account.deliver()
    assert account.faces() == {"barack": {"people/Barack/1.jpg"}}
    assert verdict(account, "people/Barack/again.jpg") == ("refused", "duplicate")
    assert verdict(account, "people/Barack/biden.jpg") == ("refused", "unlike")
    assert verdict(account, "people/Eve/same.jpg") == ("refused", "duplicate")
    assert verdict(account, "people/Mallory/2.jpg") == ("refused", "collision")
    mallory = account.stores.verdicts.find("people/Mallory/2.jpg")
    assert mallory is not None and "this looks like Barack, who was enrolled before" in mallory.sentence
    assert account.person("mallory") is None


def test_telephones_pictures_are_read_the_right_way_up(account: Account, biden: bytes) -> None:
    with Image.open(io.BytesIO(biden)) as image:
        heic = io.BytesIO()
        from_pillow(image).save(heic, quality=90)
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = io.BytesIO()
        image.transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG", quality=92, exif=exif)
    account.put("people/Joe/1.heic", heic.getvalue())
    account.deliver()
    account.put("people/Joe/2.jpg", turned.getvalue())
    account.deliver()
    assert verdict(account, "people/Joe/1.heic") == ("accepted", "")
    assert verdict(account, "people/Joe/2.jpg") == ("refused", "duplicate")  # so it was seen


def test_deleting_a_photo_takes_its_face_and_no_other(account: Account, obama: bytes, obama2: bytes) -> None:
    for name, data in {"1": obama, "2": obama2, "copy of 1": obama}.items():
        account.put(f"people/barack/{name}.jpg", data)
    account.deliver()
    assert len(account.stores.faces.of("barack")) == 2
    account.changes()
    account.delete("people/barack/1.jpg")
    account.deliver()
    assert account.faces() == {"barack": {"people/barack/2.jpg", "people/barack/copy of 1.jpg"}}
    account.delete("people/barack/copy of 1.jpg")
    account.deliver()
    assert account.faces() == {"barack": {"people/barack/2.jpg"}}
    assert len(account.stores.faces.of("barack")) == 1
    assert account.changes() == [Change("barack")] * 2
    assert verdict(account, "people/barack/1.jpg") is None


def test_a_photo_that_is_replaced_is_the_new_one_and_of_the_new_person(
    account: Account, obama: bytes, biden: bytes
) -> None:
    account.put("door.jpg", obama, tags="person=Barack")
    account.deliver()
    account.changes()
    account.put("door.jpg", biden, tags="person=Joe")
    account.deliver()
    assert account.faces() == {"joe": {"door.jpg"}}
    assert account.changes() == [Change("barack"), Change("joe")]
    account.put("door.jpg", b"no picture", tags="person=Joe")
    account.deliver()
    assert account.faces() == {}
    assert account.changes() == [Change("joe")]


def test_late_repeated_and_misordered_notifications_end_right(account: Account, obama: bytes, biden: bytes) -> None:
    account.put("people/barack/1.jpg", obama)
    created = account.notifications()
    account.delete("people/barack/1.jpg")
    removed = account.notifications()
    account.put("people/joe/1.jpg", biden)
    other = account.notifications()
    handle = account.enrolment()
    for body in (*removed, *created, *created, *other, *removed, *other):
        assert handle(batch(body), None) == {"batchItemFailures": []}
    assert account.faces() == {"joe": {"people/joe/1.jpg"}}
    assert verdict(account, "people/barack/1.jpg") is None
    assert account.changes() == [Change("joe")]


def test_a_photo_that_goes_while_it_is_judged_leaves_nothing(
    account: Account, obama: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.put("people/barack/1.jpg", obama)
    bodies = account.notifications()
    monkeypatch.setattr(
        service, "failpoint", lambda name: account.delete("people/barack/1.jpg") if name.endswith("written") else None
    )
    account.enrolment()(batch(*bodies), None)
    assert account.faces() == {}
    assert set(account.changes()) == {Change("barack")}
    assert verdict(account, "people/barack/1.jpg") is None


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_photo_that_is_had_back_is_enrolled_again(
    is_cut: bool, account: Account, biden: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.put("people/joe/1.jpg", biden)
    account.deliver()
    account.delete("people/joe/1.jpg")
    bodies = account.notifications()
    with monkeypatch.context() as patch, suppress(PowerCut):
        if is_cut:
            patch.setattr(service, "failpoint", cut_at("cloud.enrolment.released"))
        account.enrolment()(batch(*bodies), None)
    assert account.faces() == {}
    (marker,) = account.clients.s3.list_object_versions(Bucket=account.photos)["DeleteMarkers"]
    account.clients.s3.delete_object(Bucket=account.photos, Key=marker["Key"], VersionId=marker["VersionId"])
    account.enrolment()(batch(*bodies), None)
    assert account.faces() == {"joe": {"people/joe/1.jpg"}}
    assert verdict(account, "people/joe/1.jpg") == ("accepted", "")
    assert set(account.changes()) == {Change("joe")}


class PowerCut(BaseException):
    """Nothing of the function is left; what it wrote is."""


FAILPOINTS = ("cloud.enrolment.written", "cloud.enrolment.sent", "cloud.enrolment.told", "cloud.enrolment.released")


@pytest.mark.parametrize("name", FAILPOINTS)
def test_whoever_dies_between_two_steps_is_gone_on_for(
    name: str, account: Account, obama: bytes, biden: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.endswith("released"):
        account.put("people/barack/1.jpg", biden)
        account.deliver()
        account.changes()
    account.put("people/barack/1.jpg", obama)
    account.put("people/ann/1.jpg", b"no picture")
    bodies = account.notifications()
    for body in bodies:
        with monkeypatch.context() as patch:
            patch.setattr(service, "failpoint", cut_at(name))
            try:
                account.enrolment()(batch(body), None)
            except PowerCut:
                pass
            else:
                assert name.endswith("released") and "ann" in body
        account.enrolment()(batch(body), None)
    assert account.faces() == {"barack": {"people/barack/1.jpg"}}
    assert len(account.stores.faces.of("barack")) == 1
    assert account.tags("people/ann/1.jpg") == {"argus-verdict": "refused"}
    assert set(account.changes()) == {Change("barack")}


def cut_at(name: str) -> object:
    def cut(passed: str) -> None:
        if passed == name:
            raise PowerCut

    return cut


@pytest.mark.parametrize("instances", [1, 2])
def test_of_two_photos_that_exclude_each_other_one_wins_whoever_comes_together(
    instances: int, account: Account, obama: bytes, obama2: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.put("people/one/1.jpg", obama)
    account.put("people/two/1.jpg", obama2)
    bodies = account.notifications()
    both = threading.Barrier(2)
    decide, waited = Admission.decide, set[int]()

    def decide_together(self: Admission, *args: object) -> object:
        found = decide(self, *args)  # type: ignore[arg-type]
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            both.wait(30)
        return found

    # AWS makes transactions one after the other; moto's server mixes those that come at the same time.
    one_at_a_time = threading.Lock()

    def commit_alone(client: DynamoDBClient, writes: Sequence[TransactWriteItemTypeDef]) -> None:
        with one_at_a_time:
            commit(client, writes)

    monkeypatch.setattr(verdicts_table, "commit", commit_alone)
    monkeypatch.setattr(Admission, "decide", decide_together)
    handlers = [account.enrolment() for _ in range(instances)]
    threads = [
        threading.Thread(target=handlers[number % instances], args=(batch(body), None))
        for number, body in enumerate(bodies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(waited) == 2
    assert len(account.faces()) == 1
    assert sorted([verdict(account, "people/one/1.jpg"), verdict(account, "people/two/1.jpg")], key=str) == [
        ("accepted", ""),
        ("refused", "collision"),
    ]


def test_a_message_that_is_none_fails_alone(account: Account, biden: bytes) -> None:
    account.put("people/joe/1.jpg", biden)
    (good,) = account.notifications()
    answer = account.enrolment()(batch("{}", "no JSON", good, '{"Records": [{"s3": 1}]}', "[]"), None)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["0", "1", "3", "4"]
    assert account.faces() == {"joe": {"people/joe/1.jpg"}}


def test_keys_are_decoded_and_s3s_test_is_no_photo() -> None:
    assert decode_keys('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos"}') == []
    body = '{"Records": [{"s3": {"object": {"key": "people/J%C3%B6+B/a%2Bb.jpg"}}}]}'
    assert decode_keys(body) == ["people/Jö B/a+b.jpg"]


@pytest.fixture(scope="module", autouse=True)
def networks() -> Iterator[None]:
    photo_analyser()
    yield
