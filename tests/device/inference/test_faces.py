"""Real faces on several cameras: masks, zones, and a camera that hangs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.types import Frame, RgbImage
from argus.core.zones import Area, Polygon
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.live import LiveCamera
from argus.device.adapters.masked import MaskedSource
from argus.device.adapters.playback import Playback
from argus.device.adapters.status import ReportingSource
from argus.device.channel import CameraChannel
from argus.device.compose import build_pipeline, random_id
from argus.device.jpeg import encode_jpeg
from argus.device.people import PeopleHolder, Recognised
from argus.rehearsal.render import render
from argus.rehearsal.scenario import Actor, Keyframe, Pose, Scenario, Shot
from argus.rehearsal.walks import CALM, walk
from tests.device.inference.working import Working
from tests.device.mjpeg_server import MjpegServer
from tests.rehearsed import enrol, networks, portrait
from tests.waiting import until

LEFT_HALF: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
"""Where the enrolled man stands; the stranger stands in the other one."""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Recognised:
    return enrol(tmp_path_factory.mktemp("inference") / "people", {"Barack Obama": [portraits / "obama.jpg"]})


@pytest.fixture(scope="module")
def clip(portraits: Path) -> list[Frame]:
    actors = (
        Actor(portrait(portraits / "obama2.jpg", "obama"), _standing(150, seed=1)),
        Actor(portrait(portraits / "biden.jpg", "biden"), _standing(470, seed=2)),
    )
    return [rendered.frame for rendered in render(Scenario((Shot(3.0, actors),), seed=7))]


def _standing(x: float, seed: int) -> tuple[Keyframe, ...]:
    return walk(Pose(x, 170, 110), Pose(x + 20, 170, 110), seconds=3.0, seed=seed, lively=CALM)


class Frames:
    """A clip as a source."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        return iter(self._frames)

    def close(self) -> None:
        pass


def channel(camera_id: str, *, zones: Area | None = None, gap_seconds: float = 10.0) -> CameraChannel:
    pipeline = build_pipeline(
        networks(), random_id, false_alarm_rate=0.01, min_face_px=80, visit_gap_seconds=gap_seconds, zones=zones
    )
    return CameraChannel(camera_id, pipeline)


def test_masked_faces_are_never_seen_and_faces_outside_the_zones_do_not_count(
    people: Recognised, clip: list[Frame]
) -> None:
    def opened() -> ReportingSource:
        return Playback(Frames(clip), loop=True, fast=False, clock=SystemClock())

    with Working(networks().embedder, PeopleHolder(people)) as working:
        working.worker.add_camera(channel("open"), opened)
        working.worker.add_camera(channel("masked"), lambda: MaskedSource(opened(), Area((LEFT_HALF,))))
        working.worker.add_camera(channel("zoned", zones=Area((LEFT_HALF,))), opened)
        assert until(lambda: len(working.events) == 4, seconds=30)
        [picture, masked] = [_decoded(working.worker.picture(camera)) for camera in ("open", "masked")]
    assert sorted(working.kinds("open")) == ["left", "left", "match", "unknown"]
    assert working.kinds("masked") == ["unknown", "left"]
    assert working.kinds("zoned") == ["match", "left"]
    assert {event.person.name for event in working.events if event.person} == {"Barack Obama"}
    # Nobody gets the unmasked picture, not even who asks for it.
    assert masked[:, :310].max() < 30 and picture[:, :310].max() > 200
    assert masked[:, 330:].max() > 200


def _decoded(jpeg: bytes | None) -> RgbImage:
    assert jpeg is not None
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def test_a_camera_that_hangs_ends_its_visits_and_others_go_on(people: Recognised, clip: list[Frame]) -> None:
    """A server hangs in the middle of its stream and comes back with the same people in its picture."""
    pictures = [encode_jpeg(frame.rgb) for frame in clip[::5]]
    with (
        MjpegServer(10, lambda number: pictures[number % len(pictures)]) as server,
        MjpegServer(10) as other,
        Working(networks().embedder, PeopleHolder(people)) as working,
    ):
        working.worker.add_camera(channel("door", gap_seconds=3.0), live("door", server.url))
        working.worker.add_camera(channel("gate"), live("gate", other.url))
        assert until(lambda: sorted(working.kinds("door")) == ["match", "unknown"], seconds=20)
        server.hanging.set()
        assert until(lambda: working.kinds("door")[2:] == ["left", "left"])
        assert until(lambda: not working.state("door").connected)
        assert "sent nothing for 3 seconds" in (working.state("door").last_error or "")
        assert working.worker.picture("door") is None
        before = working.state("gate")
        assert until(lambda: working.state("gate").frames_processed > before.frames_processed + 10)
        server.hanging.clear()
        assert until(lambda: sorted(working.kinds("door")[4:]) == ["match", "unknown"], seconds=20)
        assert working.state("door").connected and working.state("door").reconnects >= 1
        assert len({event.visit_id for event in working.events}) == 4
    assert [event.device.sequence for event in working.events] == list(range(1, len(working.events) + 1))


def live(camera_id: str, url: str) -> Callable[[], LiveCamera]:
    return partial(
        LiveCamera,
        url,
        camera_id=camera_id,
        clock=SystemClock(),
        patient=True,
        timeout_seconds=3.0,
        backoff=lambda failures: 0.1,
    )
