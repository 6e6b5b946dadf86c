"""MQTT brokers for tests: mosquitto where it is installed, else amqtt; killed and started again at will."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud_lambdas.local.broker import AMQTT, find_mosquitto, free_port

MOSQUITTO = find_mosquitto()

PATIENCE_SECONDS = 20.0
"""How long a broker may take until it listens, on a machine that is busy with other things."""


@dataclass(frozen=True)
class Access:
    """Who may connect, and how.

    Attributes:
        user, password: the one user, when anonymous ones are not wanted.
        authority, certificate, key: files for mutual TLS (mosquitto only): by whom the clients' certificates are
            signed, and the broker's own.
    """

    user: str | None = None
    password: str | None = None
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Broker:
    """A broker on a port of 127.0.0.1, which it keeps when it is killed and started again; a process of its own."""

    def __init__(self, folder: Path, access: Access = Access()) -> None:
        self._folder = folder
        self._access = access
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def _command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        """Listens when it returns."""
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.PIPE, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError((self._folder / "broker.log").read_text(errors="replace")) from None
                time.sleep(0.02)

    def kill(self) -> None:
        """Without a word to its clients; what it kept is kept or lost as it would be."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()


class Mosquitto(Broker):
    """Skips the test where it is not installed."""

    def __init__(self, folder: Path, access: Access = Access()) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        super().__init__(folder, access)

    def _command(self) -> list[str]:
        access, lines = self._access, [f"listener {self.port} 127.0.0.1", "allow_duplicate_messages false"]
        lines += ["persistence true", f"persistence_location {self._folder}/", "autosave_interval 1"]
        lines += ["autosave_on_changes true", "user root"]
        if access.certificate:
            lines += [f"cafile {access.authority}", f"certfile {access.certificate}", f"keyfile {access.key}"]
            lines += ["require_certificate true", "use_identity_as_username true"]
        if access.user:
            passwords = self._folder / "passwords"
            if not passwords.exists():
                maker = shutil.which("mosquitto_passwd") or "mosquitto_passwd"
                arguments = [maker, "-b", "-c", str(passwords), access.user, access.password or ""]
                subprocess.run(arguments, check=True, capture_output=True)
                passwords.chmod(0o600)
            lines.append(f"password_file {passwords}")
        else:
            lines.append("allow_anonymous true")
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        return [str(MOSQUITTO), "-c", str(configuration)]


class Amqtt(Broker):
    """In pure Python; what it keeps is in memory only."""

    def __init__(self, folder: Path, access: Access = Access()) -> None:
        super().__init__(folder, access)

    def _command(self) -> list[str]:
        plugins: dict[str, object] = {}
        if self._access.user:
            from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415 - comes with amqtt

            passwords = self._folder / "passwords"
            passwords.write_text(f"{self._access.user}:{Argon2Hasher().hash(self._access.password or '')}\n")
            plugins["amqtt.plugins.authentication.FileAuthPlugin"] = {"password_file": str(passwords)}
        else:
            plugins["amqtt.plugins.authentication.AnonymousAuthPlugin"] = {"allow_anonymous": True}
        listener = {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}
        configuration = {"listeners": {"default": listener}, "plugins": plugins}
        return [sys.executable, "-W", "ignore", "-c", AMQTT, json.dumps(configuration)]


def any_broker(folder: Path, access: Access = Access()) -> Broker:
    """The best that is installed."""
    return Mosquitto(folder, access) if MOSQUITTO else Amqtt(folder, access)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker without passwords, which runs."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with any_broker(folder) as running:
        yield running
