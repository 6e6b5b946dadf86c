"""The people whom the cloud knows: ``person_id`` with ``name``, ``category``, and what else is told of them.

``former_names`` is what somebody was called before, for whoever erases them.

Of somebody who was erased ``person_id`` and ``deleted_at`` stay: that keeps what is late from bringing them back. The
ids that their names would make are kept in the same way. While the erasure goes on the rest is still there, and is told
to nobody but to whoever erases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from argus.core.canonical import time_text, utc_time
from argus.core.errors import UsageError
from cloud_lambdas.shared.dynamodb import condition_failed, text, text_of
from cloud_lambdas.shared.person import PersonRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

BY_NAME = "by_name"
"""The index by the attribute ``name``."""

_TOLD = ("name", "category", "phone", "email", "note")
"""Attributes of an item and of a record alike."""


@dataclass(frozen=True)
class Called:
    """A record by what it is found by, whatever its standing: for whoever erases.

    Attributes:
        name: as they are called now; None of whom none is known, as of whoever has been erased.
        former_names: as they were called before.
        ended_at: when their erasure began.
    """

    id: str
    name: str | None
    former_names: frozenset[str]
    ended_at: datetime | None

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return self.former_names | ({self.name} if self.name is not None else set())


class PeopleTable:
    """See the module."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, person_id: str) -> PersonRecord | None:
        """The record as it is now, of somebody who was erased without what it said; None where there is none."""
        item = self._item(person_id)
        return None if item is None else _record(item)

    def everybody(self) -> Iterator[PersonRecord]:
        """All records, those of the erased too, in no order."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
            yield from map(_record, page["Items"])

    def named(self, name: str) -> PersonRecord | None:
        """Who is called so; the erased are not asked.

        Raises:
            UsageError: several people are.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=BY_NAME,
            KeyConditionExpression="#name = :name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":name": text(name)},
        )
        ids = [item["person_id"]["S"] for page in pages for item in page["Items"]]
        # An index is late: what it says is asked of the table again.
        found = [one for one in map(self.find, ids) if one is not None and one.name == name]
        if len(found) > 1:
            listed = ", ".join(sorted(one.id for one in found))
            raise UsageError(f"{len(found)} people are called {name!r}: give the id of one of them ({listed})")
        return found[0] if found else None

    def create(self, record: PersonRecord) -> None:
        """Makes a record; of somebody who was erased, a new one.

        Raises:
            UsageError: there is one.
        """
        told = {name: getattr(record, name) for name in _TOLD}
        self._write(
            record.id,
            {**told, "former_names": None, "deleted_at": None},
            "attribute_not_exists(person_id) OR attribute_exists(deleted_at)",
            f"there is already somebody with the id {record.id!r}: rename that person, or choose another name",
        )

    def change(self, person_id: str, changes: Mapping[str, str | None], former_name: str | None = None) -> None:
        """Writes some of a record's attributes, and takes those away that are None; the others stay.

        Args:
            former_name: kept beside the new one.

        Raises:
            UsageError: there is no record.
        """
        if unknown := changes.keys() - set(_TOLD):
            raise ValueError(f"a record has no {', '.join(sorted(unknown))}")
        self._write(
            person_id,
            changes,
            "attribute_exists(person_id) AND attribute_not_exists(deleted_at)",
            f"there is nobody with the id {person_id!r}: look at the people there are",
            former_name,
        )

    def still(self, record: PersonRecord) -> TransactWriteItemTypeDef:
        """The part of a transaction that fails unless the person is still known; it makes the record of a newcomer."""
        if record.standing == "unlisted":
            told = {name: text(value) for name in _TOLD if (value := getattr(record, name)) is not None}
            return {
                "Put": {
                    "TableName": self._table,
                    "Item": {**_key(record.id), **told},
                    "ConditionExpression": "attribute_not_exists(person_id)",
                }
            }
        return self._check(record.id, "attribute_exists(person_id) AND attribute_not_exists(deleted_at)")

    def unless_erased(self, person_id: str) -> TransactWriteItemTypeDef:
        """The part of a transaction that fails once the person's erasure has begun."""
        return self._check(person_id, "attribute_not_exists(deleted_at)")

    def end(self, person_id: str, at: datetime) -> datetime:
        """From now on the person counts as erased; the rest of the record stays until :meth:`strip`.

        Returns:
            When that was said first.
        """
        answer = self._client.update_item(
            TableName=self._table,
            Key=_key(person_id),
            UpdateExpression="SET deleted_at = if_not_exists(deleted_at, :at)",
            ExpressionAttributeValues={":at": text(time_text(at))},
            ReturnValues="ALL_NEW",
        )
        return utc_time(answer["Attributes"]["deleted_at"]["S"])

    def bar(self, person_id: str, at: datetime) -> None:
        """Keeps an id that nobody has from being given to whoever a photo names."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_key(person_id), "deleted_at": text(time_text(at))},
                ConditionExpression="attribute_not_exists(person_id)",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def called(self, person_id: str) -> Called | None:
        """What that record is found by; None where there is none."""
        item = self._item(person_id)
        return None if item is None else _called(item)

    def all_called(self) -> Iterator[Called]:
        """What every record is found by, in no order."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True):
            yield from map(_called, page["Items"])

    def strip(self, person_id: str) -> None:
        """Takes everything personal from the record of somebody who was ended; nothing, if they were made anew."""
        found = self._item(person_id)
        if found is None or "deleted_at" not in found:
            return
        kept = {name: value for name, value in found.items() if name in ("person_id", "deleted_at")}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=kept,
                ConditionExpression="deleted_at = :at",
                ExpressionAttributeValues={":at": found["deleted_at"]},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def _item(self, person_id: str) -> dict[str, AttributeValueTypeDef] | None:
        return self._client.get_item(TableName=self._table, Key=_key(person_id), ConsistentRead=True).get("Item")

    def _check(self, person_id: str, condition: str) -> TransactWriteItemTypeDef:
        return {"ConditionCheck": {"TableName": self._table, "Key": _key(person_id), "ConditionExpression": condition}}

    def _write(
        self,
        person_id: str,
        changes: Mapping[str, str | None],
        condition: str,
        otherwise: str,
        former_name: str | None = None,
    ) -> None:
        written = {name: value for name, value in changes.items() if value is not None}
        parts = []
        if written:
            parts.append("SET " + ", ".join(f"#{name} = :{name}" for name in written))
        if removed := [name for name in changes if name not in written]:
            parts.append("REMOVE " + ", ".join(f"#{name}" for name in removed))
        values: dict[str, Any] = {f":{name}": text(value) for name, value in written.items()}
        if former_name is not None:
            parts.append("ADD former_names :former")
            values[":former"] = {"SS": [former_name]}
        request: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(person_id),
                UpdateExpression=" ".join(parts),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                **request,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            raise UsageError(otherwise) from error


def _key(person_id: str) -> dict[str, AttributeValueTypeDef]:
    return {"person_id": text(person_id)}


def _record(item: Mapping[str, Any]) -> PersonRecord:
    person_id: str = item["person_id"]["S"]
    if "deleted_at" in item:
        return PersonRecord(person_id, "deleted")
    return PersonRecord(person_id, "known", **{name: text_of(item, name) for name in _TOLD})


def _called(item: Mapping[str, Any]) -> Called:
    ended_at = text_of(item, "deleted_at")
    return Called(
        item["person_id"]["S"],
        text_of(item, "name"),
        frozenset(item.get("former_names", {}).get("SS", ())),
        None if ended_at is None else utc_time(ended_at),
    )
