"""The sightings of a stack: found, and corrected by whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import boto3.session

from argus.core.errors import UsageError
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.sightings.open_corrections import open_corrections
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable

DAYS_BACK = 7
"""How far is looked for the newest, when no day is named."""


class Sightings:
    """With the caller's own rights on the tables and the audit bucket."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._table = SightingsTable(stack.clients.dynamodb, stack.output("SightingsTable"))
        self._clock = SystemClock()

    def find(self, event_id: str) -> Sighting:
        """The one of that event; raises UsageError where there is none."""
        sighting = self._table.find(event_id, self._clock.now())
        if sighting is None:
            raise UsageError(
                f"there is no sighting {event_id!r}: `argus cloud sightings` lists them; it may have expired"
            )
        return sighting

    def newest(self, day: date | None = None) -> Iterator[Sighting]:
        """Those that came on a day (UTC), or else within the last days; the newest first."""
        now = self._clock.now()
        for wanted in [day] if day else _days_back(now):
            yield from self._table.of_day(f"{wanted:%Y-%m-%d}", now)

    def of_person(self, person_id: str) -> Iterator[Sighting]:
        """Those of a person, as far as is known by now; the newest first."""
        return self._table.of_person(person_id, self._clock.now())

    def correct(self, event_id: str, person_id: str | None) -> tuple[Sighting, Sighting]:
        """It is this person, or nobody who is known; as it was, and as it is then.

        Raises:
            UsageError: there is no such sighting or person, or it is so already.
        """
        before = self.find(event_id)
        service, by = open_corrections(self._stack.environment(), self._stack.clients), whoever_asks()
        if person_id is None:
            return before, service.not_them(event_id, by=by)
        return before, service.is_person(event_id, person_id, by=by)

    def undo(self, event_id: str) -> tuple[Sighting, Sighting]:
        """It is as the device said; as :meth:`correct`."""
        before = self.find(event_id)
        return before, open_corrections(self._stack.environment(), self._stack.clients).undo(
            event_id, by=whoever_asks()
        )


def whoever_asks() -> str:
    """Whose credentials these are: ``user/ada``, ``assumed-role/Operator/ada``."""
    arn: str = boto3.session.Session().client("sts").get_caller_identity()["Arn"]
    return arn.rpartition(":")[2]


def _days_back(now: datetime) -> list[date]:
    return [now.date() - timedelta(days=days) for days in range(DAYS_BACK)]
