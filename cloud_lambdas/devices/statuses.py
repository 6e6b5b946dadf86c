"""Takes in what devices say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argus.core.errors import CollectionConflict
from cloud_lambdas.devices.device import Device, first_heard

if TYPE_CHECKING:
    from cloud_lambdas.devices.arrival import StatusArrival

_ATTEMPTS = 10
"""A device says one thing at a time; of its parts some may be taken in beside each other."""


class Devices(Protocol):
    """See :class:`cloud_lambdas.devices.devices_table.DevicesTable`."""

    def find(self, thing: str) -> Device | None: ...

    def put(self, device: Device) -> bool: ...


def take_status(devices: Devices, arrival: StatusArrival) -> bool:
    """Stores a status unless it comes late or again; False then.

    Raises:
        CollectionConflict: others store what this device says all the time; the message comes again.
    """
    for _ in range(_ATTEMPTS):
        known = devices.find(arrival.thing)
        if known is None:
            after: Device | None = first_heard(arrival.thing, arrival.status, arrival.received_at)
        else:
            after = known.heard(arrival.status, arrival.received_at)
        if after is None:
            return False
        if devices.put(after):
            return True
    raise CollectionConflict(f"others are storing what {arrival.thing} says: try again")
