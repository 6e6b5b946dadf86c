"""From a device's settings to what the worker is given."""

from __future__ import annotations

from argus.core.ports import Clock
from argus.core.zones import Area
from argus.device.adapters.open_source import open_source
from argus.device.adapters.status import ReportingSource
from argus.device.channel import CameraChannel
from argus.device.compose import build_pipeline, random_id
from argus.device.inference.reader import SourceOpener
from argus.device.settings.model import CameraSettings, RecognitionSettings
from argus.vision.images import read_image
from argus.vision.networks import Networks


def build_channel(
    camera: CameraSettings, recognition: RecognitionSettings, networks: Networks, *, keeps_portraits: bool = False
) -> CameraChannel:
    """A camera's state at its beginning.

    Args:
        keeps_portraits: whether the sink is to be given pictures of whom was seen.
    """
    pipeline = build_pipeline(
        networks,
        random_id,
        false_alarm_rate=recognition.false_alarm_rate,
        min_face_px=camera.min_face_px,
        visit_gap_seconds=recognition.visit_gap_seconds,
        zones=Area(camera.zones),
        keeps_portraits=keeps_portraits,
    )
    return CameraChannel(camera.id, pipeline)


def source_opener(camera: CameraSettings, clock: Clock) -> SourceOpener:
    """Opens the camera, patiently, at its rate and with its masks."""

    def opened() -> ReportingSource:
        return open_source(
            camera.source,
            camera_id=camera.id,
            clock=clock,
            decode_image=read_image,
            loop=camera.loop,
            patient=True,
            rate=camera.rate,
            masks=Area(camera.masks),
        )

    return opened
