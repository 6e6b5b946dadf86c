"""A device whose files may not grow for a while, in a process of its own: the limit is one of processes."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import numpy as np

from argus.core.events import VisitEvent
from argus.device.alerts import Alerts
from argus.device.outbox import intake as intake_module
from argus.device.outbox.intake import Intake
from argus.device.outbox.sender import Sender
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings, SnapshotSettings
from tests.device.outbox.cloud import Cloud, comes_true
from tests.device.outbox.waiting import Clocks, event

ROOM = 650_000
PORTRAIT = np.random.default_rng(1).integers(0, 256, (400, 400, 3), np.uint8)
"""A JPEG of some 100 kB."""


def fill_disk(folder: Path, count: int) -> None:
    """Tells of ``count`` visits while the files can hold less, then makes room, then tells of one more.

    Raises:
        AssertionError: it did not go as it should.
    """
    intake_module.RETRY_SECONDS = 0.05
    settings = replace(Settings(), snapshots=SnapshotSettings("all", "s3://bucket"))
    now, written, stop = Clocks().now, list[VisitEvent](), Event()
    intake = Intake(folder, lambda: settings, now, Alerts({}, now, lambda: 0.0), written.append)
    cloud = Cloud(answers=False)
    sender = Sender(folder, lambda: settings, cloud, now)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    threads = [Thread(target=worker.run, args=(stop,), daemon=True) for worker in (intake, sender)]
    for thread in threads:
        thread.start()
    for number in range(1, count + 1):
        intake.take(event(number), PORTRAIT)
    assert comes_true(lambda: intake.problem is not None), "the disk was never full"
    before = [told.device.sequence for told in written]
    assert 0 < len(before) < count and written[0].snapshot is not None and written[-1].snapshot is None
    sender.added()
    assert comes_true(lambda: set(cloud.sequences) == set(before)), "what was written is not published"
    with Outbox(folder, lambda: settings) as outbox:
        assert [row.sequence for row in outbox.rows(0, 1000)] == before
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert comes_true(lambda: len(written) == count), "it does not recover"
    intake.take(event(count + 1), PORTRAIT)
    assert comes_true(lambda: written[-1].device.sequence == count + 1 and written[-1].snapshot is not None)
    sender.added()
    assert comes_true(lambda: set(cloud.sequences) == set(range(1, count + 2)))
    stop.set()
    for thread in threads:
        thread.join()
