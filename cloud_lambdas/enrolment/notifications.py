"""What S3 says of its photos.

Only the key is taken from a notification: they come late, twice and in any order, so what became of the object is asked
of S3 itself, which always answers with what it holds now.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

from argus.core.canonical import json_value, text
from argus.core.errors import EventError

MAX_MESSAGE_BYTES = 256 * 1024


def decode_keys(body: str) -> list[str]:
    """The keys that a message is about, each once, decoded; none of S3's test message and of folders.

    Raises:
        EventError: it is no notification of S3.
    """
    try:
        content = json_value(body.encode(), limit=MAX_MESSAGE_BYTES)
        if content.get("Event") == "s3:TestEvent":
            return []
        keys = [_key(record) for record in content["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EventError(f"the message is none of S3 ({error!r}): look at who writes to the queue") from error
    return [key for key in dict.fromkeys(keys) if not key.endswith("/")]


def _key(record: dict[str, Any]) -> str:
    return unquote_plus(text(record["s3"]["object"]["key"]))
