"""Collections that are signed: who may change them, who believes them, and how they go back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.collection import bucket_of
from argus.core.errors import CollectionError, HeadRefused, SigningError
from argus.core.head import Head, decode_head, encode_head
from argus.core.trust import TrustPolicy
from argus.storage.open_store import open_store
from argus.storage.repository import CollectionRepository
from argus.storage.signing import KeyFileSigner, make_key
from tests.made_up import enrolled

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
MONTH = timedelta(days=30)


class Place:
    """A place for a collection, a clock and two keys."""

    def __init__(self, where: str, keys: Path) -> None:
        self.store = open_store(where)
        self.now = NOW
        self.old, self.new = (self._key(keys / name) for name in ("old.key", "new.key"))

    @staticmethod
    def _key(path: Path) -> KeyFileSigner:
        make_key(path)
        return KeyFileSigner(path)

    def writer(self, *signers: KeyFileSigner, trusted: Sequence[KeyFileSigner] = ()) -> CollectionRepository:
        trust = self.trust(*trusted) if trusted else None
        return CollectionRepository(self.store, "staff", lambda: self.now, signers=signers, trust=trust)

    def reader(self, *trusted: KeyFileSigner) -> CollectionRepository:
        return CollectionRepository(self.store, "staff", lambda: self.now, trust=self.trust(*trusted))

    def trust(self, *trusted: KeyFileSigner) -> TrustPolicy:
        return TrustPolicy(tuple(signer.verifier for signer in trusted), lambda: self.now, "staff")


@pytest.fixture
def place(place: str, tmp_path: Path) -> Place:
    return Place(place, tmp_path)


def enrol(repository: CollectionRepository, *names: str) -> str:
    """Adds people; the version."""
    version = ""
    for name in names:
        version = repository.update(lambda old, name=name: old.with_person(enrolled(name))).version  # type: ignore[misc]
    return version


def reason(repository: CollectionRepository) -> str:
    with pytest.raises(HeadRefused) as refused:
        repository.load()
    return refused.value.reason


def test_each_change_is_signed_and_believed(place: Place) -> None:
    writer, reader = place.writer(place.old), place.reader(place.old, place.new)
    for count, name in enumerate(("ann", "bob", "eve"), start=1):
        enrol(writer, name)
        assert len(reader.load().collection) == count
    assert reason(place.reader(place.new)) == "unknown_key"


def test_nothing_is_read_on_the_word_of_a_head_that_is_refused(place: Place) -> None:
    version = enrol(place.writer(), "ann")
    place.store.delete(f"manifests/{version}.json")
    assert reason(place.reader(place.old)) == "unsigned"


def test_without_a_key_a_signed_collection_is_left_alone(place: Place) -> None:
    enrol(place.writer(place.old), "ann")
    before = place.store.get("head.json")
    for change in (lambda: enrol(place.writer(), "bob"), lambda: place.writer().roll_back("0" * 12)):
        with pytest.raises(SigningError, match="ARGUS_SIGN_WITH"):
            change()
    with pytest.raises(SigningError, match="ARGUS_SIGN_WITH"):
        place.writer().sign(adopt=True)
    assert place.store.get("head.json") == before


@pytest.mark.parametrize("forged", ["unsigned", "unknown_key", "bad_signature"])
def test_a_writer_signs_nothing_that_an_intruder_wrote(place: Place, forged: str) -> None:
    """Somebody who can write to the store, but has no key, hopes that the next writer signs for them."""
    writer = place.writer(place.old)
    enrol(writer, "ann")
    honest = decode_head(place.store.get("head.json")[0])  # type: ignore[index]
    place.store.delete("head.json")
    enrol(place.writer(place.new) if forged == "unknown_key" else place.writer(), "intruder")
    if forged == "bad_signature":
        data, tag = place.store.get("head.json")  # type: ignore[misc]
        altered = Head(decode_head(data).statement, honest.signatures)
        place.store.replace("head.json", encode_head(altered), expected_tag=tag)
    for change in (lambda: enrol(writer, "bob"), writer.sign, lambda: writer.roll_back("0" * 12)):
        with pytest.raises(HeadRefused) as refused:
            change()
        assert refused.value.reason == forged
    assert writer.sign(adopt=True).collection.find("intruder") is not None  # only on purpose


def test_a_key_is_replaced_without_a_gap(place: Place) -> None:
    """The order of docs/signing.md: devices trust both, writers sign with both, devices and writers drop the old."""
    old, new = place.old, place.new
    enrol(place.writer(old), "ann")
    place.writer(old, new).sign()
    for devices in ((old,), (old, new), (new,)):
        place.reader(*devices).load()
    enrol(place.writer(new), "bob")
    assert reason(place.reader(old)) == "unknown_key"
    place.reader(old, new).load()
    place.reader(new).load()


def test_a_new_key_takes_over_what_a_trusted_one_signed(place: Place) -> None:
    enrol(place.writer(place.old), "ann")
    with pytest.raises(HeadRefused, match="is trusted"):
        place.writer(place.new).sign()
    place.writer(place.new, trusted=[place.old]).sign()
    place.reader(place.new).load()


def test_an_expired_head_is_refused_until_it_is_renewed(place: Place) -> None:
    writer = place.writer(place.old, trusted=[place.old])
    enrol(writer, "ann")
    writer.sign(lambda _: MONTH)
    place.now += MONTH
    assert reason(place.reader(place.old)) == "expired"
    assert len(place.writer().load().collection) == 1  # whoever has no policy may look
    renewed = writer.sign().head.statement
    assert (renewed.issued_at, renewed.expires_at) == (place.now, place.now + MONTH)
    assert place.reader(place.old).load().head.statement == renewed


def test_changes_keep_the_lifetime_until_it_is_changed(place: Place) -> None:
    writer = place.writer(place.old)
    enrol(writer, "ann")
    assert writer.load().head.statement.expires_at is None
    writer.sign(lambda _: MONTH)
    place.now += timedelta(days=1)
    enrol(writer, "bob")
    assert writer.load().head.statement.expires_at == place.now + MONTH
    assert writer.sign(lambda _: None).head.statement.expires_at is None


def test_signing_changes_the_number_and_nothing_else(place: Place) -> None:
    writer = place.writer(place.old)
    enrol(writer, "ann")
    before = writer.load()
    after = writer.sign()
    assert (after.version, after.head.statement.sequence) == (before.version, before.head.statement.sequence + 1)
    assert place.reader(place.old).load() == after


def test_a_reader_that_saw_a_newer_head_does_not_go_back(place: Place) -> None:
    writer, reader = place.writer(place.old), place.reader(place.old)
    enrol(writer, "ann")
    data, _ = place.store.get("head.json")  # type: ignore[misc]
    enrol(writer, "bob")
    reader.load()
    place.store.put("head.json", data)
    assert reason(reader) == "older"


def test_going_back_is_going_on(place: Place) -> None:
    writer, reader = place.writer(place.old), place.reader(place.old)
    first = enrol(writer, "ann")
    enrol(writer, "bob", "eve")
    reader.load()
    back = writer.roll_back(first[:12])
    assert back.version == first
    assert back.head.statement.sequence == 4
    found = reader.load()
    assert [one.person.id for one in found.collection.people] == ["ann"]
    assert found == back
    assert writer.roll_back(first) == back
    enrol(writer, "bob")
    assert len(reader.load().collection) == 2


def test_there_is_no_way_back_to_somebody_who_was_erased(place: Place) -> None:
    writer = place.writer(place.old)
    other = next(f"person-{n}" for n in range(99) if bucket_of(f"person-{n}") != bucket_of("ann"))
    version = enrol(writer, "ann", other)
    writer.exclude("ann")
    with pytest.raises(HeadRefused, match="somebody was erased"):
        writer.roll_back(version)
    assert writer.load().collection.find("ann") is None


def test_a_version_that_is_not_there_is_one_clear_message(place: Place) -> None:
    writer = place.writer(place.old)
    version = enrol(writer, "ann")
    place.store.put("manifests/000000000000-junk.json", b"")
    for wrong, message in ((version[:11], "too short"), ("0" * 12, "no version"), ("../head.json" * 2, "no version")):
        with pytest.raises(CollectionError, match=message):
            writer.roll_back(wrong)
    place.store.put(f"manifests/{version[:20]}{'0' * 44}.json", b"")
    with pytest.raises(CollectionError, match="more than one"):
        writer.roll_back(version[:12])
