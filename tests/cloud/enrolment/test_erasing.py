"""What somebody was enrolled with is erased."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argus.core.types import MIRROR_MODEL_ID, Person
from cloud_lambdas.console.erasing import enrolled as enrolled_eraser
from cloud_lambdas.enrolment.verdicts_table import PhotoVerdict
from cloud_lambdas.shared.enrolled_person import newcomer
from cloud_lambdas.shared.faces_table import StoredFace
from tests.cloud.account import Account, open_account
from tests.made_up import face


@pytest.fixture
def account(aws: str) -> Account:
    return open_account()


def enrolled(account: Account, person_id: str, *keys: str) -> None:
    """Photos of somebody, accepted without being looked at."""
    stores = account.stores
    if account.person(person_id) is None:
        stores.people.create(newcomer(Person(person_id, person_id.title())))
    for key in keys:
        version, at = account.put(key, key.encode()), account.clock.now()
        own = StoredFace(person_id, face(key), MIRROR_MODEL_ID, 0.5, {key: version})
        verdict = PhotoVerdict(key, version, "accepted", "", "", at, person_id, own.face.face_id, told=True)
        stores.verdicts.write(verdict, None, stores.faces.put(own, at, stores.faces.generation()))


def photos(account: Account) -> set[str]:
    """The keys of all photos of which any version is left."""
    found = account.clients.s3.list_object_versions(Bucket=account.photos)
    return {one["Key"] for one in (*found.get("Versions", []), *found.get("DeleteMarkers", []))}


def fill(account: Account) -> None:
    enrolled(account, "anna", "people/anna/1.jpg", "people/Anna/2.jpg", "upload/3.jpg")
    enrolled(account, "ben", "people/ben/1.jpg", "upload/3.jpg.ben")
    account.put("people/anna/1.jpg", b"a newer one")
    account.delete("people/Anna/2.jpg")
    table = account.environment["ARGUS_PEOPLE_TABLE"]
    account.clients.dynamodb.update_item(
        TableName=table,
        Key={"person_id": {"S": "anna"}},
        UpdateExpression="SET phone = :phone",
        ExpressionAttributeValues={":phone": {"S": "+351 900 000 000"}},
    )
    account.notifications()


def is_clean(account: Account) -> bool:
    """Whether nothing of Anna is left but that she was erased, and all of Ben."""
    table = account.environment["ARGUS_PEOPLE_TABLE"]
    record = account.clients.dynamodb.get_item(TableName=table, Key={"person_id": {"S": "anna"}})["Item"]
    assert account.faces() == {"ben": {"people/ben/1.jpg", "upload/3.jpg.ben"}}
    assert account.stores.verdicts.of_person("anna") == []
    assert len(account.stores.verdicts.of_person("ben")) == 2
    assert photos(account) == {"people/ben/1.jpg", "upload/3.jpg.ben"}
    return record.keys() == {"person_id", "deleted_at"}


def test_who_is_erased_leaves_nothing_and_others_everything(account: Account) -> None:
    fill(account)
    other = account.stores.verdicts.find("people/ben/1.jpg")
    assert other is not None
    like = "this looks like Anna, who was enrolled before: check whose photo it is"
    refused = replace(
        other, photo_key="upload/4.jpg", verdict="refused", face_id=None, reason="collision", sentence=like
    )
    account.stores.verdicts.write(refused, None)
    tally = account.erase("anna")
    assert (tally.removed["photos"], tally.removed["faces"], tally.removed["mentions_in_verdicts"]) == (3, 3, 1)
    found = account.stores.verdicts.find("upload/4.jpg")
    assert found is not None and (found.person_id, found.sentence) == ("ben", enrolled_eraser.SENTENCE)
    account.stores.verdicts.delete(found)
    assert is_clean(account)
    account.deliver()  # S3 may yet say that the photos went
    assert is_clean(account)


class PowerCut(BaseException):
    """Nothing of the function is left; what it wrote is."""


@pytest.mark.parametrize("name", ["photos", "faces", "verdicts"])
def test_an_interrupted_erasure_is_completed_by_the_next(
    name: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(passed: str) -> None:
        if passed == f"cloud.erasing.{name}":
            raise PowerCut

    fill(account)
    with monkeypatch.context() as patch:
        patch.setattr(enrolled_eraser, "failpoint", cut)
        with pytest.raises(PowerCut):
            account.erase("anna")
    account.erase("anna")
    assert is_clean(account)


def test_photos_of_who_was_erased_are_refused_until_the_person_is_made_anew(account: Account) -> None:
    enrolled(account, "anna", "people/anna/1.jpg")
    account.erase("anna")
    account.put("people/anna/2.jpg", b"late")
    account.put("upload/late", b"late", tags="person=Anna")
    account.deliver()
    for key in ("people/anna/2.jpg", "upload/late"):
        verdict = account.stores.verdicts.find(key)
        assert verdict is not None and verdict.reason == "erased" and "make the person anew" in verdict.sentence
    account.people().add("Anna")
    account.put("people/anna/3.jpg", b"no picture")
    account.deliver()
    verdict = account.stores.verdicts.find("people/anna/3.jpg")
    assert verdict is not None and verdict.reason == "unreadable"


def test_versions_that_nothing_but_their_labels_tells_of_go_and_those_of_others_stay(account: Account) -> None:
    enrolled(account, "anna", "people/anna/1.jpg")
    enrolled(account, "ben", "people/ben/1.jpg")
    account.put("inbox/deleted.jpg", b"anna", metadata={"person": "Anna"})
    account.delete("inbox/deleted.jpg")
    of_anna = account.put("inbox/replaced.jpg", b"anna", tags="person=anna")
    of_ben = account.put("inbox/replaced.jpg", b"ben", metadata={"person": "ben"})
    account.put("inbox/hers-now.jpg", b"ben", metadata={"person": "Ben"})
    account.put("inbox/hers-now.jpg", b"anna", metadata={"person": " ANNA "})
    gone = account.put("inbox/bens.jpg", b"anna", metadata={"person": "anna"})
    account.put("inbox/bens.jpg", b"ben", metadata={"person": "Ben"})
    account.delete("inbox/bens.jpg")
    account.put("inbox/nobodys.jpg", b"who?")
    tally = account.erase("anna")
    assert photos(account) == {"people/ben/1.jpg", "inbox/replaced.jpg", "inbox/bens.jpg", "inbox/nobodys.jpg"}
    assert (tally.removed["photos"], tally.removed["object_versions"]) == (5, 7)
    found = account.clients.s3.list_object_versions(Bucket=account.photos)
    left = {one["VersionId"] for one in found["Versions"]}
    assert of_ben in left and not {of_anna, gone} & left
    assert account.stores.photos.version("inbox/bens.jpg") is None  # what Ben took away is not back
