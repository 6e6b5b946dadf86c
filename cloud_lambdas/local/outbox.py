"""What SNS would send to phones and mailboxes, read back from a queue that is subscribed to every topic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from cloud_lambdas.local.account import ACCOUNT, REGION, STACK
from cloud_lambdas.local.resources import ClientOf
from cloud_lambdas.local.worker import Worker

_NAME = f"{STACK}-local-outbox"
_POLL_SECONDS = 1


@dataclass(frozen=True)
class Sent:
    """One message of a topic, as its subscribers get it.

    Attributes:
        attributes: by which subscribers' filters choose.
        published_at: as SNS writes it, in UTC.
    """

    topic: str
    subject: str | None
    text: str
    attributes: Mapping[str, str]
    published_at: str


class Outbox(Worker):
    """Tells of each message of the topics, on a thread of its own."""

    def __init__(self, client: ClientOf, topics: Iterable[str], tell: Callable[[Sent], None]) -> None:
        self._client, self._tell = client, tell
        self._url: str = client("sqs").create_queue(QueueName=_NAME)["QueueUrl"]
        for topic in topics:
            arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{_NAME}"
            client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        super().__init__("outbox")

    def _run(self) -> None:
        sqs = self._client("sqs")
        while not self._ending.is_set():
            try:
                answer = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=_POLL_SECONDS)
                for message in answer.get("Messages", []):
                    self._tell(_read(message["Body"]))
                    sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            except (BotoCoreError, ClientError):
                self._ending.wait(_POLL_SECONDS)  # the imitation of AWS is gone, or busy for long


def _read(body: str) -> Sent:
    envelope = json.loads(body)
    return Sent(
        topic=envelope["TopicArn"].rpartition(":")[2],
        subject=envelope.get("Subject"),
        text=envelope["Message"],
        attributes={name: item["Value"] for name, item in envelope.get("MessageAttributes", {}).items()},
        published_at=envelope["Timestamp"],
    )
