"""The worker's cameras follow the settings, and go on where they need not begin anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from argus.core.events import VisitEvent
from argus.core.types import Frame
from argus.device.adapters.clock import SystemClock
from argus.device.pipeline import SettledLook, Shown
from argus.device.program.cameras import Cameras
from argus.device.settings.model import CameraSettings, RecognitionSettings, Settings, SnapshotSettings
from tests.device.inference.working import Working
from tests.rehearsed import networks
from tests.waiting import until


class Nobody:
    """Follows a camera and does nothing."""

    def looked(self, look: SettledLook) -> None:
        pass

    def told(self, event: VisitEvent) -> None:
        pass

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        pass


def test_only_what_has_to_begins_anew(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (64, 48)).save(tmp_path / f"{number}.png")
    door, gate = (CameraSettings(camera_id, str(tmp_path), loop=True) for camera_id in ("door", "gate"))
    settings = Settings(cameras=(door, gate))
    with Working() as working:
        cameras = Cameras(working.worker, networks(), SystemClock(), lambda camera_id: Nobody())
        assert not cameras.configured(settings, ready=False)
        assert [state.connected for state in cameras.states()] == [False, False]
        assert cameras.configured(settings, ready=True)
        assert until(lambda: all(state.connected for state in cameras.states()))
        before, since = cameras.channels, [state.since for state in cameras.states()]

        recognition = RecognitionSettings(false_alarm_rate=0.05, visit_gap_seconds=30.0)
        snapshots = SnapshotSettings(keep="all", place=str(tmp_path))
        assert not cameras.configured(replace(settings, recognition=recognition, snapshots=snapshots), ready=True)
        assert cameras.channels == before and [state.since for state in cameras.states()] == since
        for channel in cameras.channels:
            pipeline = channel.pipeline
            assert (pipeline.false_alarm_rate, pipeline.book.gap_seconds, pipeline.keeps_portraits) == (
                0.05,
                30.0,
                True,
            )

        masked = replace(gate, masks=(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),))
        assert cameras.configured(Settings(cameras=(door, masked)), ready=True)
        assert cameras.channels[0] is before[0] and cameras.channels[1] is not before[1]
        assert cameras.configured(Settings(cameras=(masked,)), ready=True)
        assert [state.id for state in cameras.states()] == ["gate"]
