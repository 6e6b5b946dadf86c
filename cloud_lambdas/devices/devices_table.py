"""The table of devices: ``thing``; one item a device.

Every write is conditional. What a device says (``revision`` counts it) and what people were told of it (``told``, and
who is at telling it) are separate attributes, so that neither writer waits for the other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from argus.core.canonical import time_text, utc_time
from argus.core.errors import EventError
from argus.core.status import DeviceStatus
from argus.core.wire import decode_message, encode_message
from cloud_lambdas.devices.device import TROUBLES, Device, Trouble
from cloud_lambdas.shared.conditional_writes import ConditionalWrites
from cloud_lambdas.shared.dynamodb import number, text, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_LOG = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(seconds=90)
"""So long nobody else tells what one run has begun to tell; longer than the function may take."""

_LARGEST = 300 * 1024
"""Of a status in one."""


class DevicesTable:
    """Reads need dynamodb:GetItem and dynamodb:Scan, writes dynamodb:UpdateItem and dynamodb:DeleteItem."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._writes = ConditionalWrites(client, table)

    def find(self, thing: str) -> Device | None:
        """The device, or None where nothing is known of it."""
        answer = self._client.get_item(TableName=self._table, Key=_key(thing), ConsistentRead=True)
        return _device(answer["Item"]) if "Item" in answer else None

    def everything(self) -> Iterator[Device]:
        """All devices, a page of the table at a time; what was written a moment ago may be missing.

        An item that is none of a device is left out, with a warning: the others have to be looked after.
        """
        for page in self._client.get_paginator("scan").paginate(TableName=self._table):
            for item in page["Items"]:
                try:
                    yield _device(item)
                except (LookupError, TypeError, ValueError) as error:
                    _LOG.warning("the item of %s cannot be read (%r): forget it", text_of(item, "thing"), error)

    def put(self, device: Device) -> bool:
        """Writes what the device said; False where something else was written since the revision before."""
        values: dict[str, AttributeValueTypeDef | None] = {
            "last_seen_at": text(time_text(device.last_seen_at)),
            "promised_until": None if device.promised_until is None else text(time_text(device.promised_until)),
            "behind_since": None if device.behind_since is None else text(time_text(device.behind_since)),
            "state": None if device.newest is None else text(device.newest.state),
            "status": None if device.status is None else _written(device.status),
            "parts": {"L": [_written(part) for part in device.parts.values()]},
            "revision": number(device.revision),
        }
        there = {name: value for name, value in values.items() if value is not None}
        condition = "attribute_not_exists(thing)" if device.revision == 1 else "revision = :before"
        set_ = ", ".join(f"#{name} = :{name}" for name in there)
        gone = ", ".join(f"#{name}" for name in values if name not in there)
        given = {f":{name}": value for name, value in there.items()} | {":nothing": _told({})}
        if device.revision > 1:
            given[":before"] = number(device.revision - 1)
        return self._changed(
            device.thing,
            f"SET {set_}, told = if_not_exists(told, :nothing){f' REMOVE {gone}' if gone else ''}",
            condition,
            given,
        )

    def claim(self, device: Device, claim: str, now: datetime) -> bool:
        """Keeps others from telling; False where one is at it, or the device is not as it was read any more."""
        return self._changed(
            device.thing,
            "SET claim = :claim, claimed_until = :until",
            "revision = :revision AND told = :told AND (attribute_not_exists(claim) OR claimed_until < :now)",
            {
                ":claim": text(claim),
                ":until": text(time_text(now + CLAIMED_FOR)),
                ":revision": number(device.revision),
                ":told": _told(device.told),
                ":now": text(time_text(now)),
            },
        )

    def settle(self, device: Device, claim: str) -> None:
        """Notes what people know now; nothing where another has taken the claim over."""
        self._changed(
            device.thing,
            "SET told = :told REMOVE claim, claimed_until",
            "claim = :claim",
            {":told": _told(device.told), ":claim": text(claim)},
        )

    def forget(self, thing: str) -> bool:
        """Takes a device out; False where nothing was known of it."""
        answer = self._client.delete_item(TableName=self._table, Key=_key(thing), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def _changed(self, thing: str, change: str, condition: str, values: Mapping[str, AttributeValueTypeDef]) -> bool:
        return self._writes.update(_key(thing), change, condition, values) is None


def _key(thing: str) -> dict[str, AttributeValueTypeDef]:
    return {"thing": text(thing)}


def _written(status: DeviceStatus) -> AttributeValueTypeDef:
    return text(encode_message(status, what="status", limit=_LARGEST).decode())


def _read(written: str, thing: str) -> DeviceStatus | None:
    """None where another version of the program wrote what this one cannot read: the next status replaces it."""
    try:
        return decode_message(DeviceStatus, written.encode(), what="status", limit=_LARGEST)
    except EventError as error:
        _LOG.warning("the stored status of %s cannot be read (%s), and counts as none", thing, error)
        return None


def _told(told: Mapping[Trouble, datetime]) -> AttributeValueTypeDef:
    """With one spelling for each value: it is compared."""
    return text(json.dumps({trouble: time_text(since) for trouble, since in told.items()}, sort_keys=True))


def _device(item: Mapping[str, AttributeValueTypeDef]) -> Device:
    def time(name: str) -> datetime | None:
        written = text_of(item, name)
        return None if written is None else utc_time(written)

    thing, status = item["thing"]["S"], text_of(item, "status")
    parts = [_read(part["S"], thing) for part in item["parts"]["L"]]
    told = json.loads(item["told"]["S"])
    return Device(
        thing=thing,
        last_seen_at=utc_time(item["last_seen_at"]["S"]),
        promised_until=time("promised_until"),
        status=None if status is None else _read(status, thing),
        parts={part.part: part for part in parts if part is not None},
        behind_since=time("behind_since"),
        told={trouble: utc_time(told[trouble]) for trouble in TROUBLES if trouble in told},
        revision=int(item["revision"]["N"]),
    )
