"""Signatures by the Standard Webhooks specification, version 1.0.0, "Signature scheme"."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST_BYTES, LONGEST_BYTES = 24, 64


def key_bytes(written: str) -> bytes:
    """The bytes of a key as receivers are given it: base64, with ``whsec_`` before it or without.

    Raises:
        ValueError: it is something else, or too short or too long.
    """
    try:
        key = base64.b64decode(written.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not base64") from error
    if not SHORTEST_BYTES <= len(key) <= LONGEST_BYTES:
        raise ValueError(f"it has {len(key)} bytes, not {SHORTEST_BYTES} to {LONGEST_BYTES}")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature`` of a message with these ``webhook-id`` and ``webhook-timestamp``."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
