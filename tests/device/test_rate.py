"""How many frames a second are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from argus.core.types import Frame
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.live import LiveCamera
from argus.device.adapters.open_source import open_source
from argus.device.adapters.pace import Pace
from argus.device.adapters.video_writer import VideoWriter
from argus.vision.images import read_image
from tests.device.mjpeg_server import MjpegServer


@given(st.floats(0.1, 60), st.floats(1, 60), st.integers(1, 400))
def test_no_more_pass_than_wanted_and_all_of_a_slow_camera(rate: float, fps: float, count: int) -> None:
    pace = Pace(rate)
    passed = [number / fps for number in range(count) if pace.passes(number / fps)]
    assert passed[0] == 0
    seconds = (count - 1) / fps
    # Times are compared with half a millisecond of patience.
    assert len(passed) <= seconds * rate * 1.04 + 1.04
    assert len(passed) >= min(seconds * rate, count) * 0.5
    if rate >= fps:
        assert len(passed) == count


def test_nothing_is_made_up_for_after_a_pause() -> None:
    pace = Pace(2.0)
    times = [0.0, *(100 + number / 25 for number in range(25))]
    assert [at for at in times if pace.passes(at)] == [0.0, 100.0, 100.52]


def test_a_rate_of_zero_takes_all() -> None:
    pace = Pace(0.0)
    assert all(pace.passes(number / 1000) for number in range(100))


@pytest.mark.parametrize(("rate", "kept"), [(0.0, 25), (5.0, 5), (100.0, 25)])
def test_a_film_is_thinned(tmp_path: Path, rate: float, kept: int) -> None:
    with_frames = VideoWriter(tmp_path / "film.avi", fps=25.0)
    for number in range(25):
        with_frames.write(np.full((48, 64, 3), 10 * number, dtype=np.uint8))
    with_frames.close()
    frames = list(_opened(str(tmp_path / "film.avi"), rate))
    assert len(frames) == kept
    assert [frame.sequence for frame in frames] == list(range(0, 25, 25 // kept))


def test_a_folder_is_thinned(tmp_path: Path) -> None:
    for number in range(10):
        Image.new("RGB", (64, 48)).save(tmp_path / f"{number}.png")
    assert [frame.sequence for frame in _opened(str(tmp_path), 1.0)] == [0, 5]


def _opened(spec: str, rate: float) -> Iterator[Frame]:
    return open_source(
        spec, camera_id="door", clock=SystemClock(), decode_image=read_image, fast=True, rate=rate
    ).frames()


def test_what_a_camera_gives_beyond_its_rate_is_never_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[int] = []
    convert = cv2.cvtColor

    def counted(picture: np.ndarray, code: int) -> np.ndarray:
        converted.append(code)
        return convert(picture, code)

    monkeypatch.setattr("argus.device.adapters.live.cv2.cvtColor", counted)
    with MjpegServer(50) as server:
        source = LiveCamera(server.url, camera_id="door", clock=SystemClock(), rate=5.0)
        frames = source.frames()
        taken = [next(frames) for _ in range(6)]
        read = source.status().frames_read
        source.close()
    assert taken[-1].at_seconds - taken[0].at_seconds == pytest.approx(1.0, abs=0.15)
    assert len(converted) <= 7 and read >= 35
