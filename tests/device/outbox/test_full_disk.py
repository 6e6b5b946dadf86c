"""A real limit of the files' size: nothing that was written is lost, and nothing is left out once there is room."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from argus.core.events import decode
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings
from argus.device.snapshots.queue import SnapshotQueue
from tests.device.outbox.full_disk import fill_disk
from tests.device.outbox.waiting import Clocks

COUNT = 600


def test_a_disk_that_is_full_for_a_while(tmp_path: Path) -> None:
    process = multiprocessing.get_context("forkserver").Process(target=fill_disk, args=(tmp_path, COUNT))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    with Outbox(tmp_path, Settings) as outbox, SnapshotQueue(tmp_path, Settings) as pictures:
        rows = outbox.rows(0, COUNT + 2)
        assert [row.sequence for row in rows] == list(range(1, COUNT + 2))
        state = pictures.state(Clocks().now())
        with_picture = [row for row in rows if decode(row.payload).snapshot is not None]
        assert state.waiting == len(with_picture) and 1 < len(with_picture) < COUNT
        assert state.dropped > 0
        assert outbox.state(Clocks().now()).dropped == 0
