"""The people whom the cloud knows.

A record is ``person_id``, ``name``, ``category``, and what else others keep there (telephone, e-mail, a note), which is
left alone. Of somebody who was erased ``person_id`` and ``deleted_at`` stay: it keeps what is late from bringing them
back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from argus.core.canonical import time_text
from argus.core.errors import UsageError
from argus.core.types import Person
from cloud_lambdas.shared.dynamodb import condition_failed, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

BY_NAME = "by_name"
"""The index by the attribute ``name``."""


@dataclass(frozen=True)
class KnownPerson:
    """A person, and what is known of them here.

    Attributes:
        is_new: there is no record yet.
        erased: their photos are not taken any more.
    """

    person: Person
    is_new: bool = False
    erased: bool = False


class PeopleRecords:
    """See the module."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, person_id: str) -> KnownPerson | None:
        """Whoever has this id."""
        found = self._client.get_item(TableName=self._table, Key=_key(person_id), ConsistentRead=True).get("Item")
        return None if found is None else _known(found)

    def everybody(self) -> dict[str, KnownPerson]:
        """All records by id, those of the erased too."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        known = (_known(item) for page in pages for item in page["Items"])
        return {one.person.id: one for one in known}

    def create(self, person: Person) -> None:
        """Makes a record; of somebody who was erased, a new one.

        Raises:
            UsageError: there is one.
        """
        self._write(
            person,
            "SET #name = :name, category = :category REMOVE deleted_at",
            "attribute_not_exists(person_id) OR attribute_exists(deleted_at)",
            f"there is already somebody with the id {person.id!r}: rename that person, or choose another name",
        )

    def change(self, person: Person) -> None:
        """Gives a record another name and category.

        Raises:
            UsageError: there is none.
        """
        self._write(
            person,
            "SET #name = :name, category = :category",
            "attribute_exists(person_id) AND attribute_not_exists(deleted_at)",
            f"there is nobody with the id {person.id!r}: look at the people there are",
        )

    def end(self, person_id: str, at: datetime) -> None:
        """From now on no photo is taken for this person; the record stays until :meth:`strip`."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(person_id),
            UpdateExpression="SET deleted_at = if_not_exists(deleted_at, :at)",
            ExpressionAttributeValues={":at": text(time_text(at))},
        )

    def strip(self, person_id: str) -> None:
        """Takes everything personal from the record of somebody who was ended; nothing, if they were made anew."""
        found = self._client.get_item(TableName=self._table, Key=_key(person_id), ConsistentRead=True).get("Item")
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

    def still(self, known: KnownPerson) -> TransactWriteItemTypeDef:
        """The part of a transaction that fails unless the person is as ``known`` says; it makes the record if new."""
        person = known.person
        if known.is_new:
            return {
                "Put": {
                    "TableName": self._table,
                    "Item": {**_key(person.id), "name": text(person.name), "category": text(person.category)},
                    "ConditionExpression": "attribute_not_exists(person_id)",
                }
            }
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": _key(person.id),
                "ConditionExpression": "attribute_exists(person_id) AND attribute_not_exists(deleted_at)",
            }
        }

    def named(self, name: str) -> KnownPerson | None:
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
        found = [one for one in map(self.find, ids) if one is not None and not one.erased and one.person.name == name]
        if len(found) > 1:
            listed = ", ".join(sorted(one.person.id for one in found))
            raise UsageError(f"{len(found)} people are called {name!r}: give the id of one of them ({listed})")
        return found[0] if found else None

    def _write(self, person: Person, update: str, condition: str, otherwise: str) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(person.id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#name": "name"},
                ExpressionAttributeValues={":name": text(person.name), ":category": text(person.category)},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            raise UsageError(otherwise) from error


def _key(person_id: str) -> dict[str, AttributeValueTypeDef]:
    return {"person_id": text(person_id)}


def _known(item: dict[str, AttributeValueTypeDef]) -> KnownPerson:
    person_id = item["person_id"]["S"]
    name = item["name"]["S"] if "name" in item else person_id
    category = item["category"]["S"] if "category" in item else "person"
    return KnownPerson(Person(person_id, name, category), erased="deleted_at" in item)
