"""What Lambda gives a handler of a queue, and what it makes of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloud_lambdas.local.functions import Context


def call(seconds: int = 60) -> Context:
    """A call that begins now, and may take so long."""
    return Context("argus-test", "arn:aws:lambda:eu-central-1:123456789012:function:argus-test", 128, seconds)


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
            {"messageId": str(number), "body": body, "receiptHandle": "", "attributes": {}, "messageAttributes": {}}
            for number, body in enumerate(bodies)
        ]
    }


def failed(answer: Any) -> list[str]:
    """The ids of the messages that come again."""
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]
