"""The table of sightings: ``event_id``, with indexes ``by_day``, ``by_person`` and ``by_visit``.

Every write is conditional, so that it does the same once and again. The ``match`` that revises an
``unknown`` notes that at the other's key, also when that has not arrived yet: such an item has no cursor, and no index
shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from argus.core.canonical import time_text, utc_time
from argus.core.errors import EventError
from argus.core.events import decode, encode
from argus.core.wire import decode_message, encode_message
from cloud_lambdas.shared.conditional_writes import ConditionalWrites
from cloud_lambdas.shared.dynamodb import number, text, text_of
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.sighting import Correction, Sighting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

BY_VISIT = "by_visit"

_LARGEST = 64 * 1024
"""Of what is kept beside the event, which has its own limit; DynamoDB takes 400 KiB an item."""


class SightingsTable:
    """Implements the port of :mod:`cloud_lambdas.sightings.service` and that of the corrections."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._writes = ConditionalWrites(client, table)

    def add(self, sighting: Sighting) -> Sighting:
        """Stores it unless its event is there already; returns what is stored then.

        Raises:
            EventError: another device's event has that id.
        """
        item = _item(sighting)
        there = self._writes.put(item, "attribute_not_exists(event_id)", {})
        while there is not None and "cursor" not in there:  # the match that revises it came first
            _check_thing(there, sighting)
            item = {**_item(sighting), "revised_by": there["revised_by"]}
            condition = "attribute_not_exists(#cursor) AND (attribute_not_exists(revised_by) OR revised_by = :by)"
            there = self._writes.put(item, condition, {":by": there["revised_by"]})
        if there is not None:
            _check_thing(there, sighting)
        return _sighting(there or item)

    def revise(self, event_id: str, *, by: Sighting) -> None:
        """Notes which ``match`` replaces the ``unknown`` of that id; nothing where that is another device's."""
        self._change(
            event_id,
            "SET revised_by = :by, thing = :thing, expires = if_not_exists(expires, :expires)",
            "attribute_not_exists(thing) OR thing = :thing",
            {
                ":by": text(by.event.event_id),
                ":thing": text(by.event.device.thing),
                ":expires": number(int(by.expires_at.timestamp())),
            },
        )

    def settle_alert(self, event_id: str, state: str) -> None:
        """Notes what became of the alert, unless that is known already."""
        self._change(event_id, "SET alert = :state", "alert = :due", {":state": text(state), ":due": text("due")})

    def find(self, event_id: str, now: datetime) -> Sighting | None:
        """The sighting, or None where there is none, or none any more."""
        sighting = self.latest(event_id)
        return sighting if sighting is not None and now < sighting.expires_at else None

    def latest(self, event_id: str) -> Sighting | None:
        """The sighting as it is in the table, expired or not."""
        answer = self._client.get_item(TableName=self._table, Key={"event_id": text(event_id)}, ConsistentRead=True)
        item = answer.get("Item", {})
        return _sighting(item) if "cursor" in item else None

    def of_day(self, day: str, now: datetime) -> Iterator[Sighting]:
        """What came on a day (``YYYY-MM-DD``, UTC), the newest first; one stored a moment ago may be missing."""
        return self._newest("by_day", "day", day, now)

    def of_person(self, person_id: str, now: datetime) -> Iterator[Sighting]:
        """The sightings of a person, as far as is known by now, the newest first; as :meth:`of_day`."""
        return self._newest("by_person", "person_id", person_id, now)

    def _newest(self, index: str, key: str, value: str, now: datetime) -> Iterator[Sighting]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": text(value)},
            ScanIndexForward=False,
        )
        found = (_sighting(item) for page in pages for item in page["Items"])
        return (sighting for sighting in found if now < sighting.expires_at)

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
        meant_id = _meant_id(replace(sighting, corrections=(*sighting.corrections, correction)))
        if meant_id is None:
            change += " REMOVE person_id"
        else:
            change += ", person_id = :person"
            values[":person"] = text(meant_id)
        return self._change(sighting.event.event_id, change, condition, values)

    def everything(self) -> Iterator[Sighting]:
        """Every sighting, those too that have expired and are still there; the whole table is read."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        return (_sighting(item) for page in pages for item in page["Items"] if "cursor" in item)

    def of_visit(self, visit_id: str) -> list[Sighting]:
        """The sightings of one visit; one that was stored a moment ago may be missing."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=BY_VISIT,
            KeyConditionExpression="visit_id = :visit",
            ExpressionAttributeValues={":visit": text(visit_id)},
        )
        return [_sighting(item) for page in pages for item in page["Items"] if "cursor" in item]

    def rewrite(self, sighting: Sighting) -> bool:
        """Writes anew whom the sighting names; False when it has other corrections by now, or is gone."""
        item, meant_id = _item(sighting), _meant_id(sighting)
        values = {":event": item["event"]}
        change, removed, condition = "SET #event = :event", [], "attribute_exists(#cursor)"
        for name, value in (
            ("person", item.get("person")),
            ("person_id", None if meant_id is None else text(meant_id)),
            ("corrections", _corrections(sighting)),
        ):
            if value is None:
                removed.append(name)
            else:
                change += f", {name} = :{name}"
                values[f":{name}"] = value
        if sighting.corrections:
            condition += " AND size(corrections) = :count"
            values[":count"] = number(len(sighting.corrections))
        else:
            condition += " AND attribute_not_exists(corrections)"
        if removed:
            change += f" REMOVE {', '.join(removed)}"
        return self._change(sighting.event.event_id, change, condition, values)

    def _change(self, event_id: str, change: str, condition: str, values: Mapping[str, AttributeValueTypeDef]) -> bool:
        """Changes an item where the condition holds; whether it did."""
        return self._writes.update({"event_id": text(event_id)}, change, condition, values) is None


def _meant_id(sighting: Sighting) -> str | None:
    """Whose sightings it is found among; nobody's of those who were erased."""
    meant = sighting.meant
    return None if meant is None or meant.standing == "deleted" else meant.id


def _corrections(sighting: Sighting) -> AttributeValueTypeDef | None:
    if not sighting.corrections:
        return None
    written = [encode_message(one, what="correction", limit=_LARGEST).decode() for one in sighting.corrections]
    return {"L": [text(one) for one in written]}


def _check_thing(there: Mapping[str, Any], sighting: Sighting) -> None:
    if text_of(there, "thing") != sighting.event.device.thing:
        raise EventError("the event_id is that of another device's event: devices must make their ids themselves")


def _item(sighting: Sighting) -> dict[str, AttributeValueTypeDef]:
    event = sighting.event
    item: dict[str, AttributeValueTypeDef] = {
        "event_id": text(event.event_id),
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
    if (meant_id := _meant_id(sighting)) is not None:
        item["person_id"] = text(meant_id)
    if sighting.person is not None:
        item["person"] = text(encode_message(sighting.person, what="person", limit=_LARGEST).decode())
    return item


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
