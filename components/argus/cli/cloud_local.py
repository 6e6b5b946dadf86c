"""``argus cloud local``: the cloud on this machine."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.ending import asked_to_end
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option, number
from argus.core.errors import UsageError

if TYPE_CHECKING:
    from cloud_lambdas.local.compose import LocalCloud
    from cloud_lambdas.local.outbox import Sent

_OTHERS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION")
"""Variables that would lead boto3 and the AWS CLI to another account."""


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "local",
        summary="the cloud on this machine, without an account",
        description=(
            "Runs what cloud_lambdas/template.yaml describes on 127.0.0.1: an imitation of AWS, an MQTT broker with\n"
            "AWS IoT's rules, and the functions. Prints what leads boto3 and the AWS CLI to it, as lines for a shell,\n"
            "then each message as it would be sent to subscribers. It asks for no credentials, and keeps all in\n"
            "memory: it is gone at the end. Ends at Ctrl-C or SIGTERM, or when its terminal is closed."
        ),
        examples="""
            argus cloud local
            argus cloud local --port 4566 --mqtt-port 1883
            argus cloud local --json
        """,
    )
    port = number(int, lambda port: 0 <= port <= 65535, "a port is 0 to 65535")
    for option, what in (
        ("--port", "of the imitation of AWS"),
        ("--mqtt-port", "of the broker"),
        ("--web-port", "of the links in alerts, and of AWS IoT's data plane"),
    ):
        parser.add_argument(option, type=port, default=0, metavar="PORT", help=f"{what} (default: a free one)")
    parser.add_argument("--template", type=Path, metavar="FILE", help="another SAM template")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        from cloud_lambdas.local.compose import TEMPLATE, Ports, local_cloud
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the cloud on this machine needs a checkout with the extra 'local' ({error.name} is missing)"
        ) from error

    ports = Ports(aws=arguments.port, mqtt=arguments.mqtt_port, web=arguments.web_port)
    tell = _tell_json if arguments.json else _tell_text
    with (
        asked_to_end() as ended,  # around it all: also while it starts or ends, nothing may be left behind
        local_cloud(template=arguments.template or TEMPLATE, ports=ports, on_sent=tell) as cloud,
    ):
        if not ended.is_set():
            (_print_json if arguments.json else _print_text)(cloud)
        ended.wait()
    gc.freeze()  # else the interpreter looks 200,000 objects over for garbage, several times, before the process ends
    return ExitCode.DONE


def shell_lines(environment: Mapping[str, str]) -> list[str]:
    """What leads the AWS CLI and boto3 in a shell to the cloud of this environment."""
    return [*(f"export {name}={value}" for name, value in environment.items()), f"unset {' '.join(_OTHERS)}"]


def upload_line(photo: str, bucket: str, name: str) -> str:
    """What enrols somebody in such a shell, with what every checkout has."""
    whose = f'{{"Metadata": {{"person": "{name}"}}}}'
    call = f'boto3.client("s3").upload_file("{photo}", "{bucket}", "{Path(photo).name}", {whose})'
    return f"{sys.executable} -c 'import boto3; {call}'"


def _print_json(cloud: LocalCloud) -> None:
    print_json(
        {
            "kind": "cloud",
            "environment": dict(cloud.environment),
            "mqtt": {"host": "127.0.0.1", "port": cloud.mqtt_port, "broker": cloud.broker.name},
            "web": cloud.web,
            "outputs": dict(cloud.outputs),
            "functions": list(cloud.functions),
            "inert": [asdict(resource) for resource in cloud.inert],
        }
    )


def _print_text(cloud: LocalCloud) -> None:
    """Lines that a shell takes as they are; what is for people alone stands behind ``#``."""
    print_text("# The cloud runs on this machine, in memory only. In another terminal:")
    for line in shell_lines(cloud.environment):
        print_text(line)
    print_text(f"# MQTT: 127.0.0.1:{cloud.mqtt_port} ({cloud.broker.name}). HTTP: {cloud.web}")
    print_text(f"# A device: scripts/argus device --config FILE --mqtt 127.0.0.1:{cloud.mqtt_port}")
    if bucket := cloud.outputs.get("PhotosBucket"):
        print_text(f"# Enrol somebody: {upload_line('PHOTO.jpg', bucket, 'THE NAME')}")
    for name, value in cloud.outputs.items():
        print_text(f"# {name}: {value}")
    reasons: dict[tuple[str, str], int] = {}
    for resource in cloud.inert:
        reasons[resource.type, resource.reason] = reasons.get((resource.type, resource.reason), 0) + 1
    for (kind, reason), count in sorted(reasons.items()):
        print_text(f"# Not here: {count} {kind}: {reason}")
    print_text("# Ctrl-C ends it. What would be sent:")


def _tell_json(sent: Sent) -> None:
    print_json({"kind": "sent", **asdict(sent)})


def _tell_text(sent: Sent) -> None:
    attributes = ", ".join(f"{name}={value}" for name, value in sorted(sent.attributes.items()))
    print_text(f"{sent.published_at} {sent.topic} [{attributes}] {sent.subject or ''}".rstrip())
    for line in sent.text.splitlines():
        print_text(f"    {line}")
    if sent.to:
        print_text(f"    (to {', '.join(f'{one.protocol} {one.endpoint}' for one in sent.to)})")
