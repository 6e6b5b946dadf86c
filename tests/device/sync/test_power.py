"""The power fails while a device syncs: it then has one whole, verified version, and goes on from there."""

from __future__ import annotations

import multiprocessing
import re
import shutil
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

import argus
from argus.core.collection import Collection
from argus.storage.failpoints import EXIT_CODE
from argus.storage.folder import FolderStore
from argus.storage.reading import HEAD_KEY
from scripts.benchmarks.kills import kill_at_random
from tests.device.sync.followed import change, files, fill, following, sync_once, writer

FAILPOINTS = (
    "sync.head", "sync.fetched", "sync.stored", "sync.parts_stored", "sync.accepted", "sync.committed", "sync.swept",
    "write.unsynced", "write.unnamed", "write.named",
)  # fmt: skip
KILLS = 20


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.device.sync.followed"])
    return context


def whole(local: Path, versions: dict[int, Collection]) -> int | None:
    """The version that a device starts with when there is no network; it must be as the source had it."""
    sync = following(FolderStore(local.with_name("nowhere")), local)
    if not sync.open():
        assert sync.status.last_error is None
        return None
    assert sync.snapshot is not None
    sequence = sync.snapshot.head.statement.sequence
    assert sync.snapshot.collection == versions[sequence]
    return sequence


def run(processes: ForkServerContext, task: Callable[..., None], *arguments: object) -> int | None:
    process = processes.Process(target=task, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def test_the_list_of_failpoints_is_whole() -> None:
    """Those that a sync passes."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(argus.__file__).parent.rglob("*.py"))
    assert set(FAILPOINTS) == set(re.findall(r'failpoint\("((?:sync|write)\.[^"]+)"\)', text))


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_the_power_fails_at(failpoint: str, tmp_path: Path, processes: ForkServerContext) -> None:
    remote, local = tmp_path / "remote", tmp_path / "local"
    fill(remote)
    versions = {1: writer(remote).load().collection}
    # On the first start, and at the first and the third time of an update.
    if failpoint != "sync.swept":
        assert run(processes, sync_once, remote, local, failpoint) == EXIT_CODE
        assert whole(local, versions) == (1 if failpoint in ("sync.accepted", "sync.committed") else None)
    assert run(processes, sync_once, remote, local) == 0
    assert whole(local, versions) == 1
    change(remote)
    versions[2] = writer(remote).load().collection
    for time_passed in (1, 3):
        copy = tmp_path / f"local-{time_passed}"
        shutil.copytree(local, copy)
        code = run(processes, sync_once, remote, copy, f"{failpoint}:{time_passed}")
        assert code in ((EXIT_CODE,) if time_passed == 1 else (EXIT_CODE, 0))
        late = failpoint in ("sync.accepted", "sync.committed", "sync.swept") or code == 0
        assert whole(copy, versions) == (2 if late else 1)
        assert run(processes, sync_once, remote, copy) == 0
        assert whole(copy, versions) == 2
        assert set(files(copy)) == {"accepted.json", *needed(remote)}


def needed(remote: Path) -> set[str]:
    """The keys of the newest version."""
    sync = following(FolderStore(remote), remote.with_name("reference"))
    sync.poll()
    keys = set(FolderStore(remote.with_name("reference")).keys(""))
    assert HEAD_KEY in keys
    return keys - {"accepted.json"}


def test_killed_at_random_a_device_has_one_whole_version(tmp_path: Path) -> None:
    found = kill_at_random(tmp_path, KILLS, seed=1)
    assert (found.damaged, found.went_back) == (0, 0)
    assert found.whole + found.nothing == KILLS and found.whole > KILLS // 2 and found.versions > KILLS
    assert found.interrupted > KILLS // 2
