"""Pipelines of the real GStreamer, and what it says of those that it cannot run."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from argus.core.errors import SourceError, UsageError
from argus.core.types import Frame
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.gst_words import GST_LAUNCH, said
from argus.device.adapters.live import LiveCamera
from argus.device.adapters.open_source import open_source
from argus.device.doctor.cameras import check_source
from argus.vision.images import read_image
from tests.device.test_sources_live import eventually

LIVE = "gst: videotestsrc is-live=true pattern=red ! video/x-raw,width={width},height={height},framerate=30/1"


@pytest.fixture(scope="module", autouse=True)
def gstreamer() -> None:
    inspect = shutil.which("gst-inspect-1.0")
    if inspect is None or subprocess.run((inspect, "videotestsrc"), stdout=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no GStreamer: install gstreamer1.0-tools and gstreamer1.0-plugins-base")


def camera(pipeline: str, *, timeout_seconds: float = 10.0, patient: bool = False) -> LiveCamera:
    return LiveCamera(
        pipeline,
        camera_id="door",
        clock=SystemClock(),
        timeout_seconds=timeout_seconds,
        patient=patient,
        backoff=lambda failures: 0.05,
    )


def taken(pipeline: str, count: int) -> list[Frame]:
    source = camera(pipeline)
    try:
        return list(itertools.islice(source.frames(), count))
    finally:
        source.close()


def launched() -> list[int]:
    """Process ids of the pipelines that run anywhere below this process."""
    children: dict[int, list[int]] = {}
    pipelines = set()
    for entry in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            stat = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            command = Path(f"/proc/{entry}/cmdline").read_bytes()
        except OSError:
            continue
        children.setdefault(int(stat[1]), []).append(entry)
        if command.startswith(GST_LAUNCH.encode()) and stat[0] != "Z":
            pipelines.add(entry)
    below = [os.getpid()]
    for parent in below:  # which grows: ids begin again at 1, a child's need not be the larger one
        below += children.get(parent, [])
    return [process for process in below if process in pipelines]


@pytest.mark.parametrize("size", [(320, 240), (101, 48)])
def test_pictures_have_their_colour_size_and_time(size: tuple[int, int]) -> None:
    """Rows of 101 pixels are padded in GStreamer's memory."""
    width, height = size
    frames = taken(LIVE.format(width=width, height=height), 5)
    for frame in frames:
        assert frame.rgb.shape == (height, width, 3)
        assert np.abs(frame.rgb.astype(int) - (255, 0, 0)).max() < 10
    assert 0 <= time.monotonic() - frames[-1].at_seconds < 5
    assert all(one.at_seconds < two.at_seconds for one, two in itertools.pairwise(frames))


def test_no_process_outlives_a_closed_camera() -> None:
    source = camera(LIVE.format(width=64, height=48))
    frames = source.frames()
    next(frames)
    assert len(launched()) == 1
    source.close()
    assert next(frames, None) is None
    assert eventually(lambda: launched() == [])


def test_a_pipeline_that_hangs_is_killed_and_started_again() -> None:
    source = camera(LIVE.format(width=64, height=48), timeout_seconds=1.5)
    frames = source.frames()
    next(frames)
    [stuck] = launched()
    os.kill(stuck, signal.SIGSTOP)
    assert eventually(lambda: source.status().reconnects == 1)
    assert "The GStreamer pipeline from videotestsrc cannot be read: it sent nothing for 1.5 seconds" in (
        source.status().last_error or ""
    )
    next(frames)
    assert stuck not in launched()
    source.close()
    assert eventually(lambda: launched() == [])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_pipeline_outlives_its_program(ending: signal.Signals) -> None:
    program = (
        "import sys; from argus.device.adapters.live import LiveCamera; from argus.device.adapters.clock import *\n"
        "for frame in LiveCamera(sys.argv[1], camera_id='door', clock=SystemClock()).frames(): print('x', flush=True)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = (sys.executable, "-c", program, LIVE.format(width=64, height=48))
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert parent.stdout is not None and parent.stdout.readline()
    [pipeline] = launched()
    parent.send_signal(ending)
    parent.wait(10)
    parent.stdout.close()
    assert eventually(lambda: not Path(f"/proc/{pipeline}").exists())


def test_a_pipeline_that_ends_is_said_to() -> None:
    source = camera("gst: videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48")
    frames = source.frames()
    assert next(frames).rgb.shape == (48, 64, 3)
    assert eventually(lambda: "it stopped sending pictures" in (source.status().last_error or ""))
    source.close()


@pytest.mark.parametrize(
    ("pipeline", "sentence"),
    [
        ("nosuchsource ! jpegdec", 'no element "nosuchsource", says GStreamer; install the plugins that have it.'),
        ("videotestsrc pattern=nosuch", 'could not set property "pattern" in element "videotestsrc" to "nosuch"'),
        ("filesrc location=/nowhere/film.mp4 ! decodebin", 'Resource not found. No such file "/nowhere/film.mp4"'),
        ("videotestsrc ! fakesink", "says GStreamer; try"),
        ("--version", "says GStreamer; try"),
        ("videotestsrc ; touch $HOME `id`", "says GStreamer; try"),
    ],
)
def test_a_pipeline_that_cannot_run_is_refused_with_the_reason(pipeline: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=r"The GStreamer pipeline from \S+ cannot be read") as refused:
        next(camera(f"gst: {pipeline}").frames())
    assert sentence in str(refused.value)


def test_a_password_in_a_pipeline_is_not_repeated() -> None:
    pipeline = "gst: filesrc location=rtsp://admin:hunter2@camera.local/hunter3 ! decodebin"
    with pytest.raises(SourceError) as refused:
        next(camera(pipeline).frames())
    assert "hunter" not in str(refused.value) and "No such file" in str(refused.value)


def test_without_gstreamer_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match=r"install gstreamer1\.0-tools"):
        open_source("gst: videotestsrc", camera_id="door", clock=SystemClock(), decode_image=read_image)


def test_an_open_quotation_mark_is_refused() -> None:
    with pytest.raises(UsageError, match="quotation mark"):
        open_source("gst: videotestsrc name='door", camera_id="door", clock=SystemClock(), decode_image=read_image)


def test_secrets_given_as_properties_are_hidden() -> None:
    line = 'WARNING: erroneous pipeline: could not set property "user-pw" in element "rtspsrc" to "hunter2"'
    assert said([line], ("rtspsrc", "user-pw=hunter2")).startswith(
        'could not set property "user-pw" in element "rtspsrc" to "***"'
    )
    assert said(["a warning", "another"], ()) == ""


def test_the_doctor_tries_a_long_pipeline_and_repeats_no_password() -> None:
    long = "videoconvert ! " * 30
    [seen] = check_source(f"gst: videotestsrc is-live=true pattern=white ! {long} video/x-raw,width=64,height=48")
    assert "64 x 48" in seen.what, seen
    [fault] = check_source("gst: filesrc location=rtsp://admin:hunter2@camera.local/hunter3 ! decodebin")
    assert "hunter" not in f"{fault.what} {fault.remedy}"
