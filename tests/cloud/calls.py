"""What Lambda gives a handler of a queue, and what it makes of the answer."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud_lambdas.local.functions import Context


def call(seconds: int = 60) -> Context:
    """A call that begins now, and may take so long."""
    return Context("argus-test", seconds)


@dataclass
class Ending:
    """A call whose time is over after so many looks at it."""

    looks: int

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 60_000 if self.looks >= 0 else 14_000


def batch(*bodies: str) -> dict[str, Any]:
    """Records of a queue; the messages' ids are their numbers."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": body,
                "receiptHandle": "",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
            }
            for number, body in enumerate(bodies)
        ]
    }


def rule_message(topic: str, payload: bytes, received_at: datetime) -> str:
    """The body that a rule of AWS IoT puts into a queue."""
    document = {
        "topic": topic,
        "received_at": int(received_at.timestamp() * 1000),
        "payload_base64": base64.b64encode(payload).decode(),
    }
    return json.dumps(document)


def failed(answer: Any) -> list[str]:
    """The ids of the messages that come again."""
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]
