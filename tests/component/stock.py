"""A state folder with many events that wait, as after long without the cloud."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from argus.core.events import VisitEvent, decode
from argus.core.instants import Instant
from argus.device.compose import random_id
from argus.device.outbox.store import Outbox
from argus.device.program.clocks import boot_id
from argus.device.settings.model import Settings
from tests.component.site import THING

EXAMPLE = Path(__file__).parents[1] / "events" / "match.json"


def stock(state: Path, count: int) -> None:
    """Fills the outbox of a device that does not run."""
    state.mkdir(mode=0o700, exist_ok=True)
    example, now = decode(EXAMPLE.read_bytes()), Instant(datetime.now(timezone.utc), boot_id(), time.monotonic())
    with Outbox(state, Settings) as outbox:
        for number in range(1, count + 1):
            outbox.add(_event(example, number, now.at), now)


def _event(example: VisitEvent, number: int, at: datetime) -> VisitEvent:
    device = replace(example.device, thing=THING, sequence=number)
    return replace(example, event_id=random_id(at), device=device, revises=None, snapshot=None)
