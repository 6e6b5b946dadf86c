"""The heartbeat: regular, at once at changes, and what it says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from argus.core.instants import Instant
from argus.core.status import (
    CameraState,
    CollectionState,
    ConfigurationState,
    DeviceStatus,
    QueueState,
    decode_status,
)
from argus.device.program.heartbeat import Heartbeat, Vitals, collection_state
from argus.device.sync.status import SyncStatus
from argus.device.transport import TransportError

NOW = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
CAMERA = CameraState("door", True, NOW, 10, 0, 10, 0, None)
COLLECTION = CollectionState("staff", "v1", 1, "m", 3, 1.0, None)


@dataclass
class Device:
    """What the heartbeat asks, and its clock, too."""

    camera: CameraState = CAMERA
    collection: CollectionState = COLLECTION
    refused: str | None = None
    silent: bool = False
    seconds: float = 100.0
    refuses: bool = False
    sent: list[tuple[float, DeviceStatus]] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def monotonic_seconds(self) -> float:
        return self.seconds

    def publish(self, message: bytes) -> None:
        if self.refuses:
            raise TransportError("not now")
        self.sent.append((self.seconds, decode_status(message)))

    def heartbeat(self) -> Heartbeat:
        vitals = Vitals(
            cameras=lambda: (self.camera,),
            collections=lambda: (self.collection,),
            configuration=lambda: ConfigurationState("c1", self.refused),
            latency=lambda: None,
            silent=lambda: self.silent,
            queues=lambda instant: (QueueState(1, 2.0, 3, 4), QueueState(0, None, 0, 0)),
        )
        return Heartbeat(
            "hall",
            "mqtt",
            vitals,
            publish=self.publish,
            interval_seconds=lambda: 60.0,
            clock=self,
            instant=lambda: Instant(NOW, "boot", self.seconds, clock_set=True),
        )

    def lives(self, heartbeat: Heartbeat, seconds: int) -> None:
        """Lets so many seconds pass, with a beat in each."""
        for _ in range(seconds):
            heartbeat.beat()
            self.seconds += 1


def test_it_beats_at_the_start_and_every_interval() -> None:
    device = Device()
    device.lives(device.heartbeat(), 130)
    assert [at for at, _ in device.sent] == [100, 160, 220]
    _, status = device.sent[1]
    assert (status.thing, status.state, status.uptime_seconds, status.next_within_seconds) == (
        "hall",
        "running",
        60,
        120,
    )
    assert (status.events.waiting, status.boot_id, status.clock_set) == (1, "boot", True)
    assert status.memory_mb > 10


def test_a_change_is_told_at_once_and_flapping_is_not_told_each_time() -> None:
    device = Device()
    heartbeat = device.heartbeat()
    device.lives(heartbeat, 10)
    device.camera = replace(CAMERA, connected=False, last_error="it is lost")
    device.lives(heartbeat, 1)
    assert [(at, status.state) for at, status in device.sent] == [(100, "running"), (110, "degraded")]
    for _ in range(5):
        device.camera = CAMERA
        device.lives(heartbeat, 1)
        device.camera = replace(CAMERA, connected=False, last_error="it is lost")
        device.lives(heartbeat, 1)
    assert len(device.sent) <= 4
    frames = replace(device.camera, frames_read=99)
    before = len(device.sent)
    device.lives(heartbeat, 6)
    device.camera = frames
    device.lives(heartbeat, 20)
    assert len(device.sent) <= before + 1  # more frames are no news


def test_what_makes_a_device_degraded() -> None:
    for name, value in {
        "camera": replace(CAMERA, connected=False, last_error="it is lost"),
        "collection": replace(COLLECTION, last_error="refused"),
        "refused": "cameras: must be a list",
        "silent": True,
    }.items():
        assert Device(**{name: value}).heartbeat().status("running").state == "degraded", name  # type: ignore[arg-type]
    assert Device(collection=replace(COLLECTION, version=None)).heartbeat().status("running").state == "degraded"
    ended = replace(CAMERA, connected=False)  # a file that was played has ended well
    assert Device(camera=ended).heartbeat().status("running").state == "running"


def test_what_is_not_taken_is_tried_again_at_the_next_beat() -> None:
    device = Device(refuses=True)
    heartbeat = device.heartbeat()
    device.lives(heartbeat, 3)
    device.refuses = False
    device.lives(heartbeat, 3)
    assert [at for at, _ in device.sent] == [103]


def test_the_last_one_says_that_it_is_the_last() -> None:
    device, stop = Device(), threading.Event()
    stop.set()
    device.heartbeat().run(stop)
    assert [status.state for _, status in device.sent] == ["stopping"]


def test_a_collection_is_called_as_the_configuration_does() -> None:
    instant = Instant(NOW, "boot", 0.0)
    nothing = collection_state("staff", SyncStatus("s3://there", last_error="it cannot be reached"), instant)
    assert nothing == CollectionState("staff", None, None, None, 0, None, "it cannot be reached")
    confirmed = NOW - timedelta(seconds=5)
    there = SyncStatus("s3://there", "x", "v1", 4, NOW, 7, confirmed, None, "no right to write")
    state = collection_state("staff", there, instant)
    assert (state.version, state.sequence, state.people, state.age_seconds) == ("v1", 4, 7, 5.0)
    assert state.last_error == "no right to write"
