"""The MQTT broker, a process of its own on 127.0.0.1 and open to everybody there: mosquitto, or else amqtt."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from argus.core.errors import UsageError

_HOST = "127.0.0.1"

_PATIENCE_SECONDS = 20.0
"""How long it may take until it listens, on a machine that is busy with other things."""

AMQTT = """
import asyncio, json, sys
from amqtt.broker import Broker

async def main():
    broker = Broker(json.loads(sys.argv[1]))
    await broker.start()
    await asyncio.to_thread(sys.stdin.read)  # ends with whoever started it
    await broker.shutdown()

asyncio.run(main())
"""
"""A program that runs amqtt with the configuration that it is given, until its input ends."""


def find_mosquitto() -> str | None:
    """Where mosquitto is; distributions keep it where only root's path leads."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class LocalBroker:
    """A context manager: it listens within.

    Args:
        folder: for its own files.
        port: 0 takes one that is free.
        mosquitto: its program; None takes amqtt.

    Attributes:
        port: stays over a restart.
        name: which of the two it is.
    """

    def __init__(self, folder: Path, port: int = 0, *, mosquitto: str | None) -> None:
        self._folder = folder
        self._mosquitto = mosquitto
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()
        self.name = "mosquitto" if mosquitto else "amqtt"

    def start(self) -> None:
        """Listens when it returns; raises UsageError where it does not."""
        try:
            socket.create_server((_HOST, self.port)).close()
        except OSError as error:
            raise UsageError(f"the broker cannot have port {self.port}: {error.strerror}; choose another") from error
        log = self._folder / "broker.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection((_HOST, self.port)).close()
                break
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    reason = log.read_text(errors="replace").strip().rpartition("\n")[2]
                    raise UsageError(f"the broker does not start on port {self.port}: {reason}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Safe to call twice."""
        if self._process is not None:
            self._process.communicate()  # closes the pipe, which ends it
            self._process = None

    def __enter__(self) -> LocalBroker:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _command(self) -> list[str]:
        if self._mosquitto is None:
            plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
            listener = {"type": "tcp", "bind": f"{_HOST}:{self.port}"}
            configuration = {"listeners": {"default": listener}, "plugins": plugins}
            return [sys.executable, "-W", "ignore", "-c", AMQTT, json.dumps(configuration)]
        lines = [
            f"listener {self.port} {_HOST}",
            "allow_anonymous true",
            "allow_duplicate_messages false",
            "max_queued_messages 0",  # no limit: whoever waits for a restarted device must not lose one
            # What is retained and what waits for devices outlasts a restart of the broker within one run.
            "persistence true",
            f"persistence_location {self._folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            "user root",  # read by nobody but root, who would lose the right to the folder
        ]
        path = self._folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return [sys.executable, "-m", "cloud_lambdas.local.tethered", self._mosquitto, "-c", str(path)]


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens to at the moment."""
    with socket.create_server((_HOST, 0)) as listener:
        return int(listener.getsockname()[1])
