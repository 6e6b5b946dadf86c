"""The program as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

THING = "hall"

PATIENCE_SECONDS = 40.0
"""For something that takes a few seconds on a machine that has nothing else to do."""

AS_USUAL = ("-m", "argus.device")


class Device:
    """A context manager, at whose end the program is killed if it runs still.

    Args:
        folder: holds ``state``, ``device.json`` and ``log.txt``.
        arguments: of the program, beside the state folder; ``{folder}`` stands for the folder.

    Attributes:
        environment: of a nucleus.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._arguments = [argument.format(folder=folder) for argument in arguments]
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)

    def configure(self, configuration: Any) -> None:
        """Replaces the file at once, as editors and deployments do."""
        new = self.folder / "device.json.new"
        new.write_text(configuration if isinstance(configuration, str) else json.dumps(configuration))
        new.replace(self.folder / "device.json")

    def start(self, program: tuple[str, ...] = AS_USUAL) -> None:
        """Starts it; ``program`` are the arguments of Python that do."""
        arguments = ["--state", str(self.folder / "state"), *self._arguments]
        environment = {**os.environ, **self.environment}
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *program, *arguments], stdout=log, stderr=log, env=environment
            )

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self._process is not None and self._process.poll() is None, f"it ended before {what}\n{self.log}"
            assert time.monotonic() < deadline, f"no {what}\n{self.log}"
            time.sleep(0.02)

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if exception[0] is not None:
            print(self.log)
