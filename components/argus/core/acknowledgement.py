"""What the cloud answers to events: that it has them, so that a device need not keep them any longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from argus.core.wire import MAX_INBOUND_BYTES, decode_message, encode_message

MAX_EVENT_IDS = 100
"""In one message, so that it stays under MAX_INBOUND_BYTES."""

_WHAT = "acknowledgement"


@dataclass(frozen=True)
class Acknowledgement:
    """Some events have arrived, whatever became of them; said again for an event that comes again.

    Attributes:
        event_ids: 1 to MAX_EVENT_IDS.
        acknowledged_at: aware UTC, by the cloud's clock.
    """

    event_ids: tuple[str, ...]
    acknowledged_at: datetime
    schema: Literal["argus.ack/1"] = "argus.ack/1"

    def __post_init__(self) -> None:
        if not 0 < len(self.event_ids) <= MAX_EVENT_IDS:
            raise ValueError(f"an acknowledgement names 1 to {MAX_EVENT_IDS} events, not {len(self.event_ids)}")


def encode_acknowledgement(acknowledgement: Acknowledgement) -> bytes:
    """The acknowledgement as compact UTF-8 JSON; raises EventError when it is too large."""
    return encode_message(acknowledgement, what=_WHAT, limit=MAX_INBOUND_BYTES)


def decode_acknowledgement(data: bytes) -> Acknowledgement:
    """What :func:`encode_acknowledgement` wrote; raises EventError for anything else."""
    return decode_message(Acknowledgement, data, what=_WHAT)
