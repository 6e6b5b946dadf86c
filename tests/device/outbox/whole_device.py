"""Outbox, sender and uploader of a device in a process that a test lets die, with a cloud that outlives it."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import numpy as np

from argus.core.events import VisitEvent, decode
from argus.device.adapters.clock import SystemClock
from argus.device.alerts import Alerts
from argus.device.outbox import intake as intake_module
from argus.device.outbox import pacing
from argus.device.outbox.intake import Intake
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.program.clocks import Clocks, boot_id
from argus.device.settings.model import Settings, SnapshotSettings
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.snapshots.uploader import Uploader
from argus.storage.failpoints import VARIABLE
from tests.device.outbox.cloud import Cloud, acknowledgement
from tests.device.outbox.waiting import event

COOL_DOWN_SECONDS = 3600.0

_PATIENCE_SECONDS = 0.2
_PORTRAIT = np.full((90, 90, 3), 127, np.uint8)


class LastingCloud(Cloud):
    """Keeps what it receives in a file, and acknowledges as clouds do: some twice, some late, some never."""

    def __init__(self, folder: Path, sender: list[Sender]) -> None:
        super().__init__(answers=False)
        self._file = os.open(folder / "received", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._sender = sender
        self._late: list[str] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        super().publish(topic, payload, retain=retain)
        os.write(self._file, payload + b"\n")
        said = decode(payload)
        count = self.times_received()[said.device.sequence]
        if said.device.sequence % 5 == 1 and count == 1:
            return
        ids: Sequence[str] = [said.event_id] * (1 + said.device.sequence % 2)
        if said.device.sequence % 5 == 2:
            self._late.append(said.event_id)
            if len(self._late) < 3:
                return
            ids, self._late = [*reversed(self._late), said.event_id], []
        self._sender[0].acknowledged(acknowledgement(ids))


def received(folder: Path) -> list[VisitEvent]:
    """What the cloud has of all runs, in its order."""
    return [decode(line) for line in (folder / "received").read_bytes().splitlines()]


def committed(folder: Path) -> set[str]:
    """The ids of the events of which the device was told that they are in the outbox."""
    return set((folder / "committed").read_text().split())


def settings(folder: Path) -> Settings:
    return replace(Settings(), snapshots=SnapshotSettings("all", str(folder / "pictures")))


def tell(folder: Path, count: int, failpoint: str | None = None) -> None:
    """Tells of visits until ``count`` were told over all runs, and delivers everything; may die on the way."""
    if failpoint is not None:
        os.environ[VARIABLE] = failpoint
    pacing.PATIENCE_SECONDS = _PATIENCE_SECONDS
    intake_module.PICTURES_HELD = count  # so that a busy machine costs no pictures
    state = folder / "state"
    state.mkdir(exist_ok=True)
    now, configured, stop = Clocks(SystemClock(), boot_id()).now, settings(folder), Event()
    sender_of_cloud: list[Sender] = []
    sender = Sender(state, lambda: configured, LastingCloud(folder, sender_of_cloud), now)
    sender_of_cloud.append(sender)
    uploader = Uploader(state, lambda: configured, now)
    log = os.open(folder / "committed", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def written(told: VisitEvent) -> None:
        os.write(log, f"{told.event_id}\n".encode())
        sender.added()
        uploader.added()

    with Outbox(state, lambda: configured) as outbox, SnapshotQueue(state, lambda: configured) as pictures:
        alerts = Alerts(outbox.cool_downs(), now, lambda: COOL_DOWN_SECONDS)
        intake = Intake(state, lambda: configured, now, alerts, written)
        threads = [Thread(target=worker.run, args=(stop,)) for worker in (intake, sender, uploader)]
        for thread in threads:
            thread.start()
        for number in range(outbox.next_sequence(), count + 1):
            person = f"person-{number // 2}"
            told = replace(event(number, person, alert=False), event_id=str(uuid.uuid4()))
            intake.take(replace(told, alert=alerts(told)), _PORTRAIT)
            time.sleep(0.002)
        while outbox.next_sequence() <= count or outbox.state(now()).waiting or pictures.state(now()).waiting:
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
