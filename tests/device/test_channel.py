"""A camera's channel where no frame comes, and where zones are drawn; on a clock of the test's own."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from argus.core.events import VisitEvent
from argus.core.evidence import Schedule
from argus.core.ids import repeatable_ids
from argus.core.types import Box, Frame, Moment, RgbImage
from argus.core.zones import Area
from argus.device.channel import CameraChannel, Step
from argus.device.people import PeopleHolder
from argus.device.reporting import EventWriter
from tests.core.measures import NOON
from tests.device.squares import ADA, FPS, HERE, STRANGER, THERE, Film, LevelEmbedder, ada_enrolled, square_pipeline


class Camera:
    """A channel, and what it told."""

    def __init__(self) -> None:
        make_id = repeatable_ids("channel")
        self.channel = CameraChannel("porch", square_pipeline(make_id))
        self.events: list[VisitEvent] = []
        self._writer = EventWriter("laptop", "boot", make_id, clock_set=lambda: True)
        self._people = PeopleHolder(ada_enrolled())
        self._shown = 0
        self._picture: RgbImage = np.zeros((360, 640, 3), dtype=np.uint8)

    def show(self, squares: dict[Box, int], frames: int, at_seconds: float | None = None) -> None:
        """So many frames, from where the last ones ended or from ``at_seconds`` on."""
        if at_seconds is not None:
            self._shown = round(at_seconds * FPS)
        for frame in Film([squares] * frames).frames():
            self._observe(frame.rgb)

    def show_still(self, frames: int, at_seconds: float) -> None:
        """The last picture again and again, without any motion."""
        self._shown = round(at_seconds * FPS)
        for _ in range(frames):
            self._observe(self._picture)

    def _observe(self, rgb: RgbImage) -> None:
        number, at = self._shown, self._shown / FPS
        self._shown, self._picture = number + 1, rgb
        self.settle(self.channel.observe(Frame("porch", number, NOON + timedelta(seconds=at), at, rgb)))

    def tick(self, at_seconds: float) -> None:
        self.settle(self.channel.tick(Moment(self._shown - 1, at_seconds, NOON + timedelta(seconds=at_seconds))))

    def settle(self, step: Step) -> None:
        vectors = [LevelEmbedder().embed(pending.chips) for pending in step.looks]
        self.events += [told.event for told in self.channel.settle(step, vectors, self._people, self._writer)]

    def told(self) -> list[tuple[str, str | None]]:
        return [(event.kind, event.person.name if event.person else None) for event in self.events]


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_a_visit_ends_in_silence_when_it_was_last_seen(camera: Camera) -> None:
    camera.show({HERE: ADA}, 50)
    camera.tick(11.0)
    assert camera.told() == [("match", "Ada")]
    camera.tick(12.1)
    assert camera.told() == [("match", "Ada"), ("left", "Ada")]
    left = camera.events[-1]
    assert 44 <= left.span.last_frame <= 49 and left.device.monotonic_seconds == 12.1


def test_what_is_due_by_time_is_settled_in_silence(camera: Camera) -> None:
    camera.show({HERE: ADA}, 18)
    camera.tick(2.9)
    assert camera.told() == []
    camera.tick(3.1)
    assert camera.told() == [("match", "Ada")]


def test_who_was_not_decided_on_yet_is_when_the_silence_lasts(camera: Camera) -> None:
    camera.channel.pipeline.schedule = Schedule(patience_seconds=60.0)
    camera.show({HERE: STRANGER}, 18)
    camera.tick(9.0)
    assert camera.told() == []
    camera.tick(12.0)
    assert camera.told() == [("unknown", None), ("left", None)]


def test_whoever_stands_still_is_found_again_after_a_silence(camera: Camera) -> None:
    camera.show({HERE: ADA}, 50)
    camera.show_still(100, at_seconds=2.0)
    camera.tick(30.0)
    camera.show_still(100, at_seconds=30.5)
    assert camera.told() == [("match", "Ada"), ("left", "Ada"), ("match", "Ada")]
    assert len({event.visit_id for event in camera.events}) == 2


def test_a_slow_camera_loses_no_look_to_its_silences(camera: Camera) -> None:
    """A frame every four seconds: the patience of the first look is over before anything was seen twice."""
    for number in range(6):
        camera.show({HERE: ADA}, 1, at_seconds=4.0 * number)
        for second in (1, 2, 3):
            camera.tick(4.0 * number + second)
        if number == 1:
            assert camera.told() == [("match", "Ada")]
    assert camera.told() == [("match", "Ada")]


def test_a_silence_within_the_gap_ends_nothing(camera: Camera) -> None:
    camera.show({HERE: ADA}, 50)
    for second in range(3, 9):
        camera.tick(float(second))
    camera.show({HERE: ADA}, 50, at_seconds=9.0)
    assert camera.told() == [("match", "Ada")]


def test_only_faces_in_a_zone_count(camera: Camera) -> None:
    camera.channel.pipeline.zones = Area((((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))
    camera.show({HERE: ADA, THERE: STRANGER}, 100)
    assert camera.told() == [("match", "Ada")]
    assert {shown.box for shown in camera.channel.pipeline.shown(4.0)} == {HERE}


def test_who_leaves_the_zone_has_left(camera: Camera) -> None:
    camera.channel.pipeline.zones = Area((((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))
    camera.show({HERE: ADA}, 50)
    camera.show({THERE: ADA}, 300)
    assert camera.told() == [("match", "Ada"), ("left", "Ada")]
    assert camera.events[-1].span.last_frame < 52
