"""What a message in a dead-letter queue says of why it is there, beside its body."""

from __future__ import annotations

REASON, THING, WHOLE = "reason", "thing", "whole"
"""Names of message attributes: one sentence; the device, where one can be told; ``no`` where the body was cut."""
