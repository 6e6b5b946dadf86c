"""Everything that the program is made of, put together; the only wiring of it. Nothing runs yet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argus.core import topics
from argus.core.events import VisitEvent
from argus.core.ports import Clock
from argus.core.status import QueueState
from argus.core.types import RgbImage
from argus.device.alerts import Alerts
from argus.device.compose import random_id
from argus.device.inference.worker import InferenceWorker
from argus.device.outbox.intake import Intake
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.program.cameras import Cameras
from argus.device.program.canary import Canary
from argus.device.program.clocks import Clocks
from argus.device.program.commands import CommandRunner
from argus.device.program.configuration import Configuration
from argus.device.program.crew import Crew
from argus.device.program.following import Following
from argus.device.program.heartbeat import Heartbeat, Vitals
from argus.device.program.local import LocalEvents
from argus.device.program.log_level import LogLevel
from argus.device.program.orders import Orders
from argus.device.program.previews import Previews
from argus.device.program.queues import Queues
from argus.device.program.remembering import Records, Strangers
from argus.device.program.subscriptions import Subscriptions
from argus.device.program.surroundings import Surroundings
from argus.device.reporting import EventWriter
from argus.device.settings.model import LogSettings, Settings
from argus.device.snapshots.uploader import Uploader
from argus.vision.networks import Networks

_log = logging.getLogger(__name__)

COPIES = "collections"
"""The folder of the state folder with the copies of collections."""


@dataclass(frozen=True)
class Parts:
    """The parts of the program that are started, stopped or configured."""

    configuration: Configuration
    following: Following
    worker: InferenceWorker
    cameras: Cameras
    strangers: Strangers
    records: Records
    intake: Intake
    sender: Sender
    uploader: Uploader
    local: LocalEvents
    subscriptions: Subscriptions
    canary: Canary
    commands: CommandRunner
    heartbeat: Heartbeat
    previews: Previews
    log_level: LogLevel


def build(
    around: Surroundings,
    folder: Path,
    *,
    configuration: Configuration,
    networks: Networks,
    configure_log: Callable[[LogSettings], None],
    clocks: Clocks,
    crew: Crew,
) -> Parts:
    """The parts of a device.

    Args:
        folder: the state folder.
        crew: watches over what runs.

    Raises:
        StateError: the outbox cannot be opened.
    """
    clock: Clock = clocks.clock
    transport, thing = around.transport, around.thing

    def settings() -> Settings:
        return configuration.settings

    with Outbox(folder, settings) as outbox:
        alerted, next_sequence = outbox.cool_downs(), outbox.next_sequence()
    alerts = Alerts(alerted, clocks.now, lambda: settings().alerts.cool_down_seconds)
    strangers = Strangers(folder, networks.calibration, settings, clock)
    writer = EventWriter(
        thing,
        clocks.boot_id,
        random_id,
        clock_set=clocks.clock_set,
        strangers=strangers,
        alerts=alerts,
        next_sequence=next_sequence,
    )

    sender = Sender(folder, settings, transport, clocks.now)
    uploader = Uploader(folder, settings, clocks.now)
    local = LocalEvents(transport)

    def written(event: VisitEvent) -> None:
        sender.added()
        uploader.added()
        local.told(event)

    intake = Intake(folder, settings, clocks.now, alerts, written)

    def decided(event: VisitEvent, portrait: RgbImage | None) -> None:
        level = logging.INFO if event.kind in topics.EVENT_KINDS else logging.DEBUG
        _log.log(level, "%s at camera %s (event %s)", event.kind, event.camera, event.event_id)
        intake.take(event, portrait)

    following = Following(folder / COPIES, networks.calibration, now=clock.now, thing=thing, on_bug=crew.report)
    worker = InferenceWorker(networks.embedder, following.holder, writer, decided, clock)
    records = Records(folder, settings, clock, folder / COPIES)
    cameras = Cameras(worker, networks, clock, records.keeper)
    previews = Previews(following.holder, worker.states, clock)
    log_level = LogLevel(configure_log, clock.monotonic_seconds)
    canary = Canary(transport, thing, clock, ends=around.kind == "greengrass")
    orders = Orders(thing, settings, clocks.now, following, worker, log_level, previews)
    commands = CommandRunner(
        thing,
        orders.by_name(),
        publish=transport.publish,
        clock=clock,
        clock_set=clocks.clock_set,
        start=crew.start,
    )
    vitals = Vitals(
        cameras=cameras.states,
        collections=lambda: following.states(clocks.now()),
        configuration=configuration.state,
        latency=worker.latency,
        silent=canary.silent,
        queues=Queues(folder, settings, intake, sender, uploader).states,
    )
    subscriptions = Subscriptions(transport)
    subscriptions.want(topics.acknowledgement(thing), lambda topic, payload: sender.acknowledged(payload))
    subscriptions.want(topics.commands(thing), commands.heard)
    return Parts(
        configuration=configuration,
        following=following,
        worker=worker,
        cameras=cameras,
        strangers=strangers,
        records=records,
        intake=intake,
        sender=sender,
        uploader=uploader,
        local=local,
        subscriptions=subscriptions,
        canary=canary,
        commands=commands,
        heartbeat=_heartbeat(around, configuration, clocks, vitals),
        previews=previews,
        log_level=log_level,
    )


def in_trouble(
    around: Surroundings, configuration: Configuration, clocks: Clocks, trouble: Callable[[], str]
) -> Heartbeat:
    """The heartbeat of a device that cannot begin; ``trouble`` says why."""
    vitals = Vitals(
        cameras=lambda: (),
        collections=lambda: (),
        configuration=configuration.state,
        latency=lambda: None,
        silent=lambda: False,
        queues=lambda now: (QueueState(0, None, 0, 0, trouble()), QueueState(0, None, 0, 0)),
    )
    return _heartbeat(around, configuration, clocks, vitals)


def _heartbeat(around: Surroundings, configuration: Configuration, clocks: Clocks, vitals: Vitals) -> Heartbeat:
    return Heartbeat(
        around.thing,
        around.kind,
        vitals,
        publish=lambda payload: around.transport.publish(topics.status(around.thing), payload),
        interval_seconds=lambda: configuration.settings.status.interval_seconds,
        clock=clocks.clock,
        instant=clocks.now,
    )
