"""The device's program as a process, over MQTT, following the cloud's collection with its key trusted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from argus.storage.folder import write_whole
from tests.component.clips import GAP_SECONDS
from tests.component.running import Outboxed, outboxed
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.gate import Gate
from tests.end_to_end.waiting import eventually

_END_SECONDS = 60.0

_BEGUN = "argus.device.program.program: argus"
"""What its log says when it has begun."""


class Device:
    """A context manager: one device, whose state outlasts its process.

    Args:
        cameras: of its configuration.

    Attributes:
        gate: through which it reaches AWS.
    """

    def __init__(self, folder: Path, thing: str, cloud: Cloud, cameras: Mapping[str, Any]) -> None:
        folder.mkdir()
        self.gate = Gate(cloud.environment["AWS_ENDPOINT_URL"], {})
        self.thing = thing
        self._folder = folder
        self._cloud = cloud
        self._process: subprocess.Popen[bytes] | None = None
        self.configure(cameras)

    def __enter__(self) -> Device:
        self.gate.__enter__()
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()
        self.gate.__exit__(*exception)
        if exception[0] is not None:
            print(f"the device wrote:\n{self.log[-4000:]}")

    def configure(self, cameras: Mapping[str, Any]) -> None:
        """From now on these cameras; while it runs, it looks at its configuration again and again."""
        outputs = self._cloud.outputs
        configuration = {
            "cameras": dict(cameras),
            "collections": {
                "people": {
                    "place": f"s3://{outputs['CollectionsBucket']}/collections/people",
                    "keys": [_public_key(self._cloud)],
                }
            },
            "recognition": {"visit_gap_seconds": GAP_SECONDS},
            "snapshots": {"keep": "all", "place": f"s3://{outputs['SnapshotsBucket']}"},
            "alerts": {"cool_down_seconds": 0},
            "records": {"days": 0},
            "status": {"interval_seconds": 5},
        }
        write_whole(self._folder / "device.json", json.dumps(configuration).encode())

    @property
    def log(self) -> str:
        """What all its processes have written."""
        return (self._folder / "log.txt").read_text(encoding="utf-8", errors="replace")

    @property
    def outbox(self) -> Outboxed:
        """What its outbox holds now."""
        return outboxed(self._folder / "state")

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """It has begun when this returns."""
        path = self._folder / "log.txt"
        begun = self.log.count(_BEGUN) if path.exists() else 0
        command = [sys.executable, "-m", "argus.device", "--state", str(self._folder / "state")]
        command += ["--config", str(self._folder / "device.json")]
        command += ["--mqtt", f"127.0.0.1:{self._cloud.broker.port}", "--thing", self.thing]
        with path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._cloud.environment, "AWS_ENDPOINT_URL": self.gate.url},
                start_new_session=True,
            )
        assert eventually(lambda: self.log.count(_BEGUN) > begun or not self.runs)
        assert self.runs, self.log[-2000:]

    def stop(self) -> None:
        """It is asked to end."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(_END_SECONDS) == 0
        self._process = None

    def kill(self) -> None:
        """All its processes end where they are."""
        if self._process is not None:
            if self.runs:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def _public_key(cloud: Cloud) -> str:
    """What signs the collection, as a device is told to trust it."""
    found = cloud.aws.client("kms").get_public_key(KeyId=cloud.outputs["SigningKeyArn"])["PublicKey"]
    return load_der_public_key(found).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
