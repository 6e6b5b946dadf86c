"""From an event to a sighting, step by step: stored, audited, alerted; then it may be acknowledged.

Each step is conditional on not having been done: a function that is killed anywhere completes what is missing when
the message comes again, and repeats nothing. The same holds for an event that the device sends again because it has
not heard of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from argus.core.acknowledgement import MAX_EVENT_IDS
from argus.core.ids import IdMaker
from argus.storage.failpoints import failpoint
from cloud_lambdas.shared.alert import Alert
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.arrival import Arrival
from cloud_lambdas.sightings.nameless import NOBODY, without_who
from cloud_lambdas.sightings.sighting import Sighting, alert_of, alert_wanted

if TYPE_CHECKING:
    from argus.core.events import Who
    from argus.core.ports import Clock


class People(Protocol):
    """See :class:`cloud_lambdas.shared.people_table.PeopleTable`."""

    def find(self, person_id: str) -> PersonRecord | None: ...


class Sightings(Protocol):
    """See :class:`cloud_lambdas.sightings.table.SightingsTable`."""

    def add(self, sighting: Sighting) -> Sighting: ...

    def revise(self, event_id: str, *, by: Sighting) -> None: ...

    def settle_alert(self, event_id: str, state: str) -> None: ...


class Audit(Protocol):
    """See :class:`cloud_lambdas.sightings.audit.AuditBucket`."""

    def keep(self, sighting: Sighting) -> None: ...


class Alerts(Protocol):
    """See :class:`cloud_lambdas.sightings.sinks.AlertsQueue`."""

    def send(self, alert: Alert) -> None: ...


class Devices(Protocol):
    """See :class:`cloud_lambdas.sightings.sinks.DeviceTopics`."""

    def acknowledge(self, thing: str, event_ids: Sequence[str], at: datetime) -> None: ...


class SightingsService:
    """Takes events in.

    Args:
        kept_for: after that a sighting counts as gone.
    """

    def __init__(
        self,
        *,
        people: People,
        sightings: Sightings,
        audit: Audit,
        alerts: Alerts,
        devices: Devices,
        clock: Clock,
        new_id: IdMaker,
        kept_for: timedelta,
    ) -> None:
        self._people = people
        self._sightings = sightings
        self._audit = audit
        self._alerts = alerts
        self._devices = devices
        self._clock = clock
        self._new_id = new_id
        self._kept_for = kept_for

    def take(self, arrival: Arrival) -> Sighting:
        """Does all of an event's steps that have not been done, but the acknowledgement.

        Raises:
            EventError: the event can never be stored.
        """
        event, person, now = arrival.event, None, self._clock.now()
        if event.person is not None:
            person = self._record_of(event.person)
            if person.standing == "deleted":
                event, person = without_who(event), NOBODY
        sighting = self._sightings.add(
            Sighting(
                event=event,
                person=person,
                received_at=arrival.received_at,
                cursor=self._new_id(now),
                day=f"{now:%Y-%m-%d}",
                expires_at=now + self._kept_for,
                alert=alert_wanted(event),
            )
        )
        failpoint("cloud.sighting.stored")
        if sighting.event.revises is not None:
            self._sightings.revise(sighting.event.revises, by=sighting)
            failpoint("cloud.sighting.revised")
        self._audit.keep(sighting)
        failpoint("cloud.sighting.audited")
        if sighting.alert == "due":
            self._tell(sighting)
        return sighting

    def acknowledge(self, sightings: Iterable[Sighting]) -> None:
        """Tells the devices that the cloud has these events; only after :meth:`take` did everything for them."""
        event_ids: dict[str, dict[str, None]] = defaultdict(dict)
        for sighting in sightings:
            event_ids[sighting.event.device.thing][sighting.event.event_id] = None
        for thing, distinct in event_ids.items():
            ids = list(distinct)
            for start in range(0, len(ids), MAX_EVENT_IDS):
                self._devices.acknowledge(thing, ids[start : start + MAX_EVENT_IDS], self._clock.now())
                failpoint("cloud.sighting.acknowledged")

    def _record_of(self, who: Who) -> PersonRecord:
        """The record of whom a device names, whatever the table says of them."""
        listed = self._people.find(who.id)
        return (listed or PersonRecord(who.id, "unlisted", name=who.name, category=who.category)).shortened()

    def _tell(self, sighting: Sighting) -> None:
        event_id = sighting.event.event_id
        if sighting.revised_by is not None:
            self._sightings.settle_alert(event_id, "superseded")
            return
        self._alerts.send(alert_of(sighting))
        failpoint("cloud.sighting.alerted")
        self._sightings.settle_alert(event_id, "sent")
        failpoint("cloud.sighting.settled")
