"""The pages with the live pictures come and go."""

from __future__ import annotations

import socket
import urllib.request
from datetime import datetime, timezone

import pytest

from argus.core.errors import UsageError
from argus.core.status import CameraState
from argus.device.channel import CameraChannel
from argus.device.compose import build_pipeline, random_id
from argus.device.people import PeopleHolder
from argus.device.program.previews import Previews
from argus.device.settings.model import PreviewSettings
from cloud_lambdas.local.broker import free_port
from tests.rehearsed import networks, nobody

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)


class Clock:
    seconds = 100.0

    def now(self) -> datetime:
        return NOW

    def monotonic_seconds(self) -> float:
        return self.seconds


def channel(camera_id: str) -> CameraChannel:
    pipeline = build_pipeline(networks(), random_id, false_alarm_rate=0.01, min_face_px=40, visit_gap_seconds=10.0)
    return CameraChannel(camera_id, pipeline)


def is_served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            return b"<title>" in page.read()
    except OSError:
        return False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def previews(clock: Clock) -> Previews:
    state = CameraState("door", True, NOW, 1, 0, 1, 0, None)
    return Previews(PeopleHolder(nobody()), lambda: [state], clock)


def test_pages_are_there_while_they_are_configured(previews: Previews) -> None:
    port, door, yard = free_port(), channel("door"), channel("yard")
    previews.configured(PreviewSettings(enabled=False, port=port), [door])
    assert not is_served(port) and door.observers == []
    previews.configured(PreviewSettings(enabled=True, port=port), [door])
    (feed,) = door.observers
    assert is_served(port)
    previews.configured(PreviewSettings(enabled=True, port=port), [door])
    assert door.observers == [feed]  # nothing has changed
    previews.configured(PreviewSettings(enabled=True, port=port), [yard])
    assert is_served(port) and door.observers == [] and len(yard.observers) == 1
    previews.close()
    assert not is_served(port) and yard.observers == []


def test_a_command_shows_them_for_some_minutes(previews: Previews, clock: Clock) -> None:
    port, door = free_port(), channel("door")
    previews.configured(PreviewSettings(enabled=False, port=port), [door])
    assert previews.show(1.0) == {"door": port} and is_served(port)
    clock.seconds += 59
    previews.tick()
    assert is_served(port)
    other = channel("door")
    previews.configured(PreviewSettings(enabled=False, port=port), [other])  # the camera began anew
    assert is_served(port) and door.observers == []
    clock.seconds += 1
    previews.tick()
    assert not is_served(port)
    previews.show(1.0)
    previews.hide()
    assert not is_served(port)


def test_a_port_that_somebody_has_is_said_and_ends_nothing(
    previews: Previews, caplog: pytest.LogCaptureFixture
) -> None:
    door, yard = channel("door"), channel("yard")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        previews.configured(PreviewSettings(enabled=True, port=port), [door, yard])
        assert "another program has it" in caplog.text and door.observers == []
        with pytest.raises(UsageError, match="another program has it"):
            previews.show(1.0)
