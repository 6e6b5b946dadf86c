"""Where a sighting is told: to the alerts' queue, and to the device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from argus.core.acknowledgement import Acknowledgement, encode_acknowledgement
from argus.core.topics import acknowledgement
from cloud_lambdas.shared.alert import Alert, encode_alert
from cloud_lambdas.shared.dead_letters import THING

if TYPE_CHECKING:
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_sqs import SQSClient


class AlertsQueue:
    """The FIFO queue of `alerts`. What has the same event id within five minutes is one message to SQS; after that time
    the table's state of the alert keeps a second one from being sent.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, alert: Alert) -> None:
        """Sends it; the events of one visit stay in order. Its device is what `redrive` shows of it."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=encode_alert(alert),
            MessageGroupId=alert.visit_id,
            MessageDeduplicationId=alert.event_id,
            MessageAttributes={THING: {"DataType": "String", "StringValue": alert.thing}},
        )


class DeviceTopics:
    """Acknowledgements over AWS IoT."""

    def __init__(self, client: IoTDataPlaneClient) -> None:
        self._client = client

    def acknowledge(self, thing: str, event_ids: Sequence[str], at: datetime) -> None:
        """Tells a device that the cloud has these events, 1 to 100."""
        payload = encode_acknowledgement(Acknowledgement(tuple(event_ids), at))
        self._client.publish(topic=acknowledgement(thing), qos=1, payload=payload)
