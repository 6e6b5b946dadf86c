"""The camera and the device: processes of their own, which end with the demo even if that is killed."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from argus.core.errors import UsageError

THING, CAMERA = "demo", "door"

_END_SECONDS = 10.0
"""The device's program takes 7 seconds at most."""


class DemoCamera:
    """A context manager: :mod:`argus.cli.demo.camera` runs within.

    Args:
        portraits: the folder with the pictures that the clip is made of.

    Attributes:
        address: what the device watches.
        seconds: how long the clip is; 0 until it is rendered.
    """

    def __init__(self, portraits: Path) -> None:
        self._portraits = portraits
        self.seconds = 0.0

    def __enter__(self) -> DemoCamera:
        command = [sys.executable, "-m", "argus.cli.demo.camera", str(self._portraits)]
        self._process = subprocess.Popen(
            command,
            bufsize=0,  # so that what was said and not yet read is seen by select()
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.address = self._line()
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def is_ready(self) -> bool:
        """Whether the clip is rendered."""
        assert self._process.stdout is not None
        if not self.seconds and select.select([self._process.stdout], [], [], 0)[0]:
            self.seconds = float(self._line().removeprefix("ready"))
        return self.seconds > 0

    def play(self, *, again: bool) -> None:
        """The clip from its beginning, once or over and over; it returns at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"again\n" if again else b"once\n")

    def _line(self) -> str:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise UsageError("the demo's camera ended for the reason above: run `argus doctor`")
        return line.decode().strip()


class DemoDevice:
    """A context manager: the device's program runs within, over MQTT, on a state folder of its own.

    Args:
        folder: for its configuration, state and log; it exists.
        environment: what leads it to the cloud.
    """

    def __init__(
        self, folder: Path, configuration: Mapping[str, Any], environment: Mapping[str, str], mqtt_port: int
    ) -> None:
        self._folder = folder
        self._configuration = configuration
        self._environment = environment
        self._mqtt_port = mqtt_port
        self.log = folder / "device.log"

    def __enter__(self) -> DemoDevice:
        configuration = self._folder / "device.json"
        configuration.write_text(json.dumps(self._configuration), encoding="utf-8")
        state = self._folder / "state"
        state.mkdir()
        program = [sys.executable, "-m", "argus.device", "--state", str(state), "--config", str(configuration)]
        program += ["--mqtt", f"127.0.0.1:{self._mqtt_port}", "--thing", THING]
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cloud_lambdas.local.tethered", *program],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**own, **self._environment},
                start_new_session=True,
            )
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._process.communicate()  # closes its input, which kills it

    def last_words(self) -> list[str]:
        """The last lines of its log, at least one."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:] or ["it said nothing"]

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()


def device_configuration(
    *, source: str, place: str, key: str, snapshots: str, preview_port: int | None
) -> dict[str, Any]:
    """What the demo's device is told.

    Args:
        source: of its camera.
        place: of the collection.
        key: whose signature it trusts, PEM.
        snapshots: where pictures go.
        preview_port: where the page with the live picture is served; None for no page.
    """
    preview = {"enabled": True, "port": preview_port} if preview_port is not None else {"enabled": False}
    return {
        "cameras": {CAMERA: {"source": source}},
        "collections": {"people": {"place": place, "keys": [key]}},
        # Short, so that somebody who comes back in the clip comes anew.
        "recognition": {"visit_gap_seconds": 4},
        # The cloud has its own, for all devices together.
        "alerts": {"cool_down_seconds": 0},
        "snapshots": {"keep": "all", "place": snapshots},
        "strangers": {"remember": True},
        "records": {"days": 0},
        "preview": preview,
        "status": {"interval_seconds": 5},
    }
