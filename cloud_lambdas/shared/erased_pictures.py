"""Pictures that were erased for good, by their names.

A device may send a picture after it was erased here, and what is looked for and not found might still come. So an
erasure writes down the hash of each picture's name, in the table of links, and no link leads there any more whatever
lies in the bucket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloud_lambdas.shared.dynamodb import condition_failed, number, text, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

KEPT = timedelta(days=400)
"""A device keeps what it could not send for a year at most (``snapshots.days``)."""


class ErasedPictures:
    """See the module."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, key: str, now: datetime) -> None:
        """From now on the picture with this key is gone, also if it comes again."""
        expires = number(int((now + KEPT).timestamp()))
        self._client.put_item(TableName=self._table, Item={**_place(key), "expires": expires})

    def unlink(self, keys: Collection[str]) -> int:
        """Takes the name out of every link to one of these pictures; how many there were. The whole table is read.

        As long as such a link lives it tells whoever has it that the picture is gone.
        """
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        found = [item for page in pages for item in page["Items"] if text_of(item, "key") in keys]
        for item in found:
            self._forget_key(item["token_hash"])
        return len(found)

    def holds(self, key: str) -> bool:
        """Whether it is."""
        found = self._client.get_item(TableName=self._table, Key=_place(key), ConsistentRead=True)
        return "Item" in found

    def _forget_key(self, token_hash: AttributeValueTypeDef) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"token_hash": token_hash},
                UpdateExpression="REMOVE #key",
                ConditionExpression="attribute_exists(token_hash)",
                ExpressionAttributeNames={"#key": "key"},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise  # else it expired in this moment


def _place(key: str) -> dict[str, AttributeValueTypeDef]:
    # No token has a slash, so that this is no token's hash.
    return {"token_hash": text(hashlib.sha256(f"erased/{key}".encode()).hexdigest())}
