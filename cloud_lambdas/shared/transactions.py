"""Writes to several items of DynamoDB, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from argus.core.errors import CollectionConflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_OVERTAKEN = {"None", "ConditionalCheckFailed", "TransactionConflict"}
"""Reasons that others' writes give; anything else is a failure."""


def commit(client: DynamoDBClient, writes: Sequence[TransactWriteItemTypeDef]) -> None:
    """Makes all ``writes``.

    Raises:
        CollectionConflict: a condition does not hold any more, or somebody else was writing: look at everything again.
    """
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons = error.response.get("CancellationReasons", [])
        if not reasons or not {reason.get("Code", "None") for reason in reasons} <= _OVERTAKEN:
            raise
        raise CollectionConflict("somebody else changed these people meanwhile: try again") from error
