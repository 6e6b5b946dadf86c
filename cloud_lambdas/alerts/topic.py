"""The topic that people subscribe to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cloud_lambdas.alerts.text import Texts

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class AlertsTopic:
    """Publishes to SNS, in other words for each protocol."""

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, texts: Texts, attributes: Mapping[str, str]) -> None:
        """Returns when SNS has it."""
        self._client.publish(
            TopicArn=self._arn,
            Subject=texts.subject,
            Message=json.dumps({"default": texts.short, "email": texts.email, "sms": texts.sms}),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
