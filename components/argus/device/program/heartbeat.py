"""The heartbeat: how the device is, every so often, and at once when a camera or a collection changes its state.

A status that the transport does not take is not kept: the next one says more. The promise in it
(``next_within_seconds``) leaves one of them room to get lost.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from argus import __version__
from argus.core.instants import Instant
from argus.core.ports import Clock
from argus.core.status import (
    CameraState,
    CollectionState,
    ConfigurationState,
    DeviceStatus,
    Latency,
    QueueState,
    status_messages,
)
from argus.core.types import MIRROR_MODEL_ID
from argus.device.memory import taken_bytes
from argus.device.sync.status import SyncStatus
from argus.device.transport import TransportError

_log = logging.getLogger(__name__)

State = Literal["running", "degraded", "stopping"]

_TICK_SECONDS = 1.0
"""How soon a change is noticed."""

_AT_MOST_EVERY_SECONDS = 5.0
"""A camera that comes and goes is told of so often."""


@dataclass(frozen=True)
class Vitals:
    """Whom the heartbeat asks, in its own thread.

    Attributes:
        cameras, collections, configuration, latency, silent: see :class:`argus.core.status.DeviceStatus`.
        queues: of events and of snapshots.
    """

    cameras: Callable[[], tuple[CameraState, ...]]
    collections: Callable[[], tuple[CollectionState, ...]]
    configuration: Callable[[], ConfigurationState]
    latency: Callable[[], Latency | None]
    silent: Callable[[], bool]
    queues: Callable[[Instant], tuple[QueueState, QueueState]]


class Heartbeat:
    """Says how the device is.

    Args:
        thing: the device's thing name.
        transport: by which way.
        vitals: whom it asks.
        publish: hands a message to the transport.
        interval_seconds: how often; asked anew each time.
        clock, instant: the time.
    """

    def __init__(
        self,
        thing: str,
        transport: Literal["greengrass", "mqtt"],
        vitals: Vitals,
        *,
        publish: Callable[[bytes], None],
        interval_seconds: Callable[[], float],
        clock: Clock,
        instant: Callable[[], Instant],
    ) -> None:
        self._thing = thing
        self._transport: Literal["greengrass", "mqtt"] = transport
        self._vitals = vitals
        self._publish = publish
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._instant = instant
        self._started_seconds = clock.monotonic_seconds()
        self._told: object = None
        self._told_seconds: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Beats until ``stop``, and says then that it does."""
        while not stop.is_set():
            self.beat()
            stop.wait(_TICK_SECONDS)
        self._send("stopping")

    def beat(self) -> None:
        """Says how the device is, if it is time to or something has changed; raises TransportLost."""
        now, health = self._clock.monotonic_seconds(), self._health()
        if self._told_seconds is not None:
            passed = now - self._told_seconds
            changed = health != self._told and passed >= _AT_MOST_EVERY_SECONDS
            if passed < self._interval_seconds() and not changed:
                return
        if self._send("running"):
            self._told, self._told_seconds = health, now

    def _send(self, state: State) -> bool:
        try:
            for message in status_messages(self.status(state)):
                self._publish(message)
        except TransportError as error:
            _log.debug("a status was not sent: %s", error)
            return False
        return True

    def _health(self) -> object:
        """What is told of as soon as it is different."""
        vitals = self._vitals
        return (
            [(camera.id, camera.connected) for camera in vitals.cameras()],
            [(one.id, one.version, one.last_error) for one in vitals.collections()],
            vitals.configuration(),
            vitals.silent(),
        )

    def status(self, state: State) -> DeviceStatus:
        """How the device is now; ``running`` becomes ``degraded`` where something has an error."""
        vitals, instant = self._vitals, self._instant()
        cameras, collections, configuration = vitals.cameras(), vitals.collections(), vitals.configuration()
        silent = vitals.silent()
        events, snapshots = vitals.queues(instant)
        well = (
            all(camera.connected or camera.last_error is None for camera in cameras)
            and all(one.version is not None and one.last_error is None for one in collections)
            and all(error is None for error in (events.last_error, snapshots.last_error, configuration.refused))
            and not silent
        )
        return DeviceStatus(
            thing=self._thing,
            state="degraded" if state == "running" and not well else state,
            sent_at=instant.at,
            next_within_seconds=2 * self._interval_seconds(),
            boot_id=instant.boot_id,
            uptime_seconds=self._clock.monotonic_seconds() - self._started_seconds,
            clock_set=instant.clock_set,
            software=__version__,
            model_id=MIRROR_MODEL_ID,
            transport=self._transport,
            transport_silent=silent,
            memory_mb=taken_bytes() >> 20,
            cameras=cameras,
            collections=collections,
            events=events,
            snapshots=snapshots,
            latency=vitals.latency(),
            configuration=configuration,
        )


def collection_state(collection_id: str, status: SyncStatus, instant: Instant) -> CollectionState:
    """One collection that is followed, as the heartbeat says it, under the id that the configuration gives it."""
    there = status.version is not None
    return CollectionState(
        id=collection_id,
        version=status.version,
        sequence=status.sequence,
        model_id=MIRROR_MODEL_ID if there else None,
        people=status.people,
        age_seconds=status.age_seconds(instant.at),
        last_error=status.last_error or status.unconfirmed,
    )
