"""The double seen from a test: started, told what to do, killed, and started again."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class NucleusProcess:
    """A context manager; arguments as :class:`tests.nucleus.server.Options`, of which ``folder`` is its own.

    Attributes:
        environment: of a component, for the nucleus's present run.
    """

    def __init__(self, defaults: dict[str, Any], **options: Any) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nucleus-")
        self._options = {"folder": self._folder.name, "defaults": defaults, **options}
        self._process: subprocess.Popen[str] | None = None
        self.environment: dict[str, str] = {}

    def start(self) -> None:
        """Listens when it returns. Configuration is as it was; whoever was connected needs the new environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nucleus", json.dumps(self._options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.environment = self._answer()

    def kill(self) -> None:
        """At once, with everything that was only in memory."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def tell(self, command: str, **arguments: Any) -> Any:
        """One of the commands of :class:`tests.nucleus.server.Nucleus`."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps([command, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    def __enter__(self) -> NucleusProcess:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()
        self._folder.cleanup()

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nucleus ended by itself; its error output says why")
        answer: dict[str, Any] = json.loads(line)
        return answer
