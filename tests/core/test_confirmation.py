"""The bytes in which a device confirms a version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from argus.core.confirmation import Confirmation, decode_confirmation, encode_confirmation
from argus.core.errors import CollectionDamaged

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
CONFIRMATION = Confirmation("door-1", "staff", 7, "ab" * 32, "a-model", NOW)
BYTES = (
    b'{"collection":"staff","confirmed_at":"2024-05-01T12:30:00.000000Z","model_id":"a-model",'
    b'"schema":"argus.confirmation/1","sequence":7,"thing":"door-1","version":"' + b"ab" * 32 + b'"}'
)


def test_it_has_one_spelling() -> None:
    assert encode_confirmation(CONFIRMATION) == BYTES
    assert decode_confirmation(BYTES) == CONFIRMATION


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        BYTES + b" ",
        BYTES.replace(b"confirmation/1", b"confirmation/2"),
        BYTES.replace(b'"sequence":7', b'"sequence":0'),
        BYTES.replace(b'"sequence":7', b'"sequence":true'),
        BYTES.replace(b"door-1", b"../door"),
        BYTES.replace(b'"staff"', b'"' + b"s" * 65 + b'"'),
        BYTES.replace(b"abab", b"ABAB"),
        BYTES.replace(b"a-model", b"a" * 5000),
        b"[" * 4000,
    ],
)
def test_anything_else_is_damaged(data: bytes) -> None:
    with pytest.raises(CollectionDamaged, match="confirmation is not valid"):
        decode_confirmation(data)


def test_times_are_aware() -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        replace(CONFIRMATION, confirmed_at=NOW.replace(tzinfo=None))
