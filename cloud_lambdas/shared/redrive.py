"""Messages go back from a dead-letter queue to where they came from, after somebody has read why they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from argus.storage.failpoints import failpoint
from cloud_lambdas.shared.dead_letters import REASON, THING, WHOLE

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

MOST = 1000
"""Messages of one run."""

HELD_SECONDS = 300
"""For so long nobody else gets what this run has read."""

_GAVE_UP = "every attempt failed: see the function's log"
_A_TIME = 10

_CAME_BACK = ("AWS.SimpleQueueService.MessageNotInflight", "MessageNotInflight", "InvalidParameterValue")
"""What SQS says of a message whose time is over, so that it is there for everybody already: that it is lent to nobody,
by either name; or that its receipt has expired."""


@dataclass(frozen=True)
class DeadLetter:
    """A message of a dead-letter queue.

    Attributes:
        reason: one sentence; what a queue moved there by itself has none of its own.
        sent_at: when it came into the queue, or, of what a queue moved there by itself, into that one.
        thing: the device it is from, where that was told.
        whole: false where the body was cut because it was far too large: it can only be read, not moved.
    """

    message_id: str
    body: str
    reason: str
    sent_at: datetime
    thing: str | None
    whole: bool
    receipt: str
    attributes: dict[str, MessageAttributeValueOutputTypeDef]
    group_id: str | None


class DeadLetters:
    """One dead-letter queue.

    Args:
        url: the dead-letter queue's; the queue that it is for is found by what it says of itself.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def read(self, most: int = MOST) -> list[DeadLetter]:
        """What is in it, each message once; they stay, and are held back from other readers for a while.

        Of a FIFO queue's group it is the first ten: what is behind them is seen when one of those has gone.
        """
        found: dict[str, DeadLetter] = {}
        while len(found) < most and (letters := self._receive(min(_A_TIME, most - len(found)))):
            found.update(letters)
        if self._url.endswith(".fifo") and len(found) < most:
            self._complete_groups(found)
        return list(found.values())

    def _complete_groups(self, found: dict[str, DeadLetter]) -> None:
        """While SQS lends a message of a group it lends no other: what a batch cut off comes with all of its group."""
        groups: dict[str | None, list[DeadLetter]] = {}
        for letter in found.values():
            groups.setdefault(letter.group_id, []).append(letter)
        for letters in groups.values():
            self.put_back(letters)
            for letter in letters:
                del found[letter.message_id]
            found.update(self._receive(_A_TIME))  # everything else is held, so that it is this group

    def _receive(self, most: int) -> dict[str, DeadLetter]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=1,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return {message["MessageId"]: _letter(message) for message in answer.get("Messages", [])}

    def put_back(self, letters: Iterable[DeadLetter]) -> None:
        """Leaves them in the queue for the next reader."""
        for letter in letters:
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _CAME_BACK:
                    raise

    def remove(self, letter: DeadLetter) -> None:
        """Takes a letter that was read away for good."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def redrive(self, letters: Iterable[DeadLetter]) -> Iterator[DeadLetter]:
        """Moves these to the queue that they are from, one by one; yields each when it has moved.

        Who is stopped between a message's arrival there and its end here moves it again the next time: what reads the
        queues takes a message that comes twice for one.

        Raises:
            UsageError: no queue, or more than one, has this one for its dead letters.
        """
        waiting = list(letters)
        if not waiting:
            return
        source = self._source()
        for letter in waiting:
            attributes = {
                name: value for name, value in letter.attributes.items() if name not in (REASON, THING, WHOLE)
            }
            if letter.group_id is None:
                self._client.send_message(QueueUrl=source, MessageBody=letter.body, MessageAttributes=attributes)
            else:
                # Not the first deduplication id: within five minutes of that SQS would swallow the message.
                self._client.send_message(
                    QueueUrl=source,
                    MessageBody=letter.body,
                    MessageAttributes=attributes,
                    MessageGroupId=letter.group_id,
                    MessageDeduplicationId=letter.message_id,
                )
            failpoint("cloud.redrive.sent")
            self.remove(letter)
            yield letter

    def _source(self) -> str:
        sources = self._client.list_dead_letter_source_queues(QueueUrl=self._url)["queueUrls"]
        if len(sources) != 1:
            name = self._url.rsplit("/", 1)[-1]
            raise UsageError(f"{len(sources)} queues have {name} for their dead letters: name one of a single queue")
        return sources[0]


def _letter(message: MessageTypeDef) -> DeadLetter:
    attributes, system = message.get("MessageAttributes", {}), message.get("Attributes", {})

    def said(name: str) -> str | None:
        return attributes[name].get("StringValue") if name in attributes else None

    return DeadLetter(
        message_id=message["MessageId"],
        body=message["Body"],
        reason=said(REASON) or _GAVE_UP,
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, tz=timezone.utc),
        thing=said(THING),
        whole=said(WHOLE) != "no",
        receipt=message["ReceiptHandle"],
        attributes=attributes,
        group_id=system.get("MessageGroupId"),
    )
