"""What differs from place to place: Greengrass, or a broker and a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from argus.core.errors import UsageError
from argus.core.topics import thing_name
from argus.device.program.configuration import read_file
from argus.device.program.options import Options
from argus.device.thing import default_thing
from argus.device.transport import Transport, TransportError

_log = logging.getLogger(__name__)

SOCKET_VARIABLE = "AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT"
"""A nucleus sets it for its components."""


@dataclass(frozen=True)
class Surroundings:
    """Where the program runs.

    Attributes:
        transport: the way to the cloud.
        kind: which.
        thing: the device's thing name.
        read: brings the configuration; see :class:`argus.device.program.configuration.Configuration`.
        file: that of the configuration, when it is one.
        listen: given a function, calls it from then on when the configuration may have changed; None: nobody tells.
        report_running: tells the nucleus that the program does its work; None: there is none.
    """

    transport: Transport
    kind: Literal["greengrass", "mqtt"]
    thing: str
    read: Callable[[], object]
    file: Path | None = None
    listen: Callable[[Callable[[], None]], None] | None = None
    report_running: Callable[[], None] | None = None


def surroundings(options: Options, environment: Mapping[str, str] = os.environ) -> Surroundings:
    """Connects to the nucleus, or begins to connect to the broker.

    Raises:
        UsageError: there is neither, or what is named cannot be used.
        TransportLost: the nucleus does not answer.
    """
    thing = _thing(options)
    if options.mqtt is not None:
        return _at_a_broker(options, thing)
    if SOCKET_VARIABLE not in environment:
        raise UsageError("this is not run by a Greengrass nucleus: name a broker with --mqtt HOST:PORT and a --config")
    return _at_a_nucleus(options, thing)


def _thing(options: Options) -> str:
    try:
        return thing_name(options.thing) if options.thing is not None else default_thing()
    except ValueError as error:
        raise UsageError(f"--thing: {error}") from error


def _at_a_nucleus(options: Options, thing: str) -> Surroundings:
    from argus.device.adapters.greengrass import GreengrassTransport  # noqa: PLC0415 - takes time, not always needed
    from argus.device.adapters.greengrass_ipc import NucleusConnection  # noqa: PLC0415
    from argus.device.adapters.greengrass_nucleus import GreengrassNucleus  # noqa: PLC0415

    connection = NucleusConnection()
    nucleus = GreengrassNucleus(connection)
    file = options.config
    return Surroundings(
        GreengrassTransport(connection),
        "greengrass",
        thing,
        nucleus.get_configuration if file is None else lambda: read_file(file),
        file,
        nucleus.on_configuration_change if file is None else None,
        lambda: nucleus.report_state("RUNNING"),
    )


def _at_a_broker(options: Options, thing: str) -> Surroundings:
    from argus.device.adapters.mqtt import MqttTransport  # noqa: PLC0415
    from argus.device.adapters.mqtt_access import MqttAccess  # noqa: PLC0415

    assert options.mqtt is not None and options.config is not None, "options go together"
    host, port = options.mqtt
    access = MqttAccess(
        host,
        port,
        thing,
        certificate=options.certificate,
        key=options.key,
        authority=options.authority,
        user=options.user,
        password_file=options.password_file,
        plain=options.insecure_plain,
    )
    transport, file = MqttTransport(access), options.config
    try:
        transport.connect()
    except TransportError as error:
        _log.warning("%s; trying on", error)
    return Surroundings(transport, "mqtt", thing, lambda: read_file(file), file)
