"""Which heads are believed. The keys here are made of hashes; signatures proper are tested with their adapter."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from argus.core.errors import HeadRefused
from argus.core.head import Head, Signature, Statement
from argus.core.trust import TrustPolicy, lifetime_of, reissued, sign
from tests.made_up import face_id

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)


@dataclass(frozen=True)
class HashKey:
    """Both halves of a key: signs with a hash of the key's name and the message."""

    key_id: str
    algorithm: str = "hash"

    @property
    def verifier(self) -> HashKey:
        return self

    def sign(self, message: bytes) -> bytes:
        return hashlib.sha256(self.key_id.encode() + message).digest()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        return signature == self.sign(message)


OLD, NEW, FOREIGN = HashKey("old"), HashKey("new"), HashKey("foreign")
STATEMENT = Statement("staff", 7, face_id("m"), "model", NOW, NOW + timedelta(days=30))


def policy(*keys: HashKey, at: datetime = NOW, collection_id: str | None = None) -> TrustPolicy:
    return TrustPolicy(keys, lambda: at, collection_id)


def reason(trust: TrustPolicy, head: Head, accepted: Statement | None = None) -> str:
    with pytest.raises(HeadRefused) as refused:
        trust.verify(head, accepted)
    assert "\n" not in str(refused.value)
    return refused.value.reason


def test_one_good_signature_of_a_trusted_key_is_enough() -> None:
    for signers in ([OLD], [NEW], [OLD, NEW], [FOREIGN, OLD]):
        policy(OLD, NEW).verify(sign(STATEMENT, signers))
    both = sign(STATEMENT, [OLD, NEW])
    policy(OLD).verify(both)
    policy(NEW).verify(both)


def test_what_nobody_trusted_signed_is_refused_by_name() -> None:
    assert reason(policy(OLD), Head(STATEMENT)) == "unsigned"
    assert reason(policy(OLD), sign(STATEMENT, [FOREIGN])) == "unknown_key"
    signed = sign(STATEMENT, [OLD])
    for change in (
        {"sequence": 8},
        {"manifest_sha256": face_id("other")},
        {"collection_id": "visitors"},
        {"model_id": "other"},
        {"expires_at": None},
        {"issued_at": NOW + timedelta(seconds=1)},
    ):
        assert reason(policy(OLD), replace(signed, statement=replace(STATEMENT, **change))) == "bad_signature"


def test_a_signature_of_another_algorithm_or_under_another_name_is_none() -> None:
    [signature] = sign(STATEMENT, [OLD]).signatures
    assert reason(policy(OLD), Head(STATEMENT, (replace(signature, algorithm="none"),))) == "unknown_key"
    [foreign] = sign(STATEMENT, [FOREIGN]).signatures
    assert reason(policy(OLD), Head(STATEMENT, (replace(foreign, key_id="old"),))) == "bad_signature"


@pytest.mark.parametrize(
    "change", [lambda s: s + "=", lambda s: s + "\n", lambda s: " " + s, lambda s: "", lambda s: "ä"]
)
def test_base64_has_one_spelling(change: object) -> None:
    assert callable(change)
    [signature] = sign(STATEMENT, [OLD]).signatures
    head = Head(STATEMENT, (Signature(signature.algorithm, signature.key_id, change(signature.signature)),))
    assert reason(policy(OLD), head) == "bad_signature"


def test_base64_with_bits_to_spare_is_refused() -> None:
    [signature] = sign(STATEMENT, [OLD]).signatures
    assert signature.signature.endswith("=")  # 32 bytes: the last letter has two bits that mean nothing
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters[letters.index(signature.signature[-2]) | 1]
    head = Head(STATEMENT, (replace(signature, signature=f"{signature.signature[:-2]}{last}="),))
    assert reason(policy(OLD), head) == "bad_signature"


def test_an_expired_head_is_refused_from_that_moment_on() -> None:
    head = sign(STATEMENT, [OLD])
    end = NOW + timedelta(days=30)
    policy(OLD, at=end - timedelta(microseconds=1)).verify(head)
    assert reason(policy(OLD, at=end), head) == "expired"
    policy(OLD, at=end).verify_signature(head)
    policy(OLD, at=end).verify(sign(replace(STATEMENT, expires_at=None), [OLD]))


def test_what_was_erased_does_not_come_back() -> None:
    """Neither with an older head, nor with a newer one that knows nothing of the erasure, as a backup would make."""
    accepted = replace(STATEMENT, sequence=6, minimum_sequence=5)
    policy(OLD).verify(sign(replace(STATEMENT, minimum_sequence=5), [OLD]), accepted)
    policy(OLD).verify(sign(replace(STATEMENT, minimum_sequence=7), [OLD]), accepted)
    for sequence, minimum in ((4, 0), (7, 0), (7, 4)):
        head = sign(replace(STATEMENT, sequence=sequence, minimum_sequence=minimum), [OLD])
        assert reason(policy(OLD), head, accepted) == "erased"
    assert reason(policy(OLD), sign(replace(STATEMENT, sequence=5, minimum_sequence=5), [OLD]), accepted) == "older"
    policy(OLD).verify(sign(replace(STATEMENT, model_id="other"), [OLD]), accepted)


def test_each_statement_keeps_or_raises_the_minimum() -> None:
    before = replace(STATEMENT, minimum_sequence=5)
    for asked, given, number in ((0, 5, 8), (4, 5, 8), (8, 8, 8), (20, 20, 20)):
        after = reissued(before, face_id("next"), NOW, None, minimum_sequence=asked)
        assert (after.minimum_sequence, after.sequence) == (given, number)


def test_nobody_goes_back() -> None:
    head = sign(STATEMENT, [OLD])
    policy(OLD).verify(head, accepted=STATEMENT)
    policy(OLD).verify(head, accepted=replace(STATEMENT, sequence=6))
    assert reason(policy(OLD), head, replace(STATEMENT, sequence=8)) == "older"
    assert reason(policy(OLD), head, replace(STATEMENT, manifest_sha256=face_id("fork"))) == "older"


def test_one_collection_is_not_passed_off_as_another() -> None:
    head = sign(STATEMENT, [OLD])
    policy(OLD, collection_id="staff").verify(head)
    assert reason(policy(OLD, collection_id="visitors"), head) == "other_collection"
    assert reason(policy(OLD), head, replace(STATEMENT, collection_id="visitors", sequence=1)) == "other_collection"


def test_without_keys_signatures_are_not_asked_for_but_time_still_counts() -> None:
    policy().verify(Head(STATEMENT))
    policy().verify(sign(STATEMENT, [FOREIGN]))
    assert reason(policy(at=NOW + timedelta(days=31)), Head(STATEMENT)) == "expired"
    assert reason(policy(), Head(STATEMENT), replace(STATEMENT, sequence=8)) == "older"


def test_the_next_statement_has_the_next_number_and_its_own_time() -> None:
    later = NOW + timedelta(days=3)
    after = reissued(STATEMENT, face_id("n"), later, lifetime_of(STATEMENT))
    assert (after.collection_id, after.sequence, after.manifest_sha256) == ("staff", 8, face_id("n"))
    assert (after.issued_at, after.expires_at) == (later, later + timedelta(days=30))
    for_ever = reissued(STATEMENT, face_id("n"), later, None)
    assert (for_ever.expires_at, lifetime_of(for_ever)) == (None, None)


def test_a_refusal_comes_whole_out_of_another_process() -> None:
    refused = pickle.loads(pickle.dumps(HeadRefused("older", "why")))
    assert (refused.reason, str(refused)) == ("older", "why")
