"""A disk that is full for a while."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.component.conftest import Sited
from tests.component.site import Site

SMALL_DISK = 'mount -t tmpfs -o size=4m none "$0" && exec "$@"'

MANNERS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))
"""How a process gets a disk of its own: as root, and where everybody may."""


def on_a_small_disk(folder: Path) -> tuple[str, ...]:
    """What starts a program for which ``folder`` is a disk of 4 MB; skips where the system does not let it."""
    folder.mkdir(exist_ok=True)
    for manner in MANNERS:
        before = (*manner, "sh", "-c", SMALL_DISK, str(folder))
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0:
            return before
    pytest.skip("this system lets nobody mount a small disk (unshare)")


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    """A source that shows nobody."""
    folder = tmp_path / "nobody"
    folder.mkdir()
    Image.new("RGB", (320, 180)).save(folder / "dark.png")
    return folder


def test_a_full_disk_costs_no_event(site: Sited, configuration: dict[str, Any], nobody: Path) -> None:
    made = site(configuration)
    state = made.component.work / "state"
    made.start(before=on_a_small_disk(state))
    assert made.comes_true(lambda: len(made.cloud.events) > 0)
    # The disk as the component sees it; nobody else does.
    ballast = Path(f"/proc/{made.component.pid}/root{state}") / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert made.comes_true(lambda: made.cloud.statuses[-1].events.last_error is not None)
    assert "make room on the disk" in str(made.cloud.statuses[-1].events.last_error)
    stuck, seen = committed(made), left(made)
    assert made.comes_true(lambda: left(made) >= seen + 3)
    assert committed(made) == stuck

    ballast.unlink()
    assert made.comes_true(lambda: committed(made) > stuck + 6)
    assert made.cloud.statuses[-1].events.last_error is None
    before = made.cloud.statuses[-1].configuration
    made.nucleus.tell("configure", merge={"cameras": {"hall": {"source": str(nobody)}}})
    assert made.comes_true(lambda: made.cloud.statuses[-1].configuration != before)
    count = len(made.cloud.statuses) + 1
    made.comes_true(lambda: len(made.cloud.statuses) > count and made.cloud.statuses[-1].events.waiting == 0)
    assert made.cloud.statuses[-1].events.waiting == 0
    assert made.cloud.statuses[-1].events.dropped == 0
    assert sorted(made.cloud.numbers) == list(range(1, committed(made) + 1))
    assert not made.cloud.faults


def committed(made: Site) -> int:
    """How many events are or were in the outbox, by the newest status."""
    events = made.cloud.statuses[-1].events
    return events.waiting + events.delivered + events.dropped


def left(made: Site) -> int:
    """How many visits have ended, by the log."""
    return made.component.log.count("left at camera")
