"""What an erasure in the cloud cannot reach, and when each of it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from argus.core.receipt import Remainder
from cloud_lambdas.console.stack import Stack

RECOVERY = timedelta(days=35)
"""DynamoDB's point-in-time recovery can make a table as it was at any moment of so long."""

_NOTHING = "keeps nothing of the person"
_QUEUES = {
    "PhotosQueue": _NOTHING,
    "ChangesQueue": _NOTHING,
    "VisitsQueue": _NOTHING,
    "AlertsQueue": "keeps the id of whom an alert told until a day after the cool-down, or until you erase again",
}
"""Output -> what is kept of the person when its messages are handled."""


def remains_in(stack: Stack, erased_at: datetime) -> Iterator[Remainder]:
    """What is left in the stack, or may be."""
    yield Remainder(
        "tables as they were, in their point-in-time recovery",
        "after 35 days; whoever is erased has to be erased again from a table that is restored",
        erased_at + RECOVERY,
    )
    for name, keeps in _QUEUES.items():
        if count := _messages(stack, stack.output(name)):
            yield Remainder(
                f"{count} message{'' if count == 1 else 's'} in {name}, if they tell of the person",
                f"when they are handled, which {keeps}; what cannot be handled becomes a dead letter: erase again then",
            )
    deleted = _days(stack, "EarlierVersionDays")
    yield Remainder(
        "pictures and photos that are sent from now on",
        f"pictures after {_days(stack, 'SnapshotDays')}, photos, which are refused, after "
        f"{_days(stack, 'RefusedPhotoDays')}, what is deleted then {deleted} later; sooner when you erase again",
    )
    yield Remainder(
        "pictures that the command `snapshot` took: whole frames, of which nothing says whom they show",
        f"after {_days(stack, 'SnapshotDays')}, the deleted ones {deleted} later; sooner when you delete every version",
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
