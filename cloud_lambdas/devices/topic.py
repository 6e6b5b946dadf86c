"""The topic that whoever operates the devices subscribes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud_lambdas.devices.device import Device, News
from cloud_lambdas.devices.text import alarm_subject, alarm_text

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class AlarmsTopic:
    """Publishes to SNS, which keeps no second message of the same text away."""

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def tell(self, device: Device, news: News) -> None:
        """Returns when SNS has it."""
        kind = f"{news.trouble}_over" if news.over else news.trouble
        self._client.publish(
            TopicArn=self._arn,
            Subject=alarm_subject(news),
            Message=alarm_text(device, news),
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "thing": {"DataType": "String", "StringValue": device.thing},
            },
        )
