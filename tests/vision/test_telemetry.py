"""Nothing leaves the device: not even by way of a library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_runtime_keeps_no_id_of_the_machine(tmp_path: Path) -> None:
    """What its telemetry does first is to write one below the home."""
    program = "import argus.vision.onnx_session"
    # A build server's variables would keep it quiet by themselves.
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert list(tmp_path.rglob("*")) == []
