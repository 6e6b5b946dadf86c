"""JSON with exactly one spelling for each value, for bytes that are hashed or signed.

The readers here raise ValueError, which the decoders of the collection's parts turn into CollectionDamaged.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any


def to_canonical_json(value: object) -> bytes:
    """ASCII JSON: keys sorted, no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def json_value(data: bytes, *, limit: int) -> Any:
    """Reads bytes that nobody vouches for; more than ``limit`` of them are not looked at."""
    if len(data) > limit:
        raise ValueError(f"it has {len(data)} bytes, more than {limit}")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:  # it says where; a person is helped by what to do
        raise ValueError("it is not JSON") from error


def json_object(
    data: bytes, fields: set[str], *, limit: int, optional: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    """As :func:`json_value`, for an object with exactly ``fields``, and those that are ``optional`` or not."""
    value = json_value(data, limit=limit)
    if not isinstance(value, dict) or value.keys() - optional != fields:
        raise ValueError(f"it is not an object with exactly the fields {', '.join(sorted(fields))}")
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("something that should be text is not")
    return value


def count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError("something that should be a count is not")
    return value


def utc_time(value: object) -> datetime:
    return datetime.strptime(text(value), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def time_text(moment: datetime) -> str:
    """Aware time -> ``2024-05-01T12:00:00.000000Z``."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
