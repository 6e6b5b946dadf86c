"""Live cameras, with a small HTTP camera of our own. RTSP and USB take the same way but for OpenCV's own input."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import SourceError
from argus.device.adapters.backoff import FIRST_SECONDS, LONGEST_SECONDS, backoff_seconds
from argus.device.adapters.camera_process import CameraProcess
from argus.device.adapters.camera_wire import Request
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.live import LiveCamera
from tests.device.mjpeg_server import MjpegServer

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")


def camera(url: str, *, patient: bool = False, timeout_seconds: float = 10.0) -> LiveCamera:
    return LiveCamera(
        url,
        camera_id="door",
        clock=SystemClock(),
        patient=patient,
        timeout_seconds=timeout_seconds,
        backoff=lambda failures: 0.05,
    )


def readers(parent: int) -> list[int]:
    """Process ids of the reader processes that ``parent`` started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if stat[0] != "Z" and int(stat[1]) == parent and b"camera_reader" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_frames_arrive_in_order_with_the_time_of_capture() -> None:
    with MjpegServer() as server:
        source = camera(server.url)
        frames = list(itertools.islice(source.frames(), 20))
        now_seconds, now = time.monotonic(), datetime.now(timezone.utc)
    sequences = [frame.sequence for frame in frames]
    assert sequences == sorted(set(sequences))
    assert all(frame.rgb.shape == (48, 64, 3) and frame.camera_id == "door" for frame in frames)
    assert 0 <= now_seconds - frames[-1].at_seconds < 2
    assert abs((now - frames[-1].captured_at).total_seconds() - (now_seconds - frames[-1].at_seconds)) < 0.1
    assert source.status().frames_read >= 20


def test_a_slow_consumer_gets_new_frames() -> None:
    with MjpegServer() as server:
        source = camera(server.url)
        for taken, frame in enumerate(source.frames()):
            assert time.monotonic() - frame.at_seconds < 0.15
            time.sleep(0.2)
            if taken == 4:
                break
        assert source.status().frames_dropped >= 20


def test_a_camera_that_vanishes_comes_back() -> None:
    server = MjpegServer()
    server.start()
    source = camera(server.url)
    frames = source.frames()
    try:
        first = next(frames)
        server.stop()
        assert eventually(lambda: not source.status().connected)
        lost = source.status()
        assert lost.last_error is not None and "127.0.0.1" in lost.last_error and "stream.mjpg" not in lost.last_error
        server.start()
        assert eventually(lambda: source.status().reconnects == 1)
        later = [next(frames) for _ in range(3)]
        assert later[-1].sequence > first.sequence and later[-1].at_seconds > first.at_seconds
        assert source.status().connected and source.status().since > lost.since
    finally:
        source.close()
        server.stop()


def test_a_camera_that_hangs_is_left_and_read_anew() -> None:
    with MjpegServer() as server:
        source = camera(server.url, timeout_seconds=1.0)
        frames = source.frames()
        next(frames)
        server.hanging.set()
        assert eventually(lambda: not source.status().connected)
        server.hanging.clear()
        assert eventually(lambda: source.status().reconnects == 1)
        next(frames)
        source.close()


@linux_only
def test_a_reader_stuck_in_native_code_is_killed_and_replaced() -> None:
    with MjpegServer() as server:
        source = camera(server.url, timeout_seconds=1.0)
        frames = source.frames()
        next(frames)
        [stuck] = readers(os.getpid())
        os.kill(stuck, signal.SIGSTOP)
        assert eventually(lambda: source.status().reconnects == 1)
        assert "sent nothing for 1 seconds" in (source.status().last_error or "")
        next(frames)
        assert stuck not in readers(os.getpid())
        source.close()
        source.close()
        assert eventually(lambda: readers(os.getpid()) == [])


def test_a_camera_that_is_not_there_is_reported_without_its_password() -> None:
    with pytest.raises(SourceError, match=r"The camera at http://127\.0\.0\.1:9/\*\*\* cannot be read") as refused:
        next(camera("http://admin:hunter2@127.0.0.1:9/video?token=hunter3").frames())
    assert "hunter" not in str(refused.value) and "admin" not in str(refused.value)


def test_a_patient_reader_waits_for_its_camera(caplog: pytest.LogCaptureFixture) -> None:
    server = MjpegServer()
    server.start()
    server.stop()
    source = camera(server.url.replace("//", "//admin:hunter2@"), patient=True)
    try:
        threading.Timer(1.0, server.start).start()
        next(source.frames())
        assert source.status().connected and source.status().reconnects == 0
        assert "Trying again" in caplog.text and "hunter2" not in caplog.text
    finally:
        source.close()
        server.stop()


def test_a_usb_camera_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match="USB camera 97 cannot be read"):
        next(LiveCamera(97, camera_id="door", clock=SystemClock()).frames())


@linux_only
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_reader_outlives_its_parent(ending: signal.Signals, tmp_path: Path) -> None:
    program = (
        "import sys; from argus.device.adapters.live import LiveCamera; from argus.device.adapters.clock import *\n"
        "for frame in LiveCamera(sys.argv[1], camera_id='door', clock=SystemClock()).frames(): print('x', flush=True)"
    )
    with MjpegServer() as server:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        parent = subprocess.Popen(
            [sys.executable, "-c", program, server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert parent.stdout is not None and parent.stdout.readline()
        [reader] = readers(parent.pid)
        parent.send_signal(ending)
        parent.wait(10)
        parent.stdout.close()
        assert eventually(lambda: not _runs(reader))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@linux_only
def test_the_password_is_not_on_the_readers_command_line() -> None:
    with CameraProcess(Request("http://admin:hunter2@127.0.0.1:9/video", 5.0)) as process:
        assert b"hunter2" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()


@given(st.integers(1, 100), st.floats(0, 1))
def test_backoff_grows_within_its_bounds(failures: int, random: float) -> None:
    pause = backoff_seconds(failures, lambda: random)
    assert FIRST_SECONDS / 2 <= pause <= LONGEST_SECONDS
    assert pause <= backoff_seconds(failures + 1, lambda: random)
