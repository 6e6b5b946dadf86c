"""The table of sightings: ``event_id``, with indexes ``by_day``, ``by_person`` and ``by_visit``.

Every write is one conditional request, so that it does the same once and again. The ``match`` that revises an
``unknown`` notes that at the other's key, also when that has not arrived yet: such an item has no cursor, and no index
shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from argus.core.canonical import time_text, utc_time
from argus.core.errors import EventError
from argus.core.events import decode, encode
from argus.core.wire import decode_message, encode_message
from cloud_lambdas.shared.dynamodb import condition_failed, number, text, text_of
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.sighting import Correction, Sighting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_LARGEST = 64 * 1024
"""Of what is kept beside the event, which has its own limit; DynamoDB takes 400 KiB an item."""

_OF_THING = "(attribute_not_exists(#thing) OR #thing = :thing)"
"""Nobody writes at the key of another device's event."""


class SightingsTable:
    """Implements the port of :mod:`cloud_lambdas.sightings.service` and that of the corrections."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, sighting: Sighting) -> Sighting:
        """Stores it unless its event is there already; returns what is stored then.

        Raises:
            EventError: another device's event has that id.
        """
        event = sighting.event
        written: dict[str, AttributeValueTypeDef] = {
            "event": text(encode(event).decode()),
            "kind": text(event.kind),
            "thing": text(event.device.thing),
            "camera": text(event.camera),
            "visit_id": text(event.visit_id),
            "captured_at": text(time_text(event.captured_at)),
            "received_at": text(time_text(sighting.received_at)),
            "cursor": text(sighting.cursor),
            "day": text(sighting.day),
            "expires": number(int(sighting.expires_at.timestamp())),
            "alert": text(sighting.alert),
        }
        if sighting.person is not None:
            written["person_id"] = text(sighting.person.id)
            written["person"] = text(encode_message(sighting.person, what="person", limit=_LARGEST).decode())
        names = {f"#{name}": name for name in written}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"event_id": text(event.event_id)},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in written),
                ConditionExpression=f"attribute_not_exists(#cursor) AND {_OF_THING}",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={f":{name}": value for name, value in written.items()},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            item: Mapping[str, Any] = answer["Attributes"]
        except ClientError as error:
            if not condition_failed(error):
                raise
            item = error.response["Item"]  # type: ignore[typeddict-item]
        if text_of(item, "thing") != event.device.thing:
            raise EventError("the event_id is that of another device's event: devices must make their ids themselves")
        return _sighting(item)

    def revise(self, event_id: str, *, by: Sighting) -> None:
        """Notes which ``match`` replaces the ``unknown`` of that id; nothing where that is another device's."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"event_id": text(event_id)},
                UpdateExpression="SET revised_by = :by, #thing = :thing, expires = if_not_exists(expires, :expires)",
                ConditionExpression=_OF_THING,
                ExpressionAttributeNames={"#thing": "thing"},
                ExpressionAttributeValues={
                    ":by": text(by.event.event_id),
                    ":thing": text(by.event.device.thing),
                    ":expires": number(int(by.expires_at.timestamp())),
                },
            )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def settle_alert(self, event_id: str, state: str) -> None:
        """Notes what became of the alert, unless that is known already."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"event_id": text(event_id)},
                UpdateExpression="SET alert = :state",
                ConditionExpression="alert = :due",
                ExpressionAttributeValues={":state": text(state), ":due": text("due")},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def find(self, event_id: str, now: datetime) -> Sighting | None:
        """The sighting, or None where there is none, or none any more."""
        answer = self._client.get_item(TableName=self._table, Key={"event_id": text(event_id)}, ConsistentRead=True)
        item = answer.get("Item", {})
        if "cursor" not in item:
            return None
        sighting = _sighting(item)
        return sighting if now < sighting.expires_at else None

    def correct(self, sighting: Sighting, correction: Correction) -> bool:
        """Appends the correction; False when there are others by now than ``sighting`` has, or it is gone."""
        values: dict[str, AttributeValueTypeDef] = {
            ":one": {"L": [text(encode_message(correction, what="correction", limit=_LARGEST).decode())]},
            ":none": {"L": []},
        }
        condition = "attribute_exists(visit_id) AND attribute_not_exists(corrections)"
        if sighting.corrections:
            condition = "size(corrections) = :count"
            values[":count"] = number(len(sighting.corrections))
        change = "SET corrections = list_append(if_not_exists(corrections, :none), :one)"
        meant = replace(sighting, corrections=(*sighting.corrections, correction)).meant
        if meant is None:
            change += " REMOVE person_id"
        else:
            change += ", person_id = :person"
            values[":person"] = text(meant.id)
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"event_id": text(sighting.event.event_id)},
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True


def _sighting(item: Mapping[str, Any]) -> Sighting:
    return Sighting(
        event=decode(item["event"]["S"].encode()),
        person=_person(item),
        received_at=utc_time(item["received_at"]["S"]),
        cursor=item["cursor"]["S"],
        day=item["day"]["S"],
        expires_at=datetime.fromtimestamp(int(item["expires"]["N"]), tz=timezone.utc),
        alert=item["alert"]["S"],
        revised_by=text_of(item, "revised_by"),
        corrections=tuple(
            decode_message(Correction, one["S"].encode(), what="correction", limit=_LARGEST)
            for one in item.get("corrections", {}).get("L", [])
        ),
    )


def _person(item: Mapping[str, Any]) -> PersonRecord | None:
    written = text_of(item, "person")
    return None if written is None else decode_message(PersonRecord, written.encode(), what="person", limit=_LARGEST)
