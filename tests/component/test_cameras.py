"""Several cameras, one of which hangs and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argus.core.status import CameraState
from argus.device.jpeg import encode_jpeg
from tests.component.clips import busy_frames
from tests.component.conftest import Sited
from tests.component.site import Site
from tests.device.mjpeg_server import MjpegServer


def camera(made: Site, name: str) -> CameraState | None:
    """As the newest status says."""
    return next((one for status in made.cloud.statuses[-1:] for one in status.cameras if one.id == name), None)


def connected(made: Site, name: str) -> bool:
    found = camera(made, name)
    return found is not None and found.connected


def test_a_camera_that_hangs_keeps_no_other_back_and_returns(
    site: Sited, configuration: dict[str, Any], portraits: Path
) -> None:
    jpegs = [encode_jpeg(rgb) for rgb in busy_frames(portraits)]
    with MjpegServer(50.0, lambda number: jpegs[number % len(jpegs)]) as door:
        cameras = {**configuration["cameras"], "door": {"source": door.url, "min_face_px": 60}}
        made = site({**configuration, "cameras": cameras})
        made.start()
        assert made.comes_true(lambda: made.cloud.cameras == {"hall", "door"})
        assert made.comes_true(lambda: connected(made, "door"))

        door.hanging.set()
        assert made.comes_true(lambda: not connected(made, "door"))
        found = camera(made, "door")
        assert found is not None and found.last_error is not None
        before = len(made.cloud.events)
        assert made.comes_true(lambda: len(made.cloud.events) >= before + 4)
        assert {event.camera for event in list(made.cloud.events.values())[before + 2 :]} == {"hall"}

        door.hanging.clear()
        assert made.comes_true(lambda: connected(made, "door"))
        before = len(made.cloud.events)
        assert made.comes_true(lambda: "door" in {one.camera for one in list(made.cloud.events.values())[before:]})
        made.drain()
        made.assert_all_arrived()
