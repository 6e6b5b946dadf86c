"""``argus cloud``: the cloud's side, from a terminal. One module a command."""

from __future__ import annotations

from argus.cli import (
    cloud_check,
    cloud_command,
    cloud_correct,
    cloud_devices,
    cloud_local,
    cloud_people,
    cloud_redrive,
    cloud_sightings,
)
from argus.cli.parsers import Subparsers, add_command


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "cloud",
        summary="the cloud's side: what is deployed, or all of it on this machine",
        description=(
            "Looks after a stack that scripts/deploy made, with the region and the credentials of the AWS CLI; or, in\n"
            "a shell with the variables that `argus cloud local` printed, after the cloud on this machine. Each has\n"
            "--help of its own."
        ),
        examples="""
            argus cloud local
            argus cloud check
            argus cloud devices --stack argus-test
        """,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="cloud_command", required=True)
    cloud_local.add_parser(commands)
    cloud_check.add_parser(commands)
    cloud_people.add_people(commands)
    cloud_sightings.add_parser(commands)
    cloud_correct.add_parser(commands)
    cloud_devices.add_parser(commands)
    cloud_command.add_parser(commands)
    cloud_redrive.add_parser(commands)
