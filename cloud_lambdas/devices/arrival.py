"""A status or a reply as the rule hands it over, and what must hold of it before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from argus.core.commands import decode_reply
from argus.core.errors import EventError
from argus.core.status import decode_status
from argus.core.topics import parse_reply, parse_status
from cloud_lambdas.shared.rule_message import RuleMessage, decode_rule_message, topic_of

if TYPE_CHECKING:
    from argus.core.commands import Reply
    from argus.core.status import DeviceStatus

LONGEST_PROMISE_SECONDS = 7 * 86_400
"""A device that may be silent for longer is not watched at all; its own settings end at two hours."""

MOST_PARTS = 32
"""Of one status, each of up to 6,000 bytes; DynamoDB takes 400 KiB an item."""


@dataclass(frozen=True)
class StatusArrival:
    """A status, or a part of one, and when the cloud first had it (aware UTC, by the cloud's clock)."""

    thing: str
    status: DeviceStatus
    received_at: datetime


@dataclass(frozen=True)
class ReplyArrival:
    """What a device answered, ``name`` being the command's in the topic."""

    thing: str
    name: str
    reply: Reply
    received_at: datetime


def thing_of(body: str) -> str | None:
    """The device that a message of the rules is from, as far as one can be told."""
    topic = topic_of(body)
    try:
        return parse_reply(topic)[0] if "/reply/" in topic else parse_status(topic)
    except ValueError:
        return None


def decode_arrival(body: str) -> StatusArrival | ReplyArrival:
    """The status or reply in a message of the rules.

    Raises:
        EventError: it is neither; the message says why and never holds the payload.
    """
    message = decode_rule_message(body)
    try:
        return _reply(message) if "/reply/" in message.topic else _status(message)
    except ValueError as error:
        raise EventError(f"the topic is neither that of a status nor of a reply: {error}") from error


def _reply(message: RuleMessage) -> ReplyArrival:
    thing, name = parse_reply(message.topic)
    return ReplyArrival(thing, name, decode_reply(message.payload), message.received_at)


def _status(message: RuleMessage) -> StatusArrival:
    thing, status = parse_status(message.topic), decode_status(message.payload)
    if status.thing != thing:
        raise EventError("the status's thing is not the topic's: a device may publish only in its own name")
    if not 0 < status.next_within_seconds <= LONGEST_PROMISE_SECONDS:
        raise EventError(f"next_within_seconds must be above 0 and at most {LONGEST_PROMISE_SECONDS}")
    if not 1 <= status.part <= status.parts <= MOST_PARTS:
        raise EventError(f"part must be one of parts, which are 1 to {MOST_PARTS}")
    return StatusArrival(thing, status, message.received_at)
