"""Links to pictures, for messages that leave the house: `alerts` mints them, `pictures` finds what they lead to.

A link's token is the whole right to see one picture for a while, so it is kept nowhere: the table has its sha256, the
key of the picture, ``minted_at`` and ``expires``. Whoever reads the table, or a copy of it, cannot make a link of that.
Looking up a hash also leaves nothing to be learnt from how long an answer takes: who guesses tokens cannot choose their
hashes, so no comparison in constant time is needed. Nor is salt, for a token is random and not guessed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cloud_lambdas.shared.dynamodb import number, text, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATH = "/p/"
"""Of the address, before the token."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")
"""128 random bits or more, in the alphabet that needs no escaping in an address."""


@dataclass(frozen=True)
class Link:
    """What one link is of.

    Attributes:
        key: of the picture in the snapshots bucket, where it may not be yet, or not any more; null of an erased one.
    """

    key: str | None
    minted_at: datetime


class LinkedPictures:
    """What links lead to."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, token: str, now: datetime) -> Link | None:
        """The link; None where it has expired, or the token is none that was given out."""
        if not _TOKEN.fullmatch(token):
            return None
        key = {"token_hash": text(_hashed(token))}
        # DynamoDB takes away what has expired up to days late: the time is compared here. The link may be a moment old.
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if item is None or int(item["expires"]["N"]) <= now.timestamp():
            return None
        return Link(text_of(item, "key"), datetime.fromtimestamp(int(item["minted_at"]["N"]), timezone.utc))


class Links(LinkedPictures):
    """Makes them as well.

    Args:
        base_url: what links begin with, such as ``https://a1b2.execute-api.eu-central-1.amazonaws.com``.
        lifetime: how long a link leads anywhere.
        tokens: 128 random bits or more each time, as letters, digits, ``-`` and ``_``.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        base_url: str,
        lifetime: timedelta,
        tokens: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        super().__init__(client, table)
        self._base_url = base_url.rstrip("/")
        self._lifetime = lifetime
        self._tokens = tokens

    def mint(self, key: str, now: datetime) -> str:
        """A new link to the picture with this key, whole; the picture need not be there yet."""
        token = self._tokens()
        if not _TOKEN.fullmatch(token):
            raise ValueError("a token is 22 to 128 letters, digits, '-' and '_'")
        self._client.put_item(
            TableName=self._table,
            Item={
                "token_hash": text(_hashed(token)),
                "key": text(key),
                "minted_at": number(int(now.timestamp())),
                "expires": number(int((now + self._lifetime).timestamp())),
            },
        )
        return f"{self._base_url}{PATH}{token}"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
