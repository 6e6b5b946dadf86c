"""Identifiers that sort by time (UUID version 7, RFC 9562) and are made from values that are given."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

IdMaker = Callable[[datetime], str]
"""Makes a new identifier for something that happened at a time."""


def time_ordered_id(at: datetime, entropy: bytes) -> str:
    """A UUIDv7 of the millisecond of ``at`` and the first ten bytes of ``entropy``."""
    if len(entropy) < 10:
        raise ValueError(f"entropy must have at least 10 bytes, not {len(entropy)}")
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    value = milliseconds << 80 | int.from_bytes(entropy[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def repeatable_ids(seed: str) -> IdMaker:
    """The same ids at every run with the same seed and the same questions: for files that are played again."""
    count = 0

    def make(at: datetime) -> str:
        nonlocal count
        count += 1
        return time_ordered_id(at, hashlib.sha256(f"{seed}\0{count}".encode()).digest())

    return make
