"""What the stores of several functions need of DynamoDB beside the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def text(value: str) -> AttributeValueTypeDef:
    """A string as DynamoDB writes it."""
    return {"S": value}


def number(value: int) -> AttributeValueTypeDef:
    """A whole number as DynamoDB writes it."""
    return {"N": str(value)}


def text_of(item: Mapping[str, Any], name: str) -> str | None:
    """The string attribute ``name`` of an item, or None where it has none."""
    value: str | None = item.get(name, {}).get("S")
    return value


def condition_failed(error: ClientError) -> bool:
    """Whether a write was refused by its own condition; anything else is for the caller to raise again."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
