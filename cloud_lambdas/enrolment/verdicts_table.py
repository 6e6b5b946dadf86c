"""What became of each photo, for its sender, and which face came of it.

A verdict is written with all that follows from it in the table of faces, in one transaction, and with ``told`` false;
it becomes true when the rest was told as well: the publisher of a changed face, S3 of a refused photo. So whoever dies
in between leaves a verdict that says what is still to be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast

from argus.core.canonical import time_text, utc_time
from cloud_lambdas.shared.dynamodb import number, text, text_of
from cloud_lambdas.shared.transactions import commit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

NOBODYS, ERASED, TOO_LARGE, RECORD = "nobodys", "erased", "too_large", "record"
"""Reasons beside :class:`argus.enrolment.judge.Refusal`."""

Outcome = Literal["accepted", "refused", "removed"]


@dataclass(frozen=True)
class PhotoVerdict:
    """What became of one version of a photo.

    Attributes:
        reason: a word for programs; empty unless refused.
        sentence: for its sender, says what to do.
        person_id: whose photo it is; None where nobody knows.
        face_id: the face that it stands behind, while accepted.
        former_id: whose photo it was when another was at its key.
        told: see the module.
        revision: raised by every write, so that no writer overwrites what it has not seen.
    """

    photo_key: str
    version: str
    verdict: Outcome
    reason: str
    sentence: str
    at: datetime
    person_id: str | None = None
    face_id: str | None = None
    former_id: str | None = None
    told: bool = False
    revision: int = 0


class VerdictsTable:
    """See the module.

    Args:
        kept: how long a verdict stays whose photo is not enrolled: as long as refused photos. That of one that is
            stays as long as the photo does: it says which face goes with it.
    """

    def __init__(self, client: DynamoDBClient, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def find(self, photo_key: str) -> PhotoVerdict | None:
        """The verdict about what was at that key."""
        key = {"photo_key": text(photo_key)}
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if found is None else _verdict(found)

    def of_person(self, person_id: str) -> list[PhotoVerdict]:
        """Every verdict about photos of one person; the whole table is read."""
        return [one for one in self.everything() if one.person_id == person_id]

    def everything(self) -> Iterator[PhotoVerdict]:
        """Every verdict."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        return (_verdict(item) for page in pages for item in page["Items"])

    def write(
        self, verdict: PhotoVerdict, before: PhotoVerdict | None, also: Sequence[TransactWriteItemTypeDef] = ()
    ) -> None:
        """Replaces ``before`` by ``verdict``, together with ``also``, all or nothing.

        Raises:
            CollectionConflict: somebody else was first: look at everything again.
        """
        item: dict[str, AttributeValueTypeDef] = {
            "photo_key": text(verdict.photo_key),
            "version": text(verdict.version),
            "verdict": text(verdict.verdict),
            "reason": text(verdict.reason),
            "sentence": text(verdict.sentence),
            "at": text(time_text(verdict.at)),
            "told": {"BOOL": verdict.told},
            "revision": number(before.revision + 1 if before else 1),
        }
        known = {"person_id": verdict.person_id, "face_id": verdict.face_id, "former_id": verdict.former_id}
        item |= {name: text(value) for name, value in known.items() if value is not None}
        if verdict.face_id is None:
            item["expires"] = number(int((verdict.at + self._kept).timestamp()))
        condition, seen = _unless_changed(before)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": {":seen": number(seen)},
            }
        }
        commit(self._client, [put, *also])

    def delete(self, verdict: PhotoVerdict) -> None:
        """Takes a verdict away.

        Raises:
            CollectionConflict: see :meth:`write`.
        """
        condition, seen = _unless_changed(verdict)
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self._table,
                "Key": {"photo_key": text(verdict.photo_key)},
                "ConditionExpression": condition,
                "ExpressionAttributeValues": {":seen": number(seen)},
            }
        }
        commit(self._client, [delete])


def _unless_changed(before: PhotoVerdict | None) -> tuple[str, int]:
    """A condition, and what ``:seen`` is in it."""
    if before is None:
        return "attribute_not_exists(photo_key) OR revision = :seen", 0
    return "revision = :seen", before.revision


def _verdict(item: dict[str, AttributeValueTypeDef]) -> PhotoVerdict:
    outcome = item["verdict"]["S"]
    assert outcome in ("accepted", "refused", "removed")
    return PhotoVerdict(
        item["photo_key"]["S"],
        item["version"]["S"],
        cast(Outcome, outcome),
        item["reason"]["S"],
        item["sentence"]["S"],
        utc_time(item["at"]["S"]),
        text_of(item, "person_id"),
        text_of(item, "face_id"),
        text_of(item, "former_id"),
        item["told"]["BOOL"],
        int(item["revision"]["N"]),
    )
