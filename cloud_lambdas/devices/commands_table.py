"""The table of commands: ``thing`` and ``command_id``; every write is conditional."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from argus.core.canonical import time_text, utc_time
from argus.core.commands import decode_command, decode_reply, encode_command, encode_reply
from cloud_lambdas.devices.sent_command import SentCommand
from cloud_lambdas.shared.conditional_writes import ConditionalWrites
from cloud_lambdas.shared.dynamodb import number, text, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from argus.core.commands import Reply

KEPT_FOR = timedelta(days=30)
"""After its deadline; then a command counts as gone, and its id is free."""

Settled = Literal["settled", "again", "unknown", "other"]


class CommandsTable:
    """Needs dynamodb:GetItem, dynamodb:PutItem and dynamodb:UpdateItem."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._writes = ConditionalWrites(client, table)

    def find(self, thing: str, command_id: str, now: datetime) -> SentCommand | None:
        """The command, or None where there is none, or none any more."""
        answer = self._client.get_item(TableName=self._table, Key=_key(thing, command_id), ConsistentRead=True)
        item = answer.get("Item")
        if item is None or int(item["expires"]["N"]) <= now.timestamp():
            return None
        return _command(item)

    def add(self, sent: SentCommand, now: datetime) -> SentCommand:
        """Writes it unless there is one of its id; returns what is there then."""
        item = {
            **_key(sent.thing, sent.command.id),
            "name": text(sent.name),
            "command": text(encode_command(sent.command).decode()),
            "expires": number(int((sent.command.expires_at + KEPT_FOR).timestamp())),
        }
        there = self._writes.put(
            item,
            "attribute_not_exists(command_id) OR #expires <= :now",
            {":now": number(int(now.timestamp()))},
        )
        return sent if there is None else _command(there)

    def published(self, sent: SentCommand) -> None:
        """AWS IoT has taken it."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(sent.thing, sent.command.id),
            UpdateExpression="SET published = :yes REMOVE problem",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )

    def failed(self, sent: SentCommand, problem: str) -> None:
        """AWS IoT has not taken it; nothing where it has at another attempt."""
        self._writes.update(
            _key(sent.thing, sent.command.id),
            "SET problem = :problem",
            "attribute_not_exists(published)",
            {":problem": text(problem)},
        )

    def settle(self, thing: str, name: str, command_id: str, reply: Reply, received_at: datetime) -> Settled:
        """Keeps the reply: of several that which came first.

        Returns:
            ``again``: an earlier one is there; ``unknown``: this thing has no such command; ``other``: that id is of
            a command of another name.
        """
        there = self._writes.update(
            _key(thing, command_id),
            "SET reply = :reply, replied_at = :at",
            "#name = :name AND (attribute_not_exists(reply) OR replied_at > :at)",
            {
                ":reply": text(encode_reply(reply).decode()),
                ":at": text(time_text(received_at)),
                ":name": text(name),
            },
        )
        if there is None:
            return "settled"
        if not there:
            return "unknown"
        return "again" if text_of(there, "name") == name else "other"


def _key(thing: str, command_id: str) -> dict[str, AttributeValueTypeDef]:
    return {"thing": text(thing), "command_id": text(command_id)}


def _command(item: Mapping[str, AttributeValueTypeDef]) -> SentCommand:
    reply, replied_at = text_of(item, "reply"), text_of(item, "replied_at")
    return SentCommand(
        thing=item["thing"]["S"],
        name=item["name"]["S"],
        command=decode_command(item["command"]["S"].encode()),
        published="published" in item,
        problem=text_of(item, "problem"),
        reply=None if reply is None else decode_reply(reply.encode()),
        replied_at=None if replied_at is None else utc_time(replied_at),
    )
