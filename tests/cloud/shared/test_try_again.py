"""What failed is there again soon, and not only after the queue's time-out of minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_lambdas.publisher.handler import create
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared import try_again
from cloud_lambdas.shared.changes import Change, encode_change
from cloud_lambdas.shared.try_again import TryAgain, pause_seconds
from tests.cloud.account import Account, open_account
from tests.cloud.calls import batch
from tests.cloud.data_plane import DataPlane, data_plane

HIDDEN_SECONDS = 1000


@pytest.fixture
def plane() -> Iterator[DataPlane]:
    with data_plane() as plane:
        yield plane


@pytest.fixture
def account(aws: str, plane: DataPlane, monkeypatch: pytest.MonkeyPatch) -> Account:
    """In which soon is at once."""
    monkeypatch.setattr(try_again, "FIRST_SECONDS", 0)
    return open_account(plane.url)


def receive(account: Account, url: str) -> list[dict[str, Any]]:
    """What is there, as Lambda gives it to a function; it is hidden from then on."""
    found = account.clients.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, AttributeNames=["All"]
    )
    return [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {},
        }
        for message in found.get("Messages", [])
    ]


def bodies(records: list[dict[str, Any]]) -> list[str]:
    return sorted(record["body"] for record in records)


def test_each_pause_is_longer_up_to_a_limit() -> None:
    assert [pause_seconds(received) for received in (1, 2, 3, 4, 5, 6, 50)] == [30, 60, 120, 240, 480, 900, 900]


def test_more_than_sqs_takes_at_once(account: Account) -> None:
    url = account.environment[names.CHANGES_QUEUE]
    for number in range(12):
        account.clients.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    records = [*receive(account, url), *receive(account, url)]
    assert (len(records), receive(account, url)) == (12, [])
    TryAgain(account.clients.sqs, url).soon(records)
    assert bodies([*receive(account, url), *receive(account, url)]) == bodies(records)


def test_where_sqs_fails_as_well_the_time_out_holds(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    url = account.environment[names.CHANGES_QUEUE]
    TryAgain(account.clients.sqs, f"{url}-gone").soon(batch("1")["Records"])
    assert "come again only after the queue's time-out" in caplog.text


def test_a_change_that_devices_could_not_be_told_of(account: Account, plane: DataPlane) -> None:
    url = account.environment[names.CHANGES_QUEUE]
    account.clients.sqs.send_message(QueueUrl=url, MessageBody=encode_change(Change("anna")))
    publish = create(account.environment, account.clients, account.clock)
    plane.fails = True
    with pytest.raises(ClientError):
        publish({"Records": receive(account, url)}, None)
    plane.fails = False
    again = receive(account, url)
    assert bodies(again) == [encode_change(Change("anna"))]
    assert publish({"Records": again}, None) == {"batchItemFailures": []}
    assert receive(account, url) == []  # what is done stays hidden until Lambda deletes it


def test_a_change_that_is_none_comes_again_alone(account: Account) -> None:
    url = account.environment[names.CHANGES_QUEUE]
    for body in ("{}", encode_change(Change("anna"))):
        account.clients.sqs.send_message(QueueUrl=url, MessageBody=body)
    create(account.environment, account.clients, account.clock)({"Records": receive(account, url)}, None)
    assert bodies(receive(account, url)) == ["{}"]


def test_a_photo_of_which_nothing_could_be_written(account: Account) -> None:
    account.put("people/ann/text.jpg", b"no picture")
    records = receive(account, account.photos_queue)
    broken = replace(account, environment={**account.environment, names.VERDICTS_TABLE: "gone"})
    assert len(broken.enrolment()({"Records": records}, None)["batchItemFailures"]) == 1
    again = receive(account, account.photos_queue)
    assert bodies(again) == bodies(records)
    assert account.enrolment()({"Records": again}, None) == {"batchItemFailures": []}
    assert receive(account, account.photos_queue) == []
