"""The dead letters of a stack: what could not be handled, why, and its way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from argus.core.errors import EventError, UsageError
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.shared.redrive import MOST, DeadLetter, DeadLetters
from cloud_lambdas.shared.rule_message import decode_rule_message

QUEUES = {
    "photos": "PhotosDeadQueue",
    "changes": "ChangesDeadQueue",
    "visits": "VisitsDeadQueue",
    "statuses": "StatusesDeadQueue",
    "alerts": "AlertsDeadQueue",
}
"""Short name of each queue -> the output that names where its dead letters are."""


@dataclass
class Held:
    """Letters of one queue, which nobody else gets meanwhile.

    Attributes:
        queue: its short name.
        letters: in the order in which they came.
        may_be_more: so many were read that there may be others.
    """

    queue: str
    letters: list[DeadLetter]
    may_be_more: bool
    _source: DeadLetters

    def move_back(self, wanted: Callable[[DeadLetter], bool]) -> Iterator[DeadLetter]:
        """Moves back what is wanted and whole, one by one; yields each when it has moved.

        Raises:
            UsageError: it cannot be told where they are from.
        """
        going = [letter for letter in self.letters if letter.whole and wanted(letter)]
        for letter in self._source.redrive(going):
            self.letters.remove(letter)
            yield letter


@contextmanager
def held(stack: Stack, queue: str, most: int = MOST) -> Iterator[Held]:
    """What is in a dead-letter queue; what was not moved back by the end stays there.

    Raises:
        UsageError: there is no such queue.
    """
    if queue not in QUEUES:
        raise UsageError(f"no dead letters are called {queue!r}: name {', '.join(QUEUES)}, or all")
    source = DeadLetters(stack.clients.sqs, stack.output(QUEUES[queue]))
    found = sorted(source.read(most), key=lambda letter: letter.sent_at)
    here = Held(queue, found, len(found) >= most, source)
    try:
        yield here
    finally:
        source.put_back(here.letters)


def readable(body: str) -> str:
    """A message for people: the topic, and what a device sent, which is within in base64."""
    try:
        message = decode_rule_message(body)
    except EventError:
        return body
    return f"{message.topic}\n{message.payload.decode(errors='backslashreplace')}"
