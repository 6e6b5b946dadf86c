"""The command line of the device's program, the same for ``python -m argus.device`` and ``argus device``.

Nothing that takes time to import is imported here.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from argus.core.errors import UsageError

SUMMARY = "recognise people in cameras, all the time, and tell the cloud"

DESCRIPTION = """\
The program of a device: watches the configured cameras, keeps its collections up to date, and publishes one
event a visit, each until the cloud acknowledges it. Under Greengrass it takes its configuration and its way to
the cloud from the nucleus; elsewhere from a file (JSON, with the keys of the component's configuration) and
over MQTT 3.1.1. Changes of either are taken while it runs.
Ends at SIGTERM or Ctrl-C with all visits told of and written. Exit codes: 0 asked to end; 1 a bug, or it cannot
begin; 2 wrong use; 75 the way to the cloud is lost and it is to be started again."""

EXAMPLES = (
    "--state state --config device.json --mqtt localhost:1883 --thing hall",
    "--state state --config device.json --mqtt broker.local:8883 --thing hall --ca ca.pem --user hall"
    " --password-file password",
    "--state state --config device.json --mqtt abc-ats.iot.eu-central-1.amazonaws.com:8883 --thing hall"
    " --cert hall.pem --key hall.key",
    "--state state --config device.json --check",
)


@dataclass(frozen=True)
class Options:
    """What the program was started with; see :func:`add_options`."""

    state: Path | None = None
    config: Path | None = None
    mqtt: tuple[str, int] | None = None
    thing: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    user: str | None = None
    password_file: Path | None = None
    insecure_plain: bool = False
    check: bool = False
    json: bool = False

    def __post_init__(self) -> None:
        of_mqtt = (self.certificate, self.key, self.authority, self.user, self.password_file, self.insecure_plain)
        if self.mqtt is None and any(of_mqtt):
            raise UsageError("certificates, passwords and --insecure-plain are for a broker: name it with --mqtt")
        if self.mqtt is not None and self.config is None and not self.check:
            raise UsageError("without a nucleus the configuration comes from a file: name it with --config")


def add_options(parser: argparse.ArgumentParser) -> None:
    """All options, for :func:`read_options`."""
    parser.add_argument(
        "--state", type=Path, metavar="DIR",
        help="where everything is kept that outlasts a restart (default: $ARGUS_STATE, or else ~/.local/state/argus)",
    )  # fmt: skip
    parser.add_argument(
        "--config", type=Path, metavar="FILE",
        help="the configuration, instead of the nucleus's; read again when it changes, and at SIGHUP",
    )  # fmt: skip
    parser.add_argument(
        "--check", action="store_true", help="only look whether it can run: models, state, configuration"
    )
    parser.add_argument(
        "--json", action="store_true",
        help="log one JSON object a line, whatever the configuration says; with --check one a finding",
    )  # fmt: skip
    broker = parser.add_argument_group("without a nucleus")
    broker.add_argument("--mqtt", metavar="HOST:PORT", help="publish over MQTT at this broker; 8883 with TLS is usual")
    broker.add_argument(
        "--thing", metavar="NAME",
        help="the device's thing name, also its client id (default: $AWS_IOT_THING_NAME, or else the host's name)",
    )  # fmt: skip
    broker.add_argument("--cert", type=Path, metavar="FILE", help="the device's certificate (PEM), with --key")
    broker.add_argument("--key", type=Path, metavar="FILE", help="its private key (PEM)")
    broker.add_argument(
        "--ca", type=Path, metavar="FILE", help="who signed the broker's certificate (default: the system's)"
    )
    broker.add_argument("--user", metavar="NAME", help="the broker's user, with --password-file")
    broker.add_argument("--password-file", type=Path, metavar="FILE", help="holds the password, on its first line")
    broker.add_argument(
        "--insecure-plain", action="store_true",
        help="without TLS also to another machine: everybody on the way can read and change everything",
    )  # fmt: skip


def read_options(arguments: argparse.Namespace) -> Options:
    """What the command line says.

    Raises:
        UsageError: options do not go together.
    """
    return Options(
        state=arguments.state,
        config=arguments.config,
        mqtt=None if arguments.mqtt is None else _address(arguments.mqtt),
        thing=arguments.thing,
        certificate=arguments.cert,
        key=arguments.key,
        authority=arguments.ca,
        user=arguments.user,
        password_file=arguments.password_file,
        insecure_plain=arguments.insecure_plain,
        check=arguments.check,
        json=arguments.json,
    )


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise UsageError(f"--mqtt is HOST:PORT, such as broker.local:8883, not {text!r}")
    return host, int(port)
