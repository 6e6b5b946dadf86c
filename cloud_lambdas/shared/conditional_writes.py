"""Writes to one item of DynamoDB that happen on a condition, or find out what is there instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloud_lambdas.shared.dynamodb import condition_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_NAME = re.compile(r"#(\w+)")


class ConditionalWrites:
    """Of one table.

    In expressions ``#word`` is the attribute ``word``, where DynamoDB keeps that name for itself.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def put(
        self, item: Mapping[str, AttributeValueTypeDef], condition: str, values: Mapping[str, AttributeValueTypeDef]
    ) -> dict[str, Any] | None:
        """Writes the item and returns None; otherwise what is there instead, ``{}`` for nothing."""
        return _otherwise(
            lambda: self._client.put_item(TableName=self._table, Item=item, **_conditional("", condition, values))
        )

    def update(
        self,
        key: Mapping[str, AttributeValueTypeDef],
        change: str,
        condition: str,
        values: Mapping[str, AttributeValueTypeDef],
    ) -> dict[str, Any] | None:
        """Changes the item and returns None; otherwise what is there instead, ``{}`` for nothing."""
        more = _conditional(change, condition, values)
        return _otherwise(
            lambda: self._client.update_item(TableName=self._table, Key=key, UpdateExpression=change, **more)
        )


def _conditional(change: str, condition: str, values: Mapping[str, AttributeValueTypeDef]) -> dict[str, Any]:
    names = {f"#{name}": name for name in _NAME.findall(f"{change} {condition}")}
    named = {"ExpressionAttributeNames": names} if names else {}
    valued = {"ExpressionAttributeValues": values} if values else {}
    return {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **named, **valued}


def _otherwise(write: Callable[[], object]) -> dict[str, Any] | None:
    try:
        write()
    except ClientError as error:
        if not condition_failed(error):
            raise
        there: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
        return there
    return None
