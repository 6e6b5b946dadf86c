"""The power fails while events and pictures are on their way: what was committed arrives, and is told apart."""

from __future__ import annotations

import multiprocessing
import random
import re
from collections import Counter
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

import argus
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings
from argus.device.snapshots.queue import SnapshotQueue
from argus.storage.failpoints import EXIT_CODE
from argus.storage.folder import FolderStore
from tests.device.outbox.waiting import Clocks
from tests.device.outbox.whole_device import committed, received, tell

FAILPOINTS = (
    "outbox.adding", "outbox.added", "outbox.published", "outbox.acknowledged", "outbox.let_go",
    "snapshot.uploading", "snapshot.uploaded",
)  # fmt: skip
OF_THE_STORE = ("write.unsynced", "write.unnamed", "write.named")
EVENTS = 20
KILLS = 8


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.device.outbox.whole_device"])
    return context


def run(processes: ForkServerContext, folder: Path, failpoint: str | None = None, count: int = EVENTS) -> int | None:
    process = processes.Process(target=tell, args=(folder, count, failpoint))
    process.start()
    process.join(60)
    return process.exitcode


def check(folder: Path, count: int) -> None:
    """Everything is where it belongs, once for whoever tells events apart by their ids."""
    events = {event.event_id: event for event in received(folder)}
    assert committed(folder) <= set(events)
    by_number = Counter(event.device.sequence for event in events.values())
    assert by_number == {number: 1 for number in range(1, count + 1)}
    store = FolderStore(folder / "pictures")
    assert set(store.keys("")) >= {event.snapshot for event in events.values()}
    # Of two events of a person one alerts, also when the device died between them.
    assert Counter(event.person.id for event in events.values() if event.alert and event.person) == {
        f"person-{number // 2}": 1 for number in range(1, count + 1)
    }
    with Outbox(folder / "state", Settings) as outbox, SnapshotQueue(folder / "state", Settings) as pictures:
        state = outbox.state(Clocks().now())
        assert (state.waiting, state.delivered, state.dropped) == (0, count, 0)
        assert (outbox.next_sequence(), pictures.state(Clocks().now()).waiting) == (count + 1, 0)


def test_the_list_of_failpoints_is_whole() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(argus.__file__).parent.rglob("*.py"))
    assert set(FAILPOINTS) == set(re.findall(r'failpoint\("((?:outbox|snapshot)\.[^"]+)"\)', text))


@pytest.mark.parametrize("failpoint", [*FAILPOINTS, *OF_THE_STORE])
def test_the_power_fails_at(failpoint: str, tmp_path: Path, processes: ForkServerContext) -> None:
    for time_passed in (1, 3):
        assert run(processes, tmp_path, f"{failpoint}:{time_passed}") in (
            (EXIT_CODE,) if time_passed == 1 else (EXIT_CODE, 0)
        )
    assert run(processes, tmp_path) == 0
    check(tmp_path, EVENTS)


def test_killed_at_random_a_device_loses_and_repeats_nothing(tmp_path: Path, processes: ForkServerContext) -> None:
    chance, count, killed = random.Random(1), 0, 0
    for _ in range(KILLS):
        count += EVENTS
        process = processes.Process(target=tell, args=(tmp_path, count))
        process.start()
        process.join(chance.uniform(0.05, 0.4))
        process.kill()
        process.join()
        killed += process.exitcode != 0
    assert killed > KILLS // 4
    assert run(processes, tmp_path, count=count) == 0
    check(tmp_path, count)
