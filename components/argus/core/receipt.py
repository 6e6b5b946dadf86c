"""The receipt of an erasure: what was removed of somebody, who still has to follow, and what is left and until when.

As JSON, ``argus.erasure/1``; times are as in every file of a collection. It names the person by the id alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from argus.core.canonical import time_text
from argus.core.confirmation import Confirmation
from argus.core.head import Statement

SCHEMA = "argus.erasure/1"

DeviceState = Literal["confirmed", "not yet", "not seen lately", "unreadable"]


@dataclass(frozen=True)
class Device:
    """What a device said last.

    Attributes:
        state: ``confirmed``: it uses what was issued after the erasure, and keeps nothing older.
        sequence, seen_at: of what it said last; None where that cannot be read.
    """

    thing: str
    state: DeviceState
    sequence: int | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True)
class Remainder:
    """Something that is left, or may be.

    Attributes:
        what: what, and where.
        ends: when that ends, in words.
        until: the same as a time, aware UTC, where it is known.
    """

    what: str
    ends: str
    until: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """One erasure.

    Attributes:
        place: where the collection is.
        statements: of its heads after the erasure, one a model.
        issued: whether they were issued by it; not where there was nothing of the person to find.
        removed: what -> how many.
        settings: place -> what it says of copies that it may keep.
        erased_before: when an earlier run began to erase the same person.
        verified: all that is left in these places was listed and read again, and nothing of the person was found.
    """

    person_id: str
    erased_at: datetime
    place: str
    statements: tuple[Statement, ...]
    issued: bool
    removed: Mapping[str, int]
    verified: bool
    remains: tuple[Remainder, ...] = ()
    devices: tuple[Device, ...] = ()
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    erased_before: datetime | None = None


def device_states(
    confirmations: Mapping[str, Confirmation | None],
    statements: Sequence[Statement],
    now: datetime,
    lately: timedelta,
) -> tuple[Device, ...]:
    """How far each device is that ever confirmed a version, by name.

    Args:
        statements: of the heads that are followed; what was issued under less than the minimum of its model is not yet
            what it should be.
        lately: a device that confirmed nothing for longer is named, and not waited for.
    """
    newest = {one.model_id: one.sequence for one in statements}
    least = {one.model_id: one.minimum_sequence for one in statements}
    devices = []
    for thing, said in sorted(confirmations.items()):
        if said is None:
            devices.append(Device(thing, "unreadable"))
            continue
        state: DeviceState = "not yet"
        if said.model_id in least and least[said.model_id] <= said.sequence <= newest[said.model_id]:
            state = "confirmed"
        elif now - said.confirmed_at > lately:
            state = "not seen lately"
        devices.append(Device(thing, state, said.sequence, said.confirmed_at))
    return tuple(devices)


def receipt_record(receipt: Receipt) -> dict[str, object]:
    """The receipt as JSON."""
    return {
        "schema": SCHEMA,
        "person_id": receipt.person_id,
        "erased_at": time_text(receipt.erased_at),
        "erased_before": _time(receipt.erased_before),
        "place": receipt.place,
        "issued": receipt.issued,
        "versions": [
            {
                "collection_id": one.collection_id,
                "model_id": one.model_id,
                "version": one.manifest_sha256,
                "sequence": one.sequence,
                "minimum_sequence": one.minimum_sequence,
            }
            for one in receipt.statements
        ],
        "removed": dict(receipt.removed),
        "verified": receipt.verified,
        "devices": [
            {"thing": one.thing, "state": one.state, "sequence": one.sequence, "seen_at": _time(one.seen_at)}
            for one in receipt.devices
        ],
        "remains": [{"what": one.what, "ends": one.ends, "until": _time(one.until)} for one in receipt.remains],
        "settings": {place: dict(found) for place, found in receipt.settings.items()},
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
