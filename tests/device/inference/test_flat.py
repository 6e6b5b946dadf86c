"""Cameras come and go, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from argus.device.adapters.clock import SystemClock
from argus.device.adapters.live import LiveCamera
from tests.device.inference.working import Working, channel, film, for_ever
from tests.device.mjpeg_server import MjpegServer
from tests.device.squares import ADA, HERE
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks processes and files up in /proc")


def children() -> int:
    """Processes that this one started, dead ones that nobody waited for included."""
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                count += (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    return count


def held() -> tuple[int, int, int]:
    """Threads, processes and open files of this program; those of the test's own server are gone with its clients."""
    threads = [thread for thread in threading.enumerate() if "process_request_thread" not in thread.name]
    return len(threads), children(), len(os.listdir("/proc/self/fd"))


def test_twenty_cameras_come_and_go() -> None:
    others = children()  # of tests before, such as an imitation of AWS
    with MjpegServer() as server, Working() as working:

        def once(number: int) -> None:
            door = partial(LiveCamera, server.url, camera_id="door", clock=SystemClock(), patient=True)
            working.worker.add_camera(channel("door"), door)
            working.worker.add_camera(channel("gate"), film(for_ever({HERE: ADA}), fps=50))
            assert until(lambda: all(state.frames_processed > 1 for state in working.worker.states())), number
            working.worker.remove_camera("door")
            working.worker.remove_camera("gate")

        once(0)
        assert until(lambda: children() <= others)
        before = held()
        for number in range(20):
            once(number)
        flat = until(lambda: all(now <= then for now, then in zip(held(), before, strict=True)))
        assert flat, (held(), before)
    assert children() <= others


def test_replacing_a_camera_that_hangs_holds_up_nobody() -> None:
    """Its process is stopped in the middle of a read: the worker goes on, and the new camera begins."""
    with MjpegServer() as server, Working() as working:
        door = partial(LiveCamera, server.url, camera_id="door", clock=SystemClock(), patient=True)
        working.worker.add_camera(channel("door"), door)
        working.worker.add_camera(channel("gate"), film(for_ever({})))
        assert until(lambda: all(state.frames_processed > 1 for state in working.worker.states()))
        server.hanging.set()
        working.worker.add_camera(channel("door"), film(for_ever({HERE: ADA})))
        before = working.state("gate")
        assert until(lambda: working.kinds("door") == ["match"])
        assert working.state("gate").frames_dropped - before.frames_dropped <= 2
        server.hanging.clear()
