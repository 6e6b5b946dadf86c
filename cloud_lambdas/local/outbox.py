"""What SNS would send to phones and mailboxes, read back from a queue that is subscribed to every topic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from cloud_lambdas.local.account import ACCOUNT, ALL_WORDS, OUTBOX, REGION
from cloud_lambdas.local.resources import ClientOf
from cloud_lambdas.local.subscribers import Recipient, recipients
from cloud_lambdas.local.worker import Worker

_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{OUTBOX}"
_POLL_SECONDS = 1


@dataclass(frozen=True)
class Sent:
    """One message of a topic, as its subscribers get it.

    Attributes:
        attributes: by which subscribers' filters choose.
        text: for protocols that have no words of their own.
        published_at: as SNS writes it, in UTC.
        to: everybody who gets it, with their words.
    """

    topic: str
    subject: str | None
    text: str
    attributes: Mapping[str, str]
    published_at: str
    to: tuple[Recipient, ...] = ()


class Outbox(Worker):
    """Tells of each message of the topics, on a thread of its own."""

    def __init__(self, client: ClientOf, topics: Iterable[str], tell: Callable[[Sent], None]) -> None:
        self._client, self._tell = client, tell
        self._url: str = client("sqs").create_queue(QueueName=OUTBOX)["QueueUrl"]
        for topic in topics:
            client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_ARN)
        super().__init__("outbox")

    def _run(self) -> None:
        sqs = self._client("sqs")
        while not self._ending.is_set():
            try:
                answer = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=_POLL_SECONDS)
                for message in answer.get("Messages", []):
                    self._tell(self._read(message["Body"]))
                    sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            except (BotoCoreError, ClientError):
                self._ending.wait(_POLL_SECONDS)  # the imitation of AWS is gone, or busy for long

    def _read(self, body: str) -> Sent:
        envelope = json.loads(body)
        topic, attributes = envelope["TopicArn"], envelope.get("MessageAttributes", {})
        words = _words(envelope["Message"])
        return Sent(
            topic=topic.rpartition(":")[2],
            subject=envelope.get("Subject"),
            text=words["default"],
            attributes={name: item["Value"] for name, item in attributes.items()},
            published_at=envelope["Timestamp"],
            to=recipients(self._client, topic, attributes, words, but=_ARN),
        )


def _words(message: str) -> Mapping[str, str]:
    """By protocol; see :mod:`cloud_lambdas.local.moto_sns`."""
    try:
        found = json.loads(message)
    except ValueError:
        found = None
    words = found.get(ALL_WORDS) if isinstance(found, dict) else None
    return words if isinstance(words, dict) else {"default": message}
