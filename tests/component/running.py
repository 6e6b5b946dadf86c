"""The component as a process, started by the recipe's script in the environment that a nucleus gives."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from argus.device.outbox.file import OUTBOX_FILE
from tests.component.deployed import Deployed

STOP_SECONDS = 30.0
"""A nucleus waits for longer, and then kills."""


@dataclass(frozen=True)
class Outboxed:
    """What the outbox's file says.

    Attributes:
        committed: events whose transaction was committed, ever; their numbers are 1 to this.
        waiting, dropped: events.
        snapshots: pictures that wait.
    """

    committed: int
    waiting: int
    dropped: int
    snapshots: int


def outboxed(state: Path) -> Outboxed:
    """What the outbox in a state folder holds now."""
    with closing(sqlite3.connect(state / OUTBOX_FILE, timeout=10)) as connection:
        (following,) = connection.execute("SELECT next_sequence FROM device").fetchone()
        queues = {row[0]: row[1:] for row in connection.execute("SELECT name, waiting, dropped FROM queues")}
    (waiting, dropped), (snapshots, _) = queues["events"], queues["snapshots"]
    return Outboxed(following - 1, waiting, dropped, snapshots)


class Component:
    """Starts and ends as Greengrass lets it: all its processes together.

    Attributes:
        work: the folder ``{work:path}``, which outlasts a run.
    """

    def __init__(self, deployed: Deployed, work: Path) -> None:
        self.work = work
        self._deployed = deployed
        self._process: subprocess.Popen[bytes] | None = None
        work.mkdir(exist_ok=True)

    def use_environment(self, prefix: Path = Path(sys.prefix)) -> None:
        """What the install script would end with, with the packages of a Python environment that is there."""
        (self.work / "venv").symlink_to(prefix)

    def install(self, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs the recipe's install script to its end."""
        return subprocess.run(
            ["/bin/sh", "-c", self._deployed.script("install", self.work)],
            cwd=self.work,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, environment: Mapping[str, str], before: tuple[str, ...] = ()) -> None:
        """Starts the recipe's run script.

        Args:
            environment: of the nucleus, and what else there is.
            before: a command that starts it.
        """
        assert self._process is None, "it runs already"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, "/bin/sh", "-c", self._deployed.script("run", self.work)],
                cwd=self.work,
                env=self._environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What all runs so far have written."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def runs(self) -> bool:
        """It was started, and has not ended by itself."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """The exit code, once it has ended by itself."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def stop(self) -> int:
        """Asks it to end (SIGTERM to all of it) and returns its exit code."""
        os.killpg(self.pid, signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL to all of it, if it runs."""
        if self._process is not None:
            if self.runs:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def outbox(self, state: Path | None = None) -> Outboxed:
        """What its outbox holds now.

        Args:
            state: its state folder, where it is not seen at the usual place.
        """
        return outboxed(state or self.work / "state")

    @property
    def _log(self) -> Path:
        return self.work / "log.txt"

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Nothing of this process's environment but what a nucleus running under systemd has."""
        return {
            "GGC_VERSION": "2.6.0",
            "HOME": str(self.work),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PWD": str(self.work),
            "SHELL": "/bin/sh",
            **environment,
        }
