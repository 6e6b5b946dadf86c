"""What is said in the queue ``changes``: that somebody's faces, name or category are not what they were.

A message says whom to look at again, never what to find there: the tables are the truth, so a message that comes late,
twice or in another order does no harm.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argus.core.canonical import json_object, text
from argus.core.errors import EventError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE_BYTES = 4096
_FIELDS = {"erase", "person_id"}


@dataclass(frozen=True)
class Change:
    """Somebody whom the collection has to be brought up to date with.

    Attributes:
        erase: nothing of them shall stay in any version, old ones included.
    """

    person_id: str
    erase: bool = False


def encode_change(change: Change) -> str:
    """The body of a message."""
    return json.dumps({"person_id": change.person_id, "erase": change.erase}, ensure_ascii=False)


def decode_change(body: str) -> Change:
    """What :func:`encode_change` wrote.

    Raises:
        EventError: it is something else.
    """
    try:
        content = json_object(body.encode(), _FIELDS, limit=MAX_MESSAGE_BYTES)
        if not isinstance(content["erase"], bool):
            raise ValueError("erase is neither true nor false")
        return Change(text(content["person_id"]), content["erase"])
    except ValueError as error:
        raise EventError(f"the message is no change of a person ({error}): look at who writes to the queue") from error


class ChangesQueue:
    """Where the publisher hears of changes."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, change: Change) -> None:
        """Returns when the queue has it."""
        self._client.send_message(QueueUrl=self._url, MessageBody=encode_change(change))
