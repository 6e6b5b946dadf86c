"""A function for one event in a process of its own: ``python -m tests.cloud.once sightings < event.json``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from argus.storage.failpoints import VARIABLE
from tests.cloud.calls import call


def killed_at(failpoint: str, function: str, environment: Mapping[str, str], event: Mapping[str, Any]) -> int:
    """The exit code of such a process that ends at the failpoint."""
    return subprocess.run(
        [sys.executable, "-m", "tests.cloud.once", function],
        input=json.dumps(event).encode(),
        env={**os.environ, **environment, VARIABLE: failpoint},
        stdout=subprocess.DEVNULL,
        check=False,
    ).returncode


if __name__ == "__main__":
    handler = import_module(f"cloud_lambdas.{sys.argv[1]}.handler").handler
    json.dump(handler(json.load(sys.stdin), call()), sys.stdout)
