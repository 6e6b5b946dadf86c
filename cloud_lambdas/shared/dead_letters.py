"""What a message in a dead-letter queue says of why it is there, beside its body."""

from __future__ import annotations

REASON, THING, WHOLE = "reason", "thing", "whole"
"""Names of message attributes: one sentence; the device, where one can be told; ``no`` where the body was cut."""

_MOST_CHARACTERS = 256


def printable(value: str) -> str:
    """``value`` as a message's attribute: SQS takes no control characters there, and it is for people to read."""
    return "".join(character for character in value[:_MOST_CHARACTERS] if character.isprintable())
