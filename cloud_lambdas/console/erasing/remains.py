"""What an erasure in the cloud cannot reach, and when each of it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from argus.core.receipt import Remainder
from cloud_lambdas.console.stack import Stack

RECOVERY = timedelta(days=35)
"""DynamoDB's point-in-time recovery can make a table as it was at any moment of so long."""

_QUEUES = ("PhotosQueue", "ChangesQueue", "VisitsQueue", "AlertsQueue")


def remains_in(stack: Stack, erased_at: datetime) -> Iterator[Remainder]:
    """What is left in the stack, or may be."""
    yield Remainder(
        "tables as they were, in their point-in-time recovery",
        "after 35 days; whoever is erased has to be erased again from a table that is restored",
        erased_at + RECOVERY,
    )
    for name in _QUEUES:
        if count := _messages(stack, stack.output(name)):
            yield Remainder(
                f"{count} message{'' if count == 1 else 's'} in {name}, if they tell of the person",
                "when they are handled, which keeps nothing of the person; what cannot be handled becomes a dead "
                "letter: erase again then",
            )
    yield Remainder(
        "pictures and photos that are sent from now on",
        f"pictures after {_days(stack, 'SnapshotDays')}, photos, which are refused, after "
        f"{_days(stack, 'RefusedPhotoDays')}; sooner when you erase again",
    )
    yield Remainder("ids in the functions' logs", f"after {_days(stack, 'LogDays')}")
    yield Remainder("alerts that were sent", "as whoever received them decides")


def _messages(stack: Stack, url: str) -> int:
    said = stack.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    waiting, lent = said["ApproximateNumberOfMessages"], said["ApproximateNumberOfMessagesNotVisible"]
    return int(waiting) + int(lent) + int(said["ApproximateNumberOfMessagesDelayed"])


def _days(stack: Stack, parameter: str) -> str:
    found = stack.parameters.get(parameter)
    return f"{found} days" if found else f"the stack's {parameter}"
