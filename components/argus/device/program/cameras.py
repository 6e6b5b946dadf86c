"""The configured cameras: which of them the worker has, and how they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from argus.core.ports import Clock
from argus.core.status import CameraState
from argus.core.zones import Area
from argus.device.adapters.open_source import open_source
from argus.device.adapters.status import ReportingSource
from argus.device.channel import CameraChannel, WatchObserver
from argus.device.compose import build_pipeline, random_id
from argus.device.inference.worker import InferenceWorker
from argus.device.settings.model import CameraSettings, RecognitionSettings, Settings
from argus.vision.images import read_image
from argus.vision.networks import Networks

WAITING = "It waits for the first version of the collections."


class Cameras:
    """Brings the worker's cameras in line with the settings; :meth:`states` is for any thread, the rest for one.

    Args:
        observer: makes who follows a camera of that id from its beginning.
    """

    def __init__(
        self, worker: InferenceWorker, networks: Networks, clock: Clock, observer: Callable[[str], WatchObserver]
    ) -> None:
        self._worker = worker
        self._networks = networks
        self._clock = clock
        self._observer = observer
        self._wanted: tuple[CameraSettings, ...] = ()
        self._running: dict[str, tuple[CameraSettings, CameraChannel]] = {}
        self._seen: dict[str, CameraState] = {}
        self._since = clock.now()

    @property
    def channels(self) -> tuple[CameraChannel, ...]:
        """Of the cameras that run, in the order of the configuration."""
        return tuple(self._running[camera.id][1] for camera in self._wanted if camera.id in self._running)

    def configured(self, settings: Settings, *, ready: bool) -> bool:
        """Adds, removes and replaces cameras, so that those of ``settings`` run; whether anything changed.

        Args:
            ready: whether cameras may begin; until then those that run go on.
        """
        self._wanted = settings.cameras
        changed = False
        for camera_id in self._running.keys() - {camera.id for camera in settings.cameras}:
            self._worker.remove_camera(camera_id)
            del self._running[camera_id]
            changed = True
        keeps = settings.snapshots.keep != "none"
        for camera in settings.cameras:
            running = self._running.get(camera.id)
            if running is not None and running[0] == camera:
                # Its visits go on.
                pipeline = running[1].pipeline
                pipeline.keeps_portraits = keeps
                pipeline.false_alarm_rate = settings.recognition.false_alarm_rate
                pipeline.book.gap_seconds = settings.recognition.visit_gap_seconds
            elif running is not None or ready:
                channel = self._channel(camera, settings.recognition, keeps_portraits=keeps)
                self._worker.add_camera(channel, self._opener(camera))
                self._running[camera.id] = (camera, channel)
                changed = True
        return changed

    def states(self) -> tuple[CameraState, ...]:
        """How the configured cameras are, those that have not begun included."""
        states = {state.id: state for state in self._worker.states()}
        self._seen |= states
        return tuple(states.get(camera.id) or self._without_worker(camera.id) for camera in self._wanted)

    def _without_worker(self, camera_id: str) -> CameraState:
        """As it was before the worker let it go, at the program's end; else it has not begun."""
        seen = self._seen.get(camera_id) if camera_id in self._running else None
        if seen is not None:
            return replace(seen, connected=False)
        return CameraState(camera_id, False, self._since, 0, 0, 0, 0, WAITING)

    def _channel(
        self, camera: CameraSettings, recognition: RecognitionSettings, *, keeps_portraits: bool
    ) -> CameraChannel:
        pipeline = build_pipeline(
            self._networks,
            random_id,
            false_alarm_rate=recognition.false_alarm_rate,
            min_face_px=camera.min_face_px,
            visit_gap_seconds=recognition.visit_gap_seconds,
            zones=Area(camera.zones),
            keeps_portraits=keeps_portraits,
        )
        return CameraChannel(camera.id, pipeline, [self._observer(camera.id)])

    def _opener(self, camera: CameraSettings) -> Callable[[], ReportingSource]:
        def opened() -> ReportingSource:
            return open_source(
                camera.source,
                camera_id=camera.id,
                clock=self._clock,
                decode_image=read_image,
                loop=camera.loop,
                patient=True,
                rate=camera.rate,
                masks=Area(camera.masks),
            )

        return opened
