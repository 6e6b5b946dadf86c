"""Every minute: whoever broke its promise, and whoever is back, is told of once.

A run claims the news of a device, tells them, and notes that they are known. Runs beside each other find the claim
and leave them; a run that was killed holds it for CLAIMED_FOR, after which the next run goes on. Only one that is
killed between telling and noting has its news told twice: SNS does not drop the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from argus.storage.failpoints import failpoint
from cloud_lambdas.devices.device import Device, News

if TYPE_CHECKING:
    from argus.core.ids import IdMaker
    from argus.core.ports import Clock


class Devices(Protocol):
    """See :class:`cloud_lambdas.devices.devices_table.DevicesTable`."""

    def everything(self) -> Iterable[Device]: ...

    def claim(self, device: Device, claim: str, now: datetime) -> bool: ...

    def settle(self, device: Device, claim: str) -> None: ...


class Alarms(Protocol):
    """See :class:`cloud_lambdas.devices.topic.AlarmsTopic`."""

    def tell(self, device: Device, news: News) -> None: ...


def watch(devices: Devices, alarms: Alarms, clock: Clock, new_id: IdMaker) -> Iterator[tuple[str, News]]:
    """Tells all news; yields each, with its thing, when it is told."""
    for device in devices.everything():
        known = device
        for news in device.news(clock.now()):
            now = clock.now()
            claim = new_id(now)
            if not devices.claim(known, claim, now):
                break
            failpoint("cloud.alarm.claimed")
            alarms.tell(device, news)
            failpoint("cloud.alarm.told")
            known = known.knowing(news)
            devices.settle(known, claim)
            failpoint("cloud.alarm.settled")
            yield device.thing, news
