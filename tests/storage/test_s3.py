"""What S3 alone may do, against moto over HTTP; faults are put between botocore and the wire."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime, timezone
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody

from argus.core.errors import CollectionConflict, CollectionDamaged, CollectionError, UsageError
from argus.storage import s3
from argus.storage.open_store import open_store
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store, s3_client
from tests.made_up import enrolled

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


READ = StreamingBody.read


class Raw(BytesIO):
    """The body of an answer, as botocore reads it."""

    def stream(self, amt: int | None = None, decode_content: bool | None = None) -> list[bytes]:
        return [self.read()]


def answer(status: int, code: str) -> AWSResponse:
    body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    return AWSResponse("http://s3", status, HTTPHeaders.from_dict({"content-length": str(len(body))}), Raw(body))


def disturb(client: S3Client, operation: str, *faults: object) -> list[object]:
    """Each of the next requests of ``operation`` meets one fault: an answer, an error, or None for none."""
    left = list(faults)

    def meet(**_: Any) -> Any:
        fault = left.pop(0) if left else None
        if isinstance(fault, Exception):
            raise fault
        return fault

    client.meta.events.register(f"before-send.s3.{operation}", meet)
    return left


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not wait."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture
def client(bucket: str) -> S3Client:
    return s3_client()


@pytest.fixture
def store(bucket: str, client: S3Client) -> S3Store:
    return S3Store(bucket, "staff", client)


def test_objects_lie_below_the_prefix(store: S3Store, client: S3Client, bucket: str) -> None:
    store.put("buckets/1.npz", b"1")
    client.put_object(Bucket=bucket, Key="staff-of-another", Body=b"")
    client.put_object(Bucket=bucket, Key="staff/buckets/", Body=b"")  # as the console makes a folder
    assert store.keys("") == ["buckets/1.npz"]
    assert [item["Key"] for item in client.list_objects_v2(Bucket=bucket)["Contents"]] == [
        "staff-of-another", "staff/buckets/", "staff/buckets/1.npz",
    ]  # fmt: skip
    assert S3Store(bucket, "", client).get("staff/buckets/1.npz") == store.get("buckets/1.npz")


def test_more_keys_than_one_answer_holds_are_listed(
    store: S3Store, client: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"a{number}" for number in range(7)]
    for key in keys:
        store.put(key, b"")

    def three(params: dict[str, Any], **_: Any) -> Any:
        return {**params, "MaxKeys": 3}

    client.meta.events.register("provide-client-params.s3.ListObjectsV2", three)
    assert store.keys("") == keys


@pytest.mark.parametrize(("status", "code"), [(409, "ConditionalRequestConflict"), (412, "PreconditionFailed")])
def test_both_answers_of_a_lost_race_are_conflicts(store: S3Store, client: S3Client, status: int, code: str) -> None:
    disturb(client, "PutObject", answer(status, code))
    with pytest.raises(CollectionConflict, match=r"s3://.*/staff/head\.json was changed"):
        store.replace("head.json", b"1", expected_tag=None)
    store.replace("head.json", b"1", expected_tag=None)


def test_a_change_is_made_again_after_both(store: S3Store, client: S3Client) -> None:
    repository = CollectionRepository(store, "staff", lambda: datetime.now(timezone.utc))
    repository.update(lambda old: old.with_person(enrolled("ann")))
    lost_races = [None, None, answer(409, "ConditionalRequestConflict"), None, None, answer(412, "PreconditionFailed")]
    left = disturb(client, "PutObject", *lost_races)
    snapshot = repository.update(lambda old: old.with_person(enrolled("bob")))
    assert left == []
    assert (len(snapshot.collection), snapshot.head.statement.sequence) == (2, 2)


def test_a_write_whose_answer_was_lost_has_won(store: S3Store, client: S3Client, bucket: str) -> None:
    """The first request reaches S3, its answer does not; the second one meets what the first one wrote."""

    def written_but_unheard(**_: object) -> None:
        client.meta.events.unregister("before-send.s3.PutObject", written_but_unheard)
        s3_client().put_object(Bucket=bucket, Key="staff/head.json", Body=b"mine")
        raise ReadTimeoutError(endpoint_url="s3")

    client.meta.events.register("before-send.s3.PutObject", written_but_unheard)
    tag = store.replace("head.json", b"mine", expected_tag=None)
    assert store.get("head.json") == (b"mine", tag)


def test_what_passes_is_tried_again(store: S3Store, client: S3Client) -> None:
    store.put("a", b"1")
    left = disturb(
        client, "GetObject", answer(503, "SlowDown"), answer(500, "InternalError"), ReadTimeoutError(endpoint_url="s3")
    )
    assert store.get("a") is not None
    assert left == []


def test_what_does_not_pass_is_given_up(store: S3Store, client: S3Client) -> None:
    store.put("a", b"1")
    left = disturb(client, "PutObject", *[answer(503, "SlowDown")] * 10)
    with pytest.raises(CollectionError, match="SlowDown"):
        store.put("a", b"2")
    assert len(left) == 10 - s3.ATTEMPTS


def test_bytes_that_break_off_are_read_again(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a", b"whole")
    reads = breaking(monkeypatch, 1)
    assert (store.get("a") or (b"",))[0] == b"whole"
    assert len(reads) == 2
    reads = breaking(monkeypatch, s3.READS)
    with pytest.raises(CollectionError, match="check the network"):
        store.get("a")
    assert len(reads) == s3.READS


def breaking(patch: pytest.MonkeyPatch, times: int) -> list[None]:
    """Makes the first readings of a body time out; every reading is noted."""
    reads: list[None] = []

    def read(self: StreamingBody, amt: int | None = None) -> bytes:
        reads.append(None)
        if len(reads) <= times:
            raise ReadTimeoutError(endpoint_url="s3")
        return READ(self, amt)

    patch.setattr(StreamingBody, "read", read)
    return reads


def test_more_than_any_object_has_is_refused_unread(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a", b"12345")
    monkeypatch.setattr(s3, "MAX_BLOB_BYTES", 4)
    reads = breaking(monkeypatch, 0)
    with pytest.raises(CollectionDamaged, match="5 bytes, more than"):
        store.get("a")
    assert reads == []


def test_no_such_bucket(aws: str) -> None:
    store = open_store("s3://argus-that-is-not-there/staff")
    asked: list[Callable[[], object]] = [
        lambda: store.get("a"),
        lambda: store.put("a", b""),
        lambda: store.replace("a", b"", expected_tag='"tag"'),
        lambda: store.keys(""),
    ]
    for ask in asked:
        with pytest.raises(CollectionError, match="s3://argus-that-is-not-there/staff: there is no such bucket"):
            ask()


def test_no_right(store: S3Store, client: S3Client) -> None:
    disturb(client, "GetObject", answer(403, "AccessDenied"))
    with pytest.raises(CollectionError, match=r"refuses GetObject .* s3:ListBucket"):
        store.get("a")


def test_expired_credentials(store: S3Store, client: S3Client) -> None:
    disturb(client, "GetObject", answer(400, "ExpiredToken"))
    with pytest.raises(CollectionError, match="sign in again"):
        store.get("a")


def test_no_credentials(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CollectionError, match="needs AWS credentials"):
        open_store("s3://bucket/staff").get("a")


def test_no_such_profile(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CollectionError, match="profile"):
        open_store("s3://bucket/staff")


def test_nobody_answers(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed}")
    with pytest.raises(CollectionError, match=r"cannot be reached .* check the network"):
        open_store("s3://bucket/staff").get("a")


def test_somebody_who_accepts_and_says_nothing(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(CollectionError, match=r"cannot be reached .* check the network"):
            open_store("s3://bucket/staff").get("a")


@pytest.mark.parametrize("place", ["s3://", "s3:///x", "s3://bucket/a//b", "s3://bucket/../b", "gs://bucket/x"])
def test_no_place(place: str) -> None:
    with pytest.raises(UsageError, match="no place for a collection"):
        open_store(place)
