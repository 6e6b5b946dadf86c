"""Where goes what no retry makes valid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloud_lambdas.shared.dead_letters import REASON, THING, WHOLE
from cloud_lambdas.shared.dynamodb import number, text
from cloud_lambdas.shared.words import shown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

KEPT_CHARACTERS = 16_000
"""Of a message that is refused. Every valid event's fits in 8,500 (6,000 bytes in base64 and what is around them)."""

REFUSALS_AN_HOUR = 100
"""Kept of one device; what it sends beyond them is counted in the log and dropped, so that it cannot fill the queue."""


KEY_PREFIX = "refusals/"
"""Of the counts in the table of cool-downs; who counts may change no others."""

_LONGEST_REASON = 256
"""It may repeat what the message has; SQS takes no control characters."""


class Refusals:
    """The dead-letter queue, for messages that no retry makes valid, and how many of them a device may have in it.

    They are counted in the table of cool-downs, in items that expire.
    """

    def __init__(self, sqs: SQSClient, url: str, dynamodb: DynamoDBClient, table: str) -> None:
        self._sqs = sqs
        self._url = url
        self._dynamodb = dynamodb
        self._table = table

    def keep(self, body: str, reason: str, thing: str | None, now: datetime) -> bool:
        """Sends the message there with its reason; False when this device has had its share of this hour."""
        if self._count(thing or "", now) > REFUSALS_AN_HOUR:
            return False
        said = {REASON: shown(reason, _LONGEST_REASON), WHOLE: "yes" if len(body) <= KEPT_CHARACTERS else "no"}
        if thing is not None:
            said[THING] = thing
        self._sqs.send_message(
            QueueUrl=self._url,
            MessageBody=body[:KEPT_CHARACTERS],
            MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in said.items()},
        )
        return True

    def _count(self, thing: str, now: datetime) -> int:
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key={"key": text(f"{KEY_PREFIX}{thing}/{now:%Y-%m-%dT%H}")},
            UpdateExpression="SET expires = :expires ADD refused :one",
            ExpressionAttributeValues={
                ":one": number(1),
                ":expires": number(int((now + timedelta(hours=2)).timestamp())),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["refused"]["N"])
