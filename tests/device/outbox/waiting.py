"""Events for an outbox, and the clock of its device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from argus.core.events import Kind, VisitEvent, Who, decode
from argus.core.ids import repeatable_ids
from argus.core.instants import Instant

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)
DAY = 86400.0
GOLDEN = Path(__file__).parents[2] / "events"

_EXAMPLE = decode((GOLDEN / "match.json").read_bytes())


def event(
    sequence: int,
    person_id: str | None = "ada",
    kind: Kind = "match",
    *,
    stranger_id: str | None = None,
    alert: bool = True,
) -> VisitEvent:
    """The event of that number; the same each time."""
    return replace(
        _EXAMPLE,
        kind=kind,
        event_id=event_id(sequence),
        person=Who(person_id, person_id.title(), "resident") if person_id and kind in ("match", "left") else None,
        stranger_id=stranger_id,
        alert=alert,
        snapshot=None,
        revises=None,
        device=replace(_EXAMPLE.device, thing="door-pi", sequence=sequence),
    )


def event_id(sequence: int) -> str:
    return repeatable_ids(f"event {sequence}")(NOON)


@dataclass
class Clocks:
    """A device's clocks, which go as a test wants."""

    at: datetime = NOON
    at_seconds: float = 1000.0
    boot_id: str = "first-boot"
    clock_set: bool = True

    def now(self) -> Instant:
        return Instant(self.at, self.boot_id, self.at_seconds, self.clock_set)

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.at_seconds += seconds

    def put(self, at: datetime, *, clock_set: bool = True) -> None:
        """The wall clock is put to ``at``."""
        self.at, self.clock_set = at, clock_set

    def boots(self, *, off_seconds: float = 60.0) -> None:
        """The device was off for a while."""
        self.at += timedelta(seconds=off_seconds)
        self.boot_id, self.at_seconds = f"{self.boot_id}+", 10.0
