"""Where a sighting is told: to the alerts' queue, and to the device; and where goes what is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from argus.core.acknowledgement import Acknowledgement, encode_acknowledgement
from argus.core.topics import acknowledgement
from cloud_lambdas.shared.alert import Alert, encode_alert
from cloud_lambdas.shared.dead_letters import REASON, THING, WHOLE, printable
from cloud_lambdas.shared.dynamodb import number, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

KEPT_CHARACTERS = 16_000
"""Of a message that is refused. Every valid event's fits in 8,500 (6,000 bytes in base64 and what is around them)."""

REFUSALS_AN_HOUR = 100
"""Kept of one device; what it sends beyond them is counted in the log and dropped, so that it cannot fill the queue."""


class AlertsQueue:
    """The FIFO queue of `alerts`. What has the same event id within five minutes is one message to SQS; after that time
    the table's state of the alert keeps a second one from being sent.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, alert: Alert) -> None:
        """Sends it; the events of one visit stay in order."""
        category = alert.person.category if alert.person else None
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=encode_alert(alert),
            MessageGroupId=alert.visit_id,
            MessageDeduplicationId=alert.event_id,
            MessageAttributes={
                "kind": _attribute(alert.kind),
                "category": _attribute(printable(category or "") or "none"),
                "thing": _attribute(alert.thing),
                "camera": _attribute(alert.camera),
            },
        )


class DeviceTopics:
    """Acknowledgements over AWS IoT."""

    def __init__(self, client: IoTDataPlaneClient) -> None:
        self._client = client

    def acknowledge(self, thing: str, event_ids: Sequence[str], at: datetime) -> None:
        """Tells a device that the cloud has these events, 1 to 100."""
        payload = encode_acknowledgement(Acknowledgement(tuple(event_ids), at))
        self._client.publish(topic=acknowledgement(thing), qos=1, payload=payload)


class Refusals:
    """The dead-letter queue, for messages that no retry makes valid, and how many of them a device may have in it.

    They are counted in the table of cool-downs, under keys that expire.
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
        said = {REASON: printable(reason), WHOLE: "yes" if len(body) <= KEPT_CHARACTERS else "no"}
        if thing is not None:
            said[THING] = thing
        self._sqs.send_message(
            QueueUrl=self._url,
            MessageBody=body[:KEPT_CHARACTERS],
            MessageAttributes={name: _attribute(value) for name, value in said.items()},
        )
        return True

    def _count(self, thing: str, now: datetime) -> int:
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key={"key": text(f"refusals/{thing}/{now:%Y-%m-%dT%H}")},
            UpdateExpression="SET expires = :expires ADD refused :one",
            ExpressionAttributeValues={
                ":one": number(1),
                ":expires": number(int((now + timedelta(hours=2)).timestamp())),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["refused"]["N"])


def _attribute(value: str) -> MessageAttributeValueTypeDef:
    return {"DataType": "String", "StringValue": value}
