"""What devices publish, as the rules hand it over.

A rule's message is ``{"topic": ..., "received_at": ..., "payload_base64": ...}``: the payload is encoded, so that
what is not JSON arrives as well, and ``received_at`` is the rule's ``timestamp()``, milliseconds since 1970. Who sent
it is told by the topic, in which a device's policy lets it write its own name only.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from argus.core.errors import EventError

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST_MILLISECONDS = 32503679999999
"""The end of the year 2999: there is room to reckon from it."""


@dataclass(frozen=True)
class RuleMessage:
    """What was published, and when the cloud first had it (aware UTC, by the cloud's clock)."""

    topic: str
    payload: bytes
    received_at: datetime


def topic_of(body: str) -> str:
    """The topic in a message of a rule, as far as there is one; else nothing."""
    try:
        topic = json.loads(body)["topic"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""
    return topic if isinstance(topic, str) else ""


def decode_rule_message(body: str) -> RuleMessage:
    """What a rule wrote.

    Raises:
        EventError: it is something else; the message says why and never holds the payload.
    """
    envelope = _envelope(body)
    if not isinstance(envelope["topic"], str):
        raise EventError("the topic is not text: check the rule's SQL")
    try:
        payload = base64.b64decode(envelope["payload_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise EventError("payload_base64 is not base64: check the rule's SQL") from error
    return RuleMessage(envelope["topic"], payload, _received_at(envelope["received_at"]))


def _envelope(body: str) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventError("the message is not JSON: check the rule's SQL") from error
    if not isinstance(envelope, dict):
        raise EventError("the message is not an object: check the rule's SQL")
    missing = {"topic", "received_at", "payload_base64"} - envelope.keys()
    if missing:
        raise EventError(f"the message lacks {', '.join(sorted(missing))}: check the rule's SQL")
    return envelope


def _received_at(value: Any) -> datetime:
    if type(value) is not int or not 0 <= value <= _LATEST_MILLISECONDS:
        raise EventError("received_at must be milliseconds since 1970: check the rule's SQL")
    return _EPOCH + timedelta(milliseconds=value)
