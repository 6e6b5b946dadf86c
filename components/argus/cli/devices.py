"""What the devices that follow a collection say that they use, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from argus.cli.moments import ago
from argus.core.canonical import time_text
from argus.core.confirmation import Confirmation
from argus.core.head import Statement

Confirmations = Mapping[str, Confirmation | None]
"""Thing -> what it confirmed last; None where that cannot be read."""


def device_lines(devices: Confirmations, current: Statement, now: datetime) -> Iterator[str]:
    """One line a device, those with the oldest number first."""
    for thing, said in sorted(devices.items(), key=lambda one: (one[1].sequence if one[1] else 0, one[0])):
        if said is None:
            yield f"{thing}: what it confirmed cannot be read, or is of another collection"
            continue
        if is_current(said, current):
            state = "this version"
        elif said.model_id != current.model_id:
            state = f"version {said.version[:12]} of model {said.model_id}"
        else:
            state = f"version {said.version[:12]}"
        yield f"{thing}: number {said.sequence}, {state}, confirmed {ago(said.confirmed_at, now)}"


def device_records(devices: Confirmations, current: Statement, now: datetime) -> list[dict[str, object]]:
    """As :func:`device_lines`, for JSON."""
    return [
        {"thing": thing, "error": "what it confirmed cannot be read, or is of another collection"}
        if said is None
        else {
            "thing": thing,
            "sequence": said.sequence,
            "version": said.version,
            "model_id": said.model_id,
            "confirmed_at": time_text(said.confirmed_at),
            "age_seconds": (now - said.confirmed_at).total_seconds(),
            "current": is_current(said, current),
        }
        for thing, said in sorted(devices.items())
    ]


def is_current(said: Confirmation, current: Statement) -> bool:
    return (said.sequence, said.version) == (current.sequence, current.manifest_sha256)
