"""Whom an event names, as the cloud knows them: looked up in the people table at the moment the event arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from argus.core.events import Who
from cloud_lambdas.shared.dynamodb import text, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Standing = Literal["known", "unlisted", "deleted"]


@dataclass(frozen=True)
class PersonRecord:
    """A person as the record was at one moment.

    Attributes:
        standing: ``known``; ``unlisted`` (the people table has no such id: name and category are the device's);
            ``deleted`` (the device's collection is older than the deletion: nothing but the id is told).
    """

    id: str
    standing: Standing
    name: str | None = None
    category: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None


class PeopleTable:
    """Reads the table of people: ``person_id`` with name, category, phone, email, note, deleted_at."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, person_id: str) -> PersonRecord | None:
        """The record as it is now, of somebody who was deleted without what it said; None where there is none."""
        answer = self._client.get_item(TableName=self._table, Key={"person_id": text(person_id)}, ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return None
        if text_of(item, "deleted_at"):
            return PersonRecord(person_id, "deleted")
        return PersonRecord(
            person_id,
            "known",
            name=text_of(item, "name"),
            category=text_of(item, "category"),
            phone=text_of(item, "phone"),
            email=text_of(item, "email"),
            note=text_of(item, "note"),
        )

    def record_of(self, who: Who) -> PersonRecord:
        """The record of the person whom a device names, whatever the table says of them."""
        return self.find(who.id) or PersonRecord(who.id, "unlisted", name=who.name, category=who.category)
