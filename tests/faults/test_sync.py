"""A machine that has no room for the next version of a collection, or no rights: it keeps the version that it has."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.device.sync.followed import PEOPLE, change, files, fill, sync_once

ROOT = Path(__file__).parents[2]
SYNC = (sys.executable, "-m", "tests.faults.syncing")


@pytest.fixture
def places() -> Iterator[tuple[Path, Path]]:
    """A source, and a device with its first version; where everybody may go."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        fill(folder / "remote")
        sync_once(folder / "remote", folder / "device")
        change(folder / "remote")
        yield folder / "remote", folder / "device"


def answers(*command: object, before: Callable[[], None] | None = None) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, cwd=ROOT, preexec_fn=before
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_disk_that_is_full_at_any_moment_of_an_update(places: tuple[Path, Path], tmp_path: Path) -> None:
    remote, device = places
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=256k none "$0" && cp -r "$1" "$0/device" && shift && exec "$@"'
    small = ("unshare", "-rm", "sh", "-c", mount, disk)
    if shutil.which("unshare") is None or subprocess.run([*small, device, "true"], check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    *full, last = answers(*small, device, *SYNC, "with-ever-more-room", remote, disk / "device")
    assert len(full) >= 4
    for answer in full:
        assert "No space left on device" in answer["error"] and "make room" in answer["error"]
        assert (answer["sequence"], answer["people"]) == (1, PEOPLE)
        assert (answer["on_disk"]["sequence"], answer["on_disk"]["people"]) == (1, PEOPLE)
        assert answer["used"] <= 4096  # the copy of the newer head; what did not fit whole is gone
    assert (last["sequence"], last["error"], last["on_disk"]["sequence"]) == (2, None, 2)


def test_files_that_are_too_large_for_the_disk(places: tuple[Path, Path]) -> None:
    remote, device = places
    kept = files(device)
    sizes = sorted({len(data) for data in files(remote).values()})
    for largest in (sizes[0] - 1, sizes[len(sizes) // 2], sizes[-1] - 1):

        def no_room(largest: int = largest) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

        (answer,) = answers(*SYNC, "once", remote, device, before=no_room)
        assert "File too large" in answer["error"] and "make room" in answer["error"]
        assert (answer["sequence"], answer["people"]) == (1, PEOPLE)
        assert files(device) == kept
    (answer,) = answers(*SYNC, "once", remote, device)
    assert (answer["sequence"], answer["error"]) == (2, None)


def test_a_folder_that_cannot_be_written(places: tuple[Path, Path], unprivileged: tuple[str, ...]) -> None:
    remote, device = places
    kept = files(device)
    folders = [device, *(path for path in device.rglob("*") if path.is_dir())]
    for path in (remote, *remote.rglob("*"), *device.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for folder in folders:
        folder.chmod(0o555)
    try:
        (answer,) = answers(*unprivileged, *SYNC, "once", remote, device)
        assert "Permission denied" in answer["error"] and "choose another folder" in answer["error"]
        assert (answer["sequence"], answer["people"]) == (1, PEOPLE)
        assert files(device) == kept
    finally:
        for folder in folders:
            folder.chmod(0o755)
