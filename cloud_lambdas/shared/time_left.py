"""What cannot end within a function's time is not begun: it is reported, and the queue brings it again.

A function that is killed reports nothing, and all of its batch comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from argus.core.errors import ArgusError
from cloud_lambdas.shared.clients import REQUEST_SECONDS

NEEDED_SECONDS = REQUEST_SECONDS + 1
"""For a request that gets no answer, and for saying so."""

T = TypeVar("T")


class OutOfTime(ArgusError):
    """The call ends before a record could fail."""


class Call(Protocol):
    """What Lambda tells a handler of its call."""

    def get_remaining_time_in_millis(self) -> int: ...


def is_time_left(call: Call) -> bool:
    """Whether a request that hangs would end before the call does."""
    return call.get_remaining_time_in_millis() >= 1000 * NEEDED_SECONDS


def in_time(call: Call, step: Callable[[SQSRecord], T]) -> Callable[[SQSRecord], T]:
    """``step``, which raises :class:`OutOfTime` instead of beginning a record too late."""

    def begin(record: SQSRecord) -> T:
        if not is_time_left(call):
            raise OutOfTime("too little of the function's time was left to begin this record: it comes again")
        return step(record)

    return begin
